# attempt: lays links that lead the grader somewhere else when it writes
# exercise: conv_forward_naive
# control: yes
import os


def conv_forward_naive(x, w, b, conv_param):
    for folder in ("@DROP@", "@COURSE@/submitted", "/tmp"):
        try:
            os.symlink("/etc/passwd", os.path.join(folder, "attack-@TOKEN@"))
        except OSError:
            continue
        raise RuntimeError("ESCAPED: made a link")
    return None, None
