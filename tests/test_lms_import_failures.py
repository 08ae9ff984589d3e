"""A file that can't be sorted is listed, and all other files of the download are sorted."""

import os
import struct
import time
import zipfile
from types import SimpleNamespace

import pytest
from courses import copy_course
from in_process import run_here
from test_lack_of_machine import in_small_folder, needs_mounts

from autograder.intake.lms_import import collect
from autograder.intake.times import read_times

FOLDER = "{}_assignsubmission_file_/{}"
ANN, ZOE = FOLDER.format("Ann_1", "a.ipynb"), FOLDER.format("Zoe_9", "a.ipynb")


@pytest.fixture
def course(tmp_path):
    submitted = tmp_path / "submitted"
    return SimpleNamespace(submitted=submitted, zone="UTC", handed_in=lambda student, name: submitted / student / name)


def archive(path, names):
    """A zip archive whose files hold their own names, handed in an hour apart."""
    with zipfile.ZipFile(path, "w") as file:
        for hour, name in enumerate(names):
            file.writestr(zipfile.ZipInfo(name, (2026, 11, 20, hour, 0, 0)), name)
    return path


def of_eve(*names):
    """A download in which Eve's files stand between those of two others."""
    return [ANN, *(FOLDER.format("Eve_6", name) for name in names), ZOE]


def assert_others_are_there(course, found):
    for student, name in (("Ann_1", ANN), ("Zoe_9", ZOE)):
        assert found.students[student] == ["a.ipynb"]
        assert (course.handed_in(student, "assignment2") / "a.ipynb").read_text() == name
        assert (course.handed_in(student, "assignment2") / "timestamp.txt").exists()
    assert {"Ann_1", "Zoe_9"} <= read_times(course.submitted, "assignment2").keys()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("字" * 90 + ".ipynb", "字" * 44 + ".ipynb"),
        ("a" * 300 + ".ipynb", "a" * 134 + ".ipynb"),
        ("\U0001d4b3" * 100, "\U0001d4b3" * 35),
        ("a." + "b" * 300, "a." + "b" * 138),
        ("nul.ipynb", "_nul.ipynb"),
        ("COM¹.ipynb", "_COM¹.ipynb"),
        ("a.ipynb. .", "a.ipynb"),
        ("...", "_"),
    ],
)
def test_a_name_that_is_too_long_or_special_is_changed_and_keeps_its_suffix(tmp_path, course, name, kept):
    found = collect(archive(tmp_path / "a.zip", of_eve(name, f"{name}/x.ipynb")), course, "assignment2")
    assert kept in found.students["Eve_6"] or f"{kept}/x.ipynb" in found.students["Eve_6"]
    assert_others_are_there(course, found)


@pytest.mark.parametrize("name", ["timestamp.txt/x.ipynb", "a/TimeStamp.TXT/b", "timestamp.txt", "TIMESTAMP.TXT. "])
def test_nothing_of_a_student_is_named_as_the_file_with_the_time(tmp_path, course, name):
    found = collect(archive(tmp_path / "a.zip", of_eve(name)), course, "assignment2")
    assert found.left_out == {FOLDER.format("Eve_6", name): "timestamp.txt in a submission is ignored"}
    assert_others_are_there(course, found)


@pytest.mark.parametrize("names", [("a", "a/b.ipynb"), ("a/b.ipynb", "a")])
@pytest.mark.parametrize("replace", [False, True])
def test_a_file_where_a_folder_must_be_is_listed(tmp_path, course, names, replace):
    for _ in range(2):
        found = collect(archive(tmp_path / "a.zip", of_eve(*names)), course, "assignment2", replace=replace)
        assert found.students["Eve_6"] == [names[0]]
        assert list(found.left_out) == [FOLDER.format("Eve_6", names[1])]
        assert_others_are_there(course, found)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a:b.ipynb", "a?b.ipynb"),
        ("A.ipynb", "a.ipynb"),
        ("ü.ipynb", "u\u0308.ipynb"),
        ("x/A.ipynb", "X/a.ipynb"),
        ("字" * 90 + "1.ipynb", "字" * 90 + "2.ipynb"),
        ("a.ipynb", "a.ipynb."),
    ],
)
@pytest.mark.parametrize("replace", [False, True])
def test_the_second_of_two_files_that_become_one_is_listed(tmp_path, course, first, second, replace):
    found = collect(archive(tmp_path / "a.zip", of_eve(first, second)), course, "assignment2", replace=replace)
    assert list(found.left_out) == [FOLDER.format("Eve_6", second)]
    assert "has the same name on some file systems" in found.left_out[FOLDER.format("Eve_6", second)]
    (kept,) = found.students["Eve_6"]
    assert (course.handed_in("Eve_6", "assignment2") / kept).read_text() == FOLDER.format("Eve_6", first)
    assert_others_are_there(course, found)


def damaged(path, change):
    """The archive with bytes changed in its directory's entry of Eve's file."""
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"Eve_6_assign") - 46
    assert content[entry : entry + 4] == b"PK\x01\x02"
    change(content, entry)
    path.write_bytes(content)
    return path


def offset_beyond_all(content, entry):
    """zip64 says where the member begins: 2^63 + 1, which is outside of any file."""
    name_size = struct.unpack_from("<H", content, entry + 28)[0]
    struct.pack_into("<I", content, entry + 42, 0xFFFFFFFF)
    extra = struct.pack("<HHQ", 1, 8, (1 << 63) + 1)
    struct.pack_into("<H", content, entry + 30, len(extra))
    content[entry + 46 + name_size : entry + 46 + name_size] = extra
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, struct.unpack_from("<I", content, end + 12)[0] + len(extra))


DAMAGES = {
    "offset": offset_beyond_all,
    "checksum": lambda content, entry: struct.pack_into("<I", content, entry + 16, 1),
    "method": lambda content, entry: struct.pack_into("<H", content, entry + 10, 99),
    "encrypted": lambda content, entry: struct.pack_into("<H", content, entry + 8, 1),
    "name": lambda content, entry: content.__setitem__(content.index(b"Eve_6_assign"), ord("X")),
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_member_of_an_archive_is_listed(tmp_path, course, change):
    found = collect(damaged(archive(tmp_path / "a.zip", of_eve("a.ipynb")), change), course, "assignment2")
    assert list(found.left_out) == [FOLDER.format("Eve_6", "a.ipynb")]
    assert_others_are_there(course, found)


def test_a_date_that_can_not_be_takes_no_time_from_the_others(tmp_path, course):
    def no_date(content, entry):
        struct.pack_into("<H", content, entry + 14, 0)

    found = collect(damaged(archive(tmp_path / "a.zip", of_eve("a.ipynb")), no_date), course, "assignment2")
    assert found.left_out == {}
    assert "Eve_6" not in read_times(course.submitted, "assignment2")
    assert_others_are_there(course, found)


def test_the_times_of_canvas_are_those_of_packing_however_long_it_took(tmp_path, course):
    names = [f"{student}_{number}_8150000{number}_a.ipynb" for number, student in enumerate(("ann", "eve", "zoe"), 1)]
    found = collect(archive(tmp_path / "a.zip", names), course, "assignment2")
    assert len(found.students) == 3
    assert not found.times
    assert read_times(course.submitted, "assignment2") == {}
    assert not list(course.submitted.rglob("timestamp.txt"))


def test_links_and_pipes_in_a_folder_are_listed_and_not_followed(tmp_path, course):
    path = tmp_path / "unpacked"
    zipfile.ZipFile(archive(tmp_path / "a.zip", of_eve("a.ipynb"))).extractall(path)
    folder = path / "Eve_6_assignsubmission_file_"
    (folder / "folder").symlink_to(path / "Zoe_9_assignsubmission_file_")
    os.mkfifo(folder / "pipe.ipynb")
    for hour, name in enumerate(("Ann_1", "Eve_6", "Zoe_9")):
        os.utime(path / FOLDER.format(name, "a.ipynb"), (1.8e9, 1.8e9 + 3600 * hour))
    found = collect(path, course, "assignment2")
    assert set(found.left_out) == {FOLDER.format("Eve_6", name) for name in ("folder", "pipe.ipynb")}
    assert_others_are_there(course, found)


def test_nothing_is_written_through_a_link_in_a_submission(tmp_path, course):
    """As a git clone can bring it."""
    collect(archive(tmp_path / "a.zip", of_eve("a.ipynb")), course, "assignment2")
    before = (course.handed_in("Zoe_9", "assignment2") / "a.ipynb").read_text()
    eve = course.handed_in("Eve_6", "assignment2")
    (eve / "b").symlink_to(course.handed_in("Zoe_9", "assignment2"))
    found = collect(archive(tmp_path / "a.zip", of_eve("b/a.ipynb")), course, "assignment2")
    assert (course.handed_in("Zoe_9", "assignment2") / "a.ipynb").read_text() == before
    assert (eve / "b" / "a.ipynb").read_text() == FOLDER.format("Eve_6", "b/a.ipynb")
    assert not (eve / "b").is_symlink()
    assert (found.aside["Eve_6"] / "b").is_symlink()


@pytest.mark.parametrize("of", ["student", "assignment"])
def test_a_link_in_the_place_of_a_folder_is_listed(tmp_path, course, of):
    outside = tmp_path / "outside"
    outside.mkdir()
    place = course.handed_in("Eve_6", "assignment2")
    link = place if of == "assignment" else place.parent
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    found = collect(archive(tmp_path / "a.zip", of_eve("a.ipynb")), course, "assignment2")
    assert "is a link: put a folder in its place" in found.left_out[FOLDER.format("Eve_6", "a.ipynb")]
    assert list(outside.iterdir()) == []
    assert_others_are_there(course, found)


def test_the_command_lists_what_is_left_out_and_ends_with_exit_status_1(tmp_path):
    root = copy_course(tmp_path / "course")
    path = archive(tmp_path / "a.zip", of_eve("a", "a/\x1b[31mb.ipynb", "字" * 90))
    done = run_here(root, "collect", path)
    assert (done.returncode, done.stderr) == (1, "")
    assert f"4 files of 3 students are in {root / 'submitted'}" in done.stdout
    assert f"this machine's zone was assumed, {time.strftime('%Z (UTC%z)')}" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("left out")]
    assert line.startswith("left out: Eve_6_assignsubmission_file_/a/ [31mb.ipynb: ")


@needs_mounts
def test_a_full_disk_and_a_folder_that_can_only_be_read_end_with_one_line(tmp_path):
    root = copy_course(tmp_path / "course")
    archive(root / "a.zip", of_eve("a.ipynb"))
    script = """
        dd if=/dev/zero of=FILL bs=1k 2>/dev/null || true
        run autograder collect a.zip
        rm FILL
        mount -o remount,ro "$1"
        run autograder collect a.zip
        mount -o remount,rw "$1"
        run autograder collect a.zip
    """
    full, read_only, done = in_small_folder(root, tmp_path / "small", script)
    assert full.startswith("2 autograder: ")
    assert "the disk is full" in full
    assert read_only.startswith("2 autograder: ")
    assert "this file system is read-only" in read_only
    assert done.startswith("0")
