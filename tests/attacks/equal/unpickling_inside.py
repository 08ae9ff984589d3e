# attempt: unpickles a command itself
# exercise: max_pool_forward_naive
# control: root
import pickle


def max_pool_forward_naive(x, pool_param):
    stream = b"cposix\nsystem\n(S'exit 7'\ntR."
    status = pickle.loads(stream)
    if status == 7 << 8:
        raise RuntimeError("ESCAPED: a shell ran")
    return None, None
