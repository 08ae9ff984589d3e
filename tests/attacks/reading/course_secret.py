# attempt: reads the secret that hidden inputs are drawn from
# exercise: batchnorm_forward
# control: yes
def batchnorm_forward(x, gamma, beta, bn_param):
    for mode in ("r", "rb"):
        try:
            with open("@COURSE@/course_secret", mode) as stream:
                secret = stream.read()
        except OSError:
            continue
        raise RuntimeError(f"ESCAPED: the secret is {secret}")
    return None, None
