"""Feedback in the language of the student's notebooks: the same marks, other words."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from attack_range import scored_alone
from courses import ASSIGNMENT, COURSE, copy_course
from in_process import run_here
from made_up_results import exercise, outcome, stored

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import StudentFault
from autograder.feedback.language import shown
from autograder.feedback.page import PageHead, feedback_page
from autograder.feedback.texts import EXERCISE_TYPE, SUBMISSION_KEY, exercise_facts, exercise_text, feedback_markdown
from autograder.feedback.texts import submission_facts as facts_of
from autograder.gradescope.schema import gradescope_results
from autograder.intake.reader import Reader
from autograder.intake.submission import Submission, read_submission
from autograder.language import ENGLISH, english_of, in_language, tr, tr_plural
from autograder.model import Result
from autograder.release.message_catalogues import _empty
from autograder.release.messages import field_faults, messages_in
from autograder.sample_class.command import solved_submission
from autograder.sample_class.profiles import body
from autograder.scoring.cache_keys import Keys
from autograder.scoring.scorer import pack_job, scorer_for
from autograder.testing.compare import check_array, describe
from autograder.testing.plain_values import check_dict, check_value
from student_tools import language as languages

ROOT = Path(__file__).parent.parent
NOTEBOOK = "FullyConnectedNets.ipynb"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CHANGES = {
    "affine_forward": lambda cell: cell.source.replace(" @ w + b", " @ w"),
    "affine_backward": body("return undefined_name"),
    "relu_forward": body("return np.maximum(x, 0) + 0.01 * x**3, x"),
}
NAMES = [*CHANGES, "relu_backward"]  # the last one is not written
CASES = r"（[^（）]*）"  # the inputs of a test in words are part of the content, like the names of parts
# English words on the Chinese page: of Python, of the kit, and of what the student wrote.
ENGLISH_ON_THE_PAGE = {
    *("Landlock", "seccomp", "bubblewrap", "NumPy", "Python", "the", "kit", "notebook", "NotImplementedError"),
    *("NameError", "name", "is", "not", "defined", "undefined_name", "cache", "numpy", "out", "dx", "dw", "db", "nan"),
    *("FullyConnectedNets", "e", "x", "w", "b", "dout", *NAMES),
}


@pytest.fixture(scope="module")
def results():
    """Language → the Result of the same work."""
    scorer = scored_alone(scorer_for(COURSE.root, "assignment2"), *NAMES)
    submission = solved_submission(scorer.assignment, "ann", change=CHANGES, blank=["relu_backward"])
    return {code: scorer.score(replace(submission, language=code)) for code in ("en", "zh")}


@pytest.fixture
def titles(tmp_path, monkeypatch):
    """A catalogue with the titles and misconceptions of the assignment, as the course translates them."""
    from babel.messages.mofile import write_mo

    catalogue = _empty("content", "zh")
    for test in {test.title for name in NAMES for test in ASSIGNMENT.content.tests_of(name)}:
        catalogue.add(test, "测试：{part}。" if "{part}" in test else "测试。")
    for mutant in (mutant for name in NAMES for mutant in ASSIGNMENT.content.mutants_of(name, {})):
        catalogue.add(mutant.words, "误解。")
    catalogue.add("four axes", "四个轴")
    catalogue.add("a single axis", "一个轴")
    path = languages.catalogue_path(tmp_path / "content", "zh")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(languages, "_folders", [tmp_path / "content", *languages._folders])


def page_of(result):
    cells = [{"cell_type": "markdown", "source": "## 仿射层", "metadata": {}}]
    for name, scored in result.exercises.items():
        about = {"grade": True, "score": scored.score, "points": scored.points}
        output = {"data": {EXERCISE_TYPE: exercise_facts(name, result)}}
        solution = {"grade_id": name, "solution": True, "comment": None}
        cells += [
            {"cell_type": "code", "source": "pass", "metadata": {"nbgrader": solution}},
            {"cell_type": "code", "source": "", "metadata": {"nbgrader": about}, "outputs": [output]},
        ]
    notebook = {"cells": cells, "metadata": {SUBMISSION_KEY: facts_of(result)}}
    return feedback_page(json.loads(json.dumps(notebook)), PageHead("FullyConnectedNets", 3, 10, 1))


def text_of(page):
    body = re.sub(r"<(style|pre)\b.*?</\1>", " ", page.partition("<body>")[2], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", body.replace("<wbr>", "")))


def messages(result, name):
    return [test.message for test in result.exercises[name].tests if test.message]


def test_marks_and_misconceptions_are_those_of_the_english_notebooks(results):
    english, chinese = results["en"], results["zh"]
    assert english.language == "en"
    assert chinese.language == "zh"
    for name in NAMES:
        ours, theirs = english.exercises[name], chinese.exercises[name]
        assert theirs.score == ours.score
        for one, other in zip(ours.tests, theirs.tests, strict=True):
            same = ("title", "weight", "status", "misconception", "picture", "part", "places", "output")
            assert [getattr(other, key) for key in same] == [getattr(one, key) for key in same]
            assert bool(other.message) == bool(one.message)
            assert not one.message or one.message != other.message
    ideas = {test.misconception for test in english.exercises["affine_forward"].tests}
    assert "The bias is missing. Add it to each output." in ideas


def test_messages_are_in_the_language_of_the_notebooks(results):
    chinese = results["zh"]
    assert all(
        re.fullmatch(
            r"out\[\d+, \d+\] 是 \S+，期望 \S+；out 有 \d+ % 的数不对，误差 \S+，容差 \S+", re.sub(CASES, "", message)
        )
        for message in messages(chinese, "affine_forward")
    )
    (raised,) = set(messages(chinese, "affine_backward"))
    assert raised.startswith("NameError: name 'undefined_name' is not defined（单元格 affine_backward，第 ")
    assert raised.endswith("；评分时只保留其他单元格中的导入语句、函数、类和常量；其他的值请都在函数内部计算")
    assert set(messages(chinese, "relu_backward")) == {"relu_backward 还没有写：请把代码写进它的单元格"}
    assert all(message.startswith("out[") and "期望" in message for message in messages(chinese, "relu_forward"))
    assert not any(CHINESE.search(message) for name in NAMES for message in messages(results["en"], name))


def test_the_page_is_in_the_language_of_the_notebooks(results, titles):
    page = page_of(results["zh"])
    assert '<html lang="zh-Hans">' in page
    for words in ("测试。", "误解。", "迟交扣分：1 分。", "你的代码", "没有做。", "代码在沙箱中评分"):
        assert words in page
    words = set(re.findall(r"[A-Za-z_]+", re.sub(CASES, "", text_of(page))))
    assert words - ENGLISH_ON_THE_PAGE == set()


def test_the_page_of_english_notebooks_is_english_next_to_a_chinese_one(results, titles):
    page_of(results["zh"])
    page = page_of(results["en"])
    assert '<html lang="en">' in page
    assert "The bias is missing. Add it to each output." in page
    assert not CHINESE.search(text_of(page).replace("仿射层", ""))


def test_the_markdown_and_the_text_below_an_exercise_are_in_the_language(results, titles):
    text = feedback_markdown(results["zh"])
    assert "隐藏测试得分" in text
    assert "| 部分 | 通过的测试 | 分数 |" in text
    assert "误解。" in text
    assert "points" not in text
    assert exercise_text("relu_backward", results["zh"]).startswith("relu_backward：0 / ")
    assert exercise_text("relu_backward", results["en"]).startswith("relu_backward: 0 of ")


def test_gradescope_gets_the_language(results, titles):
    found = gradescope_results(results["zh"], seconds=1, visibility="visible")
    assert "你的代码在沙箱中评分" in found["output"] or "你的代码没有在沙箱中评分" in found["output"]
    outputs = "\n".join(test["output"] for test in found["tests"])
    assert "误解。" in outputs
    assert "The bias" not in outputs
    english = gradescope_results(results["en"], seconds=1, visibility="visible")
    assert [test["score"] for test in found["tests"]] == [test["score"] for test in english["tests"]]


def test_titles_stay_english_in_the_result(results, titles):
    chinese = results["zh"]
    assert chinese.to_json()["language"] == "zh"
    assert "language" not in results["en"].to_json()
    assert Result.from_json(json.loads(json.dumps(chinese.to_json()))) == chinese
    assert not any(CHINESE.search(test.title) for name in NAMES for test in chinese.exercises[name].tests)


def test_several_misconceptions_are_translated_one_by_one(titles):
    one = "The bias is missing. Add it to each output."
    row = replace(outcome("No such title.", False), misconception=f"{one} {one} Unknown. {one}")
    with in_language("zh"):
        assert shown(row).misconception == "误解。误解。Unknown. 误解。"
        assert shown(row).title == "No such title."
    assert shown(row) == row


def test_one_class_with_notebooks_in_two_languages(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["Dropout"])
    for student, release in (("ann", "assignment2"), ("zhang", "assignment2-zh")):
        handed_in = folder / "submitted" / student / "assignment2"
        handed_in.mkdir(parents=True)
        content = json.loads((ROOT / "release" / release / "Dropout.ipynb").read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "dropout_forward":
                cell["source"] = "".join(cell["source"]).replace("raise NotImplementedError(", "return None, (")
        (handed_in / "Dropout.ipynb").write_text(json.dumps(content), encoding="utf-8")
    done = run_here(folder, "grade")
    assert done.returncode == 0, done.stderr
    feedback = folder / "feedback"
    pages = {name: (feedback / name / "assignment2" / "Dropout.html").read_text() for name in ("ann", "zhang")}
    assert '<html lang="en">' in pages["ann"]
    assert '<html lang="zh-Hans">' in pages["zhang"]
    assert "期望" in pages["zhang"]
    assert "“Dropout：前向传播”一节" in text_of(pages["zhang"])  # the heading of the student's notebook
    assert "Dropout: forward pass" in text_of(pages["ann"])
    assert not CHINESE.search(text_of(pages["ann"]))
    scores = {name: json.loads((folder / "results" / "assignment2" / f"{name}.json").read_text()) for name in pages}
    assert scores["ann"]["result"]["score"] == scores["zhang"]["result"]["score"]
    assert scores["zhang"]["result"]["language"] == "zh"
    assert "隐藏测试得分" in (feedback / "zhang" / "assignment2" / "feedback.md").read_text()
    autograded = json.loads((folder / "autograded" / "zhang" / "assignment2" / "Dropout.ipynb").read_text())
    texts = [output for cell in autograded["cells"] for output in cell.get("outputs", ())]
    assert any("分" in json.dumps(output, ensure_ascii=False) for output in texts)  # for formgrader
    again = run_here(folder, "grade")
    assert again.returncode == 0
    assert {name: (feedback / name / "assignment2" / "Dropout.html").read_text() for name in pages} == pages


def test_a_process_that_scores_gets_the_catalogues_of_the_content(tmp_path):
    """The files of the job are in a folder of their own, which is deleted before the reference imports cs231n."""
    course = load_course(copy_course(tmp_path / "course", notebooks=["Dropout"]))
    assignment = load_assignment(course)
    job = pack_job(course, assignment, None)
    title = next(test.title for test in assignment.content.tests if test.exercise == "dropout_forward")
    program = (
        "import sys; from autograder.scoring.scorer import _scorer; from autograder.language import in_language, tr\n"
        "_scorer(sys.stdin.read()).reference\n"
        "with in_language('zh'): print(tr(sys.argv[1]).encode('unicode_escape').decode())"
    )
    done = subprocess.run([sys.executable, "-c", program, title], input=job, capture_output=True, text=True, check=True)
    assert CHINESE.search(done.stdout.encode().decode("unicode_escape"))


# ---------------------------------------------------------------- reading


@pytest.fixture
def folder(tmp_path):
    """The released Chinese notebooks of a student."""
    shutil.copytree(ROOT / "release" / "assignment2-zh", tmp_path / "zh", ignore=shutil.ignore_patterns("*.zip"))
    return tmp_path / "zh"


def changed(folder, change, names=None):
    for path in [folder / name for name in names] if names else folder.glob("*.ipynb"):
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")


def claims(code):
    return lambda content: content["metadata"].update(student_tools={"language": code})


def language_in(folder):
    return read_submission(folder, ASSIGNMENT, student="ann").language


def test_the_language_is_read_from_the_notebooks(folder):
    with Reader(ASSIGNMENT) as reader:
        assert reader.read(folder, student="ann").language == "zh"
        assert reader.read(ROOT / "release" / "assignment2", student="ben").language == "en"


def test_notebooks_without_metadata_are_recognized_by_their_texts(folder):
    changed(folder, lambda content: content.update(metadata={}))
    assert language_in(folder) == "zh"


@pytest.mark.parametrize("code", ["../x", "fr", "", "ZH", None, 5, ["zh"], {"zh": 1}, "zh/../../etc"])
def test_a_language_that_the_assignment_does_not_have_is_english(tmp_path, code):
    shutil.copytree(ROOT / "release" / "assignment2", tmp_path / "en")
    changed(tmp_path / "en", claims(code))
    assert language_in(tmp_path / "en") == ENGLISH


def test_damaged_metadata_do_not_matter(tmp_path):
    shutil.copytree(ROOT / "release" / "assignment2", tmp_path / "en")
    for metadata in (None, [], "zh", {"student_tools": None}, {"student_tools": "zh"}):
        changed(tmp_path / "en", lambda content, metadata=metadata: content.update(metadata=metadata))
        assert language_in(tmp_path / "en") == ENGLISH


def test_of_several_languages_the_most_frequent_counts_and_then_the_first(folder):
    names = list(ASSIGNMENT.notebooks)
    english = ROOT / "release" / "assignment2"
    for name in names[: len(names) // 2 + 1]:
        shutil.copy(english / name, folder)
    assert language_in(folder) == "en"
    for name in names[2:]:
        (folder / name).unlink()
    shutil.copy(ROOT / "release" / "assignment2-zh" / names[0], folder)
    assert language_in(folder) == "zh"


def test_the_language_changes_the_cache_keys_of_other_languages_only():
    submission = Submission("ann", {name: [] for name in ASSIGNMENT.notebooks}, (), {})
    keys = Keys(ASSIGNMENT, COURSE, "none")
    english, chinese = keys.of(submission), keys.of(replace(submission, language="zh"))
    assert english.keys() == chinese.keys()
    assert not set(english.values()) & set(chinese.values())
    assert "language" not in json.loads(submission.to_json())
    again = Submission.from_json(replace(submission, language="zh").to_json())
    assert again.language == "zh"
    assert again.whole_digest() != submission.whole_digest()
    assert again.digest() == submission.digest()  # the hidden inputs are the same


# ---------------------------------------------------------------- messages


def test_every_message_of_the_grader_is_translated_into_chinese():
    catalogue = languages._catalogue("zh", ROOT / "autograder")
    own = {
        m: files for m, files in messages_in(ROOT / "autograder").items() if not all("assignments" in f for f in files)
    }
    assert len(own) > 300
    for message in own:
        one, many = (message, message) if isinstance(message, str) else message
        translated = catalogue.gettext(one) if one == many else catalogue.ngettext(one, many, 2)
        assert translated != many or not re.search("[a-z]{3}", re.sub(r"\{.*?\}|%\(\w+\)s", "", many)), message
        assert field_faults(many, translated) == "", message


def test_the_english_text_of_a_message_is_kept():
    with in_language("zh"):
        number = tr_plural("{points} point", "{points} points", 2, points=2)
        message = tr("{name}: {words}", name="x", words=number) + tr(" ({case})", case="a") + "!"
        listed = "- " + tr(", ").join([number, "b"])
    assert (message, english_of(message)) == ("x：2 分（a）!", "x: 2 points (a)!")
    assert (listed, english_of(listed)) == ("- 2 分、b", "- 2 points, b")
    assert english_of("plain") == "plain"


def fault_of(check, *arguments, **keywords):
    with pytest.raises(StudentFault) as error:
        check(*arguments, **keywords)
    return error.value


@pytest.mark.parametrize(
    ("check", "arguments"),
    [
        (check_array, ("x", None, [1.0, 2.0], "value")),
        (check_array, ("x", 3.0, [1.0, 2.0], "value")),
        (check_value, ("x", [1, 2, 4], [1, 2, 3])),
        (check_value, ("x", (1, "a"), {"a": 1})),
        (check_value, ("x", "word", "ward")),
        (check_dict, ("x", {"a": 1, "b": 2}, {"b": 2, "c": 1})),
    ],
)
def test_faults_are_compared_by_their_english_text(check, arguments):
    english = fault_of(check, *arguments, case="two rows")
    with in_language("zh"):
        chinese = fault_of(check, *arguments, case="two rows")
    assert CHINESE.search(chinese.message)
    assert english.english == chinese.english == english.message


def test_the_description_of_a_value_is_translated():
    with in_language("zh"):
        assert describe([1, 2]) == "含 2 个元素的 list"


def test_an_exercise_of_an_english_result_is_unchanged():
    """Results of earlier versions have no language."""
    result = stored("ann", {"relu_forward": exercise(5, [outcome("It is right.")])}).result
    content = result.to_json()
    assert Result.from_json(content).language == ENGLISH
