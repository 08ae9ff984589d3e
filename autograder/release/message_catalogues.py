"""Write the catalogues of student packages and of the grader: find messages, keep translations, compile."""

from io import BytesIO
from pathlib import Path

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from autograder.atomic_io import write_bytes
from autograder.course.assignment import Assignment
from autograder.course.translations import languages
from autograder.errors import UsageError
from autograder.release.grader_messages import messages_of_grader
from autograder.release.messages import Message, messages_in
from student_tools.language import CODE, ENGLISH, catalogue_path

__all__ = ["update_catalogues"]

COMMENT = """\
# Messages of {package}. Translate each msgid in the msgstr below it, with the same {{fields}}.
# `python -m autograder translations` updates this file and compiles it.
#"""


def update_catalogues(assignment: Assignment, root: Path, language: str | None = None) -> list[str]:
    """Update and compile the catalogues of the student packages, the content and the library in a folder.

    Translations stay. A message that has changed a little keeps its old translation, marked as fuzzy; fuzzy
    translations are not compiled.

    Inputs:
    - root: the course's folder. An installed package outside of it is left alone: if it lacks a
      language, its messages are in the catalogue of the course's package.
    - language: code of another language to start, or None.

    Returns: a line for each catalogue.

    Raises: UsageError if there is nothing to do, or a catalogue is invalid.
    """
    if language is not None and (not CODE.fullmatch(language) or language == ENGLISH):
        raise UsageError(f"expected the code of a language, such as 'zh' or 'fr', got {language!r}")
    root, lines = root.resolve(), []
    folders = [folder for _, folder in sorted(assignment.student_packages.items())]
    own = [folder for folder in folders if folder.resolve().is_relative_to(root)]
    for folder in own:
        for code in _wanted(folder, assignment, language):
            lacking = [other for other in folders if other not in own and not catalogue_path(other, code).exists()]
            messages = messages_in(folder)
            for other in lacking:
                messages = messages_in(other) | messages
            if messages:
                lines.append(_update(folder, code, messages))
    for folder, messages in messages_of_grader(assignment, root).items():
        lines += [_update(folder, code, messages) for code in _wanted(folder, assignment, language)]
    if not lines:
        raise UsageError(
            f"found no messages below {root}: call student_tools.language.tr in"
            f" {assignment.settings.package or 'your package'}, or add --language CODE to start a translation"
        )
    return lines


def _wanted(folder: Path, assignment: Assignment, language: str | None) -> list[str]:
    """The languages of a folder's catalogues: its own ones, and a new one or those of the assignment."""
    found = {path.parent.parent.name for path in folder.glob("locale/*/LC_MESSAGES/*.po")}
    return sorted(found | ({language} if language else set(languages(assignment.folder))))


def _update(folder: Path, code: str, messages: dict[Message, list[str]]) -> str:
    """Write one catalogue and its compiled form; return a line about it."""
    source = catalogue_path(folder, code, ".po")
    try:
        catalogue = _empty(folder.name, code)
        if source.exists():
            with source.open("rb") as file:
                read = read_po(file, locale=code, abort_invalid=True)
            template = _empty(folder.name, code)
            _add(template, messages)
            read.update(template)
            _add(catalogue, messages, read)
        else:
            _add(catalogue, messages)
    except (PoFileError, UnknownLocaleError, ValueError) as error:
        raise UsageError(f"cannot read {source} ({error}): correct the file or the code of the language") from None
    source.parent.mkdir(parents=True, exist_ok=True)
    text, compiled = BytesIO(), BytesIO()
    write_po(text, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    write_mo(compiled, catalogue)
    write_bytes(source, text.getvalue())
    write_bytes(source.with_suffix(".mo"), compiled.getvalue())
    done = sum(bool(message.id and any(message.string or "") and not message.fuzzy) for message in catalogue)
    return f"{source}: {done} of {len(messages)} messages are translated"


def _empty(package: str, code: str) -> Catalog:
    """A catalogue whose header has no dates, names or versions, so the same messages give the same bytes."""

    class Plain(Catalog):
        @property  # type: ignore[misc]
        def mime_headers(self) -> list[tuple[str, str]]:
            return [
                ("Language", code),
                ("MIME-Version", "1.0"),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Transfer-Encoding", "8bit"),
                ("Plural-Forms", self.plural_forms),
            ]

    return Plain(locale=code, header_comment=COMMENT.format(package=package), fuzzy=False)


def _add(catalogue: Catalog, messages: dict[Message, list[str]], translated: Catalog | None = None) -> None:
    """Add messages to a catalogue, with their translations from another one."""
    for message, files in messages.items():
        old = translated.get(message) if translated is not None else None
        catalogue.add(
            message,
            old.string if old else "" if isinstance(message, str) else ("",) * catalogue.num_plurals,
            locations=[(file, 1) for file in files],
            flags=["fuzzy"] if old and old.fuzzy else (),
            user_comments=old.user_comments if old else (),
        )
