"""Formulas of students as MathML, which browsers show without a script.

The LaTeX is hostile text. latex2mathml reads it into a tree; its own HTML is not used, since it
leaves text unescaped. This module writes the tree again: only listed elements, attributes and
values, and all text escaped. Only listed commands are read. Macros, colours, links, boxes, negative
space and commands that copy their argument are not on the list.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter
from latex2mathml.symbols_parser import convert_symbol

__all__ = ["MAX_FORMULA", "mathml"]

MAX_FORMULA = 1000  # characters; the longest formula of the source notebooks has 336
MAX_DEPTH = 30  # of nested elements; the deepest of the source notebooks has 12
MAX_ELEMENTS = 1500

# Commands besides the symbols of unicode-math, such as \alpha and \sum.
COMMANDS = frozenset(
    r"""
    \frac \dfrac \tfrac \binom \left \right \middle \begin \end \\ \nonumber \notag \limits \nolimits
    \big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm \biggm \Biggm
    \text \textbf \textit \textrm \textnormal \texttt \mathrm \mathbf \mathit \mathsf \mathtt \mathbb \mathcal
    \mathfrak \mathscr \boldsymbol \bm \operatorname \displaystyle \textstyle \overset \underset \stackrel
    \, \: \; \> \quad \qquad \enspace \thinspace \space \{ \} \| \_ \% \# \$ \&
    \exp \log \ln \lg \sin \cos \tan \cot \sec \csc \sinh \cosh \tanh \coth \arcsin \arccos \arctan \deg \dim \ker \hom
    \lim \sup \inf \max \min \argmax \argmin \det \gcd \liminf \limsup \Pr \mod \pmod \bmod \dots \dotsc
    """.split()
) | {r"\ "}
COMMAND = re.compile(r"\\(?:[a-zA-Z]+|.|$)", re.DOTALL)
# Environments that latex2mathml lacks, and the ones that stand for them.
ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([a-zA-Z]*)(\*?)\}")
ENVIRONMENTS = {
    **dict.fromkeys(("align", "aligned", "split", "eqnarray"), "split"),
    **dict.fromkeys(("gather", "gathered", "matrix"), "matrix"),
    **{name: name for name in ("cases", "array", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix")},
}
WHOLE = ("equation", "displaymath", "math")  # environments that say only: this is a formula

TRUTH = re.compile("true|false")
SIZE = re.compile(r"[0-3](\.[0-9]{1,3})?em")  # no sign: a formula can't cover its surroundings
# Element → its attributes, with their values.
ELEMENTS: dict[str, dict[str, re.Pattern[str]]] = {
    **{tag: {} for tag in ("mrow", "mi", "mn", "mtext", "msqrt", "mroot", "msub", "msup", "msubsup", "mtr", "mtd")},
    "mo": {
        **dict.fromkeys(("stretchy", "fence", "movablelimits", "largeop"), TRUTH),
        **dict.fromkeys(("minsize", "maxsize"), SIZE),
        "form": re.compile("prefix|infix|postfix"),
    },
    "mspace": {"width": SIZE},
    "mfrac": {"linethickness": re.compile("0")},
    **{tag: {"accent": TRUTH, "accentunder": TRUTH} for tag in ("munder", "mover", "munderover")},
    "mstyle": {"displaystyle": TRUTH, "scriptlevel": re.compile("[0-2]")},
    "mtable": {},
}
LEAVES = ("mi", "mn", "mo", "mtext")
# Values of attributes that browsers no longer know → classes of the page.
CLASSES = {
    ("columnalign", "left"): "left",
    ("columnalign", "right"): "right",
    ("mathvariant", "normal"): "upright",
    ("mathvariant", "bold"): "upright bold",
    ("mathvariant", "bold-italic"): "bold",
    ("mathvariant", "monospace"): "upright mono",
    ("mathvariant", "sans-serif"): "upright",
}
REFERENCE = re.compile("&#x([0-9A-Fa-f]{2,6});")  # how the tree spells a symbol
ESCAPED = re.compile(r"\\([&%$#_{}])")


class _Refused(Exception):
    """The formula has something that is not on a list."""


class _NoMacros(dict[str, object]):
    """The macros of a converter: none can be defined, since they could multiply the text."""

    def __setitem__(self, name: str, value: object) -> None:
        raise _Refused


def mathml(latex: str, *, is_display: bool) -> str | None:
    """Convert a formula to MathML.

    Inputs:
    - latex: without dollar signs.
    - is_display: True for a formula on a line of its own.

    Returns: the element `math` as HTML, or None if the formula must stay text.
    """
    if len(latex) > MAX_FORMULA:
        return None
    try:
        source = _readable(latex)
        converter = Converter(display="block" if is_display else "inline")
        converter.macros = _NoMacros()  # type: ignore[assignment]
        tree = converter.convert_to_element(source)
        content = "".join(_written(tree[0], _Counter(MAX_ELEMENTS)))
    except Exception:  # latex2mathml has many kinds, for nested formulas also RecursionError
        return None
    return f'<math display="block">{content}</math>' if is_display else f"<math>{content}</math>"


def _readable(latex: str) -> str:
    """Return the formula in the words of latex2mathml. Raises _Refused if it has others."""
    for command in COMMAND.findall(latex):
        if command not in COMMANDS and (command == "\\" or convert_symbol(command) is None):
            raise _Refused
    bare = COMMAND.sub("", latex)
    if "%" in bare or bare.count("{") != bare.count("}"):  # a comment would hide text
        raise _Refused
    depth = 0

    def environment(found: re.Match[str]) -> str:
        nonlocal depth
        name = found[2]
        if name in WHOLE:
            return ""
        depth += 1 if found[1] == "begin" else -1
        return rf"\{found[1]}{{{ENVIRONMENTS[name]}}}"  # KeyError: another environment

    parts = []
    end = 0
    for found in ENVIRONMENT.finditer(latex):
        parts += [_checked(latex[end : found.start()], depth), environment(found)]
        end = found.end()
    return "".join([*parts, _checked(latex[end:], depth)])


def _checked(text: str, depth: int) -> str:
    """Return text between two environments: lines and columns need one around them."""
    if not depth and (r"\\" in COMMAND.findall(text) or "&" in COMMAND.sub("", text)):
        raise _Refused
    return text


class _Counter:
    def __init__(self, left: int) -> None:
        self.left = left


def _written(element: Element, counter: _Counter, depth: int = 0) -> Iterator[str]:
    """Write an element as HTML. Raises _Refused for what is not on a list."""
    tag = element.tag
    counter.left -= 1
    if tag not in ELEMENTS or depth > MAX_DEPTH or counter.left < 0:
        raise _Refused
    if element.text and tag not in LEAVES:
        raise _Refused
    yield f"<{tag}{_attributes(element)}>{_text_of(element)}"
    for child in element:
        if child.tail:
            raise _Refused
        yield from _written(child, counter, depth + 1)
    yield f"</{tag}>"


def _attributes(element: Element) -> str:
    """Return the attributes on the list; others are dropped."""
    allowed = ELEMENTS[element.tag]
    kept = {name: value for name, value in element.items() if name in allowed and allowed[name].fullmatch(value)}
    classes = " ".join(CLASSES[item] for item in element.items() if item in CLASSES)
    if classes:
        kept["class"] = classes
    if element.tag == "mo" and len(element.text or "") > 1 and (element.text or "").isalpha():
        kept |= {"lspace": "0.15em", "rspace": "0.1em"}  # a name such as softmax
    if element.tag == "mtable" and any(cell.get("columnalign") == "right" for cell in element.iter("mtd")):
        kept["displaystyle"] = "true"  # aligned formulas are as large as others
    return "".join(f' {name}="{value}"' for name, value in kept.items())


def _text_of(element: Element) -> str:
    text = REFERENCE.sub(lambda found: chr(int(found[1], 16)), element.text or "")
    if element.tag == "mtext":
        text = ESCAPED.sub(r"\1", text)
    elif element.tag == "mi" and len(text) > 1 and "\\" in text:  # a command that was not read
        text = text.removeprefix("\\")
        if text not in "_%#$&":
            raise _Refused
    if not all(char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs" for char in text):
        raise _Refused
    return html.escape(text)
