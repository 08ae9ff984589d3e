# attempt: leaves a process behind that outlives the test and its group of processes
# exercise: max_pool_forward_naive
# control: root
import os


def max_pool_forward_naive(x, pool_param):
    try:
        number = os.fork()
    except OSError:
        return None, None
    if number:
        os.waitpid(number, 0)
        return None, None
    os.setsid()
    if os.fork() == 0:
        for descriptor in range(3, 64):
            try:
                os.close(descriptor)
            except OSError:
                continue
        os.execv("/bin/sleep", ["attack-@TOKEN@", "20"])
    os._exit(0)
