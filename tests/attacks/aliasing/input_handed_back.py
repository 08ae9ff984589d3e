# attempt: hands the input back as the output
# exercise: layernorm_forward
# control: no
def layernorm_forward(x, gamma, beta, ln_param):
    return x, (x, ln_param)
