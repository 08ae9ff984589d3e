"""Checkpoint files: plain arrays and JSON in one .npz, written whole or not at all, and read without pickle.

A file that somebody else made can hold wrong numbers, but no code that reading it would run.
"""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from student_tools.atomic_write import unfinished_file

__all__ = ["join_configs", "read_checkpoint", "split_configs", "write_checkpoint"]

_STATE = "state"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error)


def write_checkpoint(path, groups, state):
    """Write a checkpoint; when anything stops that, an older file of this name is still there, and whole.

    Inputs:
    - path: where; '.npz' is added when it is missing
    - groups: dict from a group's name to a dict from names to arrays
    - state: what JSON can hold, with NumPy's numbers as well

    Returns the path, with its ending. Raises OSError when it can't be written.
    """
    path = Path(path)
    if path.suffix != ".npz":
        path = path.with_name(path.name + ".npz")
    arrays = {f"{group}/{name}": array for group, named in groups.items() for name, array in named.items()}
    arrays[_STATE] = np.array(json.dumps(state, default=float))
    with unfinished_file(path) as file:
        np.savez(file, **arrays)
    return path


def read_checkpoint(path):
    """Read what write_checkpoint wrote.

    Returns (groups, state). Raises FileNotFoundError when there is no such file, ValueError when it is damaged or
    something else.
    """
    groups = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            state = json.loads(str(file[_STATE]))
            for key in file.files:
                group, _, name = key.partition("/")
                if name:
                    groups.setdefault(group, {})[name] = file[key]
    except FileNotFoundError:
        raise
    except _UNREADABLE as error:
        raise ValueError(
            f"{path} is damaged, or not a checkpoint of a Solver ({error}); use another checkpoint, or "
            "train from the start"
        ) from None
    return groups, state


def split_configs(configs):
    """Split the update rule's dict for each parameter into what is stored as arrays and what as JSON.

    Returns (arrays, numbers): dict from 'parameter/entry' to arrays, and dict of dicts of numbers.
    """
    arrays, numbers = {}, {}
    for name, config in configs.items():
        for entry, value in config.items():
            if isinstance(value, np.ndarray) and value.ndim:
                arrays[f"{name}/{entry}"] = value
            else:
                numbers.setdefault(name, {})[entry] = value
    return arrays, numbers


def join_configs(names, arrays, numbers):
    """Put together again what split_configs split, for the parameters of these names; KeyError for any other."""
    configs = {name: dict(numbers.get(name, {})) for name in names}
    for key, array in arrays.items():
        name, _, entry = key.rpartition("/")
        configs[name][entry] = array
    return configs
