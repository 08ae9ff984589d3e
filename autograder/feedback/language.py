"""The language of what students read: feedback pages, feedback.md, and the text below an exercise.

Each sentence is one literal in English, in a call of `tr` or `tr_plural`. Templates use Jinja's names
for these two, `_` and `ngettext`.

Titles of tests and misconceptions are English in a result. They are translated when they are shown.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from gettext import NullTranslations
from typing import ParamSpec, TypeVar

from autograder.language import in_language, language, tr
from autograder.model import ExerciseResult, Result, TestOutcome
from student_tools.language import catalogue

__all__ = [
    "TRANSLATIONS",
    "counted",
    "html_language",
    "in_language_of_result",
    "shown",
    "shown_result",
]

HTML_LANGUAGES = {"zh": "zh-Hans"}  # code of a language → value for <html lang="…">, if it is another one
SENTENCE_END = re.compile(r"(?<=[.!?]) ")
P = ParamSpec("P")
T = TypeVar("T")


class _Current(NullTranslations):
    """The translations of the current language, for templates."""

    def gettext(self, message: str) -> str:
        return catalogue().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return catalogue().ngettext(msgid1, msgid2, n)


TRANSLATIONS = _Current()


def counted(points: float) -> int:
    """Return the number that chooses the sentence for some points: fractions take that of many."""
    return int(points) if points == int(points) else 2


def html_language() -> str:
    """Return the current language for <html lang="…">."""
    return HTML_LANGUAGES.get(language(), language())


def in_language_of_result(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function in the language of the Result among its arguments."""

    @functools.wraps(function)
    def run(*arguments: P.args, **keywords: P.kwargs) -> T:
        every = (*arguments, *keywords.values())
        with in_language(next(value.language for value in every if isinstance(value, Result))):
            return function(*arguments, **keywords)

    return run


def shown_result(result: Result, only: str | None = None) -> Result:
    """Return a result whose titles and misconceptions are in the current language.

    Input:
    - only: name of the exercise to translate; None for all.
    """

    def translated(exercise: ExerciseResult) -> ExerciseResult:
        return replace(exercise, tests=tuple(map(shown, exercise.tests)))

    wanted = result.exercises if only is None else {only: result.exercises[only]}
    return replace(result, exercises=result.exercises | {name: translated(one) for name, one in wanted.items()})


def shown(outcome: TestOutcome) -> TestOutcome:
    """Return an outcome whose title, name of the part and misconception are in the current language."""
    idea, part = outcome.misconception, outcome.part and tr(outcome.part)
    return replace(outcome, title=_title(outcome, part), part=part, misconception=idea and _sentences(idea))


def _title(outcome: TestOutcome, shown_part: str) -> str:
    """The title; catalogues have that of the test, with {part} for the name of a part."""
    title, part = outcome.title, outcome.part
    starts = [found.start() for found in re.finditer(re.escape(part), title)] if part else []
    for template in (title[:start] + "{part}" + title[start + len(part) :] for start in starts):
        if (found := tr(template)) != template:
            return found.replace("{part}", shown_part)
    return tr(title)


def _sentences(text: str) -> str:
    """Several misconceptions are joined; catalogues have each of them. One without a translation stays English."""
    parts, found = SENTENCE_END.split(text), []
    while parts:
        for count in range(len(parts), 0, -1):
            words = " ".join(parts[:count])
            if (translated := tr(words)) != words or count == 1:
                found.append(translated)
                del parts[:count]
                break
    return " ".join(found).replace("\u3002 ", "\u3002")  # no blank after a Chinese full stop
