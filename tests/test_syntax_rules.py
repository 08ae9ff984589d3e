"""Rules about the source of students' functions: which loops count, and trusted answers."""

import pytest
from courses import COURSE

from autograder import ClassSignature, Signature, check_calls, check_loops
from autograder.errors import AuthorError, StudentFault
from autograder.sandbox.supervisor import Sandbox
from autograder.sandbox.worker.syntax_facts import find_facts
from autograder.scoring.in_process_session import LocalSession
from autograder.scoring.proxy import Student
from autograder.scoring.scorer import scorer_for
from autograder.testing.recording import record_comparisons
from autograder.testing.syntax import facts_of

FIRST = """
import numpy as np
from functools import reduce as fold
from helpers import in_a_file

def two(x):
    total = 0
    for row in x:
        for value in row:
            total += value
    return total

def by_helper(x):
    return helper(x)

def none(x):
    return np.sum(x * x)

def by_map(x):
    return list(map(none, x))

def by_fold(x):
    return fold(max, x)

def again(x):
    return again(x[1:]) if len(x) else 0

def by_file(x):
    return in_a_file(x)

def by_vectorize(x):
    return np.vectorize(none)(x)
"""
SECOND = """
def helper(x):
    return [value for value in x]

def shadowed(helper):
    return helper + 1

short = lambda x: sum(v for v in x)

class Base:
    def inherited(self, x):
        while x:
            x -= 1
        return x

class Model(Base):
    def __init__(self, n=1):
        self.n = n

    def no_loops(self, x):
        return self.prepared(x) @ x

    def prepared(self, x):
        for i in range(self.n):
            x = x + i
        return x

    def clean(self, x):
        x.prepared = 1
        return x.T.dot(x)

    def calls_inherited(self, x):
        return super().inherited(x)

def with_object(x):
    return Model(2).prepared(x)

# Hostile definitions that try to change the facts.
import ast
ast.walk = lambda node: []
"""
HELPERS = "def in_a_file(x):\n    for v in x:\n        print(v)\n"
CELLS = {
    "A.ipynb": [("cell first", FIRST), ("cell broken", "def ("), ("cell second", SECOND)],
    "helpers.py": [("f", HELPERS)],
}
FUNCTIONS = ("two", "by_helper", "none", "by_map", "by_fold", "again", "by_file", "by_vectorize", "shadowed", "short")
SIGNATURES = {name: Signature(("out",)) for name in (*FUNCTIONS, "with_object", "gone")}
SIGNATURES["Model"] = ClassSignature(
    {name: Signature(("out",)) for name in ("no_loops", "clean", "calls_inherited", "inherited", "gone")}
    | {"renamed": Signature(("out",), calls="prepared")}
)


@pytest.fixture(scope="module", params=["worker", "this process"])
def student(request):
    if request.param == "this process":
        functions = dict.fromkeys(name for name in SIGNATURES if name != "gone")
        yield Student(LocalSession(functions, lambda name: find_facts(CELLS, "A.ipynb", name)), SIGNATURES)
        return
    with Sandbox("inner") as sandbox:
        program = sandbox.parse(CELLS)
        with sandbox.session(program, "A.ipynb", wanted=list(SIGNATURES)) as session:
            yield Student(session, SIGNATURES)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("two", {}, "expected no loop in two, got a for loop on line 8 of the cell first"),
        ("two", {"at_most": 1}, "expected at most one loop in two, got 2, a for loop on line 9 of the cell first"),
        ("two", {"at_most": 2}, ""),
        ("none", {"functions": True}, ""),
        (
            "by_helper",
            {},
            "got a comprehension on line 3 of the cell second of helper, which by_helper uses",
        ),
        ("by_helper", {"comprehensions": False}, ""),
        ("by_map", {}, ""),
        ("by_map", {"functions": True}, "expected no loop in by_map, got map on line 20 of the cell first"),
        ("by_fold", {"functions": True}, "expected no loop in by_fold, got fold on line 23 of the cell first"),
        (
            "by_vectorize",
            {"functions": True},
            "expected no loop in by_vectorize, got np.vectorize on line 32 of the cell first",
        ),
        ("again", {"functions": True}, "expected no loop in again, got recursion on line 25 of the cell first"),
        (
            "by_file",
            {},
            "expected no loop in by_file, got a for loop on line 2 of the f of in_a_file, which by_file uses",
        ),
        ("shadowed", {}, ""),
        ("short", {}, "expected no loop in short, got a comprehension on line 8 of the cell second"),
        (
            "Model.no_loops",
            {},
            "expected no loop in Model.no_loops, got a for loop on line 24 of the cell second of Model.prepared, which"
            " Model.no_loops uses",
        ),
        ("Model.renamed", {}, "expected no loop in Model.prepared, got a for loop on line 24 of the cell second"),
        ("Model.clean", {}, ""),
        ("Model.inherited", {}, "while loop on line 12"),
        ("Model.calls_inherited", {}, "while loop on line 12"),
        ("with_object", {}, "for loop on line 24"),
        ("gone", {}, "gone is not defined in your notebook"),
        ("Model.gone", {}, "Model.gone is not defined in your notebook"),
    ],
)
def test_loops_count_wherever_they_are_moved(student, name, options, message):
    if not message:
        check_loops(student, name, **options)
        return
    with pytest.raises(StudentFault) as fault:
        check_loops(student, name, **options)
    assert message in fault.value.message


def test_calls_are_known_by_their_full_names(student):
    check_calls(student, "none", required=("numpy.sum",), forbidden=("numpy.dot", "sum"))
    check_calls(student, "by_fold", required=("functools.reduce",))
    check_calls(student, "Model.clean", required=(".dot",))
    with pytest.raises(
        StudentFault, match=r"expected none not to call numpy\.sum, got a call on line 17 of the cell first"
    ):
        check_calls(student, "none", forbidden=("numpy.sum",))
    with pytest.raises(StudentFault, match=r"expected two to call numpy\.sum, got no such call"):
        check_calls(student, "two", required=("numpy.sum",))
    with pytest.raises(AuthorError, match="expected a tuple of names"):
        check_calls(student, "two", required="numpy.sum")


ATTACK = """
def looping(x):
    for value in x:
        pass

class Patch:
    import ast, sys
    ast.walk = lambda node: iter(())
    ast.parse = lambda *a, **k: None
    sys.modules["syntax_facts"] = None
"""


def test_student_code_can_not_change_its_facts():
    with Sandbox("inner") as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell a", ATTACK)]})
        with sandbox.session(program, "A.ipynb", wanted=["looping"]) as session:
            student = Student(session, {"looping": Signature(("out",))})
            with pytest.raises(StudentFault, match="expected no loop in looping, got a for loop on line 3"):
                check_loops(student, "looping")


def test_malformed_facts_of_the_worker_are_dropped():
    for answer in (None, 1, [], {"found": 1}, {"found": False}):
        assert facts_of("f", answer) is None
    answer = {
        "found": True,
        "functions": [1, "\x1b" + "x" * 500],
        "loops": [1, ["a"], ["a", "b", "c", "d"]],
        "calls": 7,
    }
    facts = facts_of("f", answer)
    assert (facts.loops, facts.calls) == ((), ())
    assert max(map(len, facts.functions)) <= 80
    assert "\x1b" not in "".join(facts.functions)


def test_mutants_of_the_reference_have_facts_of_their_own(assignment):
    scorer = scorer_for(COURSE.root, "assignment2")
    reference = scorer.reference
    right = reference.facts("affine_forward", reference.functions)
    assert right["found"]
    assert right["loop_count"] == 0

    class Loop:
        exercise = "affine_forward"
        helper = ""

        @staticmethod
        def applied(source):
            return "def affine_forward(x, w, b):\n    for row in x:\n        pass\n    return x, None\n"

    changed = {**reference.functions, "affine_forward": reference.changed((Loop,))}
    assert reference.facts("affine_forward", changed)["loop_count"] == 1
    with pytest.raises(AuthorError, match="source of this affine_forward is unknown"):
        reference.facts("affine_forward", {**changed, "affine_forward": lambda x: x})
    session = LocalSession(changed, lambda name: reference.facts(name, changed))
    student = Student(session, scorer.assignment.content.signatures)
    with record_comparisons({}) as comparisons, pytest.raises(StudentFault):
        check_loops(student, "affine_forward")
    assert [comparison.name for comparison in comparisons] == ["the loops of affine_forward"]
