"""Rules of the search for drafts, in addition to those of mechanical mutants.

A rule is a function of a node and the Terms of its cell. It yields nodes that can replace the node.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations, product

__all__ = ["PAIRED_RULES", "SINGLE_RULES", "Rule", "Terms"]

MAX_TERMS, MAX_LENGTH = 60, 80  # expressions of a cell that take the place of others: number, characters
AXES: tuple[int | tuple[int, ...], ...] = (
    (),
    0,
    1,
    2,
    3,
    -1,
    (0, 1),
    (0, 2),
    (1, 2),
    (1, 3),
    (2, 3),
    (0, 2, 3),
    (1, 2, 3),
)
REDUCTIONS = ("sum", "mean", "var", "std", "max", "min", "argmax")
SIZES = 4  # axes of an argument by whose sizes a value may be multiplied or divided
FUNCTIONS = (
    *("np.maximum({}, 0)", "np.minimum({}, 0)", "np.abs({})", "np.sqrt({})", "({}) ** 2", "np.exp({})", "np.log({})"),
    *("1 / ({})", "-({})", "2 * ({})", "({}) / 2", "1 - ({})", "({}) > 0", "({}) + 1", "({}) - 1", "round({})"),
    *("np.mean({}, axis=0)", "np.sum({}, axis=0)", "np.sum({})", "np.mean({})", "np.max({})", "({}).T", "({}).ravel()"),
    *(
        "({})[None]",
        "({})[0]",
        "({})[-1]",
        "({})[::-1]",
        "({})[..., ::-1, ::-1]",
        "np.sign({})",
        "np.clip({}, 0, 1)",
        "np.zeros_like({})",
    ),
    *("np.ones_like({})", "({}).copy()", "np.where({0} > 0, {0}, 0.01 * {0})", "({}).reshape(-1)"),
)


@dataclass(frozen=True)
class Terms:
    """Expressions of a cell, as text.

    - names: names of arrays and numbers
    - factors: names, settings such as `config["momentum"]`, products of names, and sizes
    - values: expressions that can take the place of others
    - numbers: numbers with a decimal point, such as default values of settings
    """

    names: tuple[str, ...]
    factors: tuple[str, ...]
    values: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, tree: ast.AST) -> "Terms":
        """Collect the Terms of a cell's syntax tree."""
        nodes = list(ast.walk(tree))
        arguments = [node.arg for node in nodes if isinstance(node, ast.arg) and node.arg != "self"]
        names = dict.fromkeys([*arguments, *(n.id for n in nodes if isinstance(n, ast.Name) and n.id != "np")])
        settings = dict.fromkeys(
            ast.unparse(n)
            for n in nodes
            if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, str)
        )
        sizes = [f"{name}.shape[{axis}]" for name in arguments[:3] for axis in range(SIZES)]
        products = dict.fromkeys(
            ast.unparse(n)
            for n in nodes
            if isinstance(n, ast.BinOp)
            and all(isinstance(part, ast.BinOp | ast.Name | ast.operator | ast.expr_context) for part in ast.walk(n))
        )
        values = dict.fromkeys(ast.unparse(node) for node in nodes if _is_value(node))
        numbers = dict.fromkeys(ast.unparse(n) for n in nodes if isinstance(n, ast.Constant) and type(n.value) is float)
        short = sorted((text for text in values if len(text) <= MAX_LENGTH), key=len)
        return cls(tuple(names), (*names, *settings, *products, *sizes), tuple(short[:MAX_TERMS]), tuple(numbers))


def _reductions(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Reduce over another axis, keep the axis, divide a variance by N - 1, or divide by another size."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in REDUCTIONS:
        return
    rest = [keyword for keyword in node.keywords if keyword.arg not in ("axis", "keepdims")]
    args = [node.args[0]] if isinstance(node.func.value, ast.Name) and node.func.value.id == "np" else []
    for axis in AXES:
        chosen = [ast.keyword("axis", _expression(repr(axis)))] if axis != () else []
        for keep in ([], [ast.keyword("keepdims", ast.Constant(True))]):
            yield ast.Call(node.func, args, [*rest, *chosen, *keep])
    for name in REDUCTIONS:
        yield ast.Call(ast.Attribute(node.func.value, name, ast.Load()), node.args, node.keywords)
    if node.func.attr in ("var", "std"):
        yield ast.Call(node.func, node.args, [*node.keywords, ast.keyword("ddof", ast.Constant(1))])
    sizes = [factor for factor in terms.factors if ".shape[" in factor]
    for one, other in permutations(sizes, 2):
        if one.partition("[")[0] == other.partition("[")[0]:
            yield _expression(f"{ast.unparse(node)} * {one} / {other}")


def _values(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Apply a function or a factor to a value, or put another value of the cell in its place."""
    if not _is_value(node):
        return
    text = ast.unparse(node)
    for function in FUNCTIONS:
        yield _expression(function.format(text))
    for factor in terms.factors:
        if factor != text:
            for sign in ("*", "/", "//"):
                yield _expression(f"({text}) {sign} ({factor})")
            yield _expression(f"({text}) * (1 - {factor})")
    for other in (*terms.values, *terms.numbers):
        if other != text:
            yield _expression(other)


def _calls(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Move a term out of a call, or change the order of its axes and the way it stores results."""
    if not isinstance(node, ast.Call):
        return
    if len(node.args) == 1 and isinstance(inner := node.args[0], ast.BinOp):
        yield ast.BinOp(ast.Call(node.func, [inner.left], node.keywords), inner.op, inner.right)
        yield ast.BinOp(inner.left, inner.op, ast.Call(node.func, [inner.right], node.keywords))
    if not isinstance(node.func, ast.Attribute):
        return
    name, first = node.func.attr, node.args[0] if node.args else None
    if name in ("transpose", "reshape") and 2 <= len(node.args) <= 4:
        for order in permutations(node.args):
            yield ast.Call(node.func, list(order), node.keywords)
    if name == "transpose" and isinstance(inner := node.func.value, ast.Call) and len(inner.args) == len(node.args):
        axes = [axis.value for axis in node.args if isinstance(axis, ast.Constant) and type(axis.value) is int]
        if len(axes) == len(node.args):  # straight to the last shape, as if reshape moved axes
            yield ast.Call(inner.func, [inner.args[axis] for axis in axes], [])
    if name == "reshape":
        yield ast.Call(node.func, node.args, [ast.keyword("order", ast.Constant("F"))])
        whole = ast.unparse(node.func.value)
        yield from (_expression(f"{whole}.reshape({argument}.shape)") for argument in terms.names[:3])
    if name == "get":
        yield ast.Call(ast.Attribute(node.func.value, "setdefault", ast.Load()), node.args, [])
        yield from (ast.Call(node.func, [node.args[0], _expression(other)], []) for other in terms.values)
    if name in ("maximum", "minimum", "exp", "multiply", "abs", "clip") and first is not None:
        yield ast.Call(node.func, node.args, [ast.keyword("out", first)])


def _operations(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Move an operand into another operation or a call: 1 + a // b as (1 + a) // b."""
    if isinstance(node, ast.BinOp):
        left, right = node.left, node.right
        if isinstance(right, ast.BinOp):
            yield ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
        if isinstance(left, ast.BinOp):
            yield ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
        if isinstance(left, ast.Call) and len(left.args) == 1:
            yield ast.Call(left.func, [ast.BinOp(left.args[0], node.op, right)], left.keywords)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        yield from node.elts


def _masks(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Replace a condition that is used as a factor by np.where or np.sign."""
    if isinstance(node, ast.Compare):
        yield _expression(f"np.sign({ast.unparse(node.left)})")
        yield _expression(f"np.where({ast.unparse(node)}, 1, 0.01)")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.right, ast.Compare):
        for other in ("1", *terms.names):
            yield _expression(f"np.where({ast.unparse(node.right)}, {ast.unparse(node.left)}, {other})")


def _sums(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Add another value of the cell to a sum, or in place of its last term."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        for other, sign in product(terms.values, "+-"):
            yield _expression(f"{ast.unparse(node)} {sign} ({other})")
            yield _expression(f"{ast.unparse(node.left)} {sign} ({other})")


def _slices(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Change all slices of an index alike: a:a + n as a:-a, 1:-1 or :n; or reverse them."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
        return
    for change in (_cut_by_lower, _cut_by_one, _from_the_start, _reversed):
        parts = [change(part) if isinstance(part, ast.Slice) else part for part in node.slice.elts]
        yield ast.Subscript(node.value, ast.Tuple(parts, ast.Load()), node.ctx)


def _cut_by_lower(part: ast.Slice) -> ast.Slice:
    return ast.Slice(part.lower, ast.UnaryOp(ast.USub(), part.lower)) if part.lower else part


def _cut_by_one(part: ast.Slice) -> ast.Slice:
    return ast.Slice(ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(1))) if part.lower else part


def _from_the_start(part: ast.Slice) -> ast.Slice:
    return ast.Slice(None, part.upper.right) if part.lower and isinstance(part.upper, ast.BinOp) else part


def _reversed(part: ast.Slice) -> ast.Slice:
    return part if part.lower else ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))


def _asserts(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Assert that a division leaves no rest."""
    if isinstance(node, ast.Assign):
        for part in ast.walk(node.value):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.FloorDiv):
                test = ast.Compare(ast.BinOp(part.left, ast.Mod(), part.right), [ast.Eq()], [ast.Constant(0)])
                yield ast.Module([ast.Assert(test), node], [])


def _loops(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Change the number of steps of a loop."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and node.args:
        yield from (_expression(f"range({other})") for other in terms.values)
        last = ast.unparse(node.args[-1])
        yield from (_expression(f"range(0, {last}, {name})") for name in terms.names)
        yield _expression(f"range(1, {last} + 1)")


def _statements(node: ast.AST, terms: Terms) -> Iterator[ast.AST]:
    """Add to an element in place of assigning to it."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
        yield ast.AugAssign(node.targets[0], ast.Add(), node.value)


def _is_value(node: ast.AST) -> bool:
    """Return True if a node is a value that is computed, and not a target or a module."""
    if isinstance(node, ast.Name) and node.id == "np":
        return False
    return isinstance(node, ast.BinOp | ast.Call | ast.Name | ast.Subscript | ast.Attribute) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    )


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


Rule = Callable[[ast.AST, Terms], Iterator[ast.AST]]
PAIRED_RULES: tuple[Rule, ...] = (_reductions, _calls, _operations, _slices)  # their changes are also tried in pairs
SINGLE_RULES: tuple[Rule, ...] = (_asserts, _loops, _masks, _sums, _statements, _values)
