# attempt: forks by system calls, past the C library: fork, vfork, clone and clone3
# exercise: max_pool_forward_naive
# control: root
import ctypes
import os
import signal

CALLS = {"x86_64": (57, 56), "aarch64": (220,)}


def max_pool_forward_naive(x, pool_param):
    call = ctypes.CDLL(None).syscall
    call.restype = ctypes.c_long
    block = (ctypes.c_uint64 * 11)(0, 0, 0, 0, signal.SIGCHLD)
    tries = [(number, signal.SIGCHLD, 0, 0, 0, 0) for number in CALLS.get(os.uname().machine, ())]
    for attempt in [*tries, (435, ctypes.byref(block), ctypes.c_size_t(88))]:
        number = call(ctypes.c_long(attempt[0]), *attempt[1:])
        if number == 0:
            os._exit(0)
        if number > 0:
            os.waitpid(number, 0)
            raise RuntimeError("ESCAPED: forked")
    return None, None
