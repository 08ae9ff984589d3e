# attempt: nests brackets deeper than any parser goes
# exercise: conv_forward_naive
# control: no
deep = @100000*(@1@100000*)@


def conv_forward_naive(x, w, b, conv_param):
    return None, None
