"""A download has each student's complete latest attempt: earlier ones are kept, but never graded."""

import json
import os
import zipfile
from types import SimpleNamespace

import pytest
from courses import TWO, copy_course
from in_process import run_here

from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.intake.attempts import ATTEMPTS
from autograder.intake.lms_import import collect
from autograder.intake.times import add_times, read_times

MOODLE = "{}_assignsubmission_file_/{}"
ANN, ZOE = MOODLE.format("Ann_1", "a.ipynb"), MOODLE.format("Zoe_9", "a.ipynb")


@pytest.fixture
def course(tmp_path):
    submitted = tmp_path / "submitted"
    return SimpleNamespace(submitted=submitted, zone="UTC", handed_in=lambda student, name: submitted / student / name)


def archive(path, names, day=20):
    """A zip archive of files, handed in an hour apart. - names: dict of name → text; names alone are the texts."""
    texts = names if isinstance(names, dict) else {name: name for name in names}
    with zipfile.ZipFile(path, "w") as file:
        for hour, (name, text) in enumerate(texts.items()):
            file.writestr(zipfile.ZipInfo(name, (2026, 11, day, hour, 0, 0)), text)
    return path


def work(course, student):
    """dict of a file's path → its text, of what counts."""
    top = course.handed_in(student, "assignment2")
    files = [path for path in top.rglob("*") if path.is_file() and path.name != "timestamp.txt"]
    return {path.relative_to(top).as_posix(): path.read_text() for path in files}


def everything(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def aside(found, student):
    return {path.name: path.read_text() for path in found.aside[student].rglob("*") if path.is_file()}


FIRST = {"doejane_4711_815_X.ipynb": "one", "doejane_4711_816_notes.txt": "n", "roebo_9_817_X.ipynb": "bo"}
SECOND = {"doejane_LATE_4711_901_X-1.ipynb": "two"}
PAIRS = {
    "canvas": (FIRST, SECOND, "doejane_4711", {"X-1.ipynb": "two"}, "roebo_9"),
    "moodle zip": (
        {MOODLE.format("Jane_4711", "X.ipynb"): "one", MOODLE.format("Jane_4711", "Y.ipynb"): "y", ZOE: "z"},
        {MOODLE.format("Jane_4711", "all.zip"): "two"},
        "Jane_4711",
        {"all.zip": "two"},
        "Zoe_9",
    ),
    "removed file": (
        {MOODLE.format("Jane_4711", "a/X.ipynb"): "one", MOODLE.format("Jane_4711", "Y.ipynb"): "y", ZOE: "z"},
        {MOODLE.format("Jane_4711", "a/X.ipynb"): "one"},
        "Jane_4711",
        {"a/X.ipynb": "one"},
        "Zoe_9",
    ),
}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(("first", "second", "student", "counts", "other"), PAIRS.values(), ids=PAIRS)
def test_a_second_attempt_replaces_the_first(tmp_path, course, first, second, student, counts, other, replace):
    collect(archive(tmp_path / "a.zip", first), course, "assignment2")
    before, others = work(course, student), everything(course.submitted / other)
    found = collect(archive(tmp_path / "b.zip", second), course, "assignment2", replace=replace)
    assert work(course, student) == counts
    assert found.aside.keys() == {student}
    assert found.aside[student].parent == course.submitted / student / "assignment2.earlier"
    assert {name.rpartition("/")[2]: text for name, text in before.items()}.items() <= aside(found, student).items()
    assert found.left_out == {}
    assert everything(course.submitted / other) == others, "students who are not in the download keep what they have"
    once = everything(course.submitted)
    again = collect(tmp_path / "b.zip", course, "assignment2", replace=replace)
    assert again.aside == {}
    assert everything(course.submitted) == once


def test_three_attempts_within_a_second_are_all_kept(tmp_path, course):
    for attempt in range(3):
        collect(archive(tmp_path / "a.zip", {ANN: str(attempt)}), course, "assignment2")
    kept = list((course.submitted / "Ann_1" / "assignment2.earlier").iterdir())
    assert sorted((folder / "a.ipynb").read_text() for folder in kept) == ["0", "1"]
    assert work(course, "Ann_1") == {"a.ipynb": "2"}


def test_a_correction_by_hand_stays_until_the_student_hands_in_something_else(tmp_path, course):
    path = archive(tmp_path / "a.zip", [ANN, ZOE])
    collect(path, course, "assignment2")
    mine = course.handed_in("Ann_1", "assignment2") / "a.ipynb"
    mine.write_text("corrected by hand")
    (mine.parent / "hint.ipynb").write_text("mine as well")
    add_times(course.submitted, "assignment2", {"Ann_1": "2026-11-01 10:00:00 UTC"})
    before = everything(course.submitted)
    assert collect(path, course, "assignment2").aside == {}
    assert everything(course.submitted) == before
    found = collect(path, course, "assignment2", replace=True)
    assert aside(found, "Ann_1")["a.ipynb"] == "corrected by hand"
    assert work(course, "Ann_1") == {"a.ipynb": ANN}


def test_a_deleted_file_or_folder_is_restored(tmp_path, course):
    names = [ANN, MOODLE.format("Ann_1", "b/c.ipynb"), ZOE]
    collect(archive(tmp_path / "a.zip", names), course, "assignment2")
    before = work(course, "Ann_1")
    (course.handed_in("Ann_1", "assignment2") / "b" / "c.ipynb").unlink()
    assert collect(tmp_path / "a.zip", course, "assignment2").aside == {}
    assert work(course, "Ann_1") == before
    os.rename(course.submitted / "Ann_1", tmp_path / "gone")
    assert collect(tmp_path / "a.zip", course, "assignment2").aside == {}
    assert work(course, "Ann_1") == before


def test_files_of_an_earlier_version_are_recognized_by_content(tmp_path, course):
    path = archive(tmp_path / "a.zip", [ANN, ZOE])
    for student, text in (("Ann_1", ANN), ("Zoe_9", "old")):
        place = course.handed_in(student, "assignment2") / "a.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(text)
    found = collect(path, course, "assignment2")
    assert found.aside.keys() == {"Zoe_9"}
    assert aside(found, "Zoe_9") == {"a.ipynb": "old"}


def test_the_time_is_that_of_the_attempt_that_counts(tmp_path, course):
    collect(archive(tmp_path / "a.zip", [ANN, ZOE]), course, "assignment2")
    before = read_times(course.submitted, "assignment2")
    later = archive(tmp_path / "b.zip", {MOODLE.format("Ann_1", "b.ipynb"): "b", ZOE: ZOE}, day=22)
    found = collect(later, course, "assignment2")
    times = read_times(course.submitted, "assignment2")
    assert times["Ann_1"] > before["Ann_1"]
    assert aside(found, "Ann_1")["timestamp.txt"].strip() == before["Ann_1"]
    assert found.lost_times == {}


def test_a_new_attempt_does_not_inherit_the_time_of_the_old_one(tmp_path, course):
    collect(archive(tmp_path / "a.zip", FIRST), course, "assignment2")
    add_times(course.submitted, "assignment2", {"doejane_4711": "by hand", "roebo_9": "stays"})
    found = collect(archive(tmp_path / "b.zip", SECOND), course, "assignment2")
    assert found.lost_times == {"doejane_4711": "by hand"}
    assert read_times(course.submitted, "assignment2") == {"roebo_9": "stays"}
    assert aside(found, "doejane_4711")["timestamp.txt"] == "by hand\n"


def test_a_renamed_student_is_recognized_by_the_canvas_number(tmp_path, course):
    collect(archive(tmp_path / "a.zip", FIRST), course, "assignment2")
    found = collect(archive(tmp_path / "b.zip", {"smithjane_4711_901_X.ipynb": "two"}), course, "assignment2")
    assert found.renamed == {"smithjane_4711": "doejane_4711"}
    assert found.students == {"doejane_4711": ["X.ipynb"]}
    assert work(course, "doejane_4711") == {"X.ipynb": "two"}
    assert not (course.submitted / "smithjane_4711").exists()


def test_numbers_of_other_systems_do_not_identify_renamed_students(tmp_path, course):
    collect(archive(tmp_path / "a.zip", [ANN, ZOE]), course, "assignment2")
    found = collect(archive(tmp_path / "b.zip", ["annlee_1_901_X.ipynb", "zoe_9_902_X.ipynb"]), course, "assignment2")
    assert found.renamed == {}
    path = archive(tmp_path / "c.zip", ["annlee_1_903_X.ipynb", "annroe_1_904_X.ipynb"])
    with pytest.raises(UsageError, match="expected ids that differ on all file systems"):
        collect(path, course, "assignment2")
    assert work(course, "annlee_1") == {"X.ipynb": "annlee_1_901_X.ipynb"}


@pytest.mark.parametrize("text", ["", "[]", '{"assignment2": []}', '{"assignment2": {"a": ["x"]}}', "[" * 100_000])
def test_a_damaged_record_of_attempts_is_one_line_with_the_remedy(tmp_path, course, text):
    course.submitted.mkdir()
    (course.submitted / ATTEMPTS).write_text(text)
    with pytest.raises(UsageError, match=r"\.attempts\.json is damaged: delete it") as raised:
        collect(archive(tmp_path / "a.zip", [ANN]), course, "assignment2")
    assert "\n" not in str(raised.value)
    assert [path.name for path in course.submitted.iterdir()] == [ATTEMPTS]


def test_the_command_says_where_an_earlier_attempt_is_and_grading_does_not_read_it(tmp_path):
    root = copy_course(tmp_path / "course", notebooks=TWO)
    stub = (root / "source" / "assignment2" / "BatchNormalization.ipynb").read_text()
    first = {"doejane_4711_815_BatchNormalization.ipynb": stub, "doejane_4711_816_ConvolutionalNetworks.ipynb": stub}
    for name, files in (("a.zip", first), ("b.zip", {"doejane_4711_901_BatchNormalization-1.ipynb": stub})):
        done = run_here(root, "collect", archive(tmp_path / name, files))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("doejane_4711 has a new attempt")]
    assert "the earlier one was moved to " in line
    folder = line.rpartition(" was moved to ")[2]
    assert sorted(os.listdir(folder)) == ["BatchNormalization.ipynb", "ConvolutionalNetworks.ipynb"]
    from autograder.intake.class_list import students_of

    assert students_of(load_course(root), SimpleNamespace(name="assignment2")) == ["doejane_4711"]
    assert json.loads((root / "submitted" / ATTEMPTS).read_text())["assignment2"].keys() == {"doejane_4711"}
