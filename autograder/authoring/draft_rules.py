"""More rules than those of mechanical mutants, for the search for a draft alone.

A mechanical mutant that survives is a hole in the tests, so its rules make few mutants. The search for a draft may look
at many more: what is not found costs nothing but time.
"""

import ast
from collections.abc import Callable, Iterator
from itertools import permutations

from autograder.authoring.mechanical_rules import Words

__all__ = ["DRAFT_RULES"]

AXES: tuple[int | tuple[int, ...] | None, ...] = (
    None,
    0,
    1,
    2,
    -1,
    (0, 1),
    (0, 2),
    (1, 2),
    (2, 3),
    (0, 2, 3),
    (1, 2, 3),
)
OVER_AXES = ("sum", "mean", "var", "std", "max", "min", "argmax")
SIZES = 3  # axes of an argument by whose sizes a value may be multiplied or divided
AROUND = (
    "np.maximum({}, 0)",
    "np.abs({})",
    "np.sqrt({})",
    "({}) ** 2",
    "np.exp({})",
    "1 / ({})",
    "-({})",
    "2 * ({})",
    "({}) / 2",
    "1 - ({})",
    "({}) > 0",
    "np.mean({}, axis=0)",
    "np.sum({}, axis=0)",
    "np.sum({})",
    "({}).T",
    "({}).ravel()",
    "({}).copy()",
    "np.sign({})",
    "np.clip({}, 0, 1)",
    "np.zeros_like({})",
    "np.ones_like({})",
)


def _axes(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Another axis, with the axis kept or not; a sample variance."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in OVER_AXES:
        return
    rest = [keyword for keyword in node.keywords if keyword.arg not in ("axis", "keepdims", "ddof")]
    kept = [keyword for keyword in node.keywords if keyword.arg == "keepdims"]
    axis = [keyword for keyword in node.keywords if keyword.arg == "axis"]
    args = [node.args[0]] if isinstance(node.func.value, ast.Name) and node.func.value.id == "np" else []
    for other in AXES:
        chosen = [] if other is None else [ast.keyword("axis", ast.parse(repr(other), mode="eval").body)]
        for keep in ([], [ast.keyword("keepdims", ast.Constant(True))]):
            yield ast.Call(node.func, args, [*rest, *chosen, *keep])
    if node.func.attr in ("var", "std"):
        yield ast.Call(node.func, node.args, [*axis, *kept, *rest, ast.keyword("ddof", ast.Constant(1))])


def _values(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """A function of the value, and the value times or divided by a size or by another value."""
    if not _is_value(node):
        return
    text = ast.unparse(node)
    for around in AROUND:
        yield _expression(around.format(text))
    names = sorted(words.names - {"np", "self"})
    factors = names + [f"{name}.shape[{axis}]" for name in names[:6] for axis in range(SIZES)]
    for factor in factors:
        if factor != text:
            yield _expression(f"({text}) * {factor}")
            yield _expression(f"({text}) / {factor}")


def _terms(node: ast.AST, words: Words) -> Iterator[ast.AST]:
    """Any other name of the cell; eps outside of a root; axes in another order."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for name in sorted(words.names - {node.id, "np"}):
            yield ast.Name(name, ast.Load())
            yield _expression(f"1 - {node.id}")
    if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.BinOp):
        inner = node.args[0]
        yield ast.BinOp(ast.Call(node.func, [inner.left], node.keywords), inner.op, inner.right)
        yield ast.BinOp(inner.left, inner.op, ast.Call(node.func, [inner.right], node.keywords))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "transpose" and 2 <= len(node.args) <= 4:
            for order in permutations(node.args):
                yield ast.Call(node.func, list(order), [])
        if node.func.attr == "reshape":
            for order in permutations(node.args) if 2 <= len(node.args) <= 4 else ():
                yield ast.Call(node.func, list(order), node.keywords)
            yield ast.Call(node.func, node.args, [ast.keyword("order", ast.Constant("F"))])
        if node.func.attr == "get":
            yield ast.Call(ast.Attribute(node.func.value, "setdefault", ast.Load()), node.args, [])


def _is_value(node: ast.AST) -> bool:
    """Whether a node is a value that is worked out, no part of an index."""
    return isinstance(node, ast.BinOp | ast.Call | ast.Name) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


DRAFT_RULES: tuple[Callable[[ast.AST, Words], Iterator[ast.AST]], ...] = (_axes, _terms, _values)
