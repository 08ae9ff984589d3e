"""Translations of code cells in code.po: complete, current, equal in all code, and updated by `tidy`."""

import json
import re
from pathlib import Path

import pytest
from courses import ASSIGNMENT, assign
from in_process import run_here

from autograder.course.assignment import load_assignment
from autograder.course.cells import INSTRUCTOR_TAG, read_cell
from autograder.errors import UsageError
from autograder.release.code_translation import (
    CATALOGUE,
    code_faults,
    read_code_translation,
    texts_of,
    update_catalogue,
)

TRACKED = Path(__file__).parent.parent / "source" / "assignment2" / "zh" / CATALOGUE


@pytest.fixture
def path(tmp_path):
    """A copy of the Chinese catalogue."""
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / CATALOGUE).write_bytes(TRACKED.read_bytes())
    return tmp_path / "zh" / CATALOGUE


def replace_in(path, *changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def entry(text):
    """The lines of an entry, without its cells."""
    found = re.search(rf'^msgid "{re.escape(text)}"\nmsgstr .*\n', TRACKED.read_text(encoding="utf-8"), re.MULTILINE)
    return found[0]


FAULTS = {
    "no entry for '- b: (M,) biases' (FullyConnectedNets:affine_forward): run `python -m autograder tidy assignment2`,"
    " then translate it": (entry("- b: (M,) biases"), ""),
    "'- b: (M,) biases' (FullyConnectedNets:affine_forward) is not translated: write its msgstr": (
        '"- b: (M,) 偏置"',
        '""',
    ),
    "'- b: (M,) biases' (FullyConnectedNets:affine_forward) is fuzzy: correct its msgstr, and delete `#, fuzzy`": (
        'msgid "- b: (M,)',
        '#, fuzzy\nmsgid "- b: (M,)',
    ),
    "'old text' is no longer in a cell: run `python -m autograder tidy assignment2`": (
        'msgid "Inputs:"',
        'msgid "old text"\nmsgstr "旧"\n\nmsgid "Inputs:"',
    ),
    "'older text' is no longer in a cell": (
        'msgid "Inputs:"',
        '#~ msgid "older text"\n#~ msgstr "旧"\n\nmsgid "Inputs:"',
    ),
    "must keep names, numbers, fields and code: {reg} is missing": ('reg = {reg}："', 'reg = {rag}："'),
    "1e-8 is missing": ('"误差应当在 1e-8 左右。"', '"误差应当在 1e-9 左右。"'),
    "(N, C, H, W) is missing": ('"- x: (N, C, H, W) 图像"', '"- x: (N, C, H) 图像"'),
    "- b: is missing": ('"- b: (M,) 偏置"', '"偏置 (M,)"'),
    "`trained` is missing": ("把 Solver 存入 `trained`。", "把 Solver 存起来。"),
    "- 'velocity': is missing": ("- 'velocity': 速度", "- 'velocities': 速度"),
    "'test' is missing": ("或 'test'（测试）", "或 test（测试）"),
    "affine_forward is missing": ('"- cache: 来自 affine_forward"', '"- cache: 来自仿射层"'),
    "YOUR ANSWER HERE is missing": ("YOUR ANSWER HERE（请", "（请"),
    "'dx error' (FullyConnectedNets:check_affine_backward) would change the code": ("dx 误差", 'dx \\"误差\\"'),
    "'Inputs:' (FullyConnectedNets:affine_forward) would change the code": ("输入：", '输入\\"\\"\\"：'),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_problem_is_named_with_its_text_and_the_remedy(path, words):
    replace_in(path, FAULTS[words])
    (_, fault), *_ = code_faults(ASSIGNMENT, path)[0]
    assert words in fault
    assert "\n" not in fault


def test_the_chinese_catalogue_has_no_problem(path):
    faults, number = code_faults(ASSIGNMENT, path)
    assert faults == []
    assert number == len(read_code_translation(path).texts) > 350


def test_the_chinese_catalogue_is_tidy(path):
    """So a second run changes nothing, and no date or version of a library is in the file."""
    assert update_catalogue(ASSIGNMENT, path) == (0, 0)
    assert path.read_bytes() == TRACKED.read_bytes()


def test_a_new_language_starts_with_every_text(tmp_path):
    path = tmp_path / "de" / CATALOGUE
    path.parent.mkdir()
    number = len(read_code_translation(TRACKED).texts)
    assert update_catalogue(ASSIGNMENT, path) == (number, 0)
    assert read_code_translation(path).texts == dict.fromkeys(read_code_translation(TRACKED).texts, "")
    assert '"Language: de\\n"' in path.read_text()
    assert code_faults(ASSIGNMENT, path)[0][0][1].endswith("is not translated: write its msgstr")


def test_new_and_changed_texts_are_added_and_unused_ones_are_removed(path):
    first, other = entry("- b: (M,) biases"), entry("Initialize a new network.")
    replace_in(
        path,
        (first, first.replace("biases", "bias").replace("偏置", "旧的偏置")),  # resembles the new text
        (other, ""),
        ('msgid "Inputs:"', '#~ msgid "zzz 123"\n#~ msgstr "旧"\n\nmsgid "zzz 456"\nmsgstr "旧"\n\nmsgid "Inputs:"'),
    )
    left, removed = update_catalogue(ASSIGNMENT, path)
    translation = read_code_translation(path)
    assert list(translation.texts) == list(read_code_translation(TRACKED).texts)
    assert (left, removed) == (2, 2)
    assert translation.obsolete == ()
    assert translation.texts["Initialize a new network."] == ""
    assert translation.texts["- b: (M,) biases"] == "- b: (M,) 旧的偏置"
    assert translation.fuzzy == {"- b: (M,) biases"}
    assert '#| msgid "- b: (M,) bias"' in path.read_text(encoding="utf-8")


def test_a_comment_of_a_translator_stays(path):
    replace_in(path, ('msgid "- b: (M,) biases"', '# As in the lecture.\nmsgid "- b: (M,) biases"'))
    update_catalogue(ASSIGNMENT, path)
    assert "# As in the lecture.\n" in path.read_text(encoding="utf-8")


def test_a_notebook_that_is_not_released_keeps_its_translations(course, path):
    assign(course.root, notebooks=["Dropout"])
    few = load_assignment(course)
    assert len(few.notebooks) == 1
    assert update_catalogue(few, path) == (0, 0)
    replace_in(path, ('"- b: (M,) 偏置"', '""'), ('"- dropout_param: 字典，包含"', '""'))
    ((text, _),) = code_faults(few, path)[0]
    assert text == "- dropout_param: dict with"


def test_texts_of_solutions_and_instructors_are_not_in_the_catalogue():
    content = json.loads(ASSIGNMENT.notebooks["Dropout.ipynb"].text)
    cell = next(cell for cell in content["cells"] if cell["id"] == "dropout_forward")
    solution = "".join(cell["source"]).replace("### END SOLUTION", "# Divide by p.\n    ### END SOLUTION")
    texts = [text.text for text in texts_of(read_cell(cell | {"source": solution}))]
    assert "- x: array of any shape" in texts
    assert not any("Divide" in text for text in texts)
    metadata = {"tags": [INSTRUCTOR_TAG]}
    assert texts_of(read_cell({"cell_type": "code", "metadata": metadata, "source": "# a secret"})) == []


@pytest.mark.parametrize("text", [b"msgid \xff", b'<<<<<<< ours\nmsgid "x"\nmsgstr "y"\n'])
def test_a_damaged_file_is_reported_in_one_line(path, text):
    path.write_bytes(text)
    with pytest.raises(UsageError, match=r"cannot read the translation .*code\.po .*correct the file") as error:
        read_code_translation(path)
    assert "\n" not in str(error.value)


def test_tidy_lists_what_is_left_to_translate(course):
    path = course.source / "assignment2" / "zh" / CATALOGUE
    assert "zh/code.po: every text has a translation\n" in run_here(course.root, "tidy").stdout
    replace_in(path, ('"- b: (M,) 偏置"', '""'), ('msgid "Inputs:"', 'msgid "zzz"\nmsgstr "旧"\n\nmsgid "Inputs:"'))
    assert "zh/code.po: texts to translate: 1, unused texts removed: 1\n" in run_here(course.root, "tidy").stdout
