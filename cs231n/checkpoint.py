"""Checkpoint files: arrays and JSON in one .npz, written atomically and read without pickle.

So a file from another person may contain wrong numbers, but reading it never runs code.
"""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from student_tools.atomic_write import unfinished_file
from student_tools.language import tr

__all__ = ["join_configs", "read_checkpoint", "split_configs", "write_checkpoint"]

_STATE = "state"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error)


def write_checkpoint(path, groups, state):
    """Write a checkpoint atomically: if writing fails, an older file of this name stays intact.

    Inputs:
    - path: the file; '.npz' is added if it is missing
    - groups: dict of group name → dict of name → array
    - state: JSON data, which may contain NumPy numbers

    Returns the path, with its suffix. Raises OSError if the file cannot be written.
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
    """Read a file of write_checkpoint.

    Returns a tuple of:
    - groups: dict of group name → dict of name → array
    - state: the JSON data

    Raises FileNotFoundError if the file does not exist, ValueError if it is damaged or not a
    checkpoint.
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
            tr(
                "{file} is damaged, or not a checkpoint of a Solver ({error}); use another checkpoint, or train from "
                "the start",
                file=path,
                error=error,
            )
        ) from None
    return groups, state


def split_configs(configs):
    """Split the update rule's dict of each parameter into arrays and numbers.

    Input:
    - configs: dict of parameter → config

    Returns a tuple of:
    - arrays: dict of 'parameter/entry' → array
    - numbers: dict of parameter → dict of entry → number
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
    """Return the configs that split_configs split.

    Inputs:
    - names: names of the parameters
    - arrays, numbers: from split_configs

    Raises KeyError if an array belongs to a parameter that is not in names.
    """
    configs = {name: dict(numbers.get(name, {})) for name in names}
    for key, array in arrays.items():
        name, _, entry = key.rpartition("/")
        configs[name][entry] = array
    return configs
