# attempt: has the notebook write a file
# exercise: layernorm_forward
# control: no
%%writefile @DROP@/attack-@TOKEN@
def layernorm_forward(x, gamma, beta, ln_param):
    return None, None
