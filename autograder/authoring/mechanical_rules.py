"""Rules of the mechanical mutants: small changes of a node of a syntax tree.

A rule is a function of a node and the Words of its cell. It yields nodes that can replace the node.
They share parts with the node, so they can only be unparsed to text.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeGuard, TypeVar

__all__ = ["DROPPED", "Words", "is_negative", "replacements"]

Node = TypeVar("Node", bound=ast.AST)
Item = TypeVar("Item")
TextNode = ast.JoinedStr | ast.Constant

DROPPED = ast.Pass()  # replaces a statement
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Div),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
ORDERED: tuple[type[ast.cmpop], ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
}
# Functions and methods that are easily confused.
ALIKE = {
    "sum": "mean",
    "mean": "sum",
    "var": "std",
    "std": "var",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "argmax": "argmin",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "sqrt": "square",
    "rand": "randn",
    "randn": "rand",
}
# Parts of names that are easily confused, such as H and W in out_H.
TWINS = (
    *(("H", "W"), ("HH", "WW"), ("h", "w"), ("height", "width"), ("top", "left"), ("rows", "columns"), ("i", "j")),
    *(("mean", "var"), ("gamma", "beta"), ("dgamma", "dbeta"), ("N", "C"), ("F", "C"), ("m", "v"), ("x", "dout")),
    *(("W1", "W2"), ("W2", "W3"), ("b1", "b2"), ("b2", "b3"), ("beta1", "beta2"), ("stride", "pad")),
    *(("train", "test"), ("dx", "dw"), ("w", "dw")),
)
TWINS_OF: dict[str, list[str]] = {}
for one, other in TWINS:
    TWINS_OF.setdefault(one, []).append(other)
    TWINS_OF.setdefault(other, []).append(one)
MOST_SWAPPED = 5  # arguments or elements of a tuple; the number of pairs grows quadratically


@dataclass(frozen=True)
class Words:
    """The names in a cell, and its dict keys (text → node)."""

    names: frozenset[str]
    keys: dict[str, TextNode]

    @classmethod
    def of(cls, tree: ast.AST) -> "Words":
        """Collect the words of a cell's syntax tree."""
        nodes = list(ast.walk(tree))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        return cls(frozenset(names), {ast.unparse(key): key for node in nodes for key in _keys_in(node)})


def replacements(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Yield the replacements of a node by all rules."""
    for rule in RULES:
        yield from rule(node, words)


def _changed(node: Node, **fields: Any) -> Node:
    """Return a copy of a node with changed fields."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def _number(value: int) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _shifted(node: ast.expr, by: int) -> ast.expr:
    """Return a node with `by` added."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return _number(node.value + by)
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def _neighbours(node: ast.expr) -> tuple[ast.expr, ast.expr]:
    return _shifted(node, 1), _shifted(node, -1)


def _swapped(items: list[Item]) -> Iterator[list[Item]]:
    """Yield copies of a list with two items swapped."""
    for first, second in combinations(range(len(items)), 2):
        changed = list(items)
        changed[first], changed[second] = changed[second], changed[first]
        yield changed


def _without_one(items: list[Item]) -> list[list[Item]]:
    return [[*items[:index], *items[index + 1 :]] for index in range(len(items))]


def _keys_in(node: ast.AST) -> Iterator[TextNode]:
    """Yield the string nodes that a node uses as dict keys."""
    if isinstance(node, ast.Subscript) and _is_text(node.slice):
        yield node.slice
    if _is_get(node) and _is_text(node.args[0]):
        yield node.args[0]


def _is_text(node: ast.AST) -> TypeGuard[TextNode]:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_get(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr == "get" and bool(node.args)


def _operators(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Change the operator, swap the operands, or drop one of them."""
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS.get(type(node.op), ()):
            yield _changed(node, op=operator())
        if not isinstance(node.op, ast.Add | ast.Mult):
            yield _changed(node, left=node.right, right=node.left)
        yield node.left
        yield ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right
        if isinstance(node.op, ast.FloorDiv):  # rounded up
            yield ast.UnaryOp(ast.USub(), _changed(node, left=ast.UnaryOp(ast.USub(), node.left)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    if isinstance(node, ast.AugAssign):
        for operator in OPERATORS.get(type(node.op), ()):
            yield _changed(node, op=operator())
        yield ast.Assign([node.target], node.value)


def _comparisons(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        kind = type(node.ops[0])
        others = ORDERED if kind in ORDERED else (OPPOSITES.get(kind, kind),)
        for other in others:
            yield _changed(node, ops=[other()])


def _conditions(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Negate a condition, make it constant, or keep one part of it."""
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
            yield _changed(node, test=test)
    if isinstance(node, ast.BoolOp):
        yield _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values


def is_negative(node: ast.AST) -> bool:
    """Return True if a node is a number with a minus sign."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)


def _constants(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    if is_negative(node):  # _operators drops the sign; -2 instead of -1 in a shape is the same for NumPy
        yield ast.Constant(0)
    if not isinstance(node, ast.Constant):
        return
    if type(node.value) is bool:
        yield ast.Constant(not node.value)
    elif type(node.value) is int:
        yield from (*_neighbours(node), ast.Constant(0))
    elif type(node.value) is float:
        yield from (ast.Constant(2 * node.value), ast.Constant(0.0))
    elif node.value is None:
        yield ast.Constant(0)


def _indices(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Shift indices and bounds of slices by one, or drop a bound."""
    if isinstance(node, ast.Subscript) and not _is_text(node.slice):
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for place, index in enumerate(indices):
            for other in _other_indices(index):
                changed = [*indices[:place], other, *indices[place + 1 :]]
                yield _changed(node, slice=ast.Tuple(changed, ast.Load()) if len(changed) > 1 else other)
    if isinstance(node, ast.FormattedValue):
        for value in _neighbours(node.value):
            yield _changed(node, value=value)


def _other_indices(index: ast.expr) -> Iterator[ast.expr]:
    if isinstance(index, ast.Slice):
        for name in ("lower", "upper", "step"):
            bound = getattr(index, name)
            if bound is not None:
                yield _changed(index, **{name: None})
                for other in _neighbours(bound):
                    yield _changed(index, **{name: other})
        if index.lower is index.upper is index.step is None:
            yield ast.Slice(lower=ast.Constant(1))
            yield ast.Slice(upper=_number(-1))
            yield ast.Slice(upper=ast.Constant(1))
            yield ast.Slice(step=_number(-1))
    elif isinstance(index, ast.Name | ast.BinOp):
        yield from _neighbours(index)


def _ranges(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        for place, bound in enumerate(node.args):
            for other in _neighbours(bound):
                yield _changed(node, args=[*node.args[:place], other, *node.args[place + 1 :]])
        if len(node.args) == 1:
            yield _changed(node, args=[ast.Constant(1), *node.args])


def _calls(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Drop or swap arguments, call a similar function, or drop the call."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    if not isinstance(node, ast.Call):
        return
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    method = function if isinstance(function, ast.Attribute) and not _is_module(function.value) else None
    if name in ALIKE:
        other = {"attr" if isinstance(function, ast.Attribute) else "id": ALIKE[name]}
        yield _changed(node, func=_changed(function, **other))
    if method is not None and not _is_get(node):
        yield method.value
    for argument in node.args:
        if not isinstance(argument, ast.Starred) and (method is None or _is_get(node)) and name != "range":
            yield argument
    for keywords in _without_one(node.keywords):
        yield _changed(node, keywords=keywords)
    if len(node.args) > 1:
        for arguments in _without_one(node.args):
            yield _changed(node, args=arguments)
    if len(node.args) <= MOST_SWAPPED:
        for arguments in _swapped(node.args):
            yield _changed(node, args=arguments)


def _is_module(node: ast.expr) -> bool:
    """Return True for `np` and attributes of it: np, np.random."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "np"


def _tuples(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    if isinstance(node, ast.Tuple | ast.List):
        if len(node.elts) <= MOST_SWAPPED:
            for elements in _swapped(node.elts):
                yield _changed(node, elts=elements)
        if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
            for elements in _without_one(node.elts):
                yield _changed(node, elts=elements)


def _names(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Replace a name with an easily confused name of the same cell."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in _twins(node.id):
            if other in words.names:
                yield ast.Name(other, ast.Load())


def _twins(name: str) -> Iterator[str]:
    yield from TWINS_OF.get(name, ())
    parts = name.split("_")
    if len(parts) > 1:
        for place, part in enumerate(parts):
            for twin in TWINS_OF.get(part, ()):
                yield "_".join([*parts[:place], twin, *parts[place + 1 :]])


def _dict_keys(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Replace a dict key with another key of the cell, or misspell it."""
    for key in _keys_in(node):
        misspelled: TextNode
        if isinstance(key, ast.JoinedStr):
            misspelled = ast.JoinedStr([*key.values, ast.Constant("_")])
        else:
            misspelled = ast.Constant(f"{key.value!s}_")
        for other in (*words.keys.values(), misspelled):
            if ast.unparse(other) != ast.unparse(key):
                if isinstance(node, ast.Call):
                    yield _changed(node, args=[other, *node.args[1:]])
                else:
                    yield _changed(node, slice=other)


def _statements(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass):
        yield DROPPED


RULES: tuple[Callable[[ast.AST, Words], Iterator[ast.AST]], ...] = (
    *(_operators, _comparisons, _conditions, _constants, _indices, _ranges, _calls, _tuples, _names, _dict_keys),
    _statements,
)
