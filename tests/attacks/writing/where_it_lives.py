# attempt: writes beside NumPy, beside the worker, into the root folder and into its home
# exercise: conv_forward_naive
# control: no
import os
import sys

import numpy as np
import protocol


def conv_forward_naive(x, w, b, conv_param):
    files = (np.__file__, protocol.__file__, os.__file__, sys.modules["cs231n"].__file__, sys.executable)
    folders = {os.path.dirname(os.path.realpath(file)) for file in files}
    for folder in (*folders, "/", "/etc", "/home", os.path.expanduser("~"), os.getcwd()):
        try:
            os.close(os.open(os.path.join(folder, "attack-@TOKEN@"), os.O_CREAT | os.O_WRONLY))
        except OSError:
            continue
        raise RuntimeError(f"ESCAPED: made a file in {folder}")
    return None, None
