# attempt: becomes another user, takes capabilities and changes its root
# exercise: max_pool_forward_naive
# control: root
import os


def max_pool_forward_naive(x, pool_param):
    tries = (
        lambda: os.setgroups([0]),
        lambda: os.setresuid(0, 0, 0),
        lambda: os.setuid(0),
        lambda: os.chroot("/"),
    )
    for attempt in tries:
        try:
            attempt()
        except OSError:
            continue
        raise RuntimeError("ESCAPED: has a privilege of root's")
    return None, None
