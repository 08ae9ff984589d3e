"""English sentences with values, such as intake's reasons and the worker's, in the student's language."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from autograder.intake import budgets
from autograder.language import english_of, in_language, tr
from autograder.reasons import Reason
from autograder.release.messages import messages_of_files
from autograder.repairs import Problem, ProblemKind
from autograder.reworded import NUMBERS, in_this_language
from autograder.sandbox import import_policy
from autograder.sandbox.reply_validation import raised_fault
from autograder.sandbox.worker import imports
from autograder.sandbox.worker.substitutes import SubstituteCache
from autograder.sandbox.worker_sentences import WorkerSentence

ROOT = Path(__file__).parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORDS = {"remedy": "make it smaller", "problem": "was not handed in", "words": "is unchanged"}
# For the staff that collects a download; no student reads them.
OF_COLLECTING = {"attempts.py", "downloads.py"}


def filled(template):
    fields = [name for _, name, *_ in Formatter().parse(template) if name]
    return template.format(**{name: WORDS.get(name, "7" if name in NUMBERS else f"x_{name}") for name in fields})


@pytest.mark.parametrize("templates", [Reason, WorkerSentence])
def test_each_sentence_is_found_again_and_its_english_text_is_kept(templates):
    for template in templates:
        text = filled(template)
        with in_language("zh"):
            found = in_this_language(text, templates)
            values = {name: in_this_language(value, templates) for name, value in _fields(template)}
            assert found == tr(template, **values), template
        assert CHINESE.search(found) or template == Reason.LIMITED
        assert english_of(found) == text
        assert in_this_language(text, templates) == text


def _fields(template):
    names = [name for _, name, *_ in Formatter().parse(template) if name]
    return [(name, WORDS.get(name, "7" if name in NUMBERS else f"x_{name}")) for name in names]


def test_names_and_python_s_texts_stay():
    with in_language("zh"):
        for text in ("name 'y' is not defined", "a: b", "", "x" * 5000, "list index out of range"):
            assert in_this_language(text, WorkerSentence) == text
        line = in_this_language("my report.pdf is unchanged", Reason, after_name=True)
        assert line == "my report.pdf 没有改动"
        assert english_of(line) == "my report.pdf is unchanged"
        problem = Problem(ProblemKind.NOT_HANDED_IN, "was not handed in (got a.pdf)", "X.ipynb")
        assert problem.sentence == "X.ipynb 没有提交（收到的是 a.pdf）"
    assert problem.to_json()["words"] == "was not handed in (got a.pdf)"
    assert problem.sentence == "X.ipynb was not handed in (got a.pdf)"


def test_every_reason_of_intake_has_a_translation():
    """A reason is a constant in `tr_later`, or made from a Reason: an f-string would stay English."""
    found = 0
    for path in sorted((ROOT / "autograder" / "intake").glob("*.py")):
        if path.name in OF_COLLECTING:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in ("Unreadable", "TooLarge", "TooMuch", "NotANotebook", "NotShown", "Problem"):
                given = [part for part in (*node.args, *(word.value for word in node.keywords))]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(("words", "self.ignored[")):
                given = [node.value]
            else:
                continue
            found += 1
            assert not any(isinstance(part, ast.JoinedStr) for part in given), f"{path.name}, line {node.lineno}"
            texts = [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            assert not any(texts), f"{path.name}, line {node.lineno}"
    assert found > 20
    with in_language("zh"):
        for _, limit in budgets.SEARCH.values():
            assert CHINESE.search(in_this_language(limit, Reason))


def said(call):
    with pytest.raises(Exception) as error:  # noqa: PT011
        call()
    return str(error.value)


def test_the_worker_s_sentences_are_translated_outside():
    reasons = [import_policy.NOT_IN_THIS_EXERCISE, import_policy.NOT_WHILE_GRADED, import_policy.NO_NOTEBOOK]
    texts = [said(imports._NotHere("torch.zeros", reason)) for reason in (*reasons, imports.ELSEWHERE)]
    texts += [said(lambda: SubstituteCache(1, "f")[0])]
    for got in ("None: add a return statement", "3 values", "ndarray"):
        texts.append(f"expected 2 return values of f (out, cache), got {got}")
    texts += [
        "helper.py, line 3 failed: ImportError: torch.zeros can't be used while your code is graded: use numpy",
        "name 'y' is not defined, because cell load_data, line 3 failed: ValueError: no",
    ]
    for text in texts:
        fault = raised_fault({"type": "TypeError", "message": text, "where": []}, 600)
        with in_language("zh"):
            chinese = raised_fault({"type": "TypeError", "message": text, "where": []}, 600)
        assert CHINESE.search(chinese.message.partition("；")[0]), text
        assert chinese.english == fault.english == fault.message
        assert fault.message.startswith(f"TypeError: {text}")


def test_the_sentences_of_the_code_cells_are_among_the_worker_s():
    path = ROOT / "student_tools" / "code_cells.py"
    with_values = [message for message in messages_of_files([path], ROOT) if "{" in message]
    elsewhere = {"{cell}, line {line}: {message}", "cell {name}", "code cell {number}"}
    wanted = {message.replace("{marks}", "{first}, {second} and {third}") for message in with_values} - elsewhere
    assert wanted <= set(WorkerSentence)


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize(
    "text", ["f is not written yet: put your code in its cell", "f 还没有写：请把代码写进它的单元格"]
)
def test_a_stub_in_any_language_is_missing_in_the_language_of_the_feedback(code, text):
    with in_language(code):
        fault = raised_fault({"type": "NotImplementedError", "message": text, "where": []}, 600)
        assert fault.status == "missing"
        assert fault.message == tr("{what} is not written yet: put your code in its cell", what="f")


@pytest.mark.parametrize("text", ["a: ", "a (got ", "a and ", "a, because cell b, line 3 failed: ", "is unchanged "])
def test_a_text_made_to_match_often_takes_no_long_time(text):
    """A search of all splits would take years."""
    with in_language("zh"):
        in_this_language((text * 500)[:1000], Reason, after_name=True)
        in_this_language((text * 500)[:1000], WorkerSentence)
