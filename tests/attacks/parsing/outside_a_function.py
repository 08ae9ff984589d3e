# attempt: uses statements where they mean nothing: return, yield, await and nonlocal on the outside
# exercise: layernorm_forward
# control: no
return 1
yield 2
await 3
nonlocal x


def layernorm_forward(x, gamma, beta, ln_param):
    return None, None
