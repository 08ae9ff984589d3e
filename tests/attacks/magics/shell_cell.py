# attempt: turns the cell into a shell script
# exercise: max_pool_forward_naive
# control: no
%%bash
touch @DROP@/attack-@TOKEN@
def max_pool_forward_naive(x, pool_param):
    return None, None
