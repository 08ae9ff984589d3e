"""The progress bar of training: in a notebook or a terminal, with the loss and the accuracies beside it."""

__all__ = ["TrainingBar", "readable"]


class TrainingBar:
    """A bar that goes away when training ends, so that only the plain lines stay. Use it in a ``with``.

    Where nobody watches (output into a file, tqdm not installed), there is none, and lines are simply printed.
    """

    def __init__(self, total, *, done=0, shown=True):
        """Inputs: total: number of iterations; done: those that were made before; shown: False for no bar."""
        self._bar = _bar(total, done) if shown and done < total else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._bar is not None:
            self._bar.close()

    def say(self, line):
        """Print a line; a bar in a terminal is drawn below it again."""
        if self._bar is None:
            print(line)
        else:
            self._bar.write(line)

    def show(self, done, values):
        """Move the bar to the number of iterations done, and show a dict from names to numbers beside it."""
        if self._bar is not None:
            shown = ", ".join(f"{name} {readable(value, 3)}" for name, value in values.items())
            self._bar.set_postfix_str(shown, refresh=False)
            self._bar.update(done - self._bar.n)


def readable(value, digits):
    """A number with so many digits behind the point. The loss of a network that diverges can have hundreds before it:
    such a number is written with an exponent."""
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.{digits}e}"


def _bar(total, done):
    # Here, not at the top: it takes time, and where student code is graded there is no tqdm.
    try:
        from tqdm.auto import tqdm

        bar = tqdm(total=total, initial=done, desc="training", leave=False, disable=None, dynamic_ncols=True)
    except ImportError:
        return None
    return None if bar.disable else bar
