# attempt: starts fifty threads
# exercise: conv_forward_naive
# control: root
import threading


def conv_forward_naive(x, w, b, conv_param):
    started = 0
    for _ in range(50):
        thread = threading.Thread(target=int)
        try:
            thread.start()
        except RuntimeError:
            break
        thread.join()
        started += 1
    if started:
        raise RuntimeError(f"ESCAPED: started {started} threads")
    return None, None
