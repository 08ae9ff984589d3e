# attempt: calls the worker's own functions: asks it for another process, locks it, ends its children
# exercise: max_pool_forward_naive
# control: no
import os
import sys


def max_pool_forward_naive(x, pool_param):
    main = sys.modules["__main__"]
    for call in (
        lambda: main.reap(os.getppid()),
        lambda: main.reap(-1),
        lambda: main.spawn(sys.stdout, 1, {"isolation": "none"}, {"output_chars": 1, "message_chars": 1}),
        lambda: sys.modules["lockdown"].limit(10**6, 10**6),
        lambda: sys.modules["landlock"].create_ruleset({"/": "tree"}),
        lambda: sys.modules["lockdown"].install_filter(b"\x06\x00\x00\x00\x00\x00\xff\x7f"),
        lambda: main.main(),
    ):
        try:
            call()
        except Exception:
            continue
        raise RuntimeError("ESCAPED: the worker obeys")
    return None, None
