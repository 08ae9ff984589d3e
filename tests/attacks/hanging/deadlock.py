# attempt: waits for a lock that it holds itself
# exercise: max_pool_backward_naive
# control: no
import threading


def max_pool_backward_naive(dout, cache):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
