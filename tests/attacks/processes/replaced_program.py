# attempt: replaces itself by another program, which keeps the grader's socket and leaves the worker's code behind
# exercise: conv_forward_naive
# control: yes
import os
import sys

SCRIPT = """
import json, os, struct, sys
words = {"type": "RuntimeError", "message": "ESC" + "APED: another program", "where": ""}
header = json.dumps({"op": "raised", "arrays": [], **words}).encode()
os.write(int(sys.argv[1]), struct.pack("<4sI", b"CSK1", len(header)) + header)
"""


def conv_forward_naive(x, w, b, conv_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    os.set_inheritable(descriptor, True)
    try:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", SCRIPT, str(descriptor)])
    except OSError:
        return None, None
