# attempt: reads a file that everybody on the machine may read
# exercise: conv_forward_naive
# control: yes
def conv_forward_naive(x, w, b, conv_param):
    try:
        with open("@DROP@/canary") as stream:
            text = stream.read()
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: read a file: " + text)
