# attempt: carries surrogates, byte order marks and line separators in strings, keys and messages
# exercise: batchnorm_forward
# control: no
TEXT = "\ud800\udfff\ufeff\u2028\u2029\x85\x0c\x00passed"


def batchnorm_forward(x, gamma, beta, bn_param):
    print(TEXT)
    bn_param[TEXT] = TEXT
    if len(x) == 2:
        raise ValueError(TEXT)
    return TEXT, TEXT
