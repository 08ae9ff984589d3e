"""Messages of the students' tools in other languages: catalogues, releases, and several languages in one process."""

import io
import json
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from courses import ASSIGNMENT, released_files
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from autograder.release.bundle import bundle_files, zip_bytes
from cs231n import labels
from cs231n.data_utils import STAND_IN_FOLDER, TEST_FILE, TRAIN_FILES
from cs231n.figures import im2col_figure
from student_tools import language
from student_tools.check import CheckFailed, check_close
from student_tools.hints import find_fault
from student_tools.language import in_language, tr
from student_tools.manifest import FILE_NAME, notebook_language, read_manifest
from student_tools.notebook import definitions
from student_tools.run_checks import Unwritten
from student_tools.submission import inspect_folder

ROOT = Path(__file__).resolve().parent.parent
CONVOLUTION = "ConvolutionalNetworks.ipynb"


def chinese_files():
    """The Chinese student bundle of what is released in this repository: path → bytes."""
    return bundle_files(ROOT / "release" / "assignment2-zh", ASSIGNMENT)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The folder of a student who unpacked the Chinese bundle."""
    folder = tmp_path_factory.mktemp("student")
    zipfile.ZipFile(io.BytesIO(zip_bytes(chinese_files()))).extractall(folder)
    return folder / "assignment2"


def python(folder, *arguments):
    """Run Python in a folder, with the packages of that folder only."""
    command = [sys.executable, "-X", "utf8", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def failure(got, expected, label="dx error"):
    with pytest.raises(CheckFailed) as error:
        check_close(label, got, expected, 1e-6)
    return str(error.value)


# What a student of a Chinese release reads

CALLS = """
import numpy as np
from cs231n.check import check_close, check_trained, hint
from cs231n.fast_layers import conv_forward_fast

def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w, None

def shown(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        print(type(error).__name__, error)

right = np.arange(1.0, 13.0).reshape(3, 4)
shown(check_close, "dx error", right, right, 1e-6)
shown(check_close, "dx error", -right, right, 1e-6)
shown(check_close, "out", None, right, 1e-6)
shown(check_trained, None, "Net")
shown(conv_forward_fast, right, right, right, {})
hint("affine_forward")
hint("affine_forwards")
"""


def test_checks_hints_and_errors_of_a_chinese_release_are_chinese(bundle):
    done = python(bundle, "-c", CALLS)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "dx 误差：0.0  ✔"
    assert lines[2] == (
        "CheckFailed dx 误差：相对误差 1 超过了容差 1e-06；误差最大的位置是索引 (0, 0)：期望 1，得到 -1。"
        "dx 的符号相反，其余都正确。"
    )
    assert lines[3] == "CheckFailed out：你的结果 是 None，期望形状为 (3, 4) 的数组：请计算它并返回"
    assert lines[4] == "RuntimeError 还没有训练：请先完成 Net，然后运行上面进行训练的单元格"
    assert "ValueError conv_forward：期望 x (N, C, H, W) 和 w (F, C, HH, WW) 都有四个轴" in done.stdout
    assert "affine_forward，第一个提示：\n\n每个单元把输入与自己的权重相乘后求和" in done.stdout
    assert "out: 期望 [[ 25.,  38., -39.]]\n     得到 [[15., 18., 21.]]" in done.stdout  # one below the other
    assert lines[-1].startswith("期望是有提示的练习（affine_forward, ")


def test_submit_of_a_chinese_release_is_chinese(bundle, tmp_path):
    shutil.copytree(bundle, tmp_path / "work")
    path = tmp_path / "work" / CONVOLUTION
    content = json.loads(path.read_text(encoding="utf-8"))
    cell = next(
        c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "conv_forward_naive"
    )
    cell["source"] = "def conv_forward_naive(x, w, b, conv_param)\n    pass"
    path.write_text(json.dumps(content), encoding="utf-8")
    done = python(tmp_path / "work", "-m", "cs231n.submit")
    assert done.returncode == 1
    words = "单元格 conv_forward_naive，第 1 行：不是有效的 Python 代码（expected ':'）：请改正它，或把这一行改成注释"
    assert f"  ✘ {CONVOLUTION}: {words}，否则这个单元格没有分数\n" in done.stdout
    assert "  ! Dropout.ipynb: dropout_forward 还没有开始：它的单元格没有改动\n" in done.stdout
    assert done.stdout.endswith("没有写出 zip：请改正标有 ✘ 的行，保存，再运行一次\n")
    assert (
        "检查你的 notebook，并把它们打包成一个要提交的 zip。"
        in python(tmp_path / "work", "-m", "cs231n.submit", "-h").stdout
    )


def test_messages_never_stop_a_command_where_the_output_can_not_show_them(bundle, tmp_path):
    """A pipe on Windows often has an encoding without Chinese letters."""
    (tmp_path / STAND_IN_FOLDER).mkdir()
    for name in (*TRAIN_FILES, TEST_FILE):
        (tmp_path / STAND_IN_FOLDER / name).touch()
    for command in (
        ["cs231n.datasets", "synthetic", "--to", tmp_path],
        ["cs231n.submit", "--output", tmp_path / "x.zip"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=bundle,
            env={**os.environ, "PYTHONIOENCODING": "cp1252"},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert b"???" in done.stdout


def test_the_report_on_all_checks_is_chinese_and_knows_what_is_not_written(bundle):
    """The stubs are English code; the report does not depend on a language to recognize them."""
    cells = [
        "from cs231n.check import check_close",
        "def one():\n    raise NotImplementedError('one is not written yet: put your code in its cell')",
        "check_close('out', one(), 1.0, 1e-6)",
        "check_close('out', one(), 2.0, 1e-6)",
        "check_close('out', 3.0, 2.0, 1e-6)",
    ]
    names = ["setup", "one", "check_one", "check_two", "check_three"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    for name, cell in zip(names, notebook.cells, strict=True):
        cell.metadata["nbgrader"] = {"grade_id": name, "grade": name.startswith("check"), "solution": name == "one"}
    nbformat.write(notebook, bundle / "Own.ipynb")
    done = python(bundle, "-m", "cs231n.check", "Own.ipynb")
    (bundle / "Own.ipynb").unlink()
    assert done.stdout.splitlines() == [
        "Own.ipynb",
        "  ✘ one: 还没有写",
        "  ✘ two: 需要 one，而它还没有写",
        "  ✘ three: out：相对误差 0.2 超过了容差 1e-06：期望 2，得到 3",
        "3 个检查中有 0 个通过",
        "还要写：one",
        "还要改：three",
        "需要提示的话：python -m cs231n.check --hint EXERCISE",
    ]


def test_the_release_notes_its_language_in_manifest_and_notebooks(bundle):
    assert read_manifest(bundle / "cs231n")["language"] == "zh"
    assert notebook_language(json.loads((bundle / CONVOLUTION).read_text(encoding="utf-8"))) == "zh"
    english = json.loads(released_files()[f"assignment2/cs231n/{FILE_NAME}"])
    assert "language" not in english
    text = (ROOT / "release" / "assignment2" / CONVOLUTION).read_text(encoding="utf-8")
    assert "student_tools" not in json.loads(text)["metadata"]
    assert notebook_language(json.loads(text)) == "en"


def test_a_bundle_has_the_catalogues_of_its_own_language_only():
    def catalogues(files):
        return {name.removeprefix("assignment2/") for name in files if "locale" in name}

    assert catalogues(released_files()) == set()
    assert catalogues(chinese_files()) == {
        "cs231n/locale/zh/LC_MESSAGES/cs231n.mo",
        "student_tools/locale/zh/LC_MESSAGES/student_tools.mo",
    }
    assert zip_bytes(chinese_files()) == zip_bytes(chinese_files())


# Languages in one process


def test_two_languages_in_one_process_do_not_mix():
    right = np.arange(1.0, 13.0).reshape(3, 4)

    def sentence(code):
        with in_language(code):
            return failure(-right, right).partition("-1")[2]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(sentence, ["zh", "en"] * 20))
    assert set(found[::2]) == {"。dx 的符号相反，其余都正确。"}
    assert set(found[1::2]) == {". dx has the opposite sign and is otherwise right."}
    assert language.language() == "en"


def test_a_language_is_left_after_an_error():
    with pytest.raises(CheckFailed), in_language("zh"):
        check_close("dx error", None, 1.0, 1e-6)
    assert failure(None, 1.0) == "dx error: dx is None, expected one number: compute and return it"


@pytest.mark.parametrize("code", ["tlh", "", "../../zh", "zh/../zh", "zh\0"])
def test_an_unknown_language_is_english(code):
    with in_language(code):
        assert failure(None, 1.0) == "dx error: dx is None, expected one number: compute and return it"


def test_a_message_without_values_keeps_its_braces():
    assert tr("a set {1, 2}") == "a set {1, 2}"


def test_a_missing_function_is_recognized_in_any_language():
    """Hints read the name from the error, not from its words."""
    with in_language("zh"):
        function = definitions("Nowhere.ipynb", "mean")
        with pytest.raises(NotImplementedError, match=r"mean 还没有定义：Nowhere\.ipynb 不在这个文件夹中") as error:
            function()
        assert error.value.exercise == "mean"
        example = {
            "given": "",
            "call": "out = mean([1])",
            "expected": {"out": 1.0},
            "tolerance": 1e-6,
            "optional": False,
        }
        fault = find_fault({"begin": "", "needs": [], "examples": [example]}, {"mean": function, "__name__": "x"})
        assert (fault.missing, fault.text) == ("mean", "mean 还没有写。")
        assert (str(Unwritten()), Unwritten("mean").needs) == ("还没有写", "mean")


def test_the_reader_of_submissions_gives_the_same_faults_in_each_language(tmp_path):
    manifest = json.loads(released_files()[f"assignment2/cs231n/{FILE_NAME}"])
    counts = set()
    for code in ("en", "zh"):
        with in_language(code):
            found = inspect_folder(ROOT / "release" / "assignment2", manifest)
            counts.add((len(found.faults), len(found.remarks)))
    assert len(counts) == 1


# Figures


def font_with(letters, path, family="Squares"):
    """Write a font that has these letters, as squares."""
    pen = TTGlyphPen(None)
    for place in ((0, 0), (0, 500), (500, 500), (500, 0)):
        (pen.lineTo if pen.points else pen.moveTo)(place)
    pen.closePath()
    names = [".notdef", *(f"uni{ord(letter):04X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"uni{ord(letter):04X}" for letter in letters})
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def latin_fonts(monkeypatch):
    """Matplotlib finds only its own fonts."""
    own = [font for font in font_manager.fontManager.ttflist if font.name.startswith("DejaVu")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    labels._other_family.cache_clear()
    yield own
    plt.close("all")
    labels._other_family.cache_clear()


def drawn_texts(figure):
    """Draw a figure, where a warning about a missing letter is an error; return its texts."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), format="png")
    return {text.get_text() for axes in figure.axes for text in axes.texts}


def test_a_figure_without_a_font_for_the_language_stays_english(latin_fonts):
    with in_language("zh"):
        texts = drawn_texts(im2col_figure())
    assert {"image: 2 channels", "filters: 3 × 8", "output: 3 × 6"} <= texts


def test_a_font_that_draws_every_letter_as_a_box_is_not_used(latin_fonts, tmp_path):
    font_with("图像个通道滤波器列输出：", tmp_path / "boxes.ttf", family="Last Resort High-Efficiency")
    font_manager.fontManager.addfont(tmp_path / "boxes.ttf")
    with in_language("zh"):
        assert "image: 2 channels" in drawn_texts(im2col_figure())


def test_a_figure_with_a_font_for_the_language_is_translated(latin_fonts, tmp_path):
    font_with("图像个通道滤波器列输出：", tmp_path / "squares.ttf")
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    with in_language("zh"):
        texts = drawn_texts(im2col_figure())
    assert {"图像：2 个通道", "滤波器：3 × 8", "输出：3 × 6"} <= texts


def test_english_figures_use_the_default_font(latin_fonts):
    assert labels.font_families("image 5 × 6") == matplotlib.rcParams["font.family"]
