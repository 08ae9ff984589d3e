# attempt: runs shell commands in lines that begin with an exclamation mark
# exercise: conv_forward_naive
# control: no
!touch @DROP@/attack-@TOKEN@
files = !touch @DROP@/attack-@TOKEN@
!!touch @DROP@/attack-@TOKEN@


def conv_forward_naive(x, w, b, conv_param):
    !touch @DROP@/attack-@TOKEN@
    names = !ls @DROP@
    return names, None
