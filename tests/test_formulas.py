"""Formulas of students on feedback pages: right as MathML, text where they can't be, harmless and fast."""

import itertools
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import normalize

import pytest
from test_hostile_text import active

from autograder.feedback import formulas
from autograder.feedback.formulas import MAX_FORMULA, mathml
from autograder.feedback.safe_html import safe_markdown

SOURCE = Path(__file__).parent.parent / "source" / "assignment2"
FORMULA = re.compile(r"\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$\n]+)\$", re.DOTALL)


class Elements(HTMLParser):
    """The elements of a text with their attributes, and the depth; every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.depth = [], [], 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.open.append(tag)
        self.depth = max(self.depth, len(self.open))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def words_of(html):
    return re.sub(r"<[^>]+>", "", html)


def tags_of(html):
    return [tag for tag, _ in Elements(html).found]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("x_{ij}", "<msub><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>"),
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"\alpha \le 2", "<mi>\u03b1</mi><mo>≤</mo><mn>2</mn>"),
        (r"\text{pool\_height}", "<mtext>pool_height</mtext>"),
        (r"\text{if } x", "<mtext>if\u00a0</mtext><mi>x</mi>"),
        ("a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\operatorname{softmax}", '<mo lspace="0.15em" rspace="0.1em">softmax</mo>'),
        (r"\mathbf{W}", "<mi>\U0001d416</mi>"),
        (r"x \% y", "<mi>x</mi><mi>%</mi><mi>y</mi>"),
        ("\\begin{equation}a\\end{equation}", "<mi>a</mi>"),
    ],
)
def test_a_formula_becomes_mathml(latex, expected):
    assert mathml(latex, is_display=False) == f"<math><mrow>{expected}</mrow></math>"


def test_a_sum_on_its_own_line_has_its_limits_above_and_below():
    assert "<munderover>" in mathml(r"\sum_{i=1}^N x_i", is_display=True)
    assert mathml(r"\sum_{i=1}^N x_i", is_display=True).startswith('<math display="block">')
    assert "<msubsup>" in mathml(r"\sum_{i=1}^N x_i", is_display=False)


def test_lines_and_cases_are_tables():
    lines = mathml(r"\begin{aligned} a &= b \\ &= c \end{aligned}", is_display=True)
    assert lines.count("<mtr>") == 2
    assert lines.count('<mtd class="right">') == lines.count('<mtd class="left">') == 2
    assert '<mtable displaystyle="true">' in lines
    cases = mathml(r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", is_display=True)
    assert '<mo stretchy="true" fence="true" form="prefix">{</mo><mtable>' in cases
    assert cases.count('<mtd class="left">') == 4


def test_every_formula_of_the_notebooks_is_shown_and_keeps_its_letters():
    cells = [cell for path in sorted(SOURCE.glob("*.ipynb")) for cell in json.loads(path.read_text())["cells"]]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    found = {match[0]: match for text in texts for match in FORMULA.finditer(text)}
    assert len(found) > 200
    for match in found.values():
        latex = match["display"] or match["inline"]
        shown = mathml(latex, is_display=bool(match["display"]))
        assert shown, latex
        plain = re.sub(r"\\(?:begin|end)\{\w+\}|\\[a-zA-Z]+", "", latex)  # without commands: letters and digits
        assert set(re.findall(r"[a-zA-Z0-9]", plain)) <= set(normalize("NFKC", words_of(shown))), latex  # \mathcal{L}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a $x$ b", "<p>a <math><mrow><mi>x</mi></mrow></math> b</p>"),
        ("$$x$$", '<p><math display="block"><mrow><mi>x</mi></mrow></math></p>'),
        ("**$x$**", "<p><strong><math><mrow><mi>x</mi></mrow></math></strong></p>"),
        (r"\$x\$", "<p>$x$</p>"),
        ("`$x$`", "<p><code>$x$</code></p>"),
        ("It costs $5 and $10.", "<p>It costs $5 and $10.</p>"),
        (r"$\unknown{x} < 1$", r"<p>$\unknown{x} &lt; 1$</p>"),
        ('<b title="$x$">y</b>', "<p><b>y</b></p>"),
        ("![a $x$ b](attachment:gone.png)", "<p>(picture gone.png, which is not shown)</p>"),
        ("<math><mi>x</mi></math>", "<p>&lt;math&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;/math&gt;</p>"),
    ],
)
def test_markdown_on_a_page(text, shown):
    assert safe_markdown(text, on_page=True).strip() == shown


def test_formgrader_gets_formulas_as_text_for_mathjax():
    assert safe_markdown("$x_1 < 2$ and $$y$$").strip() == "<p>$x_1 &lt; 2$ and $$y$$</p>"


def test_a_formula_in_the_text_of_a_picture_is_its_source():
    page = safe_markdown("![loss $L_1$](attachment:a.png)", {"a.png": {"image/png": "AAAA"}}, on_page=True)
    assert 'alt="loss $L_1$"' in page
    assert "<math" not in page


# ---------------------------------------------------------------- hostile formulas

REFUSED = [
    r"\href{javascript:alert(1)}{x}", r"\style{position:fixed}{x}", r"\class{skip}{x}", r"\unicode{x3c}",
    r"\color{white}{x}", r"\textcolor{white}{x}", r"\colorbox{white}{x}", r"\phantom{x}", r"\hspace{-9em}x", r"\!x",
    r"\rule{9em}{9em}", r"\llap{x}", r"\raise{9em}{x}", r"\fbox{x}", r"\def\x{\x\x}\x", r"\newcommand{\x}{\x\x}\x",
    r"\newenvironment{q}{a}{b}\begin{q}\end{q}", r"\DeclareMathOperator{\x}{y}\x", r"\sideset{_1^2}{_3^4}\sum",
    r"\skew{9}x", r"\verb|x|", r"\Huge x", r"\mmlToken{mi}[href=x]{y}", r"\require{html}x", r"\label{x}",
    "x % hidden", r"\text{&#x202e;x}", r"\text{&#x1b;x}",
    "{", "}", r"\frac", r"\left(", r"\right)", "x_", "x_1_2", r"\begin{cases}", r"\begin{foo}x\end{foo}",
    r"a \\ b", "a & b", "\\", r"\text{a", r"\begin{matrix}a\end{cases}", "",
]  # fmt: skip
TEXTS = [r"\text{<script>alert(1)</script>}", r"\text{<img src=x onerror=alert(1)>}", r"\text{&#x3c;script&#x3e;}",
         r"\text{&lt;script&gt;}", r"\operatorname{script}<b>", "<script>",
         r"\text{</mtext></math><svg/onload=alert(1)>}",
         r'\text{" onclick="alert(1)}', r"\mathrm{<}\mathbf{>}", r"x^{\text{<!--}}"]  # fmt: skip


@pytest.mark.parametrize("latex", REFUSED)
def test_a_formula_with_anything_that_is_not_listed_stays_text(latex):
    assert mathml(latex, is_display=True) is None
    page = safe_markdown(f"a $${latex}$$ b ${latex}$", on_page=True)
    assert active(page) == []
    assert "<math" not in page


@pytest.mark.parametrize("latex", TEXTS)
def test_text_in_a_formula_is_escaped(latex):
    page = safe_markdown(f"${latex}$", on_page=True)
    assert active(page) == []
    for tag in ("<script", "<img", "<svg", "<b>", "<!--"):
        assert tag not in page


def test_only_listed_elements_and_attributes_are_written():
    allowed = {name for attributes in formulas.ELEMENTS.values() for name in attributes}
    allowed |= {"class", "display", "displaystyle", "lspace", "rspace"}
    assert not {name for name in allowed if name in ("href", "style", "src") or name.startswith("on")}
    rich = r"\left(\frac{\hat{x}}{\sqrt[3]{y}}\right) \big| \overset{a}{=} \binom{n}{k} \quad \underbrace{ab}_{c}"
    tables = r"\begin{array}{l|c} a & \displaystyle b \\ c & \mathtt{d} \end{array} \begin{pmatrix} 1 \end{pmatrix}"
    shown = mathml(rich + tables, is_display=True)
    for tag, attributes in Elements(shown).found:
        assert tag == "math" or tag in formulas.ELEMENTS
        assert set(attributes) <= allowed
        assert not [value for value in attributes.values() if "-" in value], "nothing moves over its surroundings"


def test_a_tag_of_the_student_stands_for_no_formula(monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda size: "known")
    page = safe_markdown('<img alt="known-0"> <img alt="known-0"> <a title="known-0">t</a> $x$', on_page=True)
    assert page.count("<math>") == 1, "each formula is shown once, wherever its tag is"
    assert active(page) == []


UNITS = ["{", "}", "x_", r"\hat", r"\frac", r"\sqrt", r"\left(", "'", "[", "x'", r"\text{", r"\operatorname{ ",
         r"\begin{matrix}", r"\displaystyle", "x^{", r"\sideset{}{}", "&", r"\mathbf{", r"\overset", r"\limits_", r"\\",
         "12 ", r"\big", r"\not", r"\unicode{x3c}", r"\binom"]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_formulas_take_no_time_and_no_room(unit):
    began = time.process_time()
    for ending in ("", "x" + "}" * 10_000, "x" + "}" * (unit.count("{") * (MAX_FORMULA // len(unit) // 2))):
        for size in (10_000, MAX_FORMULA - 1, MAX_FORMULA // 2, 60):
            latex = unit * (size // len(unit)) + ending
            shown = mathml(latex, is_display=True)
            assert shown is None or len(latex) <= MAX_FORMULA
            assert shown is None or Elements(shown).depth <= formulas.MAX_DEPTH + 2
            assert len(shown or "") < 60 * MAX_FORMULA
    assert time.process_time() - began < 1


def test_a_page_full_of_formulas_is_made_in_seconds():
    texts = [
        "".join(itertools.islice(itertools.cycle(unit), 4990)) for unit in ("$x$ ", r"$\hat x_1^2$ ", "$$x'$$", "$ ")
    ]
    began = time.process_time()
    pages = [safe_markdown(text, on_page=True) for text in texts]
    assert time.process_time() - began < 3
    assert pages[0].count("<math>") == 1247
