"""Progress bar of training, in a notebook or a terminal, with the loss and the accuracies."""

from student_tools.language import tr

__all__ = ["TrainingBar", "readable"]


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
        """Update the bar.

        Inputs:
        - done: number of iterations done
        - values: dict of name → number, shown after the bar
        """
        if self._bar is not None:
            shown = ", ".join(f"{name} {readable(value, 3)}" for name, value in values.items())
            self._bar.set_postfix_str(shown, refresh=False)
            self._bar.update(done - self._bar.n)


def readable(value, digits):
    """Return a number as text with a fixed number of decimals, or with an exponent from 1e6 on.

    The loss of a network that diverges can have hundreds of digits.
    """
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.{digits}e}"


def _bar(total, done):
    # Imported here, because it takes time, and tqdm is not available when student code is graded.
    try:
        from tqdm.auto import tqdm

        bar = tqdm(total=total, initial=done, desc=tr("training"), leave=False, disable=None, dynamic_ncols=True)
    except ImportError:
        return None
    return None if bar.disable else bar
