# attempt: makes pipes, devices and folders
# exercise: max_pool_forward_naive
# control: yes
import os
import stat


def max_pool_forward_naive(x, pool_param):
    path = "@DROP@/attack-@TOKEN@"
    tries = (
        lambda: os.mkfifo(path + "-a"),
        lambda: os.mknod(path + "-b", stat.S_IFREG | 0o600),
        lambda: os.mknod(path + "-c", stat.S_IFCHR | 0o600, os.makedev(1, 3)),
        lambda: os.mkdir(path + "-d"),
    )
    done = 0
    for attempt in tries:
        try:
            attempt()
        except OSError:
            continue
        done += 1
    if done:
        raise RuntimeError(f"ESCAPED: made {done} special files")
    return None, None
