"""`make mutants` with one hidden input: the catalogues check the hidden tests."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from courses import ASSIGNMENT, CONTENT, COURSE, assign, copy_course

from autograder.authoring.matrix import Matrix, measure
from autograder.authoring.matrix_page import matrix_page, matrix_text
from autograder.authoring.time_limits import Slowest, limits_text, slowest_programs, too_slow
from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.content import load_content
from autograder.errors import UsageError
from autograder.mutants.models import Mutant, Variant
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
SEEDS = 1


@pytest.fixture(scope="module")
def course():
    return COURSE


@pytest.fixture(scope="module")
def matrix(course):
    # One process: the others run other tests, and each would compute the results of all mutants again.
    return measure(course, "assignment2", seeds=SEEDS, jobs=1)


def test_the_hidden_tests_are_proven(matrix):
    assert matrix.problems() == []


def test_every_exercise_has_mutants_and_variants(course):
    exercises = set(load_assignment(course).exercises)
    assert {mutant.exercise for mutant in CONTENT.mutants} == exercises
    assert {variant.exercise for variant in CONTENT.variants} == exercises
    assert len(CONTENT.mutants) >= 80
    assert len(CONTENT.variants) >= 40


def test_entries_have_unique_names_and_a_misconception_is_two_sentences():
    assert [
        name
        for name, count in Counter(entry.id for entry in (*CONTENT.mutants, *CONTENT.variants)).items()
        if count > 1
    ] == []
    for mutant in CONTENT.mutants:
        others = {other.name for other in CONTENT.mutants if other.exercise == mutant.exercise}
        assert set(mutant.also_matches) < others, mutant.id
        assert mutant.words[0].isupper(), mutant.id
        assert mutant.words.endswith("."), mutant.id
        assert mutant.words.count(". ") == 1, mutant.id
        assert not any(sign in mutant.words for sign in ("`", "(x", " = ", "np.", "axis=")), mutant.id


def test_a_substitution_that_no_longer_applies_is_an_error(course):
    stale = Mutant("layernorm_forward", "stale", "Nothing.", (("no such text", ""),))
    with pytest.raises(UsageError, match=r"layernorm_forward/stale: expected 'no such text' in the solution"):
        measure(course, "assignment2", seeds=1, jobs=1, entries=[stale])


def test_problems_of_tests_and_catalogues_are_found(course):
    harmless = Mutant("layernorm_forward", "harmless", "Nothing is wrong.", (("x_hat + beta", "x_hat + 1 * beta"),))
    wrong = Variant("layernorm_forward", "wrong", "a mistake", (("x_hat + beta", "x_hat"),))
    near = Mutant("layernorm_forward", "near", "It is hardly wrong.", (("x_hat + beta", "x_hat * 1.00008 + beta"),))
    problems = measure(course, "assignment2", seeds=2, entries=[harmless, wrong, near]).problems()
    assert "mutant layernorm_forward/harmless earns full points" in problems
    assert any(line.startswith("variant layernorm_forward/wrong loses points: out[") for line in problems)
    assert any("tolerance normalized" in line and "near in" in line for line in problems)
    assert any("the test test_dw kills no mutant" in line for line in problems)


def test_a_mutant_that_fails_only_by_a_name_must_declare_it(course):
    slips = {
        "gamma * x_hatt": "NameError: name 'x_hatt' is not defined",
        "[later for _ in x]; later = 1": "NameError: cannot access free variable 'later'",
        "later * x_hat; later = 1": "UnboundLocalError: cannot access local variable 'later'",
        "__import__('no_such_module') * x_hat": "ModuleNotFoundError: No module named 'no_such_module'",
        "eval('gamma *') * x_hat": "SyntaxError: invalid syntax",
    }
    entries = [
        Mutant(
            "layernorm_forward", f"{kind}-{number}", "A slip.", (("gamma * x_hat + beta", text),), undefined_name=meant
        )
        for kind, meant in (("slip", False), ("meant", True))
        for number, text in enumerate(slips)
    ]
    entries.append(Mutant("layernorm_forward", "wrong-values", "No beta.", (("x_hat + beta", "x_hat"),)))
    problems = measure(course, "assignment2", seeds=1, jobs=1, entries=entries).problems()
    found = [line for line in problems if "undefined name" in line]
    assert len(found) == len(slips)
    for number, (line, error) in enumerate(zip(found, slips.values(), strict=True)):
        assert line.startswith(
            f"mutant layernorm_forward/slip-{number} fails only because of an undefined name or its syntax: {error}"
        )


def test_one_exercise_can_be_checked_alone(course, monkeypatch, tmp_path, capsys):
    matrix = measure(course, "assignment2", seeds=1, exercise="layernorm_forward")
    assert {row.entry.exercise for row in matrix.rows} == {"layernorm_forward"}
    assert matrix.problems() == []
    assert "tolerance normalized" in matrix_text(matrix)
    assert "tolerance random" not in matrix_text(matrix)
    nothing_known = Matrix(ASSIGNMENT, [], 1, "layernorm_forward").problems()
    assert [line.split(": ")[0] for line in nothing_known] == ["layernorm_forward"] * 6
    assert f"layernorm_forward: {CONTENT.folder} has no variant of it" in "\n".join(nothing_known)
    assert Matrix(ASSIGNMENT, [], 1, "not_described").problems()[:2] == [
        "not_described: it has no hidden test",
        f"not_described: {CONTENT.folder} has no signature of it",
    ]
    monkeypatch.chdir(copy_course(tmp_path / "course"))
    assert main(["mutants", "--exercise", "layernorm"]) == 2
    assert ", got 'layernorm'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (
            "signatures.py",
            "x = = 3\n",
            "cannot import {folder}/topic/signatures.py: SyntaxError: invalid syntax (",
        ),
        (
            "mutants.py",
            "import nothing_of_that_name\n",
            "cannot import {folder}/topic/mutants.py: ModuleNotFoundError: No",
        ),
        ("signatures.py", "MUTANTS = ()\n", "expected SIGNATURES in {folder}/topic/signatures.py"),
        ("mutants.py", "MUTANTS = ()\n", "expected VARIANTS in {folder}/topic/mutants.py"),
        (
            "signatures.py",
            "from autograder import Signature\n\nSIGNATURES = {'f': Signature(('out'))}\n",
            "expected a tuple of names in a Signature, such as ('out',), got 'out'",
        ),
    ],
)
def test_a_problem_of_a_topic_gives_one_line(tmp_path, file, text, words):
    (tmp_path / "topic").mkdir()
    (tmp_path / "topic" / file).write_text(text)
    with pytest.raises(UsageError) as error:
        list(load_content(tmp_path).topics)
    assert words.format(folder=tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_exercise_of_an_unreleased_notebook_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(copy_course(tmp_path, notebooks=["BatchNormalization"]))
    assert main(["mutants", "--exercise", "dropout_forward"]) == 2
    assert "dropout_forward is in Dropout.ipynb, which is not released: add Dropout.ipynb to" in capsys.readouterr().err


def test_exercises_outside_of_the_assignment_are_not_required(tmp_path, monkeypatch, capsys):
    """Their mutants, variants and hidden tests stay, for other assignments."""
    monkeypatch.chdir(copy_course(tmp_path, notebooks=["Dropout"]))
    edit_source(tmp_path / "source/assignment2/Dropout.ipynb", without="dropout_backward")
    course = load_course(tmp_path)
    matrix = measure(course, "assignment2", seeds=1, jobs=1)
    assert {row.entry.exercise for row in matrix.rows} == {"dropout_forward"}
    assert matrix.problems() == []
    slowest = slowest_programs(scorer_for(tmp_path, "assignment2"))
    assert [entry.exercise for entry in slowest] == ["dropout_forward"]
    assert main(["mutants", "--exercise", "dropout_backward"]) == 2
    assert "expected an exercise (dropout_forward), got 'dropout_backward'" in capsys.readouterr().err


def test_an_exercise_that_others_need_can_not_be_removed_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(copy_course(tmp_path, notebooks=["Dropout"]))
    edit_source(tmp_path / "source/assignment2/Dropout.ipynb", without="dropout_forward")
    assign(tmp_path, total_points=9)
    (tmp_path / "submitted/ann").mkdir(parents=True)
    shutil.copytree(tmp_path / "source/assignment2", tmp_path / "submitted/ann/assignment2")
    for command in (["grade"], ["release", "--no-run"]):
        assert main(command) == 2
        told = capsys.readouterr().err
        assert "the hidden tests of dropout_backward need the exercise dropout_forward, which is missing" in told


def edit_source(path, *, without):
    """Leave an exercise out of a notebook, and the cell that uses both of them."""
    content = json.loads(path.read_text(encoding="utf-8"))
    gone = (without, f"check_{without}", "borrow_network_for_dropout")
    content["cells"] = [cell for cell in content["cells"] if cell["id"] not in gone]
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def test_the_page_and_the_text_show_the_matrix(matrix):
    page, text = matrix_page(matrix), matrix_text(matrix)
    for mutant in CONTENT.mutants:
        assert f"| {mutant.name} | " in page
        assert mutant.words in page
    for test in CONTENT.tests:
        assert test.title.replace("{part}", "…") in page
    assert f"{len(CONTENT.mutants)} of {len(CONTENT.mutants)} mutants killed" in text
    assert "the hidden tests are proven" in text
    assert "✘ conv" in matrix_text(Matrix(ASSIGNMENT, matrix.rows[:1], SEEDS))


def test_the_page_in_the_docs_is_current(matrix):
    kept = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8").splitlines()
    current = [line for line in matrix_page(matrix).splitlines() if line.startswith("| ") and "✘" in line]
    stale = [line for line in current if line not in kept]
    assert stale == [], "run `make mutants`"


def test_the_command_writes_the_page_and_reports_problems(matrix, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(copy_course(tmp_path / "course"))
    monkeypatch.setattr("autograder.authoring.matrix.measure", lambda *args, **options: matrix)
    slow = Slowest("conv_forward_naive", "loops", "test_bias", 0.01, 1, 0.05)
    monkeypatch.setattr("autograder.authoring.time_limits.slowest_programs", lambda *args: [slow])
    assert main(["mutants", "--page", str(tmp_path / "page.md")]) == 0
    page = (tmp_path / "page.md").read_text()
    assert page.startswith(matrix_page(matrix))
    assert "| conv_forward_naive | test_bias | loops | 0.01 s | 1 s | 100 × | 0.05 s | 300 × |" in page
    monkeypatch.setattr(
        "autograder.authoring.matrix.measure", lambda *a, **o: Matrix(ASSIGNMENT, matrix.rows[:3], SEEDS)
    )
    assert main(["mutants"]) == 1
    assert "kills no mutant" in capsys.readouterr().out


def test_a_limit_too_short_for_a_variant_is_reported(course):
    settings = ASSIGNMENT.settings
    slow = Slowest("conv_forward_naive", "loops", "test_bias", 4 / 19, 4, 0.5)
    assert too_slow([slow], settings) == [slow]
    told = limits_text([slow], settings)
    assert "✘ the time limits are too short for conv_forward_naive/loops" in told
    assert "expected at least 4.2 s for test_bias, got 4 s:" in told
    all_slow = Slowest("conv_forward_naive", "loops", "test_bias", 0.01, 1, settings.exercise_seconds / 19)
    assert too_slow([all_slow], settings) == [all_slow]
    assert "expected exercise_seconds of at least 15.8, got 15" in limits_text([all_slow], settings)


def test_the_slowest_programs_are_measured_in_the_sandbox(course):
    (slowest,) = slowest_programs(scorer_for(COURSE.root, "assignment2"), "relu_forward")
    assert slowest.exercise == "relu_forward"
    assert 0 < slowest.test_seconds <= slowest.seconds
    assert slowest.limit == ASSIGNMENT.settings.test_seconds


@pytest.mark.parametrize(("slow_runs", "allowed"), [(2, 100), (3, 10)])
def test_a_program_that_seems_too_slow_runs_again(monkeypatch, slow_runs, allowed):
    """Another program may have used the processor, but not three times."""
    runs = Counter()
    first = next(variant.name for variant in CONTENT.variants if variant.exercise == "relu_forward")

    def run(scorer, changes, exercises):
        name = changes[0].name if changes else "solution"
        runs[name] += 1
        seconds = 0.1 if name == first and runs[name] <= slow_runs else 0.01
        return [Slowest(exercises[0], name, "test_values", seconds, 1, seconds)]

    monkeypatch.setattr("autograder.authoring.time_limits._run", run)
    (slowest,) = slowest_programs(scorer_for(COURSE.root, "assignment2"), "relu_forward")
    assert runs.pop(first) == 3
    assert set(runs.values()) <= {1, 2}  # the solution runs once more until everything is warm
    assert slowest.limit / slowest.test_seconds == pytest.approx(allowed)
