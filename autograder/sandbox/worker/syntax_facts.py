"""Facts about the source of a function and its helpers: loops and calls. Executes nothing.

The worker answers from a process in which no student code has run, so student code can't change the
answer. The trusted side uses this file only for the solutions.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from student_tools.code_cells import UNREADABLE, kept_statements

__all__ = ["find_facts"]

MOST = 100  # listed loops and calls
MOST_CHARS = 80  # of a name
MOST_FILES = 20  # in a chain of imports
LOOPS = {ast.For: "for loop", ast.AsyncFor: "for loop", ast.While: "while loop"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Functions that call another one for each item, or run a text.
CALLERS = {"map", "filter", "eval", "exec", "functools.reduce", "itertools.starmap"}
CALLERS |= {f"numpy.{name}" for name in ("apply_along_axis", "apply_over_axes", "frompyfunc", "nditer", "vectorize")}
CALLING_METHODS = {"apply", "applymap", "iterrows", "itertuples", "map"}  # of tables
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(eq=False)
class _Definition:
    """A function, a method, the body of a class without its methods, or a named lambda.

    - name: with the name of its class
    - owner: its class, or None
    """

    name: str
    cell: str
    nodes: list
    file: "_File"
    owner: "_Class | None" = None


@dataclass(eq=False)
class _Class:
    name: str
    bases: list
    body: _Definition
    methods: dict = field(default_factory=dict)


class _File:
    """The definitions of a notebook or a Python file: the last one of each name."""

    def __init__(self, name: str, cells: Iterable) -> None:
        self.name = name
        self.definitions: dict[str, _Definition | _Class] = {}
        self.aliases: dict[str, str] = {}  # imported name → full name
        self.from_notebooks: dict[str, tuple[str, str]] = {}  # name → (notebook, name there)
        self.stars: list[str] = []
        for label, source in cells:
            try:
                statements = [statement for _, statement in kept_statements(source)]
            except UNREADABLE:
                continue
            for statement in statements:
                self._add(label, statement)

    def _add(self, cell: str, node: ast.stmt) -> None:
        if isinstance(node, FUNCTIONS):
            self._define({node.name: _Definition(node.name, cell, [node], self)})
        elif isinstance(node, ast.ClassDef):
            rest = [child for child in node.body if not isinstance(child, FUNCTIONS)]
            found = _Class(node.name, node.bases, _Definition(node.name, cell, [*node.decorator_list, *rest], self))
            for child in node.body:
                if isinstance(child, FUNCTIONS):
                    name = f"{node.name}.{child.name}"
                    found.methods[child.name] = _Definition(name, cell, [child], self, found)
            self._define({node.name: found})
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.aliases |= _imported(node)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module:
                self.stars.append(node.module)
        elif isinstance(node, ast.Try):
            for child in [*node.body, *(s for handler in node.handlers for s in handler.body), *node.orelse]:
                self._add(cell, child)
        elif isinstance(node, ast.Assign):
            names = [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
            texts = _texts(node.value)
            if texts:
                self.from_notebooks |= {name: (texts[0], there) for name, there in zip(names, texts[1:], strict=False)}
            else:
                self._define({name: _Definition(name, cell, [node.value], self) for name in names})

    def _define(self, definitions: "Mapping[str, _Definition | _Class]") -> None:
        self.definitions |= definitions
        for name in definitions:
            self.from_notebooks.pop(name, None)


def _texts(node: ast.expr) -> list:
    """The text arguments of a call of `definitions`; none for another expression."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "definitions"):
        return []
    return [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
    return {a.asname or a.name: f"{node.module or ''}.{a.name}".lstrip(".") for a in node.names}


@dataclass(eq=False)
class _Seen:
    """The content of one definition.

    - loops: (kind, line)
    - names: (full name, line) of all names that it reads
    - calls: (full name, line) of all calls
    - attributes: names of all attributes
    - own: names of the attributes of `self`
    """

    loops: list = field(default_factory=list)
    names: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    attributes: set = field(default_factory=set)
    own: set = field(default_factory=set)


def _look(definition: _Definition) -> _Seen:
    seen = _Seen()
    nodes = [node for root in definition.nodes for node in ast.walk(root)]
    aliases = dict(definition.file.aliases)
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            aliases |= _imported(node)
    local = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    local |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    local -= {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    first = next((n for n in definition.nodes if isinstance(n, FUNCTIONS)), None)
    arguments = [*first.args.posonlyargs, *first.args.args] if first and definition.owner else []
    myself = arguments[0].arg if arguments else ""
    for node in nodes:
        line = getattr(node, "lineno", 0)
        for kind, words in LOOPS.items():
            if isinstance(node, kind):
                seen.loops.append((words, line))
        if isinstance(node, COMPREHENSIONS):
            seen.loops += [("comprehension", line)] * len(node.generators)
        if isinstance(node, ast.Attribute):
            seen.attributes.add(node.attr)
            is_super = isinstance(node.value, ast.Call) and _dotted(node.value.func) == ["super"]
            if is_super or (isinstance(node.value, ast.Name) and node.value.id in {myself, "cls"} - {""}):
                seen.own.add(node.attr)
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            name = _full_name(node, aliases, local)
            seen.names.append((name, line))
            is_of_module = not name.startswith(".") and _dotted(node)[0] in aliases
            if name in CALLERS or (not is_of_module and "." in name and name.split(".")[-1] in CALLING_METHODS):
                seen.loops.append((ast.unparse(node)[-MOST_CHARS:].strip(), line))
        if isinstance(node, ast.Call):
            seen.calls.append((_full_name(node.func, aliases, local), line))
    return seen


def _dotted(node: ast.AST) -> list[str]:
    """The parts of a.b.c; the first is "" if the attributes belong to an expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return parts[::-1]


def _full_name(node: ast.AST, aliases: dict[str, str], local: set[str]) -> str:
    """The full name by the imports: numpy.dot for np.dot. A local variable gets a leading dot."""
    first, *rest = _dotted(node)
    if first in local and first not in aliases:
        return ".".join(("", first, *rest))
    return ".".join((aliases.get(first, first), *rest))


class _Program:
    """All files of a submission, each parsed at its first use."""

    def __init__(self, cells: dict) -> None:
        self.cells = cells
        self.files: dict[str, _File] = {}

    def file(self, name: str) -> _File:
        if name not in self.files:
            self.files[name] = _File(name, self.cells.get(name, ()))
        return self.files[name]

    def find(self, file: _File, name: str, depth: int = 0) -> "_Definition | _Class | None":
        """The submission's definition of a full name in a file, or None."""
        first, _, rest = name.partition(".")
        if not first or depth > MOST_FILES:
            return None
        found = file.definitions.get(first)
        if found is not None and first not in file.from_notebooks:
            return found.methods.get(rest.split(".")[0], found) if rest and isinstance(found, _Class) else found
        if first in file.from_notebooks:
            notebook, its_name = file.from_notebooks[first]
            return self.find(self.file(notebook), f"{its_name}.{rest}".rstrip("."), depth + 1)
        parts = file.aliases.get(first, first).split(".") + (rest.split(".") if rest else [])
        for end in range(len(parts) - 1, 0, -1):
            for file_name in ("/".join(parts[:end]) + ".py", "/".join(parts[:end]) + "/__init__.py"):
                if file_name in self.cells:
                    return self.find(self.file(file_name), ".".join(parts[end:]), depth + 1)
        for star in file.stars:
            path = star.replace(".", "/") + ".py"
            if path in self.cells and (there := self.find(self.file(path), name, depth + 1)):
                return there
        return None

    def method(self, owner: _Class, name: str, depth: int = 0) -> _Definition | None:
        """A method of a class or of its base classes in the submission."""
        if name in owner.methods or depth > MOST_FILES:
            return owner.methods.get(name)
        for base in owner.bases:
            found = self.find(owner.body.file, ".".join(_dotted(base)))
            if isinstance(found, _Class) and (method := self.method(found, name, depth + 1)):
                return method
        return None

    def wanted(self, notebook: str, name: str) -> list[_Definition]:
        """The definitions of a name: a function, a method, or all methods of a class."""
        first, _, method = name.partition(".")
        found = self.find(self.file(notebook), first)
        if isinstance(found, _Class):
            if method:
                return [definition] if (definition := self.method(found, method)) else []
            return [found.body, *found.methods.values()]
        return [found] if found and not method else []


class _Search:
    """Collects definitions and, recursively, the definitions that they use."""

    def __init__(self, program: _Program) -> None:
        self.program = program
        self.seen: dict[_Definition, _Seen] = {}
        self.uses: dict[_Definition, set[_Definition]] = {}
        self.classes: list[_Class] = []

    def follow(self, start: list[_Definition]) -> None:
        new = list(start)
        while new:
            for definition in new:
                if definition not in self.seen:
                    self.seen[definition] = _look(definition)
            new = []
            for definition, seen in list(self.seen.items()):
                self.uses[definition] = set(self._used(definition, seen))
                new += [other for other in self.uses[definition] if other not in self.seen]

    def _used(self, definition: _Definition, seen: _Seen) -> Iterator[_Definition]:
        for name, _ in seen.names:
            found = self.program.find(definition.file, name)
            if isinstance(found, _Class):
                if found not in self.classes:
                    self.classes.append(found)
                yield found.body
                yield from (m for n, m in found.methods.items() if n.startswith("__") and n.endswith("__"))
            elif found:
                yield found
        owners = [(definition.owner, seen.own)] if definition.owner else []
        for owner, attributes in [*owners, *((other, seen.attributes) for other in self.classes)]:
            yield from (m for name in sorted(attributes) if (m := self.program.method(owner, name)))
        if definition.owner and "super" in {name for name, _ in seen.names}:
            for base in definition.owner.bases:
                found = self.program.find(definition.file, ".".join(_dotted(base)))
                if isinstance(found, _Class):
                    yield from (m for name in sorted(seen.own) if (m := self.program.method(found, name)))

    def calls_itself(self, definition: _Definition) -> bool:
        """Return whether a definition uses itself, directly or through others."""
        reached, new = set(), set(self.uses[definition])
        while new:
            reached |= new
            new = {other for one in new for other in self.uses.get(one, ())} - reached
        return definition in reached


def find_facts(cells: dict, notebook: str, name: str) -> dict[str, Any]:
    """Find loops and calls in the source of a function and of the definitions that it uses.

    Inputs:
    - cells: notebook or Python file → list of (label, source)
    - notebook: the file that defines the function
    - name: of a function, a class, or Class.method

    Returns: dict of JSON values:
    - "found": whether the definition exists
    - "functions": names of the inspected definitions
    - "loops": list of [what, function, cell, line], at most MOST
    - "calls": list of [what, function, cell, line], at most 10 · MOST
    - "loop_count": number of all loops
    """
    program = _Program(cells)
    search = _Search(program)
    start = program.wanted(notebook, name)
    search.follow(start)
    loops, calls = [], []
    for definition, seen in search.seen.items():
        place = [definition.name[:MOST_CHARS], definition.cell[:MOST_CHARS]]
        loops += [[what, *place, line] for what, line in seen.loops]
        calls += [[what.lstrip(".")[:MOST_CHARS], *place, line] for what, line in seen.calls]
        if search.calls_itself(definition):
            loops.append(["recursion", *place, getattr(definition.nodes[0], "lineno", 0) if definition.nodes else 0])
    return {
        "found": bool(start),
        "functions": [definition.name[:MOST_CHARS] for definition in search.seen][:MOST],
        "loops": loops[:MOST],
        "calls": calls[: MOST * 10],
        "loop_count": len(loops),
    }
