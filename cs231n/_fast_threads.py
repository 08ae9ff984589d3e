"""Share the work of one pass between threads.

The parts of a pass are independent, so the result is bitwise the same for any number of threads. A
part is one call of a kernel, which runs without the GIL.
"""

import os
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from student_tools.language import tr

try:
    from cs231n._fast import current_core
except ImportError:
    current_core = None

__all__ = ["get_num_threads", "set_num_threads", "share"]

# Multiply-adds for which another thread pays, about a quarter of a millisecond: a shorter pass ends before a sleeping
# thread has started.
_WORTH_SHARING = 1 << 23

_lock = threading.Lock()
_wanted = None
_pool = None
_pool_size = 0
_helper_ids = []
_kept_off = None


def set_num_threads(n):
    """Set the number of threads of each call. Results do not depend on it.

    Input:
    - n: an int >= 1, or None for one thread per core of this process

    Python in a browser has one thread; there a larger n prints one line and changes nothing.

    Raises ValueError for any other n.
    """
    global _wanted
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise ValueError(tr("set_num_threads: expected an int >= 1, or None for all cores, got {got!r}", got=n))
    if sys.platform == "emscripten" and n and n > 1:
        print(tr("set_num_threads: Python has one thread in a browser, so {got} threads are not possible", got=n))
    _wanted = n


def get_num_threads():
    """Return the number of threads that a call uses."""
    if sys.platform == "emscripten":
        return 1
    if _wanted is not None:
        return _wanted
    given = os.environ.get("CS231N_NUM_THREADS")
    if given:
        if not given.isdecimal() or int(given) < 1:
            raise ValueError(tr("CS231N_NUM_THREADS: expected a whole number >= 1, or unset, got {got!r}", got=given))
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share(work, count, cost, *, parts_each=4):
    """Call work(first, last) for parts that together cover 0 to count.

    Inputs:
    - work: function of (first, last), safe to run in several threads for different parts
    - count: number of items
    - cost: approximate multiply-adds of all items; a small pass stays in this thread
    - parts_each: parts per thread; more parts balance busy cores, fewer repeat less preparation

    Raises the exceptions of work.
    """
    threads = min(get_num_threads(), count, max(1, int(cost) // _WORTH_SHARING))
    pool = _helpers(threads - 1) if threads > 1 else None
    if pool is None:
        if count:
            work(0, count)
        return
    parts = min(count, threads * parts_each)
    waiting = deque((count * i // parts, count * (i + 1) // parts) for i in range(parts))

    def run():
        while True:
            try:
                first, last = waiting.popleft()
            except IndexError:
                return
            work(first, last)

    _keep_helpers_off_this_core()
    helpers = []
    try:
        helpers = [pool.submit(run) for _ in range(threads - 1)]
    except RuntimeError:
        pass  # interpreter shutdown, or no more threads: this thread does all parts
    try:
        run()
    finally:
        waiting.clear()
        # Cancel helpers that have not started. Wait for the others: they use the arrays.
        for helper in helpers:
            if not helper.cancel():
                helper.result()


def _helpers(n):
    """Return an executor of at least n threads."""
    global _pool, _pool_size, _kept_off
    with _lock:
        if _pool is None or _pool_size < n:
            _helper_ids.clear()
            _kept_off = None
            _pool, _pool_size = ThreadPoolExecutor(n, "cs231n", _note_helper), n
        return _pool


def _note_helper():
    _helper_ids.append(threading.get_native_id())


def _keep_helpers_off_this_core():
    """Let helpers run on all cores but the caller's.

    Linux often wakes a thread on the core that woke it, and moves it away milliseconds later, after
    the pass.
    """
    global _kept_off
    core = current_core() if current_core else -1
    if core < 0 or (core, len(_helper_ids)) == _kept_off:
        return
    others = os.sched_getaffinity(0) - {core}
    for helper in tuple(_helper_ids):
        try:
            os.sched_setaffinity(helper, others)
        except OSError:
            return  # not permitted, or the thread has ended; only the speed suffers
    _kept_off = (core, len(_helper_ids))


def _forget_pool():
    """Forget the pool in a forked process, which has none of its threads."""
    global _lock, _pool, _pool_size
    _lock, _pool, _pool_size = threading.Lock(), None, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
