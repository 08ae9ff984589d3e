# attempt: leaves a result with full marks where the grader keeps results
# exercise: batchnorm_forward
# control: yes
import os


def batchnorm_forward(x, gamma, beta, bn_param):
    for folder in ("results", "feedback", "autograded"):
        path = os.path.join("@COURSE@", folder)
        try:
            os.makedirs(os.path.join(path, "attack-@TOKEN@"))
        except OSError:
            continue
        os.rmdir(os.path.join(path, "attack-@TOKEN@"))
        os.rmdir(path)
        raise RuntimeError(f"ESCAPED: wrote into {folder}")
    return None, None
