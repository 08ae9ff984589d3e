# attempt: runs programs in every way that the standard library has
# exercise: max_pool_forward_naive
# control: root
import os
import subprocess


def max_pool_forward_naive(x, pool_param):
    command = ["/bin/sh", "-c", "exit 7"]
    tries = (
        lambda: subprocess.run(command, timeout=1).returncode,
        lambda: os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(command[0], command, {}), 0)[1]),
        lambda: os.spawnv(os.P_WAIT, command[0], command),
        lambda: os.waitstatus_to_exitcode(os.system("exit 7")),
    )
    done = 0
    for attempt in tries:
        try:
            done += attempt() == 7
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
    if done:
        raise RuntimeError(f"ESCAPED: ran {done} programs")
    return None, None
