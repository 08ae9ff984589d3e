"""Syntax and standard-library names that need a newer version of Python."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from student_tools.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Version", "newer_name", "newer_names", "newer_syntax", "version_text"]

Version = tuple[int, int]

# (version, description for messages, pattern); strings and comments are blanked first.
SYNTAX: tuple[tuple[Version, Callable[[], str], str], ...] = (
    ((3, 12), lambda: tr("type parameters, as in `def f[T](x)`"), r"^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\["),
    ((3, 12), lambda: tr("the statement `type`"), r"^\s*type\s+[^\W\d]\w*\s*(?:\[[^\]\n]*\])?\s*=(?!=)"),
    ((3, 13), lambda: tr("defaults of type parameters, as in `def f[T = int](x)`"),
     r"^\s*(?:(?:async\s+)?(?:def|class)|type)\s+\w+\s*\[[^\]\n=]*=[^\]\n]*\]"),
    # Python 2 has `except A, error:`; names of exceptions begin with a capital.
    ((3, 14), lambda: tr("`except A, B:` without parentheses"),
     r"^\s*except\*?\s+[\w.]+(?:\s*,\s*(?:[\w]+\.)*[A-Z]\w*)+\s*,?\s*:"),
    ((3, 15), lambda: "`lazy import`", r"^\s*lazy\s+(?:import|from)\s"),
    ((3, 15), lambda: tr("`*` or `**` in a comprehension"), r"[\[({]\s*\*{1,2}[^,\n\[\](){}]+\sfor\s"),
)  # fmt: skip
F_STRINGS, T_STRINGS = (3, 12), (3, 14)
STRING = re.compile(r"([rbuft]{0,2})('''|\"\"\"|'|\")", re.IGNORECASE)

# Minor version → names and modules of the standard library that it added, as far as an exercise may use them.
NEWER_NAMES = {
    12: "itertools.batched math.sumprod typing.override typing.TypeAliasType collections.abc.Buffer"
    " random.binomialvariate types.get_original_bases sys.monitoring os.path.isjunction os.path.splitroot"
    " calendar.Month calendar.Day inspect.BufferFlags threading.settrace_all_threads",
    13: "copy.replace math.fma warnings.deprecated queue.ShutDown os.process_cpu_count typing.ReadOnly typing.TypeIs"
    " typing.NoDefault typing.get_protocol_members typing.is_protocol types.CapsuleType statistics.kde"
    " statistics.kde_random re.PatternError glob.translate builtins.PythonFinalizationError",
    14: "functools.Placeholder heapq.heapify_max heapq.heappush_max heapq.heappop_max heapq.heapreplace_max"
    " heapq.heappushpop_max operator.is_none operator.is_not_none uuid.uuid6 uuid.uuid7 uuid.uuid8 annotationlib"
    " compression string.templatelib concurrent.interpreters concurrent.futures.InterpreterPoolExecutor"
    " typing.evaluate_forward_ref io.Reader io.Writer pathlib.types os.reload_environ decimal.IEEEContext",
    15: "math.integer math.fmax math.fmin math.signbit math.isnormal math.issubnormal profiling builtins.frozendict",
}
VERSION_OF = {name: (3, minor) for minor, names in NEWER_NAMES.items() for name in names.split()}


def version_text(version: Version) -> str:
    """Return a version as text: (3, 12) → "3.12"."""
    return ".".join(map(str, version[:2]))


def newer_name(name: str, python: Version) -> Version | None:
    """Return the version that added a name such as "itertools.batched" to the standard library.

    Returns None if `python` has the name, or if the name is unknown.
    """
    parts = name.split(".")
    known = (VERSION_OF.get(".".join(parts[:end])) for end in range(1, len(parts) + 1))
    version = next((version for version in known if version), None)
    return version if version and version > python else None


def newer_names(tree: ast.AST, python: Version, modules: Mapping[str, str]) -> list[tuple[int, str, Version]]:
    """Find the standard-library names in a syntax tree that `python` lacks.

    Inputs:
    - tree: syntax tree
    - python: version, such as (3, 11)
    - modules: name → imported module

    Returns: (line, name, version that added it).
    """
    found: list[tuple[int, str, Version]] = []
    nodes = list(ast.walk(tree))
    modules = dict(modules) | {
        alias.asname or alias.name: alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names = [f"{modules[node.value.id]}.{node.attr}"]
        else:
            continue
        found += [(node.lineno, name, version) for name in names if (version := newer_name(name, python))]
    return found


def newer_syntax(source: str, python: Version) -> list[tuple[int, str, Version]]:
    """Find the syntax in a Python text that `python` lacks.

    The text may be invalid for the running Python: it is scanned for strings and comments, but not
    parsed.

    Returns: (line, description, version that added it), sorted.
    """
    scanner = _Scanner(source)
    try:
        scanner.code(0)
    except RecursionError:
        return []
    code = "".join(scanner.blanked)
    found = [(scanner.line(position), what, version) for (version, what), position in scanner.found.items()]
    for version, what, pattern in SYNTAX:
        for match in re.finditer(pattern, code, re.MULTILINE):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            found.append((scanner.line(start), what(), version))
    return sorted(feature for feature in found if feature[2] > python)


class _Scanner:
    """Scans a text as Python 3.12 reads strings, and notes f-strings that older versions reject."""

    def __init__(self, source: str) -> None:
        self.source, self.blanked = source, list(source)
        self.found: dict[tuple[Version, str], int] = {}  # (version, description) → position

    def line(self, position: int) -> int:
        return self.source.count("\n", 0, position) + 1

    def note(self, position: int, what: str) -> None:
        self.found.setdefault((F_STRINGS, what), position)

    def blank(self, start: int, end: int) -> None:
        for position in range(start, min(end, len(self.source))):
            if self.blanked[position] != "\n":
                self.blanked[position] = " "

    def code(self, i: int, outer: str = "") -> int:
        """Scan code from position i; return where it ends.

        - outer: quotes of the f-string around the code, which then ends at its brace or colon; or
          ""
        """
        depth = 0
        while i < len(self.source):
            sign = self.source[i]
            found = STRING.match(self.source, i)
            if found and (i == 0 or not (self.source[i - 1].isalnum() or self.source[i - 1] == "_")):
                if outer and found[2].startswith(outer):
                    self.note(i, tr("f-strings with the same quotes inside as outside"))
                i = self.string(found, outer)
                continue
            if sign == "#":
                if outer:
                    self.note(i, tr("f-strings with a comment in braces"))
                end = self.source.find("\n", i)
                end = len(self.source) if end < 0 else end
                self.blank(i, end)
                i = end
                continue
            if outer and sign == "\\":
                self.note(i, tr("f-strings with a backslash in braces"))
            if outer and sign == "\n" and len(outer) == 1:
                self.note(i, tr("f-strings with a line break in braces"))
            if sign in "([{":
                depth += 1
            elif sign in ")]}":
                if outer and not depth:
                    return i
                depth -= 1
            elif outer and not depth and sign == ":":
                return i
            i += 1
        return i

    def string(self, found: re.Match[str], outer: str) -> int:
        """Scan a string; return where it ends. - outer: quotes of the f-string around it, or ""."""
        prefix, quote = found[1].lower(), found[2]
        start = i = found.end()
        if "t" in prefix:
            self.found.setdefault((T_STRINGS, tr('template strings, as in t"..."')), found.start())
        while i < len(self.source) and not self.source.startswith(quote, i):
            sign = self.source[i]
            if sign == "\n" and len(quote) == 1:
                break  # unclosed string
            if sign == "\\":
                if outer:
                    self.note(i, tr("f-strings with a backslash in braces"))
                i += 2
            elif sign == "{" and ("f" in prefix or "t" in prefix):
                i = i + 2 if self.source.startswith("{{", i) else self.field(i + 1, quote)
            else:
                i += 1
        self.blank(start, i)
        return i + len(quote)

    def field(self, i: int, quote: str) -> int:
        """Scan a field of an f-string from the position after its brace; return where it ends."""
        i = self.code(i, quote)
        if self.source[i : i + 1] == ":":
            i += 1
            while i < len(self.source) and self.source[i] not in "}\n" and not self.source.startswith(quote, i):
                i = self.field(i + 1, quote) if self.source[i] == "{" else i + 1
        return i + 1 if self.source[i : i + 1] == "}" else i
