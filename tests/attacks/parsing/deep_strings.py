# attempt: nests replacement fields of f-strings
# exercise: max_pool_forward_naive
# control: no
def max_pool_forward_naive(x, pool_param):
    return f"@5000*{x:@@5000*}@", f"{x!r:{'@200*{@'}}"
