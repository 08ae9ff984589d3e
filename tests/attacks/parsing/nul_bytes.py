# attempt: hides code behind NUL bytes
# exercise: conv_forward_naive
# control: no
def conv_forward_naive(x, w, b, conv_param):
    return None, None
@U+0000@
import antigravity
