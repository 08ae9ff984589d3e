# attempt: changes, truncates, renames, links and touches a file that everybody may write
# exercise: max_pool_forward_naive
# control: yes
import os

CANARY = "@DROP@/canary"


def max_pool_forward_naive(x, pool_param):
    tries = {
        "open": lambda: os.close(os.open(CANARY, os.O_RDWR)),
        "truncate": lambda: os.truncate(CANARY, 3),
        "link": lambda: os.link(CANARY, CANARY + "-@TOKEN@"),
        "chmod": lambda: os.chmod(CANARY, 0o600),
        "utime": lambda: os.utime(CANARY, (0, 0)),
        "setxattr": lambda: os.setxattr(CANARY, "user.a", b"1"),
        "rename": lambda: os.rename(CANARY, CANARY + "-gone"),
    }
    done = []
    for name, attempt in tries.items():
        try:
            attempt()
        except OSError:
            continue
        done.append(name)
    if done:
        raise RuntimeError(f"ESCAPED: {done}")
    return None, None
