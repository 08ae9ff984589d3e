# attempt: acts in annotations, which are worked out when a function is defined
# exercise: conv_forward_naive
# control: yes
def conv_forward_naive(x: open("@DROP@/canary").read(0), w: 1 / 0 > 1, b, conv_param):
    return None, None


class Second:
    text = open("@DROP@/canary").read()
    raise RuntimeError("ESCAPED: " + text)
