"""Cache keys: a changed test invalidates only its exercises, and unrelated changes nothing."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from courses import CONTENT, COURSE

from autograder.course.assignment import read_assignment
from autograder.course.content import Content
from autograder.intake.submission import Submission
from autograder.sample_class.command import solved_submission
from autograder.scoring import cache_keys
from autograder.scoring.cache_keys import NO_PART_OF_SCORING, Keys

ROOT = Path(__file__).parent.parent
DIGEST = cache_keys._digest.__wrapped__


@pytest.fixture
def submission(assignment):
    return solved_submission(assignment, "ann")


def changed(before, after):
    return {name for name in before if before[name] != after[name]}


def edited(monkeypatch, path):
    """Simulate a changed file of the kit."""
    real = DIGEST
    monkeypatch.setattr(cache_keys, "_digest", lambda files: real(files) + ("edited" if Path(path) in files else ""))


def with_edited(assignment, file):
    """The assignment with a simulated change of a content file."""
    content = Content(CONTENT.hashes | {file: "edited"}, CONTENT._package)
    return dataclasses.replace(assignment, content=content)


def test_a_changed_test_file_invalidates_its_exercises(assignment, submission):
    before = Keys(assignment, COURSE, "bwrap").of(submission)
    assert before == Keys(assignment, COURSE, "bwrap").of(submission)
    pool = {"max_pool_forward_naive", "max_pool_backward_naive"}
    for file in ("pooling/hidden_tests.py", "pooling/mutants.py", "pooling/signatures.py"):
        assert changed(before, Keys(with_edited(assignment, file), COURSE, "bwrap").of(submission)) == pool
    after = Keys(with_edited(assignment, "batchnorm/hidden_tests.py"), COURSE, "bwrap").of(submission)
    assert changed(before, after) == {
        "batchnorm_forward",
        "batchnorm_backward",
        "batchnorm_backward_alt",
        "spatial_batchnorm_forward",
        "spatial_batchnorm_backward",
        "FullyConnectedNet",
    }


@pytest.mark.parametrize("file", ["tolerances.py", "checks.py", "inputs.py", "a_new_file.py"])
def test_files_shared_by_topics_count_for_all_exercises(assignment, submission, file):
    before = Keys(assignment, COURSE, "bwrap").of(submission)
    assert changed(before, Keys(with_edited(assignment, file), COURSE, "bwrap").of(submission)) == set(before)


@pytest.mark.parametrize("file", ["equivalent_mutants.py", "sample_class.py"])
def test_files_that_affect_no_score_count_for_no_exercise(assignment, submission, file):
    before = Keys(assignment, COURSE, "bwrap").of(submission)
    assert changed(before, Keys(with_edited(assignment, file), COURSE, "bwrap").of(submission)) == set()


@pytest.mark.parametrize(
    ("file", "all_of_them"),
    [
        ("autograder/testing/tolerances.py", True),
        ("autograder/sandbox/worker/worker.py", True),
        ("cs231n/layers.py", True),
        ("student_tools/notebook.py", True),
        ("cs231n/_fast.pyx", True),
        ("autograder/feedback/table.py", False),
        ("autograder/release/leaks.py", False),
    ],
)
def test_the_kit_counts_where_scores_depend_on_it(monkeypatch, assignment, submission, file, all_of_them):
    before = Keys(assignment, COURSE, "bwrap").of(submission)
    edited(monkeypatch, ROOT / file)
    after = Keys(assignment, COURSE, "bwrap").of(submission)
    assert changed(before, after) == (set(before) if all_of_them else set())


def test_settings_cells_and_isolation_count_and_points_do_not(assignment, submission):
    before = Keys(assignment, COURSE, "bwrap").of(submission)
    for name, value in (("test_seconds", 11), ("memory_mb", 2048), ("options", {"max_pool_ties": "every"})):
        settings = dataclasses.replace(assignment.settings, **{name: value})
        other = dataclasses.replace(assignment, settings=settings)
        assert changed(before, Keys(other, COURSE, "bwrap").of(submission)) == set(before), name
    assert changed(before, Keys(assignment, COURSE, "inner").of(submission)) == set(before)
    other = Submission("ann", submission.notebooks, ("something was put right",), {}, submission.attempted)
    assert changed(before, Keys(assignment, COURSE, "bwrap").of(other)) == set(), "no test sees repairs"
    cells = {
        name: [*cells[:-1], dataclasses.replace(cells[-1], source="# mine")]
        for name, cells in submission.notebooks.items()
    }
    other = dataclasses.replace(submission, notebooks=cells)
    assert changed(before, Keys(assignment, COURSE, "bwrap").of(other)) == set(before)

    def reread(change):
        texts = {}
        for name, notebook in assignment.notebooks.items():
            content = json.loads(notebook.text)
            for cell in content["cells"]:
                change(cell)
            texts[name] = json.dumps(content)
        return read_assignment(assignment.name, texts, COURSE, assignment.folder)

    def more_points(cell):
        if cell["metadata"].get("nbgrader", {}).get("points"):
            cell["metadata"]["nbgrader"]["points"] += 1

    def other_words(cell):
        if cell["cell_type"] == "markdown":
            cell["source"] = ["Other words."]

    def other_solution(cell):
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = [*cell["source"], "\nchanged = 1"]

    def other_comment(cell):
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = [*cell["source"], "\n# changed"]

    changes = ((more_points, 0), (other_words, 0), (other_comment, 0), (other_solution, len(before)))
    for change, count in changes:
        after = Keys(reread(change), COURSE, "bwrap").of(submission)
        assert len(changed(before, after)) == count, change.__name__


def test_an_exercise_needs_its_forward_pass_and_its_substitutes():
    assert CONTENT.needed(["max_pool_backward_naive"]) == {"max_pool_backward_naive", "max_pool_forward_naive"}
    needed = CONTENT.needed(["spatial_batchnorm_backward"])
    assert {"spatial_batchnorm_forward", "batchnorm_forward", "batchnorm_backward"} <= needed
    assert CONTENT.needed(["conv_forward_naive"]) == {"conv_forward_naive"}
    assert {test.exercise for test in CONTENT.tests} >= needed


def test_an_exercise_comes_after_what_its_tests_depend_on(monkeypatch):
    names = ["spatial_batchnorm_forward", "conv_forward_naive", "batchnorm_backward", "batchnorm_forward"]
    needed = {"spatial_batchnorm_forward": {"batchnorm_forward"}, "batchnorm_backward": {"batchnorm_forward"}}
    content = Content(CONTENT.hashes, CONTENT._package)
    monkeypatch.setattr(content, "needed_directly", lambda name: needed.get(name, set()))
    assert content.in_order(names) == [names[3], names[0], names[1], names[2]]
    needed["batchnorm_forward"] = {"spatial_batchnorm_forward"}  # each uses the other
    assert content.in_order(names) == [names[3], names[0], names[1], names[2]]


def test_every_topic_describes_the_exercises_that_it_tests():
    for topic in CONTENT.topics:
        scored = {test.exercise for test in CONTENT.tests if test.node.startswith(f"{topic.name}/hidden_tests.py::")}
        assert set(topic.signatures) == scored
        assert {entry.exercise for entry in (*topic.mutants, *topic.variants)} == scored


def test_modules_excluded_from_the_keys_are_not_imported_for_scoring():
    code = (
        "import sys, autograder.scoring.scorer\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('autograder.') and m.__file__))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {Path(file).relative_to(ROOT / "autograder").as_posix() for file in done.stdout.split()}
    assert "scoring/test_runner.py" in imported
    assert not [name for name in imported if name.startswith(NO_PART_OF_SCORING)]
    for name in NO_PART_OF_SCORING:
        assert (ROOT / "autograder" / name).exists(), name
