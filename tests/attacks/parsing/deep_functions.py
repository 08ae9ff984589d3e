# attempt: nests lambdas, conditions and comprehensions
# exercise: conv_forward_naive
# control: no
deep = @30000*lambda:@0


def conv_forward_naive(x, w, b, conv_param):
    return @20000*[@0@20000*@U+0020@for@U+0020@a@U+0020@in@U+0020@b]@, None
