"""The language of the messages that students see.

A message is written in English, with fields as in `str.format`::

    from student_tools.language import tr
    tr("{name} has shape {got}, expected {shape}", name=name, got=got.shape, shape=shape)

Translations are gettext catalogues. Each package has its own, ``locale/LANGUAGE/LC_MESSAGES/PACKAGE.mo``
in its folder. A message without a translation stays English.

The translation is looked up at the moment of use, so a constant of a module must not call `tr`.
Code must not compare or parse a translated message.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gettext
import io
import json
import re
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "ENGLISH",
    "MANIFEST",
    "METADATA",
    "add_catalogues",
    "catalogue",
    "catalogue_path",
    "english_of",
    "in_language",
    "language",
    "tr",
    "tr_later",
    "tr_plural",
    "use_language",
    "use_package",
]

ENGLISH = "en"
MANIFEST = "handed_out.json"  # see student_tools.manifest
METADATA = "student_tools"  # key of our metadata in a notebook
CODE = re.compile(r"[A-Za-z]\w{1,15}")  # a notebook may name its language: it must not name a path

_of_process = ENGLISH
_of_block: ContextVar[str | None] = ContextVar("language", default=None)
_folders: list[Path] = []


def language() -> str:
    """Return the code of the current language, such as "en" or "zh"."""
    return _of_block.get() or _of_process


def use_language(code: str) -> None:
    """Use a language in the whole process, in all threads. A language without catalogues is English."""
    global _of_process
    _of_process = code


@contextlib.contextmanager
def in_language(code: str) -> Iterator[None]:
    """Use a language inside the block, in this thread or task only."""
    token = _of_block.set(code)
    try:
        yield
    finally:
        _of_block.reset(token)


def use_package(folder: str | Path) -> None:
    """Add the catalogues of a package, and use the language of the notebooks released with it.

    A package without a manifest of released notebooks does not change the language.
    """
    add_catalogues(folder)
    try:
        released = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        use_language(str(released.get("language", ENGLISH)))
    except (OSError, ValueError, AttributeError):
        pass  # `submit` reports a damaged manifest


def add_catalogues(folder: str | Path) -> None:
    """Add the catalogues in a package's folder. If packages translate the same message, the first counts."""
    folder = Path(folder)
    if folder not in _folders:
        _folders.append(folder)


def catalogue_path(folder: str | Path, code: str, suffix: str = ".mo") -> Path:
    """Return the path of a package's catalogue: of the compiled one, or of its source with ".po"."""
    return Path(folder) / "locale" / code / "LC_MESSAGES" / f"{Path(folder).name}{suffix}"


def catalogue() -> gettext.NullTranslations:
    """Return the catalogues of the current language, joined, for templates; their texts are not filled in."""
    return _catalogue(language(), *_folders)


def tr(message: str, /, **values: object) -> str:
    """Return a message in the current language.

    Inputs:
    - message: English; without values, braces have no meaning
    - values: of the fields
    """
    return _with_english(catalogue().gettext(message), message, values)


def tr_later(message: str) -> str:
    """Return a message unchanged: it is a constant, and `tr` translates it where it is used."""
    return message


def tr_plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the message for a number of things in the current language.

    Inputs:
    - one, many: English messages for one thing, and for any other number
    - count: the number, which the message may have as {count}
    - values: of the other fields
    """
    translated = catalogue().ngettext(one, many, count)
    return _with_english(translated, one if count == 1 else many, {"count": count, **values})


class _Message(str):
    """A translated message. Sums and joins with other texts keep its English text."""

    english: str

    def __add__(self, other: str) -> str:
        return _message(str(self) + str(other), self.english + english_of(other))

    def __radd__(self, other: str) -> str:
        return _message(str(other) + str(self), english_of(other) + self.english)

    def join(self, parts: Iterable[str]) -> str:
        texts = list(parts)
        return _message(str(self).join(texts), self.english.join(map(english_of, texts)))


def _message(text: str, english: str) -> str:
    message = _Message(text)
    message.english = english
    return message


def english_of(message: str) -> str:
    """Return the English text of a message, so that code that compares messages is the same in all languages.

    It is known for what `tr` and `tr_plural` return, and for their sums and joins, but not for
    f-strings: these return the message as it is.
    """
    return message.english if isinstance(message, _Message) else message


def _with_english(translated: str, english: str, values: dict[str, object]) -> str:
    text = _filled(translated, english, values)
    if language() == ENGLISH:
        return text
    own = {name: english_of(value) if isinstance(value, str) else value for name, value in values.items()}
    return _message(text, _filled(english, english, own))


def _filled(translated: str, english: str, values: dict[str, object]) -> str:
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (LookupError, ValueError, AttributeError):  # the translation has a wrong field
        return english.format(**values)


@functools.cache
def _catalogue(code: str, *folders: Path) -> gettext.NullTranslations:
    """The catalogues of all packages in one language, joined."""
    joined = gettext.NullTranslations()
    for folder in folders if CODE.fullmatch(code) else ():
        try:
            joined.add_fallback(copy.copy(_read(catalogue_path(folder, code))))  # joining changes it
        except Exception:  # a missing or damaged catalogue gives English, whatever the error
            continue
    return joined


@functools.cache
def _read(path: Path) -> gettext.GNUTranslations:
    """The catalogue in a file, which may be deleted before another package's catalogues join its own."""
    return gettext.GNUTranslations(io.BytesIO(path.read_bytes()))


use_package(Path(__file__).parent)
