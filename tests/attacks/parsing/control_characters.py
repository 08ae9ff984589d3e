# attempt: puts control characters, form feeds and bare carriage returns between its lines
# exercise: conv_forward_naive
# control: no
def conv_forward_naive(x, w, b, conv_param):  # @U+000D@    x = None
    @U+000C@return None, None  # @U+001B@[2J@U+0007@@U+202E@
