# attempt: hides in a generator and looks at frames when it is closed
# exercise: layernorm_forward
# control: no
import sys


def spy():
    try:
        yield
    finally:
        frame = sys._getframe()
        while frame:
            if "expected" in frame.f_locals:
                raise RuntimeError("ESCAPED: the expected values are here")
            frame = frame.f_back


def layernorm_forward(x, gamma, beta, ln_param):
    watcher = spy()
    next(watcher)
    sys.modules["__main__"].watcher = watcher
    return watcher, watcher
