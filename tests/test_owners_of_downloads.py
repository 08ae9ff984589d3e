"""Owners of downloaded files: only the learning management system's part of a name counts."""

import unicodedata
import zipfile
from types import SimpleNamespace

import pytest

from autograder.errors import UsageError
from autograder.intake.lms_import import collect

ZOE_ON_CANVAS = "zoevictim_4712_900_Dropout.ipynb"
ZOE_ON_MOODLE = "Zoe Victim_4712_assignsubmission_file_/Dropout.ipynb"


@pytest.fixture
def course(tmp_path):
    submitted = tmp_path / "submitted"
    return SimpleNamespace(submitted=submitted, zone="UTC", handed_in=lambda student, name: submitted / student / name)


def archive(path, names):
    """A zip archive whose files hold their own names."""
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, name)
    return path


def sort_in(tmp_path, course, names, **options):
    return collect(archive(tmp_path / "submissions.zip", names), course, "assignment2", **options)


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def folders_in(submitted):
    """Names of the students' folders."""
    return {path.name for path in submitted.iterdir() if path.is_dir()}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    "theirs",
    [
        "zoevictim_4712_assignsubmission_file_Dropout.ipynb",
        "zoevictim_4712_900_Dropout.ipynb",
        "_zoevictim_4712_900_Dropout.ipynb",
        "LATE_4712_900_Dropout.ipynb",
        "..\\zoevictim_4712_900_Dropout.ipynb",
        "x\nzoevictim_4712_900_Dropout.ipynb",
        "\u202ezoevictim_4712_900_Dropout.ipynb",
    ],
)
def test_a_students_file_name_is_never_another_students_on_canvas(tmp_path, course, theirs, replace):
    name = f"attackeralice_4711_815_{theirs}"
    found = sort_in(tmp_path, course, [name, ZOE_ON_CANVAS], replace=replace)
    assert set(found.students) <= {"attackeralice_4711", "zoevictim_4712"}
    assert folders_in(course.submitted) <= {"attackeralice_4711", "zoevictim_4712"}
    work = files_in(course.submitted / "zoevictim_4712")
    assert work == {"assignment2/Dropout.ipynb": ZOE_ON_CANVAS}


OTHERS_ON_CANVAS = ["annlee_471200_98765432_a.ipynb", "zoevictim_471100_98765433_a.ipynb"]


@pytest.mark.parametrize(
    "name",
    [
        "zoevictim_471100_815_x_666600_98765434_a.ipynb",
        "zoevictim_471100_98765439_x_666600_98765434_a.ipynb",
        "zoevictim_471100_98765439999_x_666600_98765434_a.ipynb",
        "zoevictim_471100_815__666600_98765434_a.ipynb",
        "zoevictim_471100_815_666600_98765434_a.ipynb",
        "zoevictim_471100_666600_98765434_a.ipynb",
        "zoevictim_LATE_471100_815_x_666600_98765434_a.ipynb",
        "zoevictim_471100_815_x_LATE_666600_98765434_a.ipynb",
        "zoevictim_471100_815_x_666600_987654340_a.ipynb",
        "zoevictim_471100_1_2_3_666600_98765434_hw_1_2_3.ipynb",
    ],
)
def test_a_name_with_numbers_that_a_student_chose_to_be_called_on_canvas_is_nobodys(tmp_path, course, name):
    found = sort_in(tmp_path, course, [*OTHERS_ON_CANVAS, name])
    assert list(found.left_out) == [name]
    assert found.left_out[name].startswith("its name fits two students: find out whose file it is")
    assert found.students == {"annlee_471200": ["a.ipynb"], "zoevictim_471100": ["a.ipynb"]}


@pytest.mark.parametrize(
    "theirs",
    ["hw_2026_11_18.ipynb", "2026_11_18_hw.ipynb", "20261118_hw.ipynb", "12345678_2_x.ipynb", "a_1_2_3_4_.ipynb"],
)
@pytest.mark.parametrize("others", [OTHERS_ON_CANVAS, []])
def test_numbers_in_the_name_of_a_file_do_no_harm_on_canvas(tmp_path, course, theirs, others):
    found = sort_in(tmp_path, course, [*others, f"benroe_471300_98765435_{theirs}"])
    assert found.left_out == {}
    assert found.students["benroe_471300"] == [theirs]


@pytest.mark.parametrize("junk", ["Thumbs.db", "desktop.ini", ".DS_Store"])
def test_files_of_the_system_beside_the_folder_around_a_download_are_ignored(tmp_path, course, junk):
    found = sort_in(tmp_path, course, [f"download/{ZOE_ON_MOODLE}", junk, f"download/{junk}"])
    assert found.left_out == {}
    assert found.students == {"Zoe Victim_4712": ["Dropout.ipynb"]}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    "theirs",
    [
        "file_/Zoe Victim_4712_assignsubmission_file_/Dropout.ipynb",
        "file_/Zoe Victim_4712_assignsubmission_file_Dropout.ipynb",
        "file_/zoevictim_4712_900_Dropout.ipynb",
        "file_Zoe Victim_4712_assignsubmission_file_Dropout.ipynb",
        "file/Zoe Victim_4712_assignsubmission_file_/Dropout.ipynb",
        "onlinetext_/Zoe Victim_4712_assignsubmission_file_/Dropout.ipynb",
        "onlinetext_/Zoe Victim_4712_assignsubmission_file_Dropout.ipynb",
        "comments_/Zoe Victim_4712_assignsubmission_file_/Dropout.ipynb",
    ],
)
def test_a_students_path_is_never_another_students_on_moodle(tmp_path, course, theirs, replace):
    sort_in(tmp_path, course, [f"Alice_4711_assignsubmission_{theirs}", ZOE_ON_MOODLE], replace=replace)
    assert folders_in(course.submitted) <= {"Alice_4711", "Zoe Victim_4712"}
    assert files_in(course.submitted / "Zoe Victim_4712") == {"assignment2/Dropout.ipynb": ZOE_ON_MOODLE}


@pytest.mark.parametrize(
    "name",
    [
        "Alice_4711_assignsubmission_onlinetext_/Zoe Victim_4712_assignsubmission_file_/a.ipynb",
        "Alice_4711_assignsubmission_file_/Zoe Victim_4712_assignsubmission_file_/a.ipynb",
        "Alice_4711_assignsubmission_file_/zoevictim_4712_900_a.ipynb",
        "alice_4711_815_work/zoevictim_4712_900_a.ipynb",  # a student's archive that was unpacked in a Canvas download
        "Alice_\u0664\u0667_assignsubmission_file_/Zoe Victim_4712_assignsubmission_file_/a.ipynb",
    ],
)
def test_the_folder_of_the_only_student_is_not_taken_for_one_around_the_download(tmp_path, course, name):
    try:
        sort_in(tmp_path, course, [name])
    except UsageError:
        assert not course.submitted.exists()
    else:
        assert folders_in(course.submitted) <= {"Alice_4711"}


def test_the_folder_of_one_student_is_not_a_download(tmp_path, course):
    folder = tmp_path / "Alice_4711_assignsubmission_file_"
    folder.mkdir()
    (folder / "Zoe Victim_4712_assignsubmission_file_a.ipynb").write_text("{}")
    with pytest.raises(UsageError, match="got that of one student"):
        collect(folder, course, "assignment2")
    assert not course.submitted.exists()


@pytest.mark.parametrize(
    ("name", "is_late"),
    [
        ("alicesly_LATE_4711_815_alicesly_4711_assignsubmission_file_X.ipynb", True),
        ("alicesly_late_4711_81500_alicesly_4711_900_X.ipynb", True),
        ("alicesly_4711_81500_alicesly_LATE_4711_900_X.ipynb", False),
        ("late_4711_815_X.ipynb", False),
    ],
)
def test_only_canvas_marks_a_file_as_late(tmp_path, course, name, is_late):
    found = sort_in(tmp_path, course, [name])
    (student,) = found.students
    assert found.late == ({student} if is_late else set())


@pytest.mark.parametrize(
    "name",
    [
        "alice_\uff14\uff17\uff11\uff11_815_a.ipynb",  # full-width digits
        "alice_\u0664\u0667_815_a.ipynb",  # Arabic
        "alice_4711_\u0668_a.ipynb",
        "Alice_\uff14\uff17\uff11\uff11_assignsubmission_file_/a.ipynb",
        "Alice_\u0664\u0667_assignsubmission_file_a.ipynb",
        "Alice_4711²_assignsubmission_file_/a.ipynb",
        f"alice_{'1' * 300}_815_a.ipynb",
        "_4711_815_a.ipynb",
        "/alice_4711_815_a.ipynb",
        "../alice_4711_815_a.ipynb",
        "./Alice_4711_assignsubmission_file_/a.ipynb",
        "beside/Alice_4711_assignsubmission_file_/a.ipynb",
    ],
)
@pytest.mark.parametrize(("other", "system"), [(ZOE_ON_CANVAS, "Canvas"), (ZOE_ON_MOODLE, "Moodle")])
def test_a_name_that_no_system_writes_is_nobodys(tmp_path, course, name, other, system):
    found = sort_in(tmp_path, course, [name, other])
    assert found.left_out == {name: f"its name is not a file name of {system}"}
    assert len(found.students) == len(folders_in(course.submitted)) == 1


def test_one_system_made_a_download_and_names_of_another_are_left_out(tmp_path, course):
    canvas = ["ann_1_2_a.ipynb", ZOE_ON_CANVAS]
    found = sort_in(tmp_path, course, [*canvas, ZOE_ON_MOODLE])
    assert found.students.keys() == {"ann_1", "zoevictim_4712"}
    assert found.left_out == {ZOE_ON_MOODLE: "its name is one of Moodle, but this is a download of Canvas"}


def test_a_download_of_two_systems_is_refused_with_an_example_of_each(tmp_path, course):
    with pytest.raises(UsageError) as raised:
        sort_in(tmp_path, course, [ZOE_ON_CANVAS, ZOE_ON_MOODLE])
    assert f"{ZOE_ON_CANVAS} (Canvas)" in str(raised.value)
    assert f"{ZOE_ON_MOODLE} (Moodle)" in str(raised.value)
    assert not course.submitted.exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("eve_6", "Eve_6"),
        ("a:b_6", "a?b_6"),
        ("m\u00fcller_6", "mu\u0308ller_6"),
        ("straße_6", "STRASSE_6"),
        ("ﬁnn_6", "finn_6"),
        ("eve_6", "eve _6"),
    ],
)
@pytest.mark.parametrize("pattern", ["{}_1_a.ipynb", "{}_assignsubmission_file_/a.ipynb"], ids=["canvas", "moodle"])
def test_two_owners_of_one_folder_are_an_error_that_names_both(tmp_path, course, first, second, pattern):
    names = ["ann_1_2_a.ipynb" if "{}_1" in pattern else "Ann_1_assignsubmission_file_/a.ipynb"]
    with pytest.raises(UsageError) as raised:
        sort_in(tmp_path, course, [*names, pattern.format(first), pattern.format(second)])
    assert ascii(first) in str(raised.value)
    assert ascii(second) in str(raised.value)
    assert not course.submitted.exists()


@pytest.mark.parametrize("replace", [False, True])
def test_a_student_whose_name_is_written_in_another_way_now_keeps_nobody_from_being_sorted_in(
    tmp_path, course, replace
):
    mine = course.handed_in("Eve_6", "assignment2") / "a.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("old")
    found = sort_in(tmp_path, course, ["eve_6_1_a.ipynb", ZOE_ON_CANVAS], replace=replace)
    assert found.students.keys() == {"zoevictim_4712"}
    assert found.left_out["eve_6_1_a.ipynb"].startswith("eve_6 and the existing Eve_6 would share a folder")
    assert mine.read_text() == "old"
    assert folders_in(course.submitted) == {"Eve_6", "zoevictim_4712"}


def test_the_same_student_in_other_unicode_is_the_same_student(tmp_path, course):
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "Jörg_6_assignsubmission_file_/ü.ipynb")
        found = sort_in(tmp_path, course, [name], replace=True)
        assert found.students == {"Jörg_6": ["ü.ipynb"]}, form
    assert folders_in(course.submitted) == {"Jörg_6"}


@pytest.mark.parametrize("name", ["con", "NUL.x", "Com1.b", "a" * 300, "字" * 300, "..", "\u202e\u200b"])
def test_any_name_of_a_student_makes_a_folder_that_every_system_can_have(tmp_path, course, name):
    found = sort_in(tmp_path, course, [f"{name}_4711_assignsubmission_file_/a.ipynb"])
    (student,) = found.students
    assert student.endswith("_4711")
    assert len(student.encode()) <= 200
    assert student.isprintable()
    assert student.split(".")[0].upper() not in ("CON", "NUL", "COM1")
    assert student[0] != "."
