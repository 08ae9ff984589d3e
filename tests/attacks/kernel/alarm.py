# attempt: sets alarms and timers
# exercise: max_pool_forward_naive
# control: yes
import signal


def max_pool_forward_naive(x, pool_param):
    try:
        signal.setitimer(signal.ITIMER_REAL, 3000)
    except OSError:
        pass
    signal.alarm(3000)  # says nothing when it is refused
    if 0 < signal.alarm(0) <= 3000:
        raise RuntimeError("ESCAPED: an alarm was set")
    return None, None
