# attempt: writes into the folders for temporary files
# exercise: max_pool_forward_naive
# control: yes
import os
import tempfile


def max_pool_forward_naive(x, pool_param):
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run"):
        try:
            os.close(os.open(os.path.join(folder, "attack-@TOKEN@"), os.O_CREAT | os.O_WRONLY))
        except OSError:
            continue
        raise RuntimeError(f"ESCAPED: made a file in {folder}")
    try:
        tempfile.TemporaryFile().close()
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: there is a folder for temporary files")
