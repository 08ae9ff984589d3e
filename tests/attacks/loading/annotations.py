# attempt: acts in the annotations of a decorated class, which are worked out when it is defined
# exercise: conv_forward_naive
# control: yes
def kept(cls):
    return cls


def taken(text):
    raise RuntimeError("ESCAPED: " + text)


@kept
class Second:
    field: taken(open("@DROP@/canary").read()) = None


def conv_forward_naive(x: open("@DROP@/canary").read(0), w: 1 / 0 > 1, b, conv_param):
    return Second, None
