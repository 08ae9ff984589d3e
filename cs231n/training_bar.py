"""Progress bars: of training, with the loss and the accuracies, and of other work."""

import contextlib
import sys
import time
from pathlib import Path

from student_tools.language import tr

__all__ = ["TrainingBar", "progress_bar", "readable"]

_SECONDS_BETWEEN_LOOKS = 2


class TrainingBar:
    """Context manager with a progress bar that disappears after training; printed lines stay.

    Without a terminal or notebook, or without tqdm, it shows no bar and only prints lines.
    """

    def __init__(self, total, *, done=0, shown=True):
        """Create the bar.

        Inputs:
        - total: number of iterations
        - done: number of earlier iterations, default 0
        - shown: False shows no bar; default True
        """
        self._bar = _bar(total, done) if shown and done < total else None
        self._stop = _NewTextFile(shown) if sys.platform == "emscripten" and done < total else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._bar is not None:
            self._bar.close()

    def say(self, line):
        """Print a line above the bar."""
        if self._bar is None:
            print(line)
        else:
            self._bar.write(line)

    def show(self, done, values):
        """Update the bar. In a browser, raise KeyboardInterrupt if there is a new text file.

        Inputs:
        - done: number of iterations done
        - values: dict of name → number, shown after the bar
        """
        if self._stop is not None:
            self._stop.look()
        if self._bar is not None:
            shown = ", ".join(f"{name} {readable(value, 3)}" for name, value in values.items())
            self._bar.set_postfix_str(shown, refresh=False)
            self._bar.update(done - self._bar.n)


class _NewTextFile:
    """Way to stop training in a browser, where ■ cannot reach Python while a cell runs."""

    def __init__(self, shown):
        self._known, self._due = set(self._files()), time.monotonic() + _SECONDS_BETWEEN_LOOKS
        if shown:
            print(tr("To stop the training, make a new text file: File, New, Text File."))

    def look(self):
        """Raise KeyboardInterrupt if there is a new text file; an empty one is deleted."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _SECONDS_BETWEEN_LOOKS
        if new := set(self._files()) - self._known:
            for file in new:
                if not file.stat().st_size:
                    file.unlink()
            raise KeyboardInterrupt

    def _files(self):
        return Path().glob("untitled*.txt")


def readable(value, digits):
    """Return a number as text with a fixed number of decimals, or with an exponent from 1e6 on.

    The loss of a network that diverges can have hundreds of digits.
    """
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.{digits}e}"


def progress_bar(total, **options):
    """Return a tqdm bar as a context manager with the method update; without tqdm it shows nothing."""
    try:
        from tqdm import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, **options)


class _NoBar(contextlib.nullcontext):
    def __enter__(self):
        return self

    def update(self, count):
        pass


def _bar(total, done):
    # Imported here, because it takes time, and tqdm is not available when student code is graded.
    if sys.platform == "emscripten":
        return None  # tqdm's bar needs ipywidgets there
    try:
        from tqdm.auto import tqdm

        bar = tqdm(total=total, initial=done, desc=tr("training"), leave=False, disable=None, dynamic_ncols=True)
    except ImportError:
        return None
    return None if bar.disable else bar
