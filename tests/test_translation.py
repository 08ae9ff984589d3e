"""The Chinese student version: complete, current, with the same code and points, and graded like the English one."""

import ast
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
from autograder.release.code_texts import code_texts, translated_cell
from autograder.release.code_translation import CATALOGUE, read_code_translation
from autograder.release.command import STUDENT_FILES, make_release, release_assignment
from autograder.release.filling import columns
from autograder.release.leaks import find_leaks
from autograder.release.normalize import canonical_text
from autograder.release.translate import check_translation, translation_faults
from autograder.release.validate import hidden_test_names
from student_tools.code_cells import top_level
from student_tools.manifest import find_manifest
from student_tools.submission import inspect_folder

ROOT = Path(__file__).parent.parent
NOTEBOOK = "ConvolutionalNetworks.ipynb"
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Labels of checks and plots that could be names.
LABELS = {"difference", "Difference", "without", "loss", "iteration", "accuracy", "training", "validation"}
LABELS |= {"Grayscale", "Edges"}


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


def without_text(cell):
    cell["metadata"].get("nbgrader", {}).pop("checksum", None)
    return {**cell, "source": ""}


def pairs_of_cells(released):
    """(English cell, Chinese cell) of all notebooks."""
    for name in released[0].notebooks:
        english, chinese = cells_of(ROOT / "release" / "assignment2" / name), cells_of(released[1] / name)
        assert [cell["id"] for cell in chinese] == [cell["id"] for cell in english]
        yield from zip(english, chinese, strict=True)


def test_only_texts_differ_from_the_english_version(released):
    for ours, theirs in pairs_of_cells(released):
        assert without_text(ours) == without_text(theirs)
        if ours["cell_type"] != "code":
            assert CHINESE.search("".join(theirs["source"])), theirs["id"]


def parsed(cell):
    """(Code of a cell as a tree without texts, its docstrings, its other strings)."""
    _, statements = top_level("".join(cell["source"]))
    tree, docstrings, strings = ast.Module(statements, []), [], []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and (text := ast.get_docstring(node)):
            docstrings.append(text)
            node.body.pop(0)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            strings.append("".join(part.value for part in node.values if isinstance(part, ast.Constant)))
            node.values = [part for part in node.values if not isinstance(part, ast.Constant)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.append(node.value)
            node.value = ""
    return ast.dump(tree), docstrings, strings


def test_the_code_is_that_of_the_english_version(released):
    """Only docstrings, comments and messages differ, so no key and no name of an option is translated."""
    cells = [pair for pair in pairs_of_cells(released) if pair[0]["cell_type"] == "code"]
    messages = 0
    for ours, theirs in cells:
        (code, docstrings, strings), (same, translated, others) = parsed(ours), parsed(theirs)
        assert same == code, ours["id"]
        assert len(translated) == len(docstrings)
        assert all(map(CHINESE.search, translated)), theirs["id"]
        for string, other in zip(strings, others, strict=True):
            assert other == string or not string.isidentifier() or string in LABELS
            messages += other != string
    assert messages > 150


def test_docstrings_fit_on_the_page(released):
    for ours, theirs in pairs_of_cells(released):
        if ours["cell_type"] == "code":
            wide = [line for line in "".join(theirs["source"]).splitlines() if columns(line.rstrip("\n")) > 100]
            assert {line for line in wide if "NotImplementedError" not in line} == set()


def test_the_list_of_released_cells_has_the_translated_ones(released, tmp_path):
    """So `submit` tells an untouched cell, and an answer that was not given."""
    files = {name.partition("/")[2]: content for name, content in released[2].items()}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = inspect_folder(tmp_path, find_manifest(tmp_path))
    assert found.faults == []
    not_started = {remark.split()[1] for remark in found.remarks if "is not started yet" in remark}
    assert not_started == set(released[0].exercises)
    unanswered = {remark.split()[6] for remark in found.remarks if "is not answered yet" in remark}
    assert unanswered == set(released[0].questions)
    assert not any("you changed the cell" in remark for remark in found.remarks)


def test_the_catalogue_contains_no_line_of_a_solution(assignment):
    catalogue = (ROOT / "source" / "assignment2" / "zh" / CATALOGUE).read_text(encoding="utf-8")
    cells = [cell for notebook in assignment.notebooks.values() for cell in notebook.cells_to_fill_in]
    visible = {line.strip() for cell in cells for line in cell.stub.splitlines()}
    secret = {line.lstrip("# ") for cell in cells for line in cell.solution_lines if line not in visible}
    secret = {line for line in secret if len(line) > 20}
    assert len(secret) > 200
    assert [line for line in secret if line in catalogue] == []


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
    assert any("messages of assignment2 are translated into zh" in line for line in read_proof(bundle))


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


FORMULA_WITH_WORDS = r"$$\text{mask} = \begin{cases} x & \text{if } u < 1, \\ 0 & \text{otherwise,} \end{cases}$$"


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (r"\text{if }", r"\text{若 }", True),
        (r"\text{otherwise,}", "\\text{否则\uff0c}", True),
        (r"\text{otherwise,}", r"\text{否则}", True),
        (r"\text{mask}", r"\text{掩码}", False),
        (r"\text{if }", r"\text{cache}", False),
        (r"\text{if } u", r"u", False),
        ("u < 1", "u > 1", False),
    ],
)
def test_words_in_formulas_may_be_translated_but_not_names(old, new, same):
    assert old in FORMULA_WITH_WORDS
    passage = Passage(FORMULA_WITH_WORDS.replace(old, new), digest_of(FORMULA_WITH_WORDS))
    faults = translation_faults({"intro": FORMULA_WITH_WORDS}, {"intro": passage})
    assert [name for name, _ in faults] == ([] if same else ["intro"])
    assert same or "of intro differ from the English text: $$\\text{mask} = " in faults[0][1]


def test_the_symbols_are_translated_the_same_in_all_notebooks(assignment):
    folder = ROOT / "source" / "assignment2" / "zh"
    files = [folder / name.replace(".ipynb", ".md") for name in assignment.notebooks]
    assert len(files) == 4
    assert len({read_translation(path)["symbols"] for path in files}) == 1


def test_points_and_expected_output_have_chinese_words(released):
    cells = cells_of(released[1] / "Dropout.ipynb")
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert re.findall(r"^## (.*)\uff08(\d+) 分\uff09$", text, re.MULTILINE) == [
        ("Dropout\uff1a前向传播", "6"),
        ("Dropout\uff1a反向传播", "4"),
        ("简答题 1", "5"),
    ]
    assert text.count("<summary>正确实现的输出</summary>") == text.count("```text") == 4


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


def solve(folder, assignment, target, texts=None):
    """Write the notebooks of a release folder with solutions into another folder.

    - texts: translations of the texts in the solutions' cells
    """
    for name, notebook in assignment.notebooks.items():
        content = json.loads((folder / name).read_text())
        answers = {
            cell.grade_id: translated_cell(cell.source, code_texts(cell.source), texts or {})
            for cell in notebook.solution_cells
        }
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


def test_a_solved_chinese_notebook_gets_full_points(released, assignment, course):
    target = course.root / "submitted" / "li" / "assignment2"
    target.mkdir(parents=True)
    solve(released[1], assignment, target, read_code_translation(assignment.folder / "zh" / CATALOGUE).texts)
    code = ["".join(cell["source"]) for cell in cells_of(target / NOTEBOOK) if cell["cell_type"] == "code"]
    assert not any("Forward pass of a" in source for source in code)
    # The record of releases, as a course has it: it knows the texts with points.
    course.release.mkdir(exist_ok=True)
    shutil.copy(ROOT / "release" / "assignment2.handed_out.json", course.release)
    done = run_here(course.root, "score", target, "--json", "result.json")
    assert done.returncode == 0, done.stderr
    result = json.loads((course.root / "result.json").read_text())
    assert (result["score"], result["state"], result["repairs"]) == (result["max_score"], "graded", [])


@pytest.fixture(scope="module")
def recorded():
    """The assignment with the record of its releases, as a course has it."""
    return load_assignment(load_course(ROOT), "assignment2")


@pytest.mark.parametrize("with_names", [True, False])
def test_an_untouched_chinese_notebook_has_no_work(recorded, tmp_path, with_names):
    """Also if a program has removed nbgrader's metadata."""
    shutil.copytree(ROOT / "release" / "assignment2-zh", tmp_path / "work")
    for path in (tmp_path / "work").glob("*.ipynb") if not with_names else ():
        content = json.loads(path.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell["metadata"].pop("nbgrader", None)
        path.write_text(json.dumps(content))
    submission = read_submission(tmp_path / "work", recorded, student="ann")
    assert submission.attempted == frozenset()
    kept = [cell for cells in submission.notebooks.values() for cell in cells]
    assert [cell for cell in kept if not cell.grade_id] == []
    stubs = {cell.name: cell.stub for notebook in recorded.notebooks.values() for cell in notebook.cells_to_fill_in}
    assert {cell.grade_id: cell.source for cell in kept} == stubs
