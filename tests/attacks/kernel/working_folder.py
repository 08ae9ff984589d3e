# attempt: changes its working folder and its file mode mask
# exercise: layernorm_forward
# control: yes
import os


def layernorm_forward(x, gamma, beta, ln_param):
    for folder in ("@DROP@", "/tmp", "/usr", "/.."):
        try:
            os.chdir(folder)
        except OSError:
            continue
        raise RuntimeError("ESCAPED: another working folder")
    return None, None
