# attempt: changes how it is scheduled, and on which processor
# exercise: conv_forward_naive
# control: yes
import os


def conv_forward_naive(x, w, b, conv_param):
    tries = (
        lambda: os.nice(1),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, 5),
        lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
        lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
    )
    done = []
    for number, attempt in enumerate(tries):
        try:
            attempt()
        except OSError:
            continue
        done.append(number)
    if done:
        raise RuntimeError(f"ESCAPED: changed its scheduling in {len(done)} ways")
    return None, None
