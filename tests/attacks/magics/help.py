# attempt: asks for help and for automatic calls in the syntax of notebooks
# exercise: layernorm_forward
# control: no
layernorm_forward??
?layernorm_forward
,open @DROP@/attack-@TOKEN@ w
;open @DROP@/attack-@TOKEN@
/open @DROP@/attack-@TOKEN@


def layernorm_forward(x, gamma, beta, ln_param):
    return None, None
