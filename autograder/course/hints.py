"""The hints of an assignment for students: `source/<assignment>/hints.toml`, see docs/authoring.md.

Translations are passages in `source/<assignment>/<language>/hints.md`, as those of notebooks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course.translations import Passage
from autograder.errors import UsageError

if TYPE_CHECKING:  # it imports NumPy
    from student_tools.hints import Example, Hints

__all__ = ["HINTS", "hint_texts", "read_hints", "translated_hints"]

HINTS = "hints.toml"
TOLERANCE = 1e-6
TEXTS = ("first", "second")
CODE = ("given", "call")
OF_EXERCISE = {"begin": str, "needs": list, "examples": list}
OF_EXAMPLE = {"expected": dict, "tolerance": float, "tag": str, "optional": bool, **dict.fromkeys(TEXTS + CODE, str)}


def read_hints(folder: Path, other_tags: Collection[str] = ()) -> dict[str, Hints]:
    """Read the hints of a source folder: exercise → hints; empty without a file.

    Inputs:
    - folder: with the notebooks
    - other_tags: examples with one of these tags are left out

    Raises: UsageError if the file is not TOML, or a key is unknown, missing or of another type.
    """
    path = folder / HINTS
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"cannot read {path} ({error}): fix this line") from None
    found: dict[str, Hints] = {}
    for name, table in tables.items():
        where = f"{path}: {name}"
        _check(where, table, OF_EXERCISE, ("begin", "examples"))
        code: dict[str, str] = {}
        examples: list[Example] = []
        for number, example in enumerate(table["examples"], start=1):
            _check(f"{where}, example {number}", example, OF_EXAMPLE, ("expected", *TEXTS, *(() if code else ["call"])))
            # An example without lines of its own continues the one above.
            code = {"given": example.get("given", code.get("given", "")), "call": example.get("call", code.get("call"))}
            if example.get("tag") not in other_tags:
                examples.append(
                    {
                        "given": code["given"].strip(),
                        "call": code["call"].strip(),
                        "expected": example["expected"],
                        "tolerance": example.get("tolerance", TOLERANCE),
                        "optional": example.get("optional", False),
                        "first": example["first"],
                        "second": example["second"],
                    }
                )
        found[name] = {"begin": table["begin"], "needs": table.get("needs", []), "examples": examples}
    return found


def _check(where: str, table: Any, types: Mapping[str, type], required: Collection[str]) -> None:
    """Raise UsageError unless a table has the required keys, and only known ones of the right type."""
    if not isinstance(table, dict):
        raise UsageError(f"{where}: expected a table, got {table!r}")
    for key, value in table.items():
        if key not in types:
            raise UsageError(f"{where}: expected the keys {', '.join(types)}, got {key!r}")
        if not isinstance(value, types[key]):
            raise UsageError(f"{where}: expected {key} to be a {types[key].__name__}, got {value!r}")
    if missing := [key for key in required if not table.get(key)]:
        raise UsageError(f"{where} has no {missing[0]}: write it")


def hint_texts(hints: Mapping[str, Hints]) -> dict[str, str]:
    """Return the texts of hints, to be translated: id → text."""
    texts = {}
    for name, own in hints.items():
        texts[f"{name}.begin"] = own["begin"]
        for number, example in enumerate(own["examples"], start=1):
            texts[f"{name}.{number}.first"] = example["first"]
            texts[f"{name}.{number}.second"] = example["second"]
    return texts


def translated_hints(hints: Mapping[str, Hints], passages: Mapping[str, Passage]) -> dict[str, Hints]:
    """Return hints with the texts of a translation, which must be complete."""
    return {
        name: {
            "begin": passages[f"{name}.begin"].text,
            "needs": own["needs"],
            "examples": [
                {
                    **example,
                    "first": passages[f"{name}.{number}.first"].text,
                    "second": passages[f"{name}.{number}.second"].text,
                }
                for number, example in enumerate(own["examples"], start=1)
            ],
        }
        for name, own in hints.items()
    }
