"""The Chinese release, read as a student sees it: stubs, labels of plots, commands, punctuation."""

import argparse
import ast
import inspect
import json
import re
import warnings
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
from babel.messages.pofile import read_po
from courses import ASSIGNMENT
from matplotlib import font_manager

from autograder.intake.untouched import is_untouched
from cs231n import datasets, labels
from cs231n.inline_figures import figure_html
from cs231n.plot_style import use_plot_style
from student_tools import run_checks, submit
from student_tools.as_graded import unwritten_parts
from student_tools.command_line import WORDS
from student_tools.hints import _name_in_stub
from student_tools.language import catalogue, in_language

ROOT = Path(__file__).parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
RELEASES = {code: ROOT / "release" / name for code, name in (("en", "assignment2"), ("zh", "assignment2-zh"))}
CATALOGUES = [*ROOT.glob("*/locale/zh/**/*.po"), *ROOT.glob("autograder/assignments/*/locale/zh/**/*.po")]
CATALOGUES.append(ROOT / "source" / "assignment2" / "zh" / "code.po")


def released_cells(code):
    """Yield (name, source) of the released cells for code."""
    for path in sorted(RELEASES[code].glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield cell["metadata"].get("nbgrader", {}).get("grade_id"), "".join(cell["source"])


def exercises():
    return {cell.name: cell for notebook in ASSIGNMENT.notebooks.values() for cell in notebook.solution_cells}


# Stubs


def test_the_exceptions_of_all_stubs_are_chinese():
    texts = [
        text for _, source in released_cells("zh") for text in re.findall(r'NotImplementedError\("(.*?)"\)', source)
    ]
    assert len(texts) >= len(exercises())
    assert all(re.fullmatch(r"[\w.]+ 还没有写：请把代码写进它的单元格", text, re.ASCII) for text in texts)


@pytest.mark.parametrize("code", RELEASES)
def test_a_stub_is_recognized_in_each_language_without_a_record_of_releases(code):
    found = 0
    for name, source in released_cells(code):
        if cell := exercises().get(name):
            found += 1
            assert is_untouched(source, cell)
            assert not is_untouched(source.replace("# YOUR CODE HERE", "y = 1"), cell)
            with in_language("en" if code == "zh" else "zh"):  # the package of another language
                assert len(unwritten_parts(source)) == source.count("raise NotImplementedError")
    assert found == len(exercises())


def test_an_exception_of_the_students_own_is_not_a_stub():
    assert unwritten_parts('def f(x):\n    raise NotImplementedError("only for two axes")\n') == []


@pytest.mark.parametrize(
    "text", ["f is not written yet: put your code in its cell", "f 还没有写：请把代码写进它的单元格"]
)
def test_hints_and_checks_read_the_name_in_a_stub(text):
    space = {}
    exec(f"def f():\n    raise NotImplementedError({text!r})\ndef g():\n    f()\n", space)
    with pytest.raises(NotImplementedError) as error:
        space["g"]()
    assert _name_in_stub(error.value) == "f"
    output = {"evalue": text, "traceback": ["Cell In[1], line 5, in g()", "Cell In[1], line 2, in f()"]}
    assert run_checks._missing(type("Output", (), output)) == "f"
    other = output | {"evalue": "还没有 f"}
    assert run_checks._missing(type("Output", (), other)) is None


# Labels of plots

TITLES = {"legend", "set_title", "set_xlabel", "set_ylabel", "suptitle", "title", "xlabel", "ylabel"}


def texts_in(node):
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def drawn_in(source):
    """Yield the texts that a cell draws, or that it stores for drawing."""
    for node in ast.walk(ast.parse(re.sub(r"(?m)^%.*$", "", source))):
        if isinstance(node, ast.Call):
            yield from (text for word in node.keywords if word.arg == "label" for text in texts_in(word.value))
            if getattr(node.func, "attr", "") in TITLES:
                yield from (text for part in node.args for text in texts_in(part))
        elif isinstance(node, ast.Assign) and re.fullmatch(r"(\w+_)?labels?", getattr(node.targets[0], "id", "")):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            yield from (text for part in values for text in texts_in(part))


def test_every_label_of_a_plot_is_chinese():
    texts = {text for _, source in released_cells("zh") for text in drawn_in(source) if re.search(r"[A-Za-z]{2}", text)}
    # A word that the Chinese texts use, too, and a format.
    assert {text for text in texts if not CHINESE.search(text)} <= {"epoch"}
    assert len({text for _, source in released_cells("en") for text in drawn_in(source)}) > 20


def test_plots_take_their_texts_from_labels():
    """A title in a tuple or in the key of a dict would not be found: it must be in a variable for labels."""
    known = {text for _, source in released_cells("en") for text in drawn_in(source)}
    for _, source in released_cells("en"):
        for node in ast.walk(ast.parse(re.sub(r"(?m)^%.*$", "", source))):
            if isinstance(node, ast.For):
                loose = {text for text in texts_in(node.iter) if " " in text or text[:1].isupper()}
                assert loose <= known


@pytest.fixture
def fonts(monkeypatch):
    """Set the fonts that Matplotlib finds, by the beginning of their names."""

    def only(*names):
        own = [font for font in font_manager.fontManager.ttflist if font.name.startswith(names)]
        monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
        labels._other_family.cache_clear()

    with plt.rc_context(), warnings.catch_warnings():
        yield only
    plt.close("all")
    labels._other_family.cache_clear()


def plot():
    figure, axes = plt.subplots()
    axes.set_ylabel("训练准确率")
    return figure


def test_without_a_chinese_font_the_browser_draws_the_labels(fonts):
    fonts("DejaVu")
    warnings.simplefilter("error")
    with in_language("zh"):
        use_plot_style()
    html = figure_html(plot())
    assert re.search(r"<text [^>]*>训练准确率</text>", html)
    assert 'aria-label="训练准确率"' in html


def test_with_a_chinese_font_matplotlib_draws_the_labels(fonts):
    installed = [font.name for font in font_manager.fontManager.ttflist if not font.name.startswith("DejaVu")]
    with in_language("zh"):
        use_plot_style()
        use_plot_style()
    families = matplotlib.rcParams["font.family"]
    if matplotlib.rcParams["svg.fonttype"] == "none":
        pytest.skip("no font with Chinese characters is installed")
    assert families[1] in installed
    assert len(families) == 2
    warnings.simplefilter("error")  # about a missing character
    assert "<text" not in figure_html(plot())


def test_english_plots_keep_the_default_font(fonts):
    before = matplotlib.rcParams["font.family"]
    use_plot_style()
    assert matplotlib.rcParams["font.family"] == before
    assert matplotlib.rcParams["svg.fonttype"] == "path"


# Commands

# argparse's words about parts that the students' commands do not have, or about mistakes of their authors.
NOT_PRINTED = re.compile(
    r"conflict|subparser|subcommands|callable|unknown parser|mutually exclusive|dest=|merge"
    r"|can't open|type\)s value|positionals"
    r"|option string|argument \"-\"|__call__|not allowed with|one of the arguments|expected (%s|at)"
)


def test_all_words_of_argparse_that_students_can_see_are_known():
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(argparse))) if isinstance(node, ast.Call)]
    calls = [node for node in calls if getattr(node.func, "id", "") in ("_", "ngettext")]
    words = {part.value for node in calls for part in node.args if isinstance(part, ast.Constant)}
    assert {text for text in words if not NOT_PRINTED.search(text)} <= set(WORDS)
    for text in words & set(WORDS):
        with in_language("zh"):
            translated = catalogue().gettext(text)
        assert translated != text
        assert sorted(re.findall(r"%(?:\(\w+\))?[sr]", translated)) == sorted(re.findall(r"%(?:\(\w+\))?[sr]", text))


@pytest.mark.parametrize("main", [submit.main, run_checks.main, datasets.main])
def test_the_commands_for_students_are_chinese(main, capsys):
    for arguments in (["--help"], ["--nonsense"], ["--to"], ["--output"], ["--hint"], ["one", "two", "--three"]):
        with in_language("zh"), pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code in (0, 2)
    shown = capsys.readouterr()
    assert "用法：" in shown.out
    assert "错误：" in shown.err
    words = re.findall(r"[a-z]{3,} [a-z]{2,}", shown.out + shown.err)
    assert set(words) <= {"python -m"} | {word for word in words if "python" in word}
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "usage: " in capsys.readouterr().out


# Punctuation

# A mark of ASCII after a Chinese character, or before one; code and formulas have their own.
WRONG = re.compile(
    r"[\u4e00-\u9fff][,:;!?](?!\w*`)|[\u4e00-\u9fff]\.(?=\s|$)|(?<![/`] )(?<!\w)\((?=[\u4e00-\u9fff])|[\u4e00-\u9fff]\)"
)
NOT_PROSE = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|<!--.*?-->|\{[^{}]*\}", re.DOTALL)


def wrong_marks(text):
    return WRONG.findall(NOT_PROSE.sub("x", text))


def test_punctuation_after_chinese_characters_is_chinese():
    assert wrong_marks("3 项中有 2 项正确: ✔") == ["确:"]
    assert wrong_marks("损失（见 `f(x)`）：$f(x)$，{name}。") == []
    faults = []
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file):
                strings = message.string if isinstance(message.string, tuple) else [message.string]
                faults += [(path.name, text) for text in strings if message.id and wrong_marks(text)]
    for path in (ROOT / "source" / "assignment2" / "zh").glob("*.md"):
        faults += [(path.name, line) for line in path.read_text(encoding="utf-8").splitlines() if wrong_marks(line)]
    assert faults == []


def test_punctuation_of_the_expected_output_is_chinese():
    path = ROOT / "source" / "assignment2" / "zh" / "expected_output.json"
    notebooks = json.loads(path.read_text(encoding="utf-8"))
    assert [text for cells in notebooks.values() for text in cells.values() if wrong_marks(text)] == []
