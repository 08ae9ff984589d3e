"""A course of its own whose exercises return tables, texts and dicts: mutants are proven, recognized and explained."""

import json
import secrets

import pytest
from courses import replaced

from autograder.authoring.matrix import measure
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import AuthorError
from autograder.grading.self_check import check_source_notebooks
from autograder.regrade_requests.reproduction_script import transcript
from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import Scorer

SOLUTIONS = {
    "mean_by_group": '''def mean_by_group(table):
    """Return a table with a row for each group: mean and count."""
    ### BEGIN SOLUTION
    groups = table.groupby("group")["value"]
    return pd.DataFrame({"mean": groups.mean(), "count": groups.count()})
    ### END SOLUTION
''',
    "report": '''def report(table):
    """Say in one line how many rows are complete."""
    ### BEGIN SOLUTION
    return f"{len(table.dropna())} of {len(table)} rows are complete"
    ### END SOLUTION
''',
    "largest": '''def largest(table):
    """Return a dict of group to its largest value, without a loop."""
    ### BEGIN SOLUTION
    return table.groupby("group")["value"].max().to_dict()
    ### END SOLUTION
''',
}
SIGNATURES = """
from autograder import Signature

SIGNATURES = {name: Signature(("out",)) for name in ("mean_by_group", "report", "largest")}
"""
TESTS = '''
import numpy as np

from autograder import check_dict, check_loops, check_table, check_text, hidden_test


def drawn(rng, pandas):
    values = rng.normal(size=12)
    values[::5] = np.nan
    return pandas.DataFrame({"group": rng.permutation(list("abc") * 4), "value": values})


@hidden_test("mean_by_group")
def test_means(student, reference, rng):
    """The mean and the count of each group."""
    import pandas

    table = drawn(rng, pandas)
    check_table("out", student.mean_by_group(table), reference.mean_by_group(table), case="12 rows")


@hidden_test("report")
def test_report(student, reference, rng):
    """The number of complete rows."""
    import pandas

    table = drawn(rng, pandas)
    check_text("out", student.report(table), reference.report(table))


@hidden_test("largest", weight=2)
def test_largest(student, reference, rng):
    """The largest value of each group."""
    import pandas

    table = drawn(rng, pandas)
    check_dict("out", student.largest(table), reference.largest(table))


@hidden_test("largest")
def test_no_loop(student):
    """The source has no loop."""
    check_loops(student, "largest")
'''
MUTANTS = """
from autograder import Mutant, Variant

MUTANTS = (
    Mutant(
        "mean_by_group",
        "counts-missing",
        "Missing values are counted. Count those that are there.",
        (("groups.count()", "groups.size()"),),
    ),
    Mutant("mean_by_group", "median", "The median is taken. Take the mean.", ((".mean()", ".median()"),)),
    Mutant(
        "report",
        "all-rows",
        "All rows count as complete. Leave out those with a missing value.",
        (("len(table.dropna())", "len(table)"),),
    ),
    Mutant("largest", "smallest", "The smallest value is taken. Take the largest.", ((".max()", ".min()"),)),
    Mutant(
        "largest",
        "loop",
        "A loop goes over the groups. Let pandas do that.",
        body='return {name: float(part["value"].max()) for name, part in table.groupby("group")}',
    ),
)

VARIANTS = (
    Variant(
        "mean_by_group",
        "agg",
        "one call of agg, the columns in another order",
        body='return table.groupby("group")["value"].agg(count="count", mean="mean")',
    ),
    Variant(
        "report",
        "format",
        "the method format",
        body='return "{} of {} rows are complete".format(len(table.dropna()), len(table))',
    ),
    Variant(
        "largest",
        "sorted",
        "the last value of each group after sorting",
        body='return table.sort_values("value").groupby("group")["value"].last().to_dict()',
    ),
)
"""
SETTINGS = """
c = get_config()
c.Assignment.total_points = 6
c.Assignment.import_policies = {"pandas": {"packages": ["pandas"]}}
"""


def cell(kind, source, **nbgrader):
    flags = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    name = nbgrader["grade_id"]
    whole = {
        "cell_type": kind,
        "id": name.replace("_", "-"),
        "metadata": {"nbgrader": flags | nbgrader},
        "source": source,
    }
    return whole | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def make_course(folder, *, tests=TESTS):
    cells = [cell("code", "import pandas as pd\n", grade_id="setup")]
    for name, source in SOLUTIONS.items():
        cells.append(cell("code", source, grade_id=name, solution=True, locked=False))
        cells.append(cell("code", "assert True\n", grade_id=f"check_{name}", grade=True, points=2))
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    topic = folder / "assignments" / "tables" / "groups"
    topic.mkdir(parents=True)
    (folder / "source" / "tables").mkdir(parents=True)
    (folder / "source" / "tables" / "Tables.ipynb").write_text(json.dumps(notebook))
    (folder / "course_config.py").write_text('c = get_config()\nc.AssignmentKit.assignment = "tables"\n')
    (folder / "course_secret").write_text(secrets.token_hex(32) + "\n")
    (folder / "course_secret").chmod(0o600)
    (topic.parent / "assignment.py").write_text(SETTINGS)
    for name, text in {"signatures": SIGNATURES, "hidden_tests": tests, "mutants": MUTANTS}.items():
        (topic / f"{name}.py").write_text(text)
    return load_course(folder)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    scorer = Scorer(course, load_assignment(course, "tables"), "inner")
    with scorer.sandbox:
        yield scorer


def scored(scorer, exercise="", *pairs, source=None):
    change = {exercise: (lambda cell: source) if source else replaced(*pairs)} if exercise else {}
    return scorer.score(solved_submission(scorer.assignment, "somebody", change=change))


def test_the_solution_earns_all_points(scorer):
    assert scored(scorer).score == 6


def test_mutants_and_variants_are_proven(scorer):
    matrix = measure(scorer.course, "tables", seeds=3, jobs=1)
    assert matrix.problems() == []


@pytest.mark.parametrize(
    ("exercise", "pair", "words", "misconception"),
    [
        (
            "mean_by_group",
            ("groups.count()", "groups.size()"),
            "out, column 'count', row ",
            "Missing values are counted. Count those that are there.",
        ),
        ("report", ("len(table.dropna())", "len(table)"), "expected '9 of 12 ", "All rows count as complete."),
        ("largest", (".max()", ".min()"), "out['", "The smallest value is taken."),
    ],
)
def test_a_student_with_the_same_wrong_values_is_told_the_misconception(scorer, exercise, pair, words, misconception):
    (failed,) = [test for test in scored(scorer, exercise, pair).exercises[exercise].tests if not test.passed]
    assert words in failed.message
    assert failed.misconception.startswith(misconception)


def test_a_loop_in_a_helper_is_found_and_named(scorer):
    source = """
def parts(table):
    found = {}
    for name, part in table.groupby("group"):
        found[name] = float(part["value"].max())
    return found

def largest(table):
    return parts(table)
"""
    (failed,) = [
        test for test in scored(scorer, "largest", source=source).exercises["largest"].tests if not test.passed
    ]
    assert failed.message == (
        "expected no loop in largest, got a for loop on line 4 of the cell largest of parts, which largest uses"
    )
    assert failed.misconception == "A loop goes over the groups. Let pandas do that."


BROKEN = TESTS.replace("student.report(table)", "student.report({1, 2})")


def test_an_argument_that_can_not_cross_stops_everything_and_names_the_line(tmp_path):
    course = make_course(tmp_path, tests=BROKEN)
    assignment = load_assignment(course, "tables")
    line = 1 + BROKEN[: BROKEN.index("{1, 2}")].count("\n")
    words = rf"^groups/hidden_tests\.py, line {line}, in test_report: expected an argument .* got a set$"
    scorer = Scorer(course, assignment, "inner")
    with scorer.sandbox, pytest.raises(AuthorError, match=words):
        scored(scorer)
    with pytest.raises(AuthorError, match=words):
        measure(course, "tables", seeds=1, jobs=1)
    with scorer.sandbox, pytest.raises(AuthorError, match=words):
        check_source_notebooks(
            course, assignment, "inner", lambda submission, names: scorer.outcomes(submission, names)
        )


def test_a_regrade_request_gets_a_program_with_the_tables(scorer, tmp_path, capsys):
    namespace = {}
    exec("import pandas as pd\n" + "\n".join(SOLUTIONS.values()), namespace)
    wrong = replaced_in(SOLUTIONS["mean_by_group"], "groups.count()", "groups.size()")
    (test,) = scorer.assignment.content.tests_of("mean_by_group")
    program, arrays = transcript(test, scorer.reference, [1], scorer.assignment, "request")
    (tmp_path / "request.npz").write_bytes(arrays)
    program = program.replace('"request.npz"', repr(str(tmp_path / "request.npz")))
    for source, is_right in ((SOLUTIONS["mean_by_group"], True), (wrong, False)):
        exec(source, namespace)
        exec(compile(program, "request.py", "exec"), namespace)
        said = capsys.readouterr().out
        assert said == "" if is_right else ": expected\n" in said


def replaced_in(text, old, new):
    assert old in text
    return text.replace(old, new)
