"""Repairs, problems and results as data: their kinds, their sentences, and their JSON."""

import ast
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from courses import COURSE
from made_up_results import exercise, found_as, not_handed_in, outcome, stored

from autograder.intake.submission import read_submission
from autograder.model import (
    Problem,
    ProblemKind,
    Repair,
    RepairKind,
    Result,
    State,
    TestOutcome,
    outcomes_from_json,
    outcomes_to_json,
    shown_outcome_from_json,
    shown_outcome_to_json,
)
from autograder.repairs import PHRASES, SENTENCES
from autograder.report.statistics import summarize
from autograder.sample_class.command import write_sample_class
from autograder.scoring.results import load_stored, result_path, save_stored

ROOT = Path(__file__).parent.parent
NAME = "BatchNormalization.ipynb"


def test_every_kind_has_a_sentence_and_a_phrase():
    assert set(SENTENCES) == set(PHRASES) == set(RepairKind)


def test_no_repair_and_no_problem_of_the_sample_class_is_of_an_unknown_kind(tmp_path, assignment):
    course = replace(COURSE, submitted=tmp_path)
    repairs, problems = set(), set()
    for student in write_sample_class(course):
        submission = read_submission(course.handed_in(student, assignment.name), assignment, student=student)
        repairs |= {repair.kind for repair in submission.repairs}
        problems |= {problem.kind for problem in submission.unusable.values()}
    assert len(repairs) >= 6
    assert RepairKind.UNKNOWN not in repairs
    assert problems == {ProblemKind.NOT_A_NOTEBOOK}


def test_the_report_tells_an_answer_beside_its_cell_from_an_untouched_cell_below(tmp_path, assignment):
    """Both sentences say that a cell is unchanged; the report once counted them as one."""
    notebook = next(name for name, source in assignment.notebooks.items() if source.question_cells)
    question = assignment.notebooks[notebook].question_cells[0].grade_id
    shutil.copytree(ROOT / "release" / assignment.name, tmp_path, dirs_exist_ok=True)
    content = json.loads((tmp_path / notebook).read_text(encoding="utf-8"))
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    answer = {"cell_type": "markdown", "id": "own", "metadata": {}, "source": "Because the mean is taken over N."}
    content["cells"].insert(ids.index(question) + 1, answer)
    (tmp_path / notebook).write_text(json.dumps(content), encoding="utf-8")
    (repair,) = read_submission(tmp_path, assignment, student="ann").repairs
    assert (repair.kind, repair.notebook, repair.detail) == (RepairKind.ANSWER_BESIDE, notebook, {"cell": question})
    below = Repair(RepairKind.UNTOUCHED_BELOW, {"cell": "dropout_forward"}, NAME)
    (row,) = summarize([stored("ann", {}, repairs=[repair, below])]).rows
    assert row.repair_phrases == (
        "an answer was in a cell next to its own",
        "an unchanged solution cell was below the student's own",
    )


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (
            RepairKind.FOUND_BY_CELLS,
            {"file": "b.ipynb", "edited": ["a.ipynb", "b.ipynb"], "count": 2, "others": ["A", "B"]},
            "was found as b.ipynb, the last of 2 edited ones (a.ipynb, b.ipynb), which also has cells of A and B",
        ),
        (RepairKind.CHECKS_MISSING, {"cells": ["a"]}, "the cell a is missing; it was restored"),
        (RepairKind.CHECKS_MISSING, {"cells": list("abcd")}, "4 cells with checks are missing; they were restored"),
        (
            RepairKind.SEVERAL_COPIES,
            {"cell": "adam", "count": 3, "edited": 2},
            "the cell adam appears 3 times; the last edited one counts",
        ),
        (
            RepairKind.TEXT_CUT,
            {"number": 4, "limit": 0},
            "cell 4 exceeds the notebook's limit of text and was cut; the file has the rest",
        ),
        (RepairKind.UNKNOWN_FORMAT, {"format": ""}, "does not name its format; it was read as format 4"),
    ],
)
def test_the_sentence_is_made_of_the_facts(kind, detail, words):
    repair = Repair(kind, detail, NAME)
    assert (repair.words, repair.sentence) == (words, f"{NAME}: {words}")
    assert Repair.from_json(json.loads(json.dumps(repair.to_json()))) == repair


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "of my own", "notebook": "", "detail": {}},
        {"kind": "cell missing", "notebook": "", "detail": {}},
        {"kind": "cell missing", "notebook": "", "detail": {"cell": {"a": 1}}},
        {"kind": "cell missing", "notebook": "", "detail": {"cell": "a", "more": "b"}},
        {"kind": "cell missing", "notebook": 1, "detail": {"cell": "a"}},
        {"kind": "cell missing", "detail": {"cell": "a"}},
        {"kind": "checks missing", "notebook": "", "detail": {"cells": []}},
        {"kind": "several copies of a cell", "notebook": "", "detail": {"cell": "a", "count": 2, "edited": "1"}},
        {"kind": ["cell missing"], "notebook": "", "detail": {"cell": "a"}},
        "cell missing",
        None,
    ],
)
def test_invalid_repairs_are_refused(content):
    with pytest.raises(ValueError, match="expected a repair with a known kind and its facts"):
        Repair.from_json(content)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "of my own", "words": "x", "notebook": "A.ipynb"},
        {"kind": "a file is no notebook", "words": "x"},
        {"kind": "a file is no notebook", "words": 1, "notebook": "A.ipynb"},
        ["a file is no notebook", "x"],
    ],
)
def test_invalid_problems_are_refused(content):
    with pytest.raises(ValueError, match="expected a problem with a known kind"):
        Problem.from_json(content)


def made_up():
    tests = [
        outcome("right"),
        outcome("wrong", False, message="is 1, not 2", misconception="It is halved.", part="dx"),
        outcome("slow", status="timeout", passed=False),
    ]
    picture = {"name": "out", "plane": [0, 0], "rows": ["00", "01"], "worst": [1, 1]}
    tests[1] = replace(tests[1], picture=picture, output="printed")
    result = stored(
        "ann",
        {"f": exercise(4.0, tests)},
        state="needs attention",
        repairs=[found_as("x.ipynb")],
        problems=[not_handed_in("ConvolutionalNetworks.ipynb", "x.txt")],
    ).result
    return replace(result, ignored=("a.py is imported by none",), waiting={"f": "a limit"}, versions={"NumPy": "2"})


def test_a_result_as_json_keeps_every_documented_key_and_is_read_again():
    result = made_up()
    content = json.loads(json.dumps(result.to_json()))
    assert Result.from_json(content) == result
    assert content["state"] == "needs attention"
    assert content["repairs"] == [f"{NAME}: was found as x.ipynb"]
    assert content["problems"] == ["ConvolutionalNetworks.ipynb was not handed in (there is x.txt)"]
    assert content.keys() >= {
        *("assignment", "student", "state", "repairs", "problems", "ignored", "waiting", "isolation", "versions"),
        *("score", "max_score", "exercises"),
    }
    assert content["exercises"]["f"].keys() == {"score", "points", "given", "notebook", "attempted", "needs", "tests"}
    assert [(test["passed"], test["status"]) for test in content["exercises"]["f"]["tests"]] == [
        (True, "passed"),
        (False, "failed"),
        (False, "timeout"),
    ]


def test_a_result_of_an_earlier_version_is_read(course):
    result = made_up()
    save_stored(course, stored("ann", result.exercises, state=result.state))
    path = result_path(course, "assignment2", "ann")
    content = json.loads(path.read_text(encoding="utf-8"))
    old = result.to_json()
    for key in ("repair_facts", "problem_facts", "ignored", "waiting", "versions"):
        del old[key]
    del old["exercises"]["f"]["given"]
    for test in old["exercises"]["f"]["tests"]:
        del test["test"], test["part"]
    path.write_text(json.dumps(content | {"result": old}), encoding="utf-8")
    read = load_stored(course, "assignment2", "ann").result
    assert read.state is State.NEEDS_ATTENTION
    assert [repair.kind for repair in read.repairs] == [RepairKind.UNKNOWN]
    assert (read.problems[0].kind, read.problems[0].notebook) == (ProblemKind.UNKNOWN, "ConvolutionalNetworks.ipynb")
    again = read.to_json()
    assert {key: again[key] for key in ("repairs", "problems", "score")} == {
        key: old[key] for key in ("repairs", "problems", "score")
    }


@pytest.mark.parametrize(("key", "value"), [("state", "great"), ("repair_facts", [{}]), ("exercises", {"f": {}})])
def test_a_damaged_result_counts_as_none(course, key, value):
    save_stored(course, stored("ann", made_up().exercises))
    assert load_stored(course, "assignment2", "ann")
    path = result_path(course, "assignment2", "ann")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["result"][key] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load_stored(course, "assignment2", "ann") is None


def test_outcomes_cross_to_another_process():
    outcomes = {"f": made_up().exercises["f"].tests}
    assert outcomes_from_json(json.loads(json.dumps(outcomes_to_json(outcomes)))) == outcomes


def test_a_page_gets_points_and_no_output_of_the_code():
    wrong = made_up().exercises["f"].tests[1]
    content = json.loads(json.dumps(shown_outcome_to_json(wrong, 1.5)))
    assert "printed" not in json.dumps(content)
    assert (content["points"], content["score"]) == (1.5, 0.0)
    shown = shown_outcome_from_json(content)
    assert isinstance(shown, TestOutcome)
    assert shown == replace(wrong, weight=1.5, output="")


KEYS_OF_RESULTS = {"exercises", "repairs", "problems", "misconception", "max_score", "passed", "attempted"}


def test_the_keys_of_a_results_json_are_known_in_one_module():
    """Other modules use the attributes; `attempted` and `repairs` are also keys of a submission from the reader."""
    allowed = {"model.py": KEYS_OF_RESULTS, "submission.py": {"repairs", "attempted"}}
    allowed |= {"formats.py": {"repairs"}}  # a column of the table of marks
    allowed |= {"page.py": {"passed", "attempted"}}  # figures of the class report
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        subscripts = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Subscript))
        keys = {node.slice.value for node in subscripts if isinstance(node.slice, ast.Constant)}
        assert keys & KEYS_OF_RESULTS <= allowed.get(path.name, set()), path


def test_no_module_looks_into_the_sentence_of_a_repair_or_a_problem():
    texts = {"sentence", "words", "phrase"}
    searching = {"startswith", "endswith", "partition", "split", "find", "index", "removeprefix"}
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            looked = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                looked = [node.func.value] if node.func.attr in searching else []
                if isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
                    looked = node.args
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                looked = node.comparators
            found = [part.attr for part in looked if isinstance(part, ast.Attribute) and part.attr in texts]
            assert not found, f"{path}:{node.lineno} looks into {found[0]}: ask for the kind"
