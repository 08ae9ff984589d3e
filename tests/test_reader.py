"""Submissions are read in a separate process: results, limits, and the scope of failures."""

import contextlib
import html
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from courses import COURSE, copy_course
from sentences import problem_lines, repair_lines

from autograder.cli import main
from autograder.errors import GraderError
from autograder.intake import reader as reader_module
from autograder.intake.find_notebooks import TOO_LONG
from autograder.intake.others import TOO_MUCH
from autograder.intake.reader import PROGRAM, Reader
from autograder.intake.submission import Submission, read_submission
from autograder.repairs import Repair, RepairKind

ROOT = Path(__file__).parent.parent
NAME = "ConvolutionalNetworks.ipynb"
# Reading the files of each of these students causes another failure.
READS = """
import os, signal, time
real = reading_process.read_submission
budgets.SOFT_CPU_SECONDS, budgets.CPU_SECONDS, budgets.WALL_SECONDS = 1, 2, 10
budgets.MAX_ANSWER_BYTES = budgets.MB  # a longer answer would need most of that second on a busy machine
def forever():
    while True: pass
def deaf():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    forever()
class Unknown:
    def to_json(self): return {"kind": "of my own", "notebook": "", "detail": {}}
def read(path, assignment, *, student, below=None):
    found = real(path, assignment, student=student, below=below)
    match student:
        case "eve": raise KeyError("a fault")
        case "mallory": forever()
        case "deaf": deaf()
        case "memory": [0] * 10 ** 9
        case "crash": os.abort()
        case "sleep": time.sleep(60)
        case "killed": os.kill(os.getpid(), signal.SIGKILL)
        case "orphan": os.kill(os.getppid(), signal.SIGKILL)
        case "file": os.write(os.open("made", os.O_CREAT | os.O_WRONLY), b"x")
        case "answer": object.__setattr__(found, "ignored", ("x" * (budgets.MAX_ANSWER_BYTES + 1),))
        case "kind": object.__setattr__(found, "repairs", (Unknown(),))
    return found
reading_process.read_submission = read
"""
PATCHED = PROGRAM.replace("import serve; serve()", "import serve\n").replace("; ", "\n") + (
    "from autograder.intake import budgets, reading_process\n" + READS + "serve()"
)


@pytest.fixture
def patched(monkeypatch):
    monkeypatch.setattr(reader_module, "PROGRAM", PATCHED)


def test_a_reader_returns_the_same_submission_as_read_submission(folder, assignment):
    (folder / NAME).rename(folder / "old copy of eve.ipynb")
    os.rename(os.fsencode(folder / "README.md"), os.fsencode(folder) + b"/\xff\n.ipynb")
    (folder / "Dropout.ipynb").write_text("no notebook")
    here = read_submission(folder, assignment, student="ann")
    assert here.found_as
    with Reader(assignment) as reader:
        assert reader.read(folder, student="ann", below=folder.parent) == here
        nowhere = reader.read(folder / "nowhere", student="ann")
        assert not any(nowhere.notebooks.values())
        assert list(nowhere.unusable) == list(nowhere.notebooks) == list(assignment.notebooks), "in the course's order"
        assert reader.read(folder, student="ann") == here


def test_a_submission_survives_a_round_trip_through_json(folder, assignment):
    remark = Repair(RepairKind.FOREIGN_NAME, {"file": "x", "student": "bob"}, NAME)
    submission = replace(read_submission(folder, assignment, student="ann"), remarks=(remark,), found_as={NAME: "x"})
    assert Submission.from_json(submission.to_json()) == submission


def test_the_process_needs_only_the_standard_library():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import autograder.intake.reading_process; \n"
    code += "print(*(name for name, module in sys.modules.items() if module))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, ROOT], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded - sys.stdlib_module_names - {"__main__"} == {"autograder", "student_tools"}


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("mallory", TOO_LONG),
        ("deaf", TOO_LONG),
        ("memory", TOO_MUCH),
        ("crash", "makes Python crash"),
        ("answer", "is too large to be graded"),
    ],
)
def test_a_submission_over_a_limit_has_a_reason_and_the_next_one_is_read(patched, folder, assignment, student, reason):
    with Reader(assignment) as reader:
        submission = reader.read(folder, student=student)
        assert not any(submission.notebooks.values())
        assert submission.unusable.keys() == assignment.notebooks.keys()
        assert all(reason in words for words in problem_lines(submission).values())
        assert reader.read(folder, student="ann") == read_submission(folder, assignment, student="ann")


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("eve", "KeyError: 'a fault' (<string>, line"),
        ("sleep", " s: check the disk"),
        ("killed", "was killed: check the free memory"),
        ("orphan", "was killed: check the free memory"),
        ("file", "OSError"),
        ("kind", "sent no valid one: expected a repair with a known kind and its facts"),
    ],
)
def test_a_failure_of_the_grader_names_the_student_and_the_next_one_is_read(
    patched, folder, assignment, student, words, monkeypatch
):
    monkeypatch.chdir(folder)
    with Reader(assignment) as reader:
        with pytest.raises(GraderError) as failure:
            reader.read(folder, student=student)
        assert student in str(failure.value)
        assert words in str(failure.value)
        assert reader.read(folder, student="ann").notebooks[NAME]


@pytest.mark.parametrize(("option", "limit"), [("-v", "250000"), ("-t", "5"), ("-n", "20")])
def test_a_limit_of_the_machine_is_not_the_students_fault(folder, assignment, monkeypatch, option, limit):
    real = subprocess.Popen

    def limited(command, **keywords):
        return real(["sh", "-c", f'ulimit {option} {limit}; exec "$@"', "sh", *command], **keywords)

    monkeypatch.setattr(reader_module.subprocess, "Popen", limited)
    with Reader(assignment) as reader, pytest.raises(GraderError) as failure:
        reader.read(folder, student="ann")
    allowed = int(limit) * (1024 if option == "-v" else 1)
    assert f"(`ulimit {option}`), got {allowed}: raise the limit" in str(failure.value)


def test_a_process_that_was_killed_is_started_again(folder, assignment):
    with Reader(assignment) as reader:
        first = reader.read(folder, student="ann")
        os.kill(reader.process.pid, signal.SIGKILL)
        assert reader.read(folder, student="ann") == first


def test_no_process_is_left(folder, assignment):
    with Reader(assignment) as reader:
        reader.read(folder, student="ann")
        process = reader.process
    assert process.poll() is not None
    code = (
        "import sys\nfrom autograder.course.assignment import load_assignment\n"
        "from autograder.course.config import load_course\nfrom autograder.intake.reader import Reader\n"
        "reader = Reader(load_assignment(load_course(sys.argv[1])))\nreader.read(sys.argv[2], student='ann')\n"
        "print(reader.process.pid, flush=True)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", code, COURSE.root, folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    until = time.monotonic() + 30
    while is_running(int(done.stdout)):
        assert time.monotonic() < until
        time.sleep(0.05)


def is_running(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_large_honest_submission_is_read_whole(folder, assignment):
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo" * 120_000}}
    for path in folder.glob("*.ipynb"):
        content = json.loads(path.read_text())
        for cell in [cell for cell in content["cells"] if cell["cell_type"] == "code"][:5]:
            cell["outputs"] = [picture]
        path.write_text(json.dumps(content))
        (folder / "old").mkdir(exist_ok=True)
        shutil.copy(path, folder / "old" / path.name)
    (folder / "report.pdf").write_bytes(b"%PDF" + os.urandom(5 << 20))
    shutil.make_archive(folder / "everything", "zip", folder / "old")
    (folder / "data").mkdir()
    for number in range(5000):
        (folder / "data" / f"{number}.txt").touch()
    with Reader(assignment) as reader:
        submission = reader.read(folder, student="ann")
        assert (submission.unusable, repair_lines(submission)) == ({}, ())
        packed = folder.parent / "hw.zip"
        shutil.make_archive(packed.with_suffix(""), "zip", folder / "old")
        assert reader.read(packed, student="ann").notebooks == submission.notebooks


# ---------------------------------------------------------------- commands

STUDENTS = ("ann", "eve", "mallory", "zoe")
EXERCISE = "dropout_forward"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course folder, exit status, output) of a class: one submission fails, and one exceeds a limit."""
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=["Dropout"])
    for student in STUDENTS:
        handed_in = folder / "submitted" / student / "assignment2"
        handed_in.mkdir(parents=True)
        shutil.copy(folder / "source" / "assignment2" / "Dropout.ipynb", handed_in)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "PROGRAM", PATCHED)
        yield folder, *run(patch, folder, "grade")


def run(patch, folder, *words):
    """(exit status, standard output, standard error) of a command, in this process."""
    patch.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as errors:
        status = main([*map(str, words)])
    return status, out.getvalue(), errors.getvalue()


def result_of(folder, student):
    return json.loads((folder / "results" / "assignment2" / f"{student}.json").read_text())["result"]


def test_grade_names_failed_submissions_and_grades_the_others(graded):
    folder, status, out, errors = graded
    assert status == 2
    assert "eve was not scored because the grader failed: can't read the submission of eve: KeyError" in errors
    assert "3 submissions graded" in out
    results = {student: result_of(folder, student) for student in ("ann", "mallory", "zoe")}
    assert {student: result["state"] for student, result in results.items()} == {
        "ann": "graded",
        "mallory": "needs attention",
        "zoe": "graded",
    }
    assert results["ann"]["score"] == results["zoe"]["score"] == results["ann"]["max_score"]
    assert results["mallory"]["problems"] == [f"Dropout.ipynb {TOO_LONG}"]
    assert not (folder / "results" / "assignment2" / "eve.json").exists()
    for student in ("ann", "mallory", "zoe"):
        assert (folder / "feedback" / student / "assignment2" / "Dropout.html").exists()


def test_a_dry_run_names_failed_submissions(graded, monkeypatch):
    status, out, errors = run(monkeypatch, graded[0], "grade", "--diff", "--force")
    assert status == 2
    assert "eve was not scored" in errors
    assert "Nothing was written" in out


def test_report_names_unscored_submissions_with_reasons(graded, monkeypatch):
    assert run(monkeypatch, graded[0], "report")[0] == 0
    page = html.unescape((graded[0] / "reports" / "assignment2" / "index.html").read_text())
    assert "the grader failed to score the latest submission: can't read the submission of eve: KeyError" in page
    assert TOO_LONG in page


def test_similarity_names_skipped_submissions_with_reasons(graded, monkeypatch):
    status, out, _ = run(monkeypatch, graded[0], "similarity")
    assert status == 1
    assert "2 submissions compared" in out
    assert "left out: eve: can't read the submission of eve: KeyError" in out
    assert f"left out: mallory: Dropout.ipynb {TOO_LONG}" in out
    assert TOO_LONG in (graded[0] / "reports" / "assignment2" / "similarity.html").read_text()


@pytest.mark.parametrize(("student", "words"), [("eve", "KeyError"), ("mallory", TOO_LONG)])
def test_score_says_why_in_one_line(graded, monkeypatch, student, words):
    path = graded[0] / "submitted" / student / "assignment2"
    status, out, errors = run(monkeypatch, graded[0], "score", path)
    assert (status, out) == (2, "")
    assert words in errors
    assert errors.count("\n") == 1


def test_gradescope_gets_a_reason_for_a_submission_over_a_limit_and_nothing_if_the_grader_fails(
    graded, monkeypatch, tmp_path
):
    shutil.copytree(graded[0] / "submitted" / "ann" / "assignment2", tmp_path / "submission")
    (tmp_path / "results").mkdir()
    target = tmp_path / "results" / "results.json"
    for student, expected in (("mallory", 0), ("eve", 2)):
        (tmp_path / "submission_metadata.json").write_text(json.dumps({"users": [{"email": student}]}))
        status, _, errors = run(monkeypatch, graded[0], "gradescope-run", "--root", tmp_path)
        assert status == expected, errors
        assert target.exists() == (expected == 0)
        if target.exists():
            results = json.loads(target.read_text())
            assert results["score"] == 0
            assert TOO_LONG in results["output"]


def test_feedback_and_inputs_name_failed_submissions_and_write_the_other_pages(graded, monkeypatch):
    folder = graded[0]
    monkeypatch.setattr(reader_module, "PROGRAM", PROGRAM)
    assert run(monkeypatch, folder, "grade")[0] == 0
    assert run(monkeypatch, folder, "report")[0] == 0
    assert "failed to score" not in (folder / "reports" / "assignment2" / "index.html").read_text()
    monkeypatch.setattr(reader_module, "PROGRAM", PATCHED)
    pages = {student: folder / "feedback" / student / "assignment2" / "Dropout.html" for student in STUDENTS}
    for page in pages.values():
        page.write_text("old")
    status, _, errors = run(monkeypatch, folder, "feedback")
    assert status == 2
    assert "the feedback pages of eve could not be made; the score is not affected: can't read the " in errors
    assert {student for student, page in pages.items() if page.read_text() != "old"} >= {"ann", "zoe"}
    status, out, errors = run(monkeypatch, folder, "inputs", "eve", EXERCISE)
    assert (status, out, errors.count("\n")) == (2, "", 1)
    assert "can't read the submission of eve" in errors
