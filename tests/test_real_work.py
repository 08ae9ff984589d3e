"""The comparison of marks with the referee's verdicts, on made-up repositories."""

import pytest
from courses import copy_course

from autograder.course.config import load_course
from benchmarks.real_marks import measure, renamed
from benchmarks.real_work import main, report
from benchmarks.student_files import is_unwritten, read_repositories

RIGHT = '''
from builtins import range
import numpy as np
import not_installed_anywhere

raise SystemExit("this file is never executed")


def flat(x):
    return x.reshape(len(x), -1)


def affine_backward(dout, cache):
    """Backward pass."""
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = dout.dot(w.T).reshape(x.shape)
    dw = flat(x).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(x, 0)
    return out, x


def relu_backward(dout, cache):
    dx, x = None, cache
    pass
    return dx
'''
# Python 2, and wrong: db is a mean, and the ReLU changes its argument.
WRONG = """
import numpy as np

def affine_backward(dout, cache):
  x, w, b = cache
  dx = dout.dot(w.T).reshape(x.shape)
  dw = x.reshape(len(x), -1).T.dot(dout)
  db = dout.mean(axis=0)
  return dx, dw, db

def relu_forward(x):
  out = np.abs(x)
  return out, x

print "Python 2"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two repositories, with the solutions at different depths."""
    folder = tmp_path_factory.mktemp("public")
    for path, text in {"ann/assignment2/cs231n/layers.py": RIGHT, "bob/layers.py": WRONG}.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def judged(folder, tmp_path_factory):
    course = load_course(copy_course(tmp_path_factory.mktemp("course") / "course"))
    judged, _ = measure(folder, course, isolation="none", only=("affine_backward", "relu_forward", "relu_backward"))
    return judged


def test_marks_and_verdicts_of_right_and_wrong_functions(judged):
    found = {(item.repository, item.exercise): (item.keeps_all, item.verdict.kind) for item in judged}
    assert found == {
        ("ann", "affine_backward"): (True, "right"),
        ("ann", "relu_forward"): (True, "right"),
        ("bob", "affine_backward"): (False, "values"),
        ("bob", "relu_forward"): (False, "values"),
    }


def test_the_report_counts_what_agrees(judged):
    text = report(judged, [1.5, 2.5])
    assert "| affine_backward | 2 | 1 | 0 | 0 | 1 | 0 | 2 of 2 |" in text
    assert "| **all** | 4 | 2 | 0 | 0 | 2 | 0 | 4 of 4 |" in text
    assert "There are none." in text
    assert "| a repository as one submission | 2 | 2.00 s | 1.50–2.50 s |" in text


def test_helpers_and_imports_of_numpy_come_along(folder):
    ann, bob = read_repositories(folder)
    cell = ann.cell("affine_backward", {"relu_forward"})
    assert "import numpy as np" in cell
    assert "def flat(x):" in cell
    assert "not_installed_anywhere" not in cell
    assert "SystemExit" not in cell
    assert bob.cell("relu_forward", ()).endswith("return out, x")


def test_the_command_writes_its_report(folder, tmp_path, capsys):
    main([str(folder), "--output", str(tmp_path / "report.md"), "--only", "relu_forward", "--isolation", "none"])
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| relu_forward | 2 | 1 | 0 | 0 | 1 | 0 | 2 of 2 |" in text
    assert capsys.readouterr().out.strip() == text.strip()


@pytest.mark.parametrize(
    ("body", "unwritten"),
    [
        ("    out = None\n    pass\n    return out, cache", True),
        ("    out, cache = None, None\n    # TODO\n    return out, cache", True),
        ("    out = None\n    out = out.astype(x.dtype, copy=False)\n    return out, cache", True),
        ("    out, y = None, x\n    pass\n    return out", True),
        ('    raise NotImplementedError("later")', True),
        ("    x[x < 0] = 0\n    return x, cache", False),
        ("    out = None\n    pass\n    out = abs(x)\n    return out, cache", False),
        ("    return abs(x), cache", False),
    ],
)
def test_stubs_are_left_out(body, unwritten):
    assert is_unwritten(f"def f(x):\n{body}") is unwritten


def test_the_argument_of_older_networks_is_renamed():
    text = 'def f(dropout=1):\n    self.dropout = {"p": dropout}  # dropout\n'
    assert renamed(text) == text.replace("(dropout=", "(dropout_keep_ratio=").replace(
        ": dropout}", ": dropout_keep_ratio}"
    )
