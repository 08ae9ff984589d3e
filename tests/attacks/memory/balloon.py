# attempt: fills the memory of the machine
# exercise: layernorm_forward
# control: no
def layernorm_forward(x, gamma, beta, ln_param):
    held = []
    try:
        for _ in range(24):  # no more than 3 GB
            held.append(bytearray(128 << 20))
    except MemoryError:
        held.clear()
        return None, None
    held.clear()
    raise RuntimeError("ESCAPED: there were 3 GB of memory to be had")
