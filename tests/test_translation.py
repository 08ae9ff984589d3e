"""The Chinese student version: complete, current, with the same code and points, and graded like the English one."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import mistune
import pytest
from courses import copy_course
from in_process import run_here
from nbformat import from_dict
from nbgrader.utils import compute_checksum

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.translations import Passage, digest_of, read_translation, translation_files
from autograder.errors import UsageError
from autograder.intake.submission import read_submission
from autograder.release.checks_record import bundle_path, read_proof
from autograder.release.command import STUDENT_FILES, make_release, release_assignment
from autograder.release.leaks import find_leaks
from autograder.release.normalize import canonical_text
from autograder.release.translate import check_translation, translation_faults
from autograder.release.validate import hidden_test_names

ROOT = Path(__file__).parent.parent
NOTEBOOK = "ConvolutionalNetworks.ipynb"
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """(assignment, Chinese release folder, files of its bundle), made by nbgrader from the source as it stands."""
    folder = tmp_path_factory.mktemp("released")
    copy_course(folder)
    course = load_course(folder)
    assignment = load_assignment(course)
    files = make_release(course, assignment, folder / "out", language="zh")
    return assignment, folder / "out" / "assignment2", files


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def edit(course, cell_id, change):
    path = course.source / "assignment2" / NOTEBOOK
    content = json.loads(path.read_text())
    change(next(cell for cell in content["cells"] if cell["id"] == cell_id))
    path.write_text(canonical_text(json.dumps(content)))


def test_the_translation_is_complete_and_current(assignment):
    assert "all current" in check_translation(assignment, "zh")[0]


def test_the_chinese_release_folder_is_up_to_date(released):
    fresh = {path.name: path.read_bytes() for path in released[1].iterdir()}
    tracked = {path.name: path.read_bytes() for path in (ROOT / "release" / "assignment2-zh").iterdir()}
    assert fresh == tracked, "run `make release LANG_CODE=zh` and commit release/"


def test_only_texts_differ_from_the_english_version(released):
    for name in released[0].notebooks:
        english, chinese = cells_of(ROOT / "release" / "assignment2" / name), cells_of(released[1] / name)
        assert [cell["id"] for cell in chinese] == [cell["id"] for cell in english]
        for ours, theirs in zip(english, chinese, strict=True):
            assert {**ours, "source": ""} == {**theirs, "source": ""}
            if ours["cell_type"] == "code":
                assert theirs["source"] == ours["source"]
            elif not theirs["metadata"].get("nbgrader", {}).get("solution"):  # the cell for an answer
                assert CHINESE.search("".join(theirs["source"])), theirs["id"]


def test_nothing_leaks_from_the_chinese_version(released):
    leaks, _ = find_leaks(released[2], released[0], hidden_test_names(released[0].content), extra_files=STUDENT_FILES)
    assert leaks == []


def test_emphasis_is_rendered_in_every_passage():
    """Next to Chinese characters and punctuation, `**` is not always parsed as emphasis."""
    rendered = [path for path in translation_files(ROOT / "source" / "assignment2") if path.name != "hints.md"]
    for path in rendered:  # hints are printed as they are
        for name, passage in read_translation(path).items():
            text = MATHS.sub("X", re.sub(r"`[^`]+`", "X", passage.text))
            assert "*" not in mistune.html(text), name


def test_paragraphs_have_no_line_breaks_that_would_become_blanks():
    for path in translation_files(ROOT / "source" / "assignment2"):
        for name, passage in read_translation(path).items():
            text = MATHS.sub("X", passage.text)
            assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]\n[\u3000-\u9fff\uff00-\uffef]", text), name


def test_the_chinese_release_is_next_to_the_english_one(course, capsys):
    release_assignment(course, run=False)
    before = {path: path.read_bytes() for path in course.release.rglob("*/*") if path.is_file()}
    before[bundle_path(course, "assignment2")] = bundle_path(course, "assignment2").read_bytes()
    release_assignment(course, language="zh", run=False)
    assert all(path.read_bytes() == content for path, content in before.items())
    names = {path.name for path in course.release.iterdir()}
    assert names == {"assignment2", "assignment2-zh", "assignment2.handed_out.json"}
    bundle = course.dist / "assignment2-zh-student.zip"
    with zipfile.ZipFile(bundle) as archive:
        readme = archive.read("assignment2/README.md").decode()
    assert readme.startswith("# CS231n 作业 2\n")
    assert any("translated into zh" in line for line in read_proof(bundle))


def changed_english(course):
    edit(course, "load-data", lambda cell: cell.update(source="CIFAR-10 has other images now."))


def new_cell(course):
    path = course.source / "assignment2" / NOTEBOOK
    content = json.loads(path.read_text())
    content["cells"].append({"cell_type": "markdown", "id": "farewell", "metadata": {}, "source": "That was all."})
    path.write_text(canonical_text(json.dumps(content)))


def in_chinese(old, new):
    def change(course):
        path = course.source / "assignment2" / "zh" / "ConvolutionalNetworks.md"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return change


FAULTS = {
    "the English text of load-data has changed since the translation": changed_english,
    f"farewell is not translated: write its text below a line <!-- farewell {digest_of('That was all.')} -->": new_cell,
    "formulas or code of conv-backward-intro differ from the English text: $b_f$ is missing": in_chinese(
        "偏置 $b_f$", "偏置"
    ),
    "`dw` is missing": in_chinese("没有 `dw` 和", "没有"),
    "train is not a text for students": in_chinese("<!-- plot-", "<!-- train 0123456789ab -->\n<!-- plot-"),
    "got several for load-data": in_chinese("<!-- plot-", "<!-- load-data 0123456789ab -->\n<!-- plot-"),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_problem_in_the_translation_stops_its_release_with_one_line(course, words):
    FAULTS[words](course)
    with pytest.raises(UsageError) as error:
        release_assignment(course, language="zh", run=False)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert not course.release.exists()


def test_the_english_version_does_not_wait_for_the_translation(course):
    changed_english(course)
    release_assignment(course, run=False)
    assert {path.name for path in course.release.iterdir()} == {"assignment2", "assignment2.handed_out.json"}


def test_an_unknown_language_is_reported_with_the_known_ones(course):
    done = run_here(course.root, "release", "--no-run", "--language", "xx")
    assert done.returncode == 2
    assert "expected a translation of assignment2 (zh), got 'xx'" in done.stderr


def test_english_is_not_a_translation(course):
    with pytest.raises(UsageError, match="the language of the notebooks: leave out the language"):
        check_translation(load_assignment(course), "en")


def test_the_marker_in_the_message_is_correct(tmp_path):
    (_, fault), *others = translation_faults({"intro": "Words with $x$."}, {})
    assert others == []
    given = re.search(r"<!-- .* -->", fault)[0]
    (tmp_path / "notes.md").write_text(f"For translators.\n\n{given}\n含 $x$ 的话。\n")
    passages = read_translation(tmp_path / "notes.md")
    assert passages == {"intro": Passage("含 $x$ 的话。", digest_of("Words with $x$."))}
    assert translation_faults({"intro": "Words with $x$."}, passages) == []
    assert translation_faults({"intro": "Other words with $x$."}, passages)


def test_a_locked_text_keeps_a_checksum_that_fits(course):
    """Otherwise nbgrader would report a change of a locked cell."""
    edit(
        course,
        "load-data",
        lambda cell: cell["metadata"].update(
            nbgrader={
                "grade": False,
                "grade_id": "load-data",
                "locked": True,
                "schema_version": 3,
                "solution": False,
                "task": False,
            }
        ),
    )
    sums = {}
    for language in (None, "zh"):
        make_release(course, load_assignment(course), course.root / str(language), language=language)
        cells = cells_of(course.root / str(language) / "assignment2" / NOTEBOOK)
        sums[language] = next(c for c in cells if c["id"] == "load-data")["metadata"]["nbgrader"]["checksum"]
    assert sums[None] != sums["zh"]
    cell = next(c for c in cells if c["id"] == "load-data")
    assert compute_checksum(from_dict(cell | {"source": "".join(cell["source"])})) == sums["zh"]


def solve(folder, assignment, target):
    """Write the notebooks of a release folder with solutions into another folder."""
    for name, notebook in assignment.notebooks.items():
        content = json.loads((folder / name).read_text())
        answers = {cell.grade_id: cell.source for cell in notebook.solution_cells}
        for cell in content["cells"]:
            cell["source"] = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
        (target / name).write_text(json.dumps(content))


@pytest.fixture(scope="module")
def solved(released, tmp_path_factory):
    """A folder with the Chinese notebooks, solved."""
    folder = tmp_path_factory.mktemp("solved")
    solve(released[1], released[0], folder)
    return folder


def test_chinese_cells_do_not_count_as_the_students_own(solved, assignment, tmp_path):
    solve(ROOT / "release" / "assignment2", assignment, tmp_path)
    chinese = read_submission(solved, assignment, student="ann")
    assert (chinese.repairs, chinese.unusable) == ((), {})
    # Scores are worked out from what is hashed here.
    assert chinese.digest() == read_submission(tmp_path, assignment, student="ann").digest()


def test_a_students_text_in_a_chinese_notebook_is_kept(solved, assignment, tmp_path):
    shutil.copytree(solved, tmp_path / "work")
    content = json.loads((tmp_path / "work" / NOTEBOOK).read_text())
    own = {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "我的笔记"}
    content["cells"].append(own)
    (tmp_path / "work" / NOTEBOOK).write_text(json.dumps(content))
    submission = read_submission(tmp_path / "work", assignment, student="ann")
    assert [cell.source for cell in submission.notebooks[NOTEBOOK] if not cell.grade_id] == ["我的笔记"]


def test_a_solved_chinese_notebook_gets_full_points(solved, course):
    target = course.root / "submitted" / "li" / "assignment2"
    shutil.copytree(solved, target)
    done = run_here(course.root, "score", target, "--json", "result.json")
    assert done.returncode == 0, done.stderr
    result = json.loads((course.root / "result.json").read_text())
    assert (result["score"], result["state"], result["repairs"]) == (result["max_score"], "graded", [])
