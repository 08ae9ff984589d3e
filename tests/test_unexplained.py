"""`autograder unexplained`: equal results are grouped, and drafts give the same results."""

import ast
import re

import numpy as np
import pytest
from courses import ASSIGNMENT, CONTENT, COURSE, OPTIONS, copy_course
from in_process import run_here

from autograder.authoring.drafts import find_drafts
from autograder.authoring.edits import candidates, joined, substitutions_of
from autograder.authoring.naming import by_check, observed
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.mutants.models import Mutant
from autograder.sample_class.command import solved_submission
from autograder.scoring.results import load_stored
from autograder.scoring.scorer import scorer_for

# A mistake that the course does not know yet, in three styles; and one that no small change gives.
TIMES_INPUT = (
    "def relu_backward(dout, cache):\n    return dout * np.maximum(cache, 0)\n",
    "def relu_backward(dout, cache):\n    grad = dout * cache\n    grad[cache <= 0] = 0\n    return grad\n",
    "def relu_backward(dout, cache):\n    x = cache\n    out = np.where(x > 0, x, 0.0)\n    return out * dout\n",
)
SINE = "def relu_backward(dout, cache):\n    return np.sin(3 * dout) * np.cosh(cache) + 0.123\n"
KNOWN = "def relu_backward(dout, cache):\n    return dout * (cache < 0)\n"
SENTENCE = "The gradient of ReLU is multiplied by its input. Look up which values the derivative of ReLU has."
SEED = [3]


def solution(*lines):
    """Return a solution cell with these lines as its solution."""
    text = "\n    ".join(["def f(x, w, config):", "### BEGIN SOLUTION", *lines, "### END SOLUTION"])
    return text + "\n    return out\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded class whose course lacks the mutant of TIMES_INPUT."""
    folder = copy_course(tmp_path_factory.mktemp("unexplained"), notebooks=["FullyConnectedNets"])
    file = folder / "assignments/assignment2/affine/mutants.py"
    lines = file.read_text().splitlines(keepends=True)
    calls = [node for node in ast.walk(ast.parse("".join(lines))) if isinstance(node, ast.Call) and len(node.args) > 1]
    entry = next(node for node in calls if getattr(node.args[1], "value", "") == "times-input")
    del lines[entry.lineno - 1 : entry.end_lineno]
    file.write_text("".join(lines))
    assignment = load_assignment(load_course(folder))
    others = set(assignment.exercises) - {"relu_backward"}
    codes = dict(zip(("ann", "bob", "eve"), TIMES_INPUT, strict=True)) | {"sam": SINE, "kim": KNOWN}
    for student, code in codes.items():
        change = {"relu_backward": lambda _, code=code: code}
        submission = solved_submission(assignment, student, change=change, blank=others)
        stage_submission(submission, assignment, folder / "submitted" / student / "assignment2")
    done = run_here(folder, "grade", "assignment2")
    assert done.returncode in (0, 1), done.stderr
    return folder


def test_equal_results_are_one_group_with_the_shortest_code_and_a_draft(course):
    """A drafted mutant with a sentence of the instructor explains the group after the next grading."""
    done = run_here(course, "unexplained", "assignment2")
    assert done.returncode == 0, done.stderr
    assert "relu_backward: 4 without a misconception, in 2 groups of equal results" in done.stdout
    first, second = done.stdout.split("\n2. ")
    assert "1. 3 submissions: ann, bob and eve" in first.replace("ann, eve and bob", "ann, bob and eve")
    assert "shortest code (ann):" in first
    assert "np.maximum(cache, 0)" in first
    assert second.startswith("1 submission: sam\n")
    assert "no small change of the solution gives these results" in second
    assert "kim" not in done.stdout
    file = course / "assignments/assignment2/affine/mutants.py"
    assert f"draft for {file}:" in first
    entry = re.sub(r"TODO: .*?(?=\")", SENTENCE, first[first.index("Mutant(") :])
    file.write_text(file.read_text().replace("MUTANTS = (", f"MUTANTS = (\n{entry}", 1))
    graded = run_here(course, "grade", "assignment2")
    assert graded.returncode in (0, 1), graded.stderr
    for student in ("ann", "bob", "eve", "sam", "kim"):
        tests = load_stored(load_course(course), "assignment2", student).result.exercises["relu_backward"].tests
        named = {test.misconception for test in tests if test.misconception}
        assert (SENTENCE in named) == (student in ("ann", "bob", "eve")), student
    again = run_here(course, "unexplained", "assignment2", "--exercise", "relu_backward")
    assert "relu_backward: 1 without a misconception, in 1 group of equal results" in again.stdout


def test_a_class_without_results_is_told_what_to_do(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["FullyConnectedNets"])
    assignment = load_assignment(load_course(folder))
    submission = solved_submission(assignment, "ann", blank=assignment.exercises)
    stage_submission(submission, assignment, folder / "submitted" / "ann" / "assignment2")
    done = run_here(folder, "unexplained", "assignment2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected results for assignment2, got none: run `autograder grade` first" in done.stderr
    done = run_here(folder, "unexplained", "assignment2", "--exercise", "relu_sideways")
    assert done.returncode == 2
    assert "relu_sideways" in done.stderr


def observations(mutants):
    """Return the Observations of each mutant that fails a test."""
    scorer = scorer_for(COURSE.root, "assignment2")
    found = {}
    for mutant in mutants:
        np.random.seed(0)  # noqa: NPY002 - the generator of the solutions
        seen = by_check(observed(mutant, scorer.reference, SEED, scorer.assignment)[0])
        if any(observation.fault for observation in seen.values()):
            found[mutant.name] = seen
    return found


def drafts_without(exercise):
    """Search a draft for each mutant of an exercise, of which the search knows none.

    Returns: name of the mutant → Draft or None.
    """
    scorer = scorer_for(COURSE.root, "assignment2")
    mutants = [m for m in CONTENT.mutants_of(exercise, OPTIONS) if not m.is_random]
    found = observations(mutants)
    others = [mutant for mutant in CONTENT.mutants if mutant.exercise != exercise]
    drafts = find_drafts(exercise, list(found.values()), scorer.reference, SEED, ASSIGNMENT, known=others, jobs=2)
    return dict(zip(found, drafts, strict=True))


def share_found(exercises):
    drafts = [draft for exercise in exercises for draft in drafts_without(exercise).values()]
    return sum(draft is not None for draft in drafts) / len(drafts)


def test_most_mutants_are_found_again_without_the_catalogue():
    """The mutants of relu_backward: a draft gives exactly the values of the mutant that was left out."""
    drafts = drafts_without("relu_backward")
    assert sum(draft is not None for draft in drafts.values()) / len(drafts) >= 0.7, drafts
    changed = [draft.mutant for draft in drafts.values() if draft and draft.mutant]
    assert changed
    scorer = scorer_for(COURSE.root, "assignment2")
    dout, x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for name, draft in drafts.items():
        if draft and draft.mutant:
            values = [
                scorer.reference.changed_by(mutant)(dout, x)
                for mutant in (draft.mutant, CONTENT.mutant("relu_backward", name))
            ]
            np.testing.assert_allclose(values[0], values[1], rtol=1e-12)


@pytest.mark.slow
def test_seven_of_ten_mutants_are_found_again():
    """Exercises whose search takes less than a minute; docs/diagnosis.md has the figures of the others."""
    quick = ("affine_forward", "affine_backward", "relu_forward", "sgd_momentum", "rmsprop", "layernorm_forward")
    assert share_found((*quick, "spatial_groupnorm_forward", "batchnorm_backward_alt")) >= 0.7


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        (["out = x.sum(axis=0)"], "out = x.mean(axis=0)"),
        (["out = x.sum(axis=0)"], "out = x.sum(axis=0, keepdims=True)"),
        (["a = np.zeros(3)", "out = w + np.zeros(3)"], "a = np.ones(3)\n    out = w + np.ones(3)"),
        (["out = 1 + x // 2"], "out = ((1 + x) // 2)"),
        (["out = np.sqrt(x) + w"], "out = np.sqrt(x + w)"),
        (["out = x[:, pad : pad + H]"], "out = x[:, :H]"),
        (["out = x[:, pad : pad + H]"], "out = x[:, pad:-pad]"),
        (["a = x.shape[2] + 1", "out = x.shape[3] + 1"], "a = (x.shape[2] - 1)\n    out = (x.shape[3] - 1)"),
        (["if w:", "    out = x // 2"], "        assert x % 2 == 0\n        out = x // 2"),
        (["H = x.shape[2]", "out = x[:H]"], "out = x"),
        (["out_h = H // 2", "out_w = W // 2"], "out_h = (H * 2)\n    out_w = (W * 2)"),
        (['out = w - config["rate"] * x'], "out = (w + config['rate'] * x)"),
        (['out = w - config["rate"] * x'], "out = w - (config['rate'] * x * (1 - config['rate']))"),
        (["out = x", "if w > 0:", "    out = x + 1"], "out = ((x - 1) if w > 0 else x + 1)"),
        (["a = x + 1", "out = a * 2"], "out = a * 2\n    a = x + 1"),
        (["größe = 'é'; out = np.maximum(x, 0)"], "größe = 'é'; out = x"),
    ],
)
def test_candidates_of_a_solution(lines, changed):
    """Every kind of candidate occurs, also behind characters of several bytes."""
    sources = [candidate.source for candidate in candidates("f", solution(*lines), [])]
    assert any(changed in source for source in sources), changed
    assert len(sources) == len(set(sources))
    assert all("def f(x, w, config):" in source for source in sources)


def test_candidates_use_mutants_of_other_exercises():
    other = Mutant("g", "no-floor", "A sentence. Another one.", (("x // 2", "round(x / 2)"), ("w", "w + 1")))
    found = [c for c in candidates("f", solution("out = x // 2"), [other]) if c.known]
    assert [c.known.substitutions for c in found] == [(("x // 2", "round(x / 2)"),)]
    assert "out = round(x / 2)" in found[0].source


def test_a_pair_joins_two_edits_unless_they_overlap():
    source = solution("out = x + w", "out = out * 2")
    by_text = {candidate.source: candidate for candidate in candidates("f", source, [])}
    plus = by_text[source.replace("x + w", "(x - w)")]
    two = by_text[source.replace("* 2", "* 3")]
    assert joined(source, plus, two).source == source.replace("x + w", "(x - w)").replace("* 2", "* 3")
    assert joined(source, plus, by_text[source.replace("x + w", "x")]) is None
    assert joined(source, plus, plus) is None


def test_substitutions_are_short_and_give_the_same_source():
    source = solution("a = x.sum(axis=0)", "out = a + w.sum(axis=0)")
    made = candidates("f", source, [])
    without = [candidate for candidate in made if substitutions_of(source, candidate) is None]
    assert len(without) < 0.02 * len(made), [candidate.source for candidate in without]
    for candidate in made:
        mutant = substitutions_of(source, candidate)
        if mutant:
            assert mutant.applied(source) == candidate.source
    mean = next(c for c in made if c.source == source.replace("a = x.sum(axis=0)", "a = x.mean(axis=0)"))
    assert substitutions_of(source, mean).substitutions == (("x.sum(axis=0)", "x.mean(axis=0)"),)
