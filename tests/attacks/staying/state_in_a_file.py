# attempt: leaves a note for the next test, and reads the one of the test before
# exercise: conv_forward_naive
# control: yes
import os


def conv_forward_naive(x, w, b, conv_param):
    for folder in ("@DROP@", "/tmp", "/dev/shm", "/"):
        path = os.path.join(folder, "attack-@TOKEN@-note")
        if os.path.exists(path):
            os.unlink(path)
            raise RuntimeError("ESCAPED: the test before left a note")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except OSError:
            continue
        break
    return None, None
