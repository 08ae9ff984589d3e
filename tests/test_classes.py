"""Hidden tests of classes: any method, keyword arguments, attributes, and what a signature does not name."""

import numpy as np
import pytest

from autograder.errors import StudentFault
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.in_process_session import LocalSession
from autograder.scoring.proxy import Student
from autograder.testing.signatures import ClassSignature, Signature

NEIGHBORS = """
import numpy as np

class Neighbors:
    def __init__(self, power=2):
        self.power, self.notes = power, 3

    def train(self, X, y):
        self.X, self.y = X, y
        return self

    def predict(self, X, k=1):
        distances = (abs(X[:, None] - self.X) ** self.power).sum(axis=2)
        return np.array([np.bincount(self.y[np.argsort(row)[:k]]).argmax() for row in distances])

    @property
    def size(self):
        return len(self.X)

def scaled(x, *, factor=1):
    return factor * x
"""
SIGNATURES = {
    "Neighbors": ClassSignature(
        methods={
            "train": Signature(()),
            "predict": Signature(("y_pred",)),
            "guess": Signature(("y_pred",), calls="predict"),
        },
        attributes=("size", "notes"),
        dicts=("notes",),
    ),
    "scaled": Signature(("out",)),
}
X, Y = np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 4.0]]), np.array([1, 1, 2])


@pytest.fixture(scope="module", params=["worker", "this process"])
def student(request):
    if request.param == "this process":
        namespace = {}
        exec(NEIGHBORS, namespace)
        yield Student(LocalSession({name: namespace[name] for name in SIGNATURES}), SIGNATURES)
        return
    with Sandbox("inner") as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", NEIGHBORS)]})
        with sandbox.session(program, "A.ipynb", wanted=list(SIGNATURES)) as session:
            yield Student(session, SIGNATURES)


def test_methods_are_called_with_keywords_and_attributes_are_read(student):
    neighbors = student.Neighbors(power=1)
    assert neighbors.train(X, Y) is None  # whatever it returns
    assert neighbors.size == 3
    np.testing.assert_array_equal(neighbors.predict(np.array([[3.0, 3.0]])), [2])
    np.testing.assert_array_equal(neighbors.predict(np.array([[3.0, 3.0]]), k=3), [1])
    np.testing.assert_array_equal(neighbors.guess(np.array([[0.0, 0.5]])), [1])


def test_a_function_takes_keywords(student):
    np.testing.assert_array_equal(student.scaled(X, factor=3), 3 * X)


def test_a_value_other_than_a_dict_is_the_student_s_mistake(student):
    with pytest.raises(StudentFault, match="notes is int, expected a dict of arrays"):
        _ = student.Neighbors().notes


def test_an_attribute_that_the_student_never_sets_is_the_student_s_mistake(student):
    with pytest.raises(StudentFault, match="AttributeError: 'Neighbors' object has no attribute 'X'") as raised:
        _ = student.Neighbors().size
    assert raised.value.status == "error"


def test_names_missing_in_the_signature_are_the_author_s_mistake(student):
    with pytest.raises(AttributeError, match="the signature of Neighbors has no method or attribute fit"):
        student.Neighbors().fit(X, Y)
