"""Messages of the students' tools in other languages: catalogues, releases, and several languages in one process."""

import gettext
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
from babel.messages.pofile import read_po, write_po
from courses import ASSIGNMENT, COURSE, released_files
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

import student_tools
from autograder.course.assignment import load_assignment
from autograder.errors import UsageError
from autograder.release.bundle import bundle_files, package_files, zip_bytes
from autograder.release.catalogues import update_catalogues
from autograder.release.messages import check_catalogues, field_faults, messages_in
from cs231n import labels
from cs231n.data_utils import STAND_IN_FOLDER, TEST_FILE, TRAIN_FILES
from cs231n.figures import im2col_figure
from student_tools import language
from student_tools.check import CheckFailed, check_close
from student_tools.hints import find_fault
from student_tools.language import catalogue_path, in_language, tr, tr_plural
from student_tools.manifest import FILE_NAME, notebook_language, read_manifest
from student_tools.notebook import definitions
from student_tools.run_checks import Unwritten
from student_tools.submission import inspect_folder

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(student_tools.__path__[0])
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
    assert lines[0] == "dx 误差:  0.0  ✔"
    assert lines[2] == (
        "CheckFailed dx 误差: 相对误差 1 超过了容差 1e-06；误差最大的位置是索引 (0, 0)：期望 1，得到 -1。"
        "dx 的符号相反，其余都正确。"
    )
    assert lines[3] == "CheckFailed out: 你的结果 是 None，期望形状为 (3, 4) 的数组：请计算它并返回"
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
        "  ✘ three: out: 相对误差 0.2 超过了容差 1e-06：期望 2，得到 3",
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


@pytest.mark.parametrize(
    ("translated", "shown"),
    [
        ("{name} fehlt", "dx fehlt"),
        ("{nam} fehlt", "dx is missing"),
        ("{name fehlt", "dx is missing"),
        ("{} fehlt", "dx is missing"),
        ("{name.x} fehlt", "dx is missing"),
        ("{name:d} fehlt", "dx is missing"),
    ],
)
def test_a_translation_with_a_wrong_field_is_not_used(tmp_path, monkeypatch, translated, shown):
    package = package_in(tmp_path, 'tr("{name} is missing", name=1)')
    start(package, "de", lambda _: translated)
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("de"):
        assert tr("{name} is missing", name="dx") == shown


def test_a_damaged_catalogue_is_english(tmp_path, monkeypatch):
    package = package_in(tmp_path, 'tr("yes")')
    start(package, "de", lambda _: "ja")
    path = catalogue_path(package, "de")
    path.write_bytes(path.read_bytes()[:40])
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("de"):
        assert tr("yes") == "yes"


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


# A further language needs catalogues, and no code


def package_in(folder, code):
    """A package with one module, in a folder."""
    package = folder / "tools"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text(
        f"from student_tools.language import tr, tr_plural\n\n{code}\n", encoding="utf-8"
    )
    return package


def assignment_with(*packages):
    """The assignment with other student packages."""
    assignment = load_assignment(COURSE)
    vars(assignment)["student_packages"] = {package.name: package for package in packages}
    return assignment


def start(package, code, translate, *installed):
    """Write the catalogue of a package, with a function of the English text as translator."""
    update_catalogues(assignment_with(package, *installed), package.parent, code)
    path = catalogue_path(package, code, ".po")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    for message in catalogue:
        if message.id and message.pluralizable:
            message.string = tuple(translate(text) for text in message.id)[: catalogue.num_plurals]
        elif message.id:
            message.string = translate(message.id)
    with path.open("wb") as file:
        write_po(file, catalogue)
    update_catalogues(assignment_with(package, *installed), package.parent)


def test_a_further_language_needs_catalogues_only(tmp_path):
    folders = []
    for name in ("cs231n", "student_tools"):
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "locale")
        folders.append(Path(shutil.copytree(ROOT / name, tmp_path / "kit" / name, ignore=ignored)))
        start(folders[-1], "fr", lambda text: f"«{text}»")
    assignment = assignment_with(*folders)
    assert len(check_catalogues(assignment, "fr")) == 2
    files = package_files(assignment, "fr") | {f"cs231n/{FILE_NAME}": b'{"language": "fr"}'}
    for name, content in files.items():
        (tmp_path / "student" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "student" / name).write_bytes(content)
    code = (
        "import cs231n.submit, cs231n.training_bar\nfrom cs231n.check import check_close, check_trained\n"
        "for call in (lambda: check_close('dx error', None, 1, 1), lambda: check_trained(None, 'Net')):\n"
        "    try:\n        call()\n    except Exception as error:\n        print(error)\n"
    )
    assert python(tmp_path / "student", "-c", code).stdout.splitlines() == [
        "«dx error»: «dx is None, expected one number: compute and return it»",
        "«nothing is trained yet: complete Net first, then run the cell above that trains»",
    ]


def test_languages_with_plurals_use_their_own_rules(tmp_path, monkeypatch):
    package = package_in(tmp_path, 'tr_plural("{count} file", "{count} files", 1)')
    start(package, "pl", str.upper)
    path = catalogue_path(package, "pl", ".po")
    text = path.read_text(encoding="utf-8")
    assert "nplurals=4" in text or "nplurals=3" in text
    for number, word in enumerate(("plik", "pliki", "plików", "pliku")):
        old = f'msgstr[{number}] ""' if f'msgstr[{number}] ""' in text else f'msgstr[{number}] "{{COUNT}} FILE'
        text = "\n".join(
            f'msgstr[{number}] "{{count}} {word}"' if line.startswith(old) else line for line in text.split("\n")
        )
    path.write_text(text, encoding="utf-8")
    update_catalogues(assignment_with(package), tmp_path)
    monkeypatch.setattr(language, "_folders", [package])
    with in_language("pl"):
        counted = [tr_plural("{count} file", "{count} files", count) for count in (1, 2, 5)]
    assert counted == ["1 plik", "2 pliki", "5 plików"]


def test_an_update_keeps_translations_and_writes_the_same_bytes_each_time(tmp_path):
    package = package_in(tmp_path, 'tr("yes"); tr("never mind this"); tr("{n} files", n=2)')
    start(package, "de", {"yes": "ja", "never mind this": "egal", "{n} files": "{n} Dateien"}.get)
    files = catalogue_path(package, "de", ".po"), catalogue_path(package, "de")
    before = [path.read_bytes() for path in files]
    update_catalogues(assignment_with(package), tmp_path)
    assert [path.read_bytes() for path in files] == before
    package_in(tmp_path, '\n\ntr("{n} files", n=2); tr("no"); tr("yes")')
    line, _ = update_catalogues(assignment_with(package), tmp_path)  # the other one is zh, as of the assignment
    assert line.endswith("2 of 3 messages are translated")
    with files[1].open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert [catalogue.gettext(text) for text in ("yes", "{n} files", "never mind this", "no")] == [
        "ja",
        "{n} Dateien",
        "never mind this",
        "no",
    ]


def test_a_release_in_a_language_names_the_first_message_without_a_translation(tmp_path):
    package = package_in(tmp_path, 'tr("yes"); tr("no")')
    start(package, "de", {"yes": "ja", "no": "nein"}.get)
    assert check_catalogues(assignment_with(package), "de") == [
        "2 messages of tools are translated into de, with the same fields"
    ]
    package_in(tmp_path, 'tr("yes"); tr("now {x}", x=1); tr("later {x}", x=1)')
    with pytest.raises(UsageError) as error:
        check_catalogues(assignment_with(package), "de")
    po = catalogue_path(package, "de", ".po")
    assert str(error.value) == (
        f'{po}: "now {{x}}" is not translated: correct the translation, then run `python -m autograder translations'
        " assignment2` (1 other messages need it, too)"
    )
    start(package, "de", {"yes": "ja", "now {x}": "jetzt {y}", "later {x}": "später {x}"}.get)
    with pytest.raises(UsageError) as error:
        check_catalogues(assignment_with(package), "de")
    assert 'the translation of "now {x}" lacks {x}: correct' in str(error.value)


def test_a_course_translates_the_messages_of_an_installed_package_in_its_own_catalogue(tmp_path, monkeypatch):
    installed = package_in(tmp_path, 'tr("yes")').rename(tmp_path / "installed")
    (tmp_path / "course").mkdir()
    package = package_in(tmp_path / "course", 'tr("no")')
    assignment = assignment_with(package, installed)
    (line,) = check_catalogues(assignment_with(installed), "de")
    assert "installed has no messages in de" in line
    start(package, "de", {"yes": "ja", "no": "nein"}.get, installed)
    assert not (installed / "locale").exists()
    assert len(check_catalogues(assignment, "de")) == 2
    monkeypatch.setattr(language, "_folders", [installed, package])
    with in_language("de"):
        assert (tr("yes"), tr("no")) == ("ja", "nein")
    (installed / "__init__.py").write_text('tr("yes"); tr("perhaps")')
    with pytest.raises(UsageError, match=r'course/tools/.*/tools\.po: "perhaps" is not translated'):
        check_catalogues(assignment, "de")


def test_a_package_without_a_catalogue_is_named(tmp_path):
    package = package_in(tmp_path, 'tr("yes")')
    (line,) = check_catalogues(assignment_with(package), "de")
    assert line.startswith("tools has no messages in de, so they stay English: `python -m autograder translations")


def test_a_format_string_in_a_message_is_an_error(tmp_path):
    package = package_in(tmp_path, 'tr(f"{1} file")')
    with pytest.raises(UsageError, match=r"tools/__init__.py, line 3: expected a text with \{fields\} in tr"):
        messages_in(package)


@pytest.mark.parametrize(
    ("translated", "fault"),
    [
        ("{name!r}：{count}", ""),
        ("{count}: {name!r}", ""),
        ("{name}: {count}", "lacks {name!r}"),
        ("{name!r} {count} {count}", "has {count}, which the English text lacks"),
        ("{name!r} {count", "has wrong braces (expected '}' before end of string)"),
    ],
)
def test_fields_are_compared_in_any_order(translated, fault):
    assert field_faults("{name!r} has {count}", translated) == fault


# The catalogues of this repository


def test_every_message_is_translated_with_the_same_fields():
    assert len(check_catalogues(ASSIGNMENT, "zh")) == 2


def entries(path):
    """The entries of a catalogue: message → (translation, files, whether it is fuzzy)."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    return {m.id: (m.string, sorted(name for name, _ in m.locations), m.fuzzy) for m in catalogue if m.id}


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/locale/*/LC_MESSAGES/*.po")), ids=lambda path: path.name)
def test_the_catalogues_are_current(path, tmp_path):
    package, code = path.parents[3], path.parent.parent.name
    copy = Path(shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("*.so", "__pycache__")))
    update_catalogues(assignment_with(copy), tmp_path)
    fresh = catalogue_path(copy, code, ".po")
    assert entries(fresh) == entries(path), "run `make translations`, and translate what is new"
    compiled = []
    for mo in (fresh.with_suffix(".mo"), path.with_suffix(".mo")):
        with mo.open("rb") as file:
            compiled.append(gettext.GNUTranslations(file))
    for message in entries(path):
        text = message if isinstance(message, str) else message[0]
        assert compiled[0].gettext(text) == compiled[1].gettext(text)


# Figures


def font_with(letters, path):
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
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
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


def test_a_figure_with_a_font_for_the_language_is_translated(latin_fonts, tmp_path):
    font_with("图像个通道滤波器列输出：", tmp_path / "squares.ttf")
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    with in_language("zh"):
        texts = drawn_texts(im2col_figure())
    assert {"图像：2 个通道", "滤波器：3 × 8", "输出：3 × 6"} <= texts


def test_english_figures_use_the_default_font(latin_fonts):
    assert labels.font_families("image 5 × 6") == matplotlib.rcParams["font.family"]
