"""The texts for students in a released code cell: docstrings, comments, and messages.

They are found by their positions, so everything else of a cell stays as it is. Cells with IPython
magics are read without them. Cells that Python can't parse have no texts.

- A docstring is split into paragraphs and list items. A line that ends with a colon ends its
  paragraph, so that many cells share "Inputs:".
- Comments on consecutive lines are split in the same way. A comment after code is one text.
- Messages are string literals in calls of `print` and of the visible checks, in exceptions, and in
  assertions.
- So are labels of plots: in Matplotlib's functions, in the argument `label`, and in the value of a
  variable `label`, `labels` or `…_labels`. The student package chooses their font.

The exceptions in stubs are not among them: they are in the grader's catalogue.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from autograder.release.filling import FIELD, columns, fill
from student_tools.code_cells import top_level

__all__ = ["CodeText", "answer_texts", "code_skeleton", "code_texts", "translated_cell"]

WIDTH = 100  # columns, as in the source notebooks

# Calls whose arguments students read: name → position of the argument; None for all of them.
MESSAGES = {"print": None, "check_close": 0, "check_keys": 0, "check_true": 1}
MESSAGES |= dict.fromkeys(
    ("legend", "set_title", "set_xlabel", "set_ylabel", "suptitle", "title", "xlabel", "ylabel"), 0
)
LABELS = re.compile(r"(?:\w+_)?labels?")  # variables for the labels of plots
STUB = "NotImplementedError"
# Comments for tools: nbgrader's stub, and directives of linters and formatters.
FOR_TOOLS = re.compile(r"YOUR CODE HERE$|(?:noqa|type|fmt|ruff|isort|pragma)\b(?::|$)")
# One literal without the prefixes r and b and without triple quotes.
LITERAL = re.compile(r"""(?!"{3}|'{3})([fF]?)(["'])((?:\\.|(?!\2)[^\\\n])*)\2\s*""")
BLANKS = re.compile(r"((?:\\n|\s)*)(.*?)((?:\\n|\s)*)", re.DOTALL)
ITEM = re.compile(r"(?:-|\d{1,2}\.) ")  # of a list
QUOTES = re.compile(r"""[rR]?(?:"{3}|'{3})""")
DEFINITIONS = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

Position = tuple[int, int]  # line and column, from 0
Line = tuple[int, int, str, str]  # line, column and text without blanks, and the beginning of further lines
Literal = ast.Constant | ast.JoinedStr
Owner = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class CodeText:
    """One text of a cell.

    - text: the English text, on one line.
    - start, end: its range in the cell; for a message, that of the literal with its quotes.
    - hang: the beginning of further lines; None if the text has one line.
    - before, after: the beginning and the end of the literal: prefix, quote and blanks; "" if the
      text is not a message.
    """

    text: str
    start: Position
    end: Position
    hang: str | None
    before: str = ""
    after: str = ""

    def filled(self, translation: str, line: str, last: str) -> str:
        """Return the translation as it stands in the cell.

        Inputs:
        - translation: on one line.
        - line: the part of the first line before the text.
        - last: the part of the last line after the text.
        """
        if self.hang is None:
            return translation
        if not self.before:
            space = WIDTH - columns(last)
            lines = fill(translation, first=space - columns(line), rest=space - columns(self.hang))
            return f"\n{self.hang}".join(part.strip() for part in lines)
        quote = self.after[-1]
        prefix = self.before[: self.before.index(quote) + 1]
        space = WIDTH - columns(line) - len(prefix) - len(quote) - columns(last)
        parts = fill(translation, first=space - len(self.before) + len(prefix), rest=space)
        return self.before + f"{quote}\n{self.hang}{prefix}".join(parts) + self.after


def code_texts(source: str) -> list[CodeText]:
    """Return the texts of a code cell, in their order."""
    try:
        lines, tree = _parsed(source)
        found = list(_of_comments(lines))
    except (*UNREADABLE, tokenize.TokenError):
        return []
    found += [text for _, node in _docstrings(tree) for text in _of_docstring(node, lines)]
    found += [text for node in _messages(tree) for text in _of_message(node, lines)]
    return sorted(found, key=lambda text: text.start)


def answer_texts(source: str) -> list[CodeText]:
    """Return the texts of a Markdown cell for an answer, in their order."""
    lines = enumerate(source.split("\n"))
    numbered = [(row, len(line) - len(line.lstrip()), line.strip(), "") for row, line in lines]
    return [replace(text, hang=None) for text in _items(numbered)]


def translated_cell(source: str, texts: Iterable[CodeText], translations: Mapping[str, str]) -> str:
    """Return a cell with translated texts; texts without a translation stay.

    Inputs:
    - source: the English cell.
    - texts: its texts.
    - translations: English text → translation.
    """
    lines = source.split("\n")
    for text in sorted(texts, key=lambda text: text.start, reverse=True):
        translation = translations.get(text.text, "")
        if not translation or translation == text.text:
            continue
        (first, begin), (last, end) = text.start, text.end
        before, after = lines[first][:begin], lines[last][end:]
        filled = before + text.filled(translation, before, after) + after
        lines[first : last + 1] = filled.split("\n")
    return "\n".join(lines)


def code_skeleton(source: str) -> str:
    """Return the code of a cell without comments, docstrings and messages; a message keeps its fields.

    Raises: SyntaxError or ValueError if Python can't parse the cell.
    """
    _, tree = _parsed(source)
    for owner, _ in list(_docstrings(tree)):
        owner.body[0] = ast.Expr(ast.Constant("docstring"))
    return ast.dump(_Blanked({id(node) for node in _messages(tree)}).visit(tree))


class _Blanked(ast.NodeTransformer):
    """Replaces messages by their fields, in sorted order: languages differ in the order of words."""

    def __init__(self, messages: set[int]) -> None:
        self.messages = messages

    def visit(self, node: ast.AST) -> ast.AST:
        if id(node) not in self.messages:
            return super().visit(node)
        values = node.values if isinstance(node, ast.JoinedStr) else []
        fields = sorted(ast.dump(value) for value in values if isinstance(value, ast.FormattedValue))
        return ast.Constant(f"message {fields}")


def _parsed(source: str) -> tuple[list[str], ast.Module]:
    """Return the lines of a cell, without magics, and its syntax tree; the lines keep their numbers."""
    text, statements = top_level(source)
    return text.split("\n"), ast.Module(statements, [])


def _docstrings(tree: ast.Module) -> Iterator[tuple[Owner, ast.Constant]]:
    """Yield (owner, node) of each docstring."""
    for owner in ast.walk(tree):
        if isinstance(owner, DEFINITIONS) and owner.body and isinstance(owner.body[0], ast.Expr):
            node = owner.body[0].value
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield owner, node


def _messages(tree: ast.Module) -> Iterator[Literal]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc) != STUB:
            given = node.exc.args
        elif isinstance(node, ast.Assert):
            given = [node.msg] if node.msg else []
        elif isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "label"]
            if _name(node) in MESSAGES:
                position = MESSAGES[_name(node)]
                given += node.args if position is None else node.args[position : position + 1]
        elif isinstance(node, ast.Assign) and LABELS.fullmatch(getattr(node.targets[0], "id", "")):
            given = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
        else:
            continue
        for one in (part for outer in given for part in getattr(outer, "elts", [outer])):
            if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                yield one


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _range(node: Literal, lines: list[str]) -> tuple[Position, Position]:
    """Return the range of a literal; `ast` counts bytes."""

    def position(row: int | None, offset: int | None) -> Position:
        row = (row or 1) - 1
        return row, len(lines[row].encode()[:offset].decode())

    return position(node.lineno, node.col_offset), position(node.end_lineno, node.end_col_offset)


def _segment(lines: list[str], start: Position, end: Position) -> str:
    (first, begin), (last, stop) = start, end
    if first == last:
        return lines[first][begin:stop]
    return "\n".join([lines[first][begin:], *lines[first + 1 : last], lines[last][:stop]])


def _of_message(node: Literal, lines: list[str]) -> Iterator[CodeText]:
    start, end = _range(node, lines)
    segment, parts, place = _segment(lines, start, end), [], 0
    while found := LITERAL.match(segment, place):
        parts.append(found.groups())
        place = found.end()
    prefix, quote = max((part[0] for part in parts), default=""), parts[0][1] if parts else ""
    if place < len(segment) or any(other != quote for _, other, _ in parts):
        return
    # In an f-string next to a plain string, the braces of the plain one are doubled.
    bodies = (body if own or not prefix else body.replace("{", "{{").replace("}", "}}") for own, _, body in parts)
    found = BLANKS.fullmatch("".join(bodies))
    before, text, after = found.groups() if found else ("", "", "")
    if _has_words(FIELD.sub("", text) if prefix else text):
        yield CodeText(text, start, end, " " * start[1], prefix + quote + before, after + quote)


def _of_docstring(node: ast.Constant, lines: list[str]) -> Iterator[CodeText]:
    (first, begin), (last, end) = _range(node, lines)
    quotes = QUOTES.match(lines[first], begin)
    if not quotes:
        return
    rows = [(first, quotes.end(), " " * begin), *((row, 0, "") for row in range(first + 1, last + 1))]
    numbered = []
    for row, column, beginning in rows:
        text = lines[row][column : end - 3 if row == last else None]
        column += len(text) - len(text.lstrip())
        numbered.append((row, column, text.strip(), beginning or lines[row][:column]))
    yield from _items(numbered)


def _of_comments(lines: list[str]) -> Iterator[CodeText]:
    block: list[Line] = []
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type != tokenize.COMMENT:
            continue
        row, column = token.start[0] - 1, token.start[1]
        text = token.string[1:].lstrip()
        place = column + len(token.string) - len(text)
        if lines[row][:column].strip():
            if not FOR_TOOLS.match(text) and _has_words(text):
                yield CodeText(text, (row, place), (row, column + len(token.string)), None)
            continue
        if block and (block[-1][0] != row - 1 or lines[row - 1].index("#") != column):
            yield from _items(block)
            block = []
        # A comment for tools separates the others.
        text = "" if FOR_TOOLS.match(text) else text
        block.append((row, place, text.rstrip(), lines[row][:place]))
    yield from _items(block)


def _items(lines: Iterable[Line]) -> Iterator[CodeText]:
    """Yield the paragraphs and list items of some lines. Examples in the form `>>> …` are left out."""
    item: list[Line] = []
    for line in [*lines, (0, 0, "", "")]:
        text = line[2]
        is_start = ITEM.match(text) or (item and item[-1][2].endswith(":") and not ITEM.match(item[0][2]))
        if item and (is_start or not text):
            yield from _joined(item)
            item = []
        if text:
            item.append(line)


def _joined(item: list[Line]) -> Iterator[CodeText]:
    text = " ".join(line[2] for line in item)
    row, column, _, hang = item[0]
    last, begin, end, _ = item[-1]
    if _has_words(text) and not text.startswith(">>>"):
        mark = ITEM.match(text)
        yield CodeText(text, (row, column), (last, begin + len(end)), hang + " " * len(mark[0] if mark else ""))


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text))
