"""Downloads of Canvas and Moodle become folders of submissions."""

import datetime
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from in_process import run_here

from autograder.errors import UsageError
from autograder.intake.lms_import import collect

ROOT = Path(__file__).parent.parent
CANVAS = {
    "doejane_4711_815_ConvolutionalNetworks.ipynb": "doejane_4711/assignment2/ConvolutionalNetworks.ipynb",
    "doejane_4711_816_BatchNormalization-1.ipynb": "doejane_4711/assignment2/BatchNormalization-1.ipynb",
    "müllerjörg_LATE_12_99_hw_final.zip": "müllerjörg_12/assignment2/hw_final.zip",
}
MOODLE = {
    "Jane Doe_4711_assignsubmission_file_/ConvolutionalNetworks.ipynb": (
        "Jane Doe_4711/assignment2/ConvolutionalNetworks.ipynb"
    ),
    "Jane Doe_4711_assignsubmission_file_/more/b.ipynb": "Jane Doe_4711/assignment2/more/b.ipynb",
    "Group A-Ken O'Neil_9_assignsubmission_file/x.ipynb": "Group A-Ken O'Neil_9/assignment2/x.ipynb",
}
MOODLE_FLAT = {
    "Jane Doe_4711_assignsubmission_file_a.ipynb": "Jane Doe_4711/assignment2/a.ipynb",
    "Ann B. Lee_10_assignsubmission_file_work.zip": "Ann B. Lee_10/assignment2/work.zip",
}
SYSTEMS = {"canvas": CANVAS, "moodle": MOODLE, "flat moodle": MOODLE_FLAT}


@pytest.fixture
def course(tmp_path):
    submitted = tmp_path / "submitted"
    return SimpleNamespace(submitted=submitted, zone="UTC", handed_in=lambda student, name: submitted / student / name)


def archive(path, names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, name)
    return path


def files_in(folder):
    """dict of a file's path → its text, without the kit's records."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent != folder]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


@pytest.mark.parametrize("names", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("around", ["", "submissions/"])
def test_each_file_comes_to_its_student(tmp_path, course, names, unpacked, around):
    path = archive(tmp_path / "submissions.zip", [around + name for name in names])
    if unpacked:
        zipfile.ZipFile(path).extractall(tmp_path / "unpacked")
        path = tmp_path / "unpacked"
    found = collect(path, course, "assignment2")
    assert files_in(course.submitted) == {target: around + name for name, target in names.items()}
    assert found.left_out == {}
    assert found.late == ({"müllerjörg_12"} if names is CANVAS else set())
    assert collect(path, course, "assignment2").left_out == {}  # a second time is harmless


@pytest.mark.parametrize(
    "name",
    [
        "Eve_6_assignsubmission_file_/../../../../outside.ipynb",
        "Eve_6_assignsubmission_file_/a/../b.ipynb",
        "Eve_6_assignsubmission_file_//etc/passwd",
        "Eve_6_assignsubmission_file_/..\\..\\outside.ipynb",
        "Eve_6_assignsubmission_file_/" + "d/" * 40 + "x.ipynb",
    ],
)
def test_no_name_leads_out_of_the_students_folder(tmp_path, course, name):
    path = archive(tmp_path / "a.zip", [*CANVAS, name])
    found = collect(path, course, "assignment2")
    assert len(found.left_out) == 1
    assert len(files_in(course.submitted)) == len(CANVAS)
    assert {p.name for p in tmp_path.iterdir()} == {"a.zip", "submitted"}


def test_names_that_systems_can_not_have_are_changed(tmp_path, course):
    collect(archive(tmp_path / "a.zip", ["..x_6_7_a:b\x1b[0m.ipynb", "..x_6_8_.hidden"]), course, "assignment2")
    assert set(files_in(course.submitted)) == {"_.x_6/assignment2/a_b_[0m.ipynb", "_.x_6/assignment2/_hidden"}


def test_a_link_in_a_folder_is_not_followed(tmp_path, course):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "eve_6_7_a.ipynb").symlink_to(tmp_path / "secret")
    (folder / "ann_1_2_a.ipynb").write_text("{}")
    found = collect(folder, course, "assignment2")
    assert found.students.keys() == {"ann_1"}
    assert "eve_6_7_a.ipynb" in found.left_out


def test_a_bomb_is_left_out(tmp_path, course):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("eve_6_7_a.ipynb", b"\0" * (65 << 20))
        file.writestr("ann_1_2_a.ipynb", "{}")
    assert "unpacks to more than 64 MB" in collect(path, course, "assignment2").left_out["eve_6_7_a.ipynb"]


@pytest.mark.parametrize(
    ("content", "words"), [(b"no zip", "expected a zip archive"), (None, "expected a zip archive")]
)
def test_no_download_is_one_line_and_exit_status_2(tmp_path, content, words):
    if content:
        (tmp_path / "x.zip").write_bytes(content)
    done = run_here(ROOT, "collect", tmp_path / "x.zip")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_archive_of_something_else_is_refused(tmp_path, course):
    with pytest.raises(UsageError, match=r"expected file names of Canvas, .*holiday\.jpg"):
        collect(archive(tmp_path / "a.zip", ["holiday.jpg"]), course, "assignment2")
    assert not course.submitted.exists()


def timed_archive(path, times):
    with zipfile.ZipFile(path, "w") as file:
        for name, when in times.items():
            file.writestr(zipfile.ZipInfo(name, when), name)
    return path


def stamps(course):
    return {path.parent.parent.name: path.read_text() for path in course.submitted.rglob("timestamp.txt")}


def test_times_in_the_download_become_timestamps(tmp_path, course):
    names = list(MOODLE)
    times = dict(
        zip(names, [(2026, 11, 20, 10, 0, 0), (2026, 11, 20, 11, 30, 0), (2026, 11, 21, 9, 0, 2)], strict=True)
    )
    found = collect(timed_archive(tmp_path / "a.zip", times), course, "assignment2")
    assert found.times
    written = stamps(course)
    for student, when in (("Jane Doe_4711", times[names[1]]), ("Group A-Ken O'Neil_9", times[names[2]])):
        expected = datetime.datetime(*when).astimezone(datetime.UTC)  # the later of a student's files
        assert written[student] == f"{expected:%Y-%m-%d %H:%M:%S} UTC\n"


@pytest.mark.parametrize("when", [(2026, 11, 20, 10, 0, 0), (1980, 1, 1, 0, 0, 0)])
def test_times_that_are_those_of_packing_are_not_taken(tmp_path, course, when):
    found = collect(timed_archive(tmp_path / "a.zip", dict.fromkeys(MOODLE, when)), course, "assignment2")
    assert found.students
    assert not found.times
    assert stamps(course) == {}


def test_students_do_not_say_themselves_when_they_handed_in(tmp_path, course):
    path = archive(tmp_path / "a.zip", [*CANVAS, "doejane_4711_817_timestamp.txt"])
    found = collect(path, course, "assignment2")
    assert found.left_out == {"doejane_4711_817_timestamp.txt": "timestamp.txt in a submission is ignored"}
    assert stamps(course) == {}


def test_text_that_was_typed_into_moodle_is_told_as_that(tmp_path, course):
    typed = "Eve_5_assignsubmission_onlinetext/onlinetext.html"
    found = collect(archive(tmp_path / "a.zip", [*MOODLE, typed, "holiday.jpg"]), course, "assignment2")
    assert found.left_out[typed].startswith("it is text that was typed into Moodle")
    assert found.left_out["holiday.jpg"] == "its name is not a file name of Moodle"
    assert "Eve_5" not in found.students
