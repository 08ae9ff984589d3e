"""Write the pages of docs/reference from the command line's parser and from the settings: `make docs` runs it."""

import argparse
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path

from autograder.cli import COMMANDS, build_parser
from autograder.course.config import CHOICES, OPTIONS, Course
from autograder.course.setting_help import ASSIGNMENT_HELP, COURSE_HELP, NBGRADER_HELP
from autograder.course.settings import SETTINGS, Settings

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by `make docs` from {}. Do not edit. -->\n"
OF_ALL = ("help", "verbose")  # options of every command
DEFAULTS = {"assignments": "assignments"}  # set when the file is read: the class Course has no default


def pages() -> dict[str, str]:
    """The text of each page, by its path in docs."""
    return {"reference/commands.md": commands_page(), "reference/settings.md": settings_page()}


def commands_page() -> str:
    """The commands with their arguments, by reader, and the targets of the Makefile."""
    parser = build_parser()
    (commands,) = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    parts = [
        NOTE.format("autograder/cli and the Makefile"),
        "# Commands\n",
        paragraph(
            "`autograder COMMAND` and `python -m autograder COMMAND` are the same. Run a command in the folder of the"
            " course, where `course_config.py` is. In a clone of the kit, the program is `.venv/bin/autograder`."
        ),
        paragraph(
            "`autograder --version` prints the version. `autograder COMMAND --help` prints the help of a command."
            " With `-v`, before or after its name, a command also prints versions, course folder and run time, and the"
            " traceback of an error."
        ),
        table(
            ("exit status", "meaning"),
            [
                ("0", "done"),
                ("1", "a submission or a hidden test needs attention"),
                ("2", "bad usage, or an error of the grader"),
            ],
        ),
    ]
    for reader, names in COMMANDS.items():
        parts.append(f"## {reader.capitalize()}\n")
        parts += (part for name in names for part in command_parts(name, commands[name]))
    parts.append("## Make targets\n")
    parts.append("Run them in a clone of the kit. `ASSIGNMENT=name` chooses another assignment.\n")
    targets = re.findall(r"^([a-z-]+):.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    parts.append(table(("target", "what it does"), [(f"`make {target}`", cell(words)) for target, words in targets]))
    return "\n".join(parts)


def command_parts(name: str, parser: argparse.ArgumentParser) -> list[str]:
    """Return heading, summary, usage and arguments of one command."""
    actions = [action for action in parser._actions if action.dest not in OF_ALL]
    usage = [f"autograder {name}", *(usage_of(action) for action in actions)]
    rows = [(", ".join(f"`{word}`" for word in names_of(action)), cell(action.help or "")) for action in actions]
    parts = [f"### {name}\n", f"{parser.description}\n", "```text", wrapped(usage), "```\n"]
    return [*parts, table(("argument", "meaning"), rows)] if rows else parts


def names_of(action: argparse.Action) -> list[str]:
    """Return the spellings of an argument, with the name of its value."""
    if not action.option_strings:
        return [str(action.metavar or action.dest)]
    value = value_of(action)
    return [f"{option} {value}".strip() for option in action.option_strings]


def value_of(action: argparse.Action) -> str:
    """Return the name of an option's value, or its choices; an empty text for a flag."""
    if action.nargs == 0:
        return ""
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def usage_of(action: argparse.Action) -> str:
    """Return an argument as the line of usage shows it."""
    words = names_of(action)[0]
    is_optional = action.nargs in ("?", "*") if not action.option_strings else not action.required
    return f"[{words}]" if is_optional else words


def wrapped(words: list[str], width: int = 90) -> str:
    """Join words in lines that are not wider than a page."""
    lines = [words[0]]
    for word in words[1:]:
        lines[-1] += f" {word}"
        if len(lines[-1]) > width:
            lines[-1] = lines[-1].removesuffix(f" {word}")
            lines.append(f"    {word}")
    return "\n".join(lines)


def settings_page() -> str:
    """The settings of course and assignment, and those of nbgrader that the kit reads."""
    course = {field.name: default_of(field) for field in fields(Course)} | DEFAULTS
    own = {field.name: default_of(field) for field in fields(Settings)}
    course_rows = [
        setting_row("AssignmentKit", name, kind, course[name], COURSE_HELP[name], CHOICES.get(name, ()))
        for name, kind in OPTIONS.items()
    ]
    rows = [setting_row("Assignment", name, kind, own[name], ASSIGNMENT_HELP[name]) for name, kind in SETTINGS.items()]
    nbgrader = [(f"`c.{name}`", f"`{default!r}`", cell(words)) for name, (default, words) in NBGRADER_HELP.items()]
    head = ("setting", "type", "default", "meaning")
    parts = [
        NOTE.format("autograder/course/settings.py, config.py and setting_help.py"),
        "# Settings\n",
        "Settings are lines of Python. If a name or a type is wrong, a command stops and says what is right.\n",
        "## Of the course\n",
        "In `course_config.py`, in the folder of the course:\n",
        table(head, course_rows),
        "## Of an assignment\n",
        "In `assignment.py`, in the folder of the assignment's hidden tests:\n",
        table(head, rows),
        "## Of nbgrader\n",
        paragraph(
            "nbgrader reads `course_config.py` too, so every option of nbgrader can be set there."
            " `nbgrader generate_config` lists them. The kit reads these:"
        ),
        table(("setting", "default", "meaning"), nbgrader),
    ]
    return "\n".join(parts)


def default_of(field: Field) -> object:
    """Return the default of a field; None for a field without one."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default


def setting_row(
    section: str, name: str, kind: type, default: object, words: str, choices: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the row of a setting."""
    values = f" One of {', '.join(f'`{choice!r}`' for choice in choices)}." if choices else ""
    return f"`c.{section}.{name}`", kind.__name__, f"`{default!r}`", cell(words + values)


def paragraph(text: str) -> str:
    """Wrap a paragraph at 100 columns."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False) + "\n"


def cell(text: str) -> str:
    """Return text as it must be written in a cell of a table; argparse writes % as %%."""
    return " ".join(text.replace("%%", "%").replace("|", "\\|").replace("<", "&lt;").split())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        file = ROOT / "docs" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        print(f"written: docs/{path}")
