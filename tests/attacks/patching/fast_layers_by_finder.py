# attempt: takes the import rules out and calls the fast layers
# exercise: conv_forward_naive
# control: yes
import sys


def conv_forward_naive(x, w, b, conv_param):
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Finder"]
    for name in [name for name in sys.modules if name.startswith("cs231n.")]:
        del sys.modules[name]
    try:
        from cs231n.fast_layers import conv_forward_fast

        out, cache = conv_forward_fast(x, w, b, conv_param)
    except ImportError:
        return None, None
    raise RuntimeError(f"ESCAPED: the fast layers gave {out.shape}")
