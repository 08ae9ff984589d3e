"""Messages in the source of a package, and whether a catalogue translates them.

A package's messages are the texts in its calls of `tr` and `tr_plural`, see student_tools.language,
of its own functions whose names begin with `tr_`, and of `_` and `ngettext` in Jinja templates.
"""

import ast
import gettext
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter

from jinja2 import Environment

from autograder.course.assignment import Assignment
from autograder.errors import UsageError
from student_tools.language import catalogue_path

__all__ = [
    "Message",
    "add_message",
    "check_catalogues",
    "check_messages",
    "field_faults",
    "messages_in",
    "messages_of_files",
    "shown",
]

FUNCTION, PLURAL = re.compile(r"tr(_\w+)?"), "tr_plural"
TEMPLATE_FIELD = re.compile(r"%\(\w+\)s")
Message = str | tuple[str, str]  # or (singular, plural)


class _Untranslated(gettext.NullTranslations):
    """The end of a chain of catalogues."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


def messages_in(folder: Path, *, without: Path | None = None) -> dict[Message, list[str]]:
    """Return the messages of a package, in the order of the source.

    Inputs:
    - folder: of the package.
    - without: a folder in it whose files are left out.

    Returns: message → names of the files that have it, relative to the folder's parent.

    Raises: UsageError if a text is an f-string.
    """
    paths = sorted([*folder.rglob("*.py"), *folder.rglob("*.html.j2")])
    return messages_of_files([p for p in paths if without is None or not p.is_relative_to(without)], folder.parent)


def messages_of_files(paths: Iterable[Path], parent: Path) -> dict[Message, list[str]]:
    """Return the messages in calls of `tr` and `tr_plural` in some files, see `messages_in`.

    Inputs:
    - parent: folder that the names of the files are relative to.
    """
    found: dict[Message, list[str]] = {}
    for path in paths:
        name = path.relative_to(parent).as_posix()
        for message in _messages_of(path, name) if path.suffix == ".py" else _messages_of_template(path):
            add_message(found, message, name)
    return found


def add_message(found: dict[Message, list[str]], message: Message, name: str) -> None:
    """Add a message of a file to the messages found so far, in place."""
    files = found.setdefault(message, [])
    if name not in files:
        files.append(name)


def _messages_of(path: Path, name: str) -> Iterator[Message]:
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and FUNCTION.fullmatch(node.func.id)
    ]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        texts = [part.value for part in call.args[:2] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        function = call.func.id if isinstance(call.func, ast.Name) else ""
        if any(isinstance(part, ast.JoinedStr) for part in call.args[:2]):
            raise UsageError(
                f"{name}, line {call.lineno}: expected a text with {{fields}} in {function}(…), got an f-string: pass"
                " the values of the fields as keywords"
            )
        if function == PLURAL and len(texts) == 2:
            yield texts[0], texts[1]
        elif function != PLURAL and texts:  # not `tr(message)`, which passes a message on
            yield texts[0]


def _messages_of_template(path: Path) -> Iterator[Message]:
    environment = Environment(extensions=["jinja2.ext.i18n"])
    for _, function, found in environment.extract_translations(path.read_text("utf-8")):  # type: ignore[attr-defined]
        texts = [found] if isinstance(found, str) else [text for text in found if text]  # None for each value
        if function == "_":
            yield texts[0]
        elif function == "ngettext":
            yield texts[0], texts[1]


def check_catalogues(assignment: Assignment, language: str) -> list[str]:
    """Check that the catalogues of the student packages translate every message, with the same fields.

    Inputs:
    - language: code of the language.

    Returns: lines about the check. A package without translations is named.

    Raises: UsageError with the first message without a correct translation, and the number of others.
    """
    return check_messages(
        assignment,
        language,
        {name: (folder, messages_in(folder)) for name, folder in sorted(assignment.student_packages.items())},
        others=assignment.student_packages.values(),
    )


def check_messages(
    assignment: Assignment,
    language: str,
    wanted: Mapping[str, tuple[Path, dict[Message, list[str]]]],
    *,
    others: Iterable[Path] = (),
) -> list[str]:
    """Check that the catalogues in some folders translate their messages, see `check_catalogues`.

    Inputs:
    - wanted: name of a package or assignment → its folder and its messages.
    - others: folders whose catalogue may have the messages of a folder without a catalogue.
    """
    faults, lines = [], []
    for name, (folder, messages) in wanted.items():
        source = _source([folder, *others], language)
        if not messages:
            continue
        found = [f"{source}: {fault}" for fault in _faults(messages, source.with_suffix(".mo"))]
        if (len(found) == len(messages) and source != catalogue_path(folder, language, ".po")) or not source.exists():
            lines.append(
                f"{name} has no messages in {language}, so they stay English: `python -m autograder translations"
                f" {assignment.name} --language {language}` starts a catalogue"
            )
            continue
        faults += found
        lines.append(f"{len(messages)} messages of {name} are translated into {language}, with the same fields")
    if faults:
        more = f" ({len(faults) - 1} other messages need it, too)" if len(faults) > 1 else ""
        remedy = f"correct the translation, then run `python -m autograder translations {assignment.name}`"
        raise UsageError(f"{faults[0]}: {remedy}{more}")
    return lines


def _source(folders: list[Path], language: str) -> Path:
    """The first catalogue that exists in some folders, or the path of that in the first folder."""
    paths = [catalogue_path(folder, language, ".po") for folder in folders]
    return next((path for path in paths if path.exists()), paths[0])


def _faults(messages: dict[Message, list[str]], compiled: Path) -> Iterator[str]:
    """Yield a line for each message that a compiled catalogue does not translate correctly."""
    try:
        with compiled.open("rb") as file:
            catalogue: gettext.NullTranslations = gettext.GNUTranslations(file)
    except (OSError, ValueError):
        catalogue = gettext.NullTranslations()
    catalogue.add_fallback(_Untranslated())
    for message in messages:
        one, many = (message, message) if isinstance(message, str) else message
        for count in (1, 2) if one != many else (1,):
            translated = catalogue.gettext(one) if one == many else catalogue.ngettext(one, many, count)
            if not translated:
                yield f"{shown(message)} is not translated"
                break
            if fault := field_faults(many, translated):
                yield f"the translation of {shown(message)} {fault}"
                break


def shown(message: Message) -> str:
    """Return a message in quotes, as it is in the catalogue."""
    return f'"{message if isinstance(message, str) else message[0]}"'


def field_faults(english: str, translated: str) -> str:
    """Return how the {fields} of a translation differ from the English ones, or ""."""
    try:
        ours = _fields(english)
    except ValueError:
        return ""  # not a template: a misconception may have a single brace
    try:
        theirs = _fields(translated)
    except ValueError as error:
        return f"has wrong braces ({error})"
    if lost := ours - theirs:
        return f"lacks {', '.join(lost)}"
    return f"has {', '.join(added)}, which the English text lacks" if (added := theirs - ours) else ""


def _fields(text: str) -> Counter[str]:
    """The fields of a text with their format, such as "{name!r}", or "%(name)s" in a Jinja template."""
    if fields := TEMPLATE_FIELD.findall(text):
        return Counter(fields)
    return Counter(
        "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
        for _, name, spec, conversion in Formatter().parse(text)
        if name is not None
    )
