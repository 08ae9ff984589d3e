"""Downloads of Gradescope, Blackboard, Brightspace and Sakai, Canvas's hidden names and texts, and Moodle's teams."""

import time
import zipfile
from types import SimpleNamespace

import pytest

from autograder.errors import UsageError
from autograder.intake.lms_import import collect
from autograder.intake.times import read_times


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    submitted = tmp_path / "submitted"
    yield SimpleNamespace(submitted=submitted, zone="UTC", handed_in=lambda student, name: submitted / student / name)
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def sort_in(tmp_path, course):
    """Function of (dict of name → text, or names whose texts they are, around) that collects such an archive."""

    def sort_in(files, around=""):
        texts = files if isinstance(files, dict) else {name: name for name in files}
        with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
            for name, text in texts.items():
                archive.writestr(around + name, text)
        return collect(tmp_path / "download.zip", course, "assignment2")

    return sort_in


def work(course):
    """dict of a file's path → its text, of all students."""
    files = [path for path in course.submitted.glob("*/assignment2/**/*") if path.is_file()]
    texts = {path.relative_to(course.submitted).as_posix(): path.read_text() for path in files}
    return {name.replace("/assignment2", "", 1): text for name, text in texts.items() if "timestamp.txt" not in name}


def times(course):
    return read_times(course.submitted, "assignment2")


# Canvas


def test_canvas_names_with_underscores_are_read(course, sort_in):
    names = ["doe_smithjane_4711_815_a.ipynb", "team_a_LATE_4712_816_b_c.ipynb", "x__4713_817_c.ipynb"]
    found = sort_in([*names, "annlee_4714_818_d.ipynb"])
    assert found.left_out == {}
    assert work(course).keys() == {
        *("doe_smithjane_4711/a.ipynb", "team_a_4712/b_c.ipynb", "x__4713/c.ipynb", "annlee_4714/d.ipynb")
    }
    assert found.late == {"team_a_4712"}


def test_canvas_names_that_are_hidden_are_read(course, sort_in):
    names = ["anon_xK9p2_905_X.ipynb", "LATE_anon_12345_906_X-1.ipynb", "anon_abcde_907_hw_2026_11_18.ipynb"]
    found = sort_in(names)
    assert found.left_out == {}
    assert work(course).keys() == {"anon_xK9p2/X.ipynb", "anon_12345/X-1.ipynb", "anon_abcde/hw_2026_11_18.ipynb"}
    assert found.late == {"anon_12345"}


def test_a_student_called_anon_hides_nobody(course, sort_in):
    found = sort_in(["anon_4711_905_X.ipynb", "annlee_4714_818_d.ipynb", "anon_xK9p2_905_X.ipynb"])
    assert work(course).keys() == {"anon_4711/X.ipynb", "annlee_4714/d.ipynb"}
    assert found.left_out == {"anon_xK9p2_905_X.ipynb": "its name is not a file name of Canvas"}


@pytest.mark.parametrize("kind", ["text", "link", "url"])
@pytest.mark.parametrize("start", ["doejane_4711", "doejane_LATE_4711", "doe_jane_4711", "zoevictim_4712_4711"])
def test_what_was_typed_into_canvas_is_told_as_that(course, sort_in, kind, start):
    name = f"{start}_{kind}.html"
    found = sort_in([name, "annlee_4714_818_d.ipynb"])
    assert found.left_out == {
        name: "it is text that was typed into Canvas: check whether it says where the notebooks are"
    }
    assert work(course).keys() == {"annlee_4714/d.ipynb"}


def test_what_a_student_typed_leaves_out_nobody_elses_file(course, sort_in):
    names = ["zoevictim_4712_1_text.html", "annlee_471100_98765432_hw_2026_11_18.ipynb"]
    assert sort_in(names).left_out.keys() == {names[0]}
    assert work(course).keys() == {"annlee_471100/hw_2026_11_18.ipynb"}


# Moodle


def test_moodles_teams_are_collected_and_named_where_they_can_be_known(course, sort_in):
    names = ["Team A_5021_assignsubmission_file_/a.ipynb", "Default group_assignsubmission_file_/b.ipynb"]
    found = sort_in([*names, "Standardgruppe_assignsubmission_file_c.ipynb"])
    assert work(course).keys() == {"Team A_5021/a.ipynb", "Default group/b.ipynb", "Standardgruppe/c.ipynb"}
    assert found.teams == ["Default group", "Standardgruppe", "Team A_5021"]
    assert found.left_out == {}
    assert sort_in(["Jane Doe_5021_assignsubmission_file_/a.ipynb"]).teams == []


# Gradescope

METADATA = """---
submission_300000001:
  :submitters:
  - :name: Jane Doe
    :sid: '0301'
    :email: Jane.Doe@example.edu
  :created_at: 2026-11-19 09:58:21.123456000 -08:00
  :score: 1.0
  :status: processed
  :history:
  - :id: 299999999
    :created_at: 2026-11-18 09:00:00.000000000 Z
    :score: 0.0
submission_300000002:
  :submitters:
  - :name: Ken "K" O'Neil
    :sid:
    :email: ken@example.edu
  - :name: Bo Lee
    :sid: blee
    :email: ''
  :created_at: 2026-11-20 10:00:00.000000000 Z
submission_300000003:
  :submitters: []
  :created_at: 2026-11-20 10:00:00.000000000 Z
"""
GRADESCOPE = {
    "submission_metadata.yml": METADATA,
    "submission_300000001/BatchNormalization.ipynb": "j",
    "submission_300000001/sub/x.ipynb": "x",
    "submission_300000002/a.ipynb": "k",
    "submission_300000003/a.ipynb": "nobody",
    "submission_300000004/a.ipynb": "unknown",
}


@pytest.mark.parametrize("around", ["", "assignment_815_export/"])
def test_gradescopes_export_is_sorted_by_its_metadata(course, sort_in, around):
    found = sort_in(GRADESCOPE, around)
    assert work(course) == {
        "jane.doe@example.edu/BatchNormalization.ipynb": "j",
        "jane.doe@example.edu/sub/x.ipynb": "x",
        "ken@example.edu/a.ipynb": "k",
        "blee/a.ipynb": "k",
    }
    assert times(course) == {
        "jane.doe@example.edu": "2026-11-19 17:58:21.123456 UTC",
        "ken@example.edu": "2026-11-20 10:00:00 UTC",
        "blee": "2026-11-20 10:00:00 UTC",
    }
    assert not found.local_times
    without_id, unknown = (found.left_out[f"{around}submission_30000000{number}/a.ipynb"] for number in (3, 4))
    assert without_id.startswith("Gradescope's metadata have no e-mail address or student ID")
    assert unknown == "its name is not a file name of Gradescope"
    assert len(found.left_out) == 2


@pytest.mark.parametrize("text", ["", "[]", "a: [", "\x00", "? {a: b}\n: c\n", "? [a]\n: c\n"])
def test_metadata_that_can_not_be_read_are_one_line(course, sort_in, text):
    with pytest.raises(UsageError, match=r"^[^\n]*submission_metadata\.yml[^\n]*: export the submissions again$"):
        sort_in({"submission_metadata.yml": text, "submission_1/a.ipynb": "a"})
    assert not course.submitted.exists()


@pytest.mark.parametrize("submitters", ["", "x", "[x]", "[{':email': [x]}]"])
def test_metadata_of_another_form_are_nobodys(course, sort_in, submitters):
    metadata = f"submission_1: {{':submitters': {submitters}}}"
    found = sort_in({"submission_metadata.yml": f"{metadata}\n", "submission_1/a.ipynb": "a"})
    assert list(found.left_out) == ["submission_1/a.ipynb"]
    assert work(course) == {}


def test_an_export_of_gradescope_without_metadata_is_refused(course, sort_in):
    with pytest.raises(UsageError, match=r"expected submission_metadata\.yml in the download"):
        sort_in(["submission_1/a.ipynb", "submission_2/b.ipynb"])


# Blackboard


def note(name, user, date, title="Homework 2"):
    """Blackboard's text file of an attempt, with the student's text at its end."""
    return f"""Name: {name} ({user})
Assignment: {title}
Date Submitted: {date}
Current Grade: Needs Grading

Submission Field:
Name: Zoe Victim (zvictim)
Date Submitted: Monday, November 2, 2026 10:00:00 AM UTC

Comments:
There are no student comments for this assignment.

Files:
\tOriginal filename: a.ipynb
\tFilename: x
"""


EASTERN = "Friday, November 20, 2026 10:00:00 AM EST"
BLACKBOARD = {
    "Homework 2_jdoe_attempt_2026-11-18-10-00-00.txt": note("Jane Doe", "jdoe", EASTERN.replace("20", "18", 1)),
    "Homework 2_jdoe_attempt_2026-11-18-10-00-00_old.ipynb": "old",
    "Homework 2_jdoe_attempt_2026-11-20-10-00-00.txt": note("Jane (J) Doe", "jdoe", EASTERN),
    "Homework 2_jdoe_attempt_2026-11-20-10-00-00_a_1_2_b.ipynb": "a",
    "Homework 2_ken_o_neil_attempt_2026-11-20-11-00-00.txt": note("Ken O'Neil", "ken_o_neil", "20 novembre 2026 11 h"),
    "Homework 2_ken_o_neil_attempt_2026-11-20-11-00-00_x_attempt_2026-11-01-10-00-00_y.ipynb": "k",
    "Homework 2_blee_attempt_2026-11-20-12-00-00.txt": note("Bo Lee", "blee", "Friday, 20 November 2026 IST"),
    "Homework 2_b_roe_attempt_2026-11-20-13-00-00_z.ipynb": "r",
}


def test_blackboards_latest_attempts_are_sorted_by_user(course, sort_in):
    found = sort_in(BLACKBOARD)
    assert work(course) == {
        "jdoe/a_1_2_b.ipynb": "a",
        "ken_o_neil/x_attempt_2026-11-01-10-00-00_y.ipynb": "k",
        "b_roe/z.ipynb": "r",
    }
    assert times(course) == {
        "jdoe": "2026-11-20 15:00:00 UTC",  # with Blackboard's zone
        "ken_o_neil": "2026-11-20 10:00:00 UTC",  # by the name, in this machine's
        "b_roe": "2026-11-20 12:00:00 UTC",
    }
    assert found.older == {"jdoe": 1}
    assert found.left_out == {
        "Homework 2_blee_attempt_2026-11-20-12-00-00.txt": (
            "this attempt has no files: check whether its text says where the notebooks are"
        )
    }


# Brightspace

BRIGHTSPACE = {
    "index.html": "<html>",
    "12345-67890 - Jane Doe - Oct 7, 2026 1138 PM/old.ipynb": "old",
    "12345-67890 - Jane Doe - Oct 8, 2026 938 AM/a.ipynb": "a",
    "12345-67890 - Jane Doe - Oct 8, 2026 938 AM/sub/b.ipynb": "b",
    "12346-67890 - Ken - O'Neil- 7 October, 2026 1200 AM/k.ipynb": "k",
    "12347-67890 - Bo Lee - 7. oktober 2026 1405/x.ipynb": "x",
    "12348-67890 - Eva Roe - 7 octobre 2026 1405/x.ipynb": "e",
}


def test_brightspaces_latest_folders_are_sorted_by_number(course, sort_in):
    found = sort_in(BRIGHTSPACE)
    assert work(course) == {
        "Jane Doe_12345/a.ipynb": "a",
        "Jane Doe_12345/sub/b.ipynb": "b",
        "Ken - O'Neil_12346/k.ipynb": "k",
        "Bo Lee_12347/x.ipynb": "x",
        "Eva Roe_12348/x.ipynb": "e",
    }
    assert times(course) == {
        "Jane Doe_12345": "2026-10-08 07:38:00 UTC",
        "Ken - O'Neil_12346": "2026-10-06 22:00:00 UTC",
        "Bo Lee_12347": "2026-10-07 12:05:00 UTC",
        "Eva Roe_12348": "7 octobre 2026 1405",  # `grade` says that it is not understood
    }
    assert found.local_times
    assert found.older == {"Jane Doe_12345": 1}
    assert found.left_out == {}


def test_brightspace_without_folders(course, sort_in):
    names = [
        "12345-67890 - Jane Doe- Oct 7, 2026 1138 PM - a - b.ipynb",
        "12345-67890 - Jane Doe- Oct 7, 2026 1138 PM - c.ipynb",
        "12346-67890 - Eve - Oct 1, 2026 1000 AM - Sly- Oct 9, 2026 1138 PM - e.ipynb",
    ]
    found = sort_in(names)
    assert work(course).keys() == {"Jane Doe_12345/a - b.ipynb", "Jane Doe_12345/c.ipynb"}
    assert found.left_out == {
        names[2]: "its name has several times: keep the time of the attempt, and remove the others"
    }


def test_folders_of_brightspace_whose_order_is_not_known_are_left_out(course, sort_in):
    names = [f"12345-67890 - Jane Doe - {day} octobre 2026 1405/x.ipynb" for day in (7, 8)]
    found = sort_in([*names, "12346-67890 - Bo Lee - 7 octobre 2026 1405/y.ipynb"])
    assert work(course).keys() == {"Bo Lee_12346/y.ipynb"}
    assert found.left_out.keys() == set(names)
    assert all("keep only the latest folder in the download" in reason for reason in found.left_out.values())


# Sakai

JANE = "Doe, Jane(jdoe)"
SAKAI = {
    "grades.csv": "Homework 2,Points\n\nDisplay ID,ID,Last Name,First Name,grade\n",
    f"{JANE}/timestamp.txt": "20261119235845123",
    f"{JANE}/{JANE}_submissionText.html": "<p>&nbsp;</p>\n",
    f"{JANE}/comments.txt": "",
    f"{JANE}/feedbackText.html": "well done",
    f"{JANE}/Feedback Attachment(s)/rubric.pdf": "f",
    f"{JANE}/Submission attachment(s)/a.ipynb": "a",
    f"{JANE}/Submission attachment(s)/timestamp.txt": "20261101000000000",
    "O'Neil, Ken (K)(koneil)/timestamp.txt": "2026-11-20T10:00:00.123Z",
    "O'Neil, Ken (K)(koneil)/Submission attachment(s)/k.ipynb": "k",
    "Lee, Bo(blee); Roe, Eva(eroe)/timestamp.txt": "2026-11-20T11:00:00Z",
    "Lee, Bo(blee); Roe, Eva(eroe)/Submission attachment(s)/t.ipynb": "t",
    "Poe, Ann(apoe)/timestamp.txt": "2026-11-20T12:00:00Z",
    "Poe, Ann(apoe)/Poe, Ann(apoe)_submissionText.html": "<p>on my drive</p>",
}


def test_sakais_folders_are_sorted_by_id_and_a_groups_work_comes_to_all_members(course, sort_in):
    found = sort_in(SAKAI, "Homework 2/")
    assert work(course) == {"jdoe/a.ipynb": "a", "koneil/k.ipynb": "k", "blee/t.ipynb": "t", "eroe/t.ipynb": "t"}
    assert times(course) == {
        "jdoe": "2026-11-19 23:58:45 UTC",
        "koneil": "2026-11-20 10:00:00.123000 UTC",
        "blee": "2026-11-20 11:00:00 UTC",
        "eroe": "2026-11-20 11:00:00 UTC",
    }
    assert found.left_out == {
        "Homework 2/Poe, Ann(apoe)/Poe, Ann(apoe)_submissionText.html": (
            "it is text that was typed into Sakai: check whether it says where the notebooks are"
        ),
        f"Homework 2/{JANE}/Submission attachment(s)/timestamp.txt": ("timestamp.txt in a submission is ignored"),
    }


def test_sakai_without_folders(course, sort_in):
    sort_in([f"{JANE}_Submission attachment(s)_a.ipynb", "Lee, Bo(blee)_Submission attachment(s)_b.ipynb"], "hw/")
    assert work(course).keys() == {"jdoe/a.ipynb", "blee/b.ipynb"}
    assert times(course) == {}


@pytest.mark.parametrize("title", ["Homework (2)", "assignment_2", ""])
def test_the_folder_around_sakais_students_is_not_one_of_them(course, sort_in, title):
    sort_in({f"{JANE}/timestamp.txt": "", f"{JANE}/Submission attachment(s)/a.ipynb": "a"}, title and f"{title}/")
    assert work(course) == {"jdoe/a.ipynb": "a"}


def test_whoever_has_two_folders_in_a_download_is_left_out_of_both(course, sort_in):
    """As when somebody's name holds somebody else's id."""
    names = [
        f"{folder}/Submission attachment(s)/a.ipynb" for folder in (JANE, "Sly, Eve(jdoe); x(esly)", "Lee, B(blee)")
    ]
    found = sort_in(names)
    assert work(course).keys() == {"esly/a.ipynb", "blee/a.ipynb"}
    assert found.left_out == dict.fromkeys(names[:2], "jdoe has 2 submissions in this download: keep one of them")


# All of them


def test_a_download_of_one_student_can_not_be_passed_off_as_another_systems(course, sort_in):
    """The student's own file name is one that Blackboard gives for somebody else."""
    with pytest.raises(UsageError, match="expected file names of one system"):
        sort_in(["alicesly_4711_815_x_attempt_2026-11-20-10-00-00_y.ipynb"])
    found = sort_in(["alicesly_4711_815_x_attempt_2026-11-20-10-00-00_y.ipynb", "annlee_4714_816_d.ipynb"])
    assert work(course).keys() == {"alicesly_4711/x_attempt_2026-11-20-10-00-00_y.ipynb", "annlee_4714/d.ipynb"}
    assert found.left_out == {}
