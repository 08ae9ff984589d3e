# attempt: reads a file in the default of a parameter, which is worked out while the cell is loaded
# exercise: conv_forward_naive
# control: yes
def fail(text):
    raise RuntimeError("ESCAPED: " + text)


def look(path):
    try:
        stream = open(path)
    except OSError:
        return None
    fail(stream.read())


def conv_forward_naive(x, w, b, conv_param, loot=look("@DROP@/canary")):
    return loot, None
