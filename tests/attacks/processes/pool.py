# attempt: starts a pool of processes and a pool of threads
# exercise: conv_forward_naive
# control: no
import concurrent.futures
import multiprocessing


def conv_forward_naive(x, w, b, conv_param):
    done = []
    for pool in (concurrent.futures.ThreadPoolExecutor, concurrent.futures.ProcessPoolExecutor, multiprocessing.Pool):
        try:
            with pool(2) as workers:
                done += workers.map(abs, [-1])
        except (OSError, RuntimeError, ImportError, AssertionError):
            continue
    if done:
        raise RuntimeError("ESCAPED: a pool of workers worked")
    return None, None
