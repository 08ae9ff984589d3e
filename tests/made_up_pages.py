"""Feedback pages with everything that a page can have, made without scoring anything: for tests of their form."""

from made_up_results import exercise, found_as, outcome, parts_of, stored

from autograder.feedback.page import NotebookTotal, PageHead, feedback_page
from autograder.feedback.texts import EXERCISE_TYPE, SUBMISSION_KEY, exercise_facts, submission_facts
from autograder.model import Place, TestOutcome, TestStatus

__all__ = ["ANSWER", "NOTEBOOK", "broken_page", "full_page", "right_page"]

NOTEBOOK = "ConvolutionalNetworks"
FILE = f"{NOTEBOOK}.ipynb"
FORMULA = r"\frac{\partial L}{\partial x_{n,c,h,w}} = \sum_{k \in S_g} \gamma_k \, \text{dout}_{n,k,u,v}"
ANSWER = f"""# My answer

Because $\\hat{{x}}_{{ij}} < 1$, **each** gradient is small:

$${FORMULA} + {FORMULA} .$$

| step | loss |
|---|---|
| 1 | `2.3` |

![image.png](attachment:image.png)

```python
for step in range(10): print("a long line of code in an answer, which has to be read somehow on a phone as well")
```
"""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CODE = '''@staticmethod
def conv_forward_naive(x, w, b, conv_param):
    """Convolve, as slowly as the text of the notebook promises; this line is longer than a phone is wide."""
    stride, pad = conv_param["stride"], conv_param["pad"]  # both are whole numbers
    try:
        out = np.zeros((3, 4)) if stride is not None else None
    except ValueError as error:
        raise TypeError(f"{error}: not {stride!r}") from None
    return out, (x, w, b, 1e-5)


class ThreeLayerConvNet:
    weight_scale = 0.5'''
PICTURE = {"name": "out", "plane": [0, 1], "rows": ["900", "010", "003"], "worst": [0, 0]}
LONG = "out[0, 1] is 0.1234567, expected 0.7654321: 12 of 64 values are off, all in the outermost rows and columns"


def _results():
    border = "The loop omits the last window. Let the index run up to and including H' − 1."
    stride = "The stride is not used. Multiply the index of the window by it."
    wrong = TestOutcome("The output of one window.", 2, TestStatus.FAILED, LONG, border, test="test_one",
                        picture=PICTURE)  # fmt: skip
    place = Place(FILE, "cell conv_forward_naive", 3)
    raised = TestOutcome("A large input.", 1, TestStatus.ERROR, "TypeError: 'int' object, line 3", test="test_two",
                         places=(place,))  # fmt: skip
    exercises = {
        "conv_forward_naive": exercise(
            11,
            [
                outcome("The shape of the output."),
                wrong,
                outcome("Several strides.", False, message=LONG, misconception=stride),
                raised,
                outcome("Bytes in x.", False, status="skipped", message="it needs the cache"),
            ],
            notebook=FILE,
        ),
        "conv_backward_naive": exercise(
            12,
            [*parts_of("The gradient {part} of a few samples.", 6, dx="", dw=f"dw: {LONG}", db="db has shape (3,)")],
            notebook=FILE,
        ),
        "ThreeLayerConvNet": exercise(13, [outcome("It is written.", False, status="missing")], attempted=False,
                                      notebook=FILE),
        "max_pool_forward_naive": exercise(5, [outcome("The largest of each window.")], notebook=FILE),
    }  # fmt: skip
    return exercises


def _cells(result, *, comments, scores, answers):
    yield {"cell_type": "markdown", "source": "## Convolution: naive forward pass", "metadata": {}}
    for name, facts in result.exercises.items():
        about = {"grade": True, "score": scores.get(name, facts.score), "points": facts.points}
        solution = {"grade_id": name, "solution": True, "comment": comments.get(name)}
        output = {"data": {EXERCISE_TYPE: exercise_facts(name, result)}}
        yield {"cell_type": "code", "source": CODE, "metadata": {"nbgrader": solution}}
        yield {"cell_type": "code", "source": "", "metadata": {"nbgrader": about}, "outputs": [output]}
    pictures = {"image.png": {"image/png": PIXEL}}
    for name, (score, source) in answers.items():
        about = {"grade_id": name, "grade": True, "solution": True, "score": score, "points": 5,
                 "comment": comments.get(name)}  # fmt: skip
        yield {"cell_type": "markdown", "source": source, "metadata": {"nbgrader": about}, "attachments": pictures}


def _own(number, kind, source):
    label = {SUBMISSION_KEY: f"your own cell {number}"}
    return {"cell_type": kind, "source": source, "metadata": label, "id": f"own-{number}"}


def _page(result, cells, *, score=20.5, late_penalty=0, **submission):
    about = {SUBMISSION_KEY: {**submission_facts(result), "versions": {"NumPy": "2.4.6"}, **submission}}
    totals = [NotebookTotal(NOTEBOOK, score, 51, 5), NotebookTotal("FullyConnectedNets", 40, 51, 0),
              NotebookTotal("Dropout", 0, 16, 0, has_page=False)]  # fmt: skip
    return feedback_page({"cells": list(cells), "metadata": about}, PageHead(NOTEBOOK, score, 51, late_penalty, totals))


def full_page():
    """A page with failures of each kind, answers, comments, own cells, corrections and a decision."""
    result = stored("ann", _results(), repairs=[found_as("homework (3).ipynb")], problems=[]).result
    comments = {"conv_forward_naive": f"Look at the border: $H' = 1 + \\frac{{H - HH}}{{s}}$. {ANSWER}",
                "question_stride": "Right, and *well* put."}  # fmt: skip
    answers = {"question_stride": (3.5, ANSWER), "question_dx_as_convolution": (None, "I don't know.")}
    change = {"since": "2026-11-20 10:00:00 UTC", "before": "19 of 51", "now": "20.5 of 51", "rows": [
        {"part": "conv_forward_naive", "before": "0 of 11", "now": "1.5 of 11", "why": ["A grader changed the points."],
         "tests": [{"title": "Several strides", "before": "0 of 2", "now": "1.5 of 2"}]},
        {"part": "late penalty", "before": "0", "now": "−3", "why": ["The due date was removed."], "tests": []},
    ]}  # fmt: skip
    decision = {"opened": "2026-11-21", "decided": "2026-11-22", "decision": "accepted", "note": "You are right."}
    fix = [{"name": name, "notebook": FILE} for name in ("conv_forward_naive", "conv_backward_naive")]
    own = [_own(0, "markdown", ANSWER), _own(1, "code", CODE), _own(2, "code", "x = 1")]
    cells = _cells(result, comments=comments, scores={"conv_forward_naive": 4, "conv_backward_naive": None},
                   answers=answers)  # fmt: skip
    return _page(result, [*cells, *own], late_penalty=3, changes=[change, change], fix_order=fix,
                 decisions={"conv_forward_naive": [decision]})  # fmt: skip


def right_page():
    """A page of a submission in which everything is right."""
    names = ("conv_forward_naive", "max_pool_forward_naive")
    result = stored("ben", {name: exercise(5, [outcome("It is right.")], notebook=FILE) for name in names}).result
    return _page(result, _cells(result, comments={}, scores={}, answers={"question_stride": (5, "Yes.")}), score=51)


def broken_page():
    """A page of a submission whose notebook could not be read."""
    from made_up_results import not_handed_in

    untried = [outcome("It is written.", False, status="missing")]
    exercises = {name: exercise(5, untried, attempted=False, notebook=FILE) for name in ("relu", "conv_forward_naive")}
    result = stored("eve", exercises, state="needs attention", problems=[not_handed_in(FILE, "holiday.jpg")]).result
    return _page(result, _cells(result, comments={}, scores={}, answers={}), score=0)
