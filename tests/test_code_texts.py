"""Texts of code cells: they are found and translated, and the code around them stays."""

import ast

import pytest

from autograder.release.code_texts import answer_texts, code_skeleton, code_texts, translated_cell
from autograder.release.filling import columns, fill

CELL = '''%matplotlib inline
def scale(x, factor):
    r"""Multiply an array by a factor.

    Inputs:
    - x: (N, D) data
    - factor: a number that is not
      zero

    Returns:
    >>> scale(x, 2)
    """
    # Multiply here. Do not
    # change x.
    # 1. Copy x, and leave
    #    the original.
    # 12. Multiply.
    # YOUR CODE HERE
    raise NotImplementedError("scale is not written yet: put your code in its cell")


out = scale(x, 2)  # the labels "é" and "ü"
name = f"{out.shape} values"
%timeit scale(x, 2)
print("\\nShape of é: ", out.shape)  # noqa: T201
print(
    f"{name}: {out.mean():{4}.3f}"
    " in {all}"
)
check_close("out error", out, 2 * x, 1e-8)
check_true(out.ndim == 2, 'one axis is missing')
plt.plot(out, label="the result")
axis_labels = ("epoch", f"loss of {name}")
labels = {None: "without"}
assert out.any(), "out is zero"
if not out.any():
    raise ValueError(r"raw text", "no values")
'''
TEXTS = [
    "Multiply an array by a factor.",
    "Inputs:",
    "- x: (N, D) data",
    "- factor: a number that is not zero",
    "Returns:",
    "Multiply here. Do not change x.",
    "1. Copy x, and leave the original.",
    "12. Multiply.",
    'the labels "é" and "ü"',
    "Shape of é:",
    "{name}: {out.mean():{4}.3f} in {{all}}",
    "out error",
    "one axis is missing",
    "the result",
    "epoch",
    "loss of {name}",
    "without",
    "out is zero",
    "no values",
]


def test_texts_are_docstrings_comments_and_messages():
    """Without stubs, examples, comments for tools, and raw strings."""
    assert [text.text for text in code_texts(CELL)] == TEXTS


def test_a_cell_without_translations_stays():
    assert translated_cell(CELL, code_texts(CELL), {}) == CELL
    assert translated_cell(CELL, code_texts(CELL), {text: text for text in TEXTS}) == CELL


def test_texts_are_replaced_where_they_are():
    translations = dict(zip(TEXTS, [f"<{text}>" for text in TEXTS], strict=True)) | {
        "- factor: a number that is not zero": "- factor: 数" + "，不为零" * 13,
        "Multiply here. Do not change x.": "在这里相乘。",
        "1. Copy x, and leave the original.": "1. 复制 x" + "，不改变原数组" * 7,
        "{name}: {out.mean():{4}.3f} in {{all}}": "{{全部}}：{out.mean():{4}.3f}，{name}",
    }
    assert translated_cell(CELL, code_texts(CELL), translations) == (
        CELL.replace("    # change x.\n", "")
        .replace("Multiply here. Do not", "在这里相乘。")
        # 99 columns, and the next line would begin with a comma.
        .replace(
            "1. Copy x, and leave\n    #    the original.",
            "1. 复制 x" + "，不改变原数组" * 5 + "，不改变原数\n    #    组，不改变原数组",
        )
        .replace("12. Multiply.", "<12. Multiply.>")
        .replace("Multiply an array by a factor.", "<Multiply an array by a factor.>")
        .replace("Inputs:", "<Inputs:>")
        .replace("- x: (N, D) data", "<- x: (N, D) data>")
        # 16 columns, ten times eight, and four.
        .replace(
            "- factor: a number that is not\n      zero",
            "- factor: 数" + "，不为零" * 10 + "，不\n      为零" + "，不为零" * 2,
        )
        .replace("Returns:", "<Returns:>")
        .replace('the labels "é" and "ü"', '<the labels "é" and "ü">')
        .replace("Shape of é:", "<Shape of é:>")
        .replace('{name}: {out.mean():{4}.3f}"\n    " in {all}', "{{全部}}：{out.mean():{4}.3f}，{name}")
        .replace('"out error"', '"<out error>"')
        .replace("'one axis is missing'", "'<one axis is missing>'")
        .replace('"the result"', '"<the result>"')
        .replace('("epoch", f"loss of {name}")', '("<epoch>", f"<loss of {name}>")')
        .replace('"without"', '"<without>"')
        .replace('"out is zero"', '"<out is zero>"')
        .replace('"no values"', '"<no values>"')
    )


def test_a_long_message_becomes_several_literals():
    cell = 'check_true(good, f"{name} is wrong in  every way")'
    words = "word " * 30 + "{' '.join(name)} “结束”"
    (text,) = code_texts(cell)
    translated = translated_cell(cell, [text], {text.text: words})
    lines = translated.splitlines()
    assert len(lines) == 3
    assert all(columns(line) <= 100 for line in lines)
    assert {line.index('f"') for line in lines} == {17}
    names = {"check_true": lambda _, message: message, "good": False, "name": ["a", "b"]}
    assert eval(translated, names) == "word " * 30 + "a b “结束”"


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        (("Multiply an array", "Divide an array"), True),
        (("out error", "error of out"), True),
        (('f"{name}: {out.mean():{4}.3f}"', 'f"{out.mean():{4}.3f} {name}: "'), True),
        (("# Multiply here. Do not\n", ""), True),
        (("{out.mean():{4}.3f}", "{out.mean():{4}.2f}"), False),
        (('{out.shape} values"', '{out.shape} numbers"'), False),  # not a message
        (('label="the result"', 'label="das Ergebnis"'), True),
        (("2 * x", "3 * x"), False),
        (("is not written yet", "is missing"), False),
    ],
)
def test_the_skeleton_is_the_code_without_its_texts(change, is_same):
    assert change[0] in CELL
    assert (code_skeleton(CELL.replace(*change, 1)) == code_skeleton(CELL)) is is_same


@pytest.mark.parametrize("cell", ["def broken(:\n    # a comment", "%%bash\n# a comment\necho 'some text'"])
def test_cells_that_are_not_python_have_no_texts(cell):
    assert code_texts(cell) == []


@pytest.mark.parametrize("literal", ['r"some text"', 'b"some text"', '"""some text"""', "\"some\" 'text'"])
def test_literals_of_other_forms_stay(literal):
    ast.parse(f"print({literal})")
    assert code_texts(f"print({literal})") == []


def test_an_answer_has_one_line():
    """A line break would be a blank in Markdown."""
    source = "Some words.\n\n  YOUR ANSWER HERE"
    texts = answer_texts(source)
    assert [text.text for text in texts] == ["Some words.", "YOUR ANSWER HERE"]
    assert translated_cell(source, texts, {"YOUR ANSWER HERE": "答" * 90}) == f"Some words.\n\n  {'答' * 90}"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("some plain words", ["some plain", " words"]),
        ("一二三四五六七八", ["一二三四五", "六七八"]),
        ("一二三四五，六七", ["一二三四", "五，六七"]),  # no line begins with a comma
        ("一二三四（五六）", ["一二三四", "（五六）"]),  # nor ends with a parenthesis
        ("一二三四word", ["一二三四", "word"]),
        ("一二三 `a b c`，四", ["一二三", " `a b c`，", "四"]),
        ("一二三 (N, C, H)", ["一二三", " (N, C, H)"]),
        ("一二三 {a b}", ["一二三", " {a b}"]),
        ("一二三 a = b + c", ["一二三", " a = b + c"]),
        ("- a: 一二三四", ["- a: 一二", "三四"]),
        ("unbreakable_name x", ["unbreakable_name", " x"]),
    ],
)
def test_lines_are_filled_to_ten_columns(text, lines):
    assert fill(text, first=10, rest=10) == lines
