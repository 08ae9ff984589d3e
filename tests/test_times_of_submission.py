"""Submission times: only `collect` and nbgrader's exchange record them, never a file of the student."""

import hashlib
import os
import shutil

import pytest
from in_process import nbgrader_here
from test_gradebook import course_with, nbgrader, rows

from autograder.errors import UsageError
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradebook.timestamps import time_of_submission
from autograder.grading.command import grade_class
from autograder.intake.times import RECORD, add_times, read_times

IN_TIME, LATE, DUE = "2026-11-18 10:00:00 UTC", "2026-11-20 10:00:00 UTC", "2026-11-19 10:00:00 UTC"


def set_due_date(course):
    NbGrader(course).generate_assignment("assignment2")
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment("assignment2", duedate=DUE)


def penalties(course):
    """dict of student → (time in the gradebook, whether the policy for late submissions was applied)."""
    return {
        student: (when and f"{when:%Y-%m-%d %H:%M:%S} UTC", off is not None)
        for student, when, _, off, *_ in rows(course)
    }


def test_a_time_counts_only_if_it_is_recorded(tmp_path):
    assert time_of_submission(tmp_path, None) == (None, "")
    assert time_of_submission(tmp_path, LATE) == (LATE, "")
    (tmp_path / "timestamp.txt").write_text(f"{LATE}\n")
    assert time_of_submission(tmp_path, LATE) == (LATE, "")
    when, problem = time_of_submission(tmp_path, None)
    assert when is None
    assert problem == (
        f"timestamp.txt has the time '{LATE}', but .times.json has none, so neither `collect` nor nbgrader's exchange"
        " wrote it; the submission counts as on time: if the time is right, collect the download again, or add it to"
        " .times.json in the folder of submissions"
    )


@pytest.mark.parametrize("text", [IN_TIME, "yesterday, I swear", "", "\x00", "9" * 100, b"\xff", None])
def test_a_timestamp_that_differs_from_the_record_does_not_count(tmp_path, text):
    if text is None:
        (tmp_path / "timestamp.txt").mkdir()
    else:
        (tmp_path / "timestamp.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    for recorded in (LATE, None):
        when, problem = time_of_submission(tmp_path, recorded)
        assert when == recorded
        assert problem.startswith("timestamp.txt has the time ")


@pytest.mark.parametrize("text", ["2999-01-01 00:00:00 UTC", "1980-01-01 00:00:00 UTC", "", "\x00", "9" * 100, "soon"])
def test_an_implausible_recorded_time_counts_as_on_time(tmp_path, text):
    when, problem = time_of_submission(tmp_path, text)
    assert when is None
    assert ".times.json" in problem
    assert repr(text) in problem
    assert "the submission counts as on time" in problem


@pytest.fixture(scope="module")
def late_class(tmp_path_factory):
    """Ben is on time. Eve is late, and her folder has a timestamp. Mallory's folder has one too, but no recorded time.

    Nina's time has letters that India, Ireland and Israel use.
    """
    course = course_with(tmp_path_factory.mktemp("late") / "course", ["ben", "eve", "mallory", "nina"])
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    times = {"ben": "2026-11-18 11:00:00 +0100", "eve": "2026-11-20 02:00:00 -0800", "nina": "2026-11-20 10:00:00 IST"}
    add_times(course.submitted, "assignment2", times)
    for student, text in (("eve", IN_TIME), ("mallory", "2026-11-20 11:00:00 UTC")):
        folder = course.handed_in(student, "assignment2")
        (folder / "timestamp.txt").write_text(text)
        (folder / ".times.json").write_text('{"assignment2": {"eve": "2026-11-01 10:00:00 UTC"}}')
    set_due_date(course)
    return course


EXPECTED = {"ben": (IN_TIME, False), "eve": (LATE, True), "mallory": (None, False), "nina": (None, False)}


def test_a_timestamp_inside_a_submission_changes_no_penalty(late_class):
    outcome = grade_class(late_class)
    assert penalties(late_class) == EXPECTED
    assert [remark.partition(": ")[0] for remark in outcome.remarks] == ["eve", "mallory", "nina"]
    assert "but the time '2026-11-20 02:00:00 -0800' in .times.json counts" in outcome.remarks[0]
    assert "the submission counts as on time" in outcome.remarks[1]
    assert outcome.remarks[2] == (
        "nina: expected a time such as '2026-11-20 18:00:00 +0100' in .times.json, got '2026-11-20 10:00:00 IST';"
        " the submission counts as on time: correct the time"
    )


@pytest.mark.slow
def test_plain_nbgrader_takes_the_same_penalties(late_class, tmp_path):
    course = course_with(tmp_path / "other", [])
    for name in ("course_config.py", "course_secret"):
        if (late_class.root / name).exists():
            shutil.copy(late_class.root / name, course.root)
    shutil.copytree(late_class.submitted, course.submitted)
    set_due_date(course)
    nbgrader(course.root, "autograde", "assignment2", "--create")
    assert penalties(course) == EXPECTED
    # A time stamp of a student that is not a time stops no other command of nbgrader.
    (course.autograded / "mallory" / "assignment2" / "timestamp.txt").write_text("soon")
    nbgrader(course.root, "generate_feedback", "assignment2", "--student=mallory")


def test_due_dates_use_their_written_zone(late_class):
    nbgrader(late_class.root, "db", "assignment", "add", "other", "--duedate=2026-11-19 11:00:00 +0100")
    done = nbgrader_here(late_class.root, "db", "assignment", "add", "other", "--duedate=2026-11-19 11:00:00 IST")
    assert done.returncode == 1
    assert "expected a time such as '2026-11-20 18:00:00 +0100', got '2026-11-19 11:00:00 IST'" in done.stderr
    with NbGrader(late_class).open() as gradebook:
        assert str(gradebook.find_assignment("other").duedate) == "2026-11-19 10:00:00"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"assignment2": []}', '{"assignment2": {"ann": 1}}', "[" * 100_000, b"\xff\xfe"]
)
def test_a_damaged_record_gives_one_line_with_the_remedy(tmp_path, text):
    file = tmp_path / RECORD
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = file.read_bytes()
    for act in (lambda: read_times(tmp_path, "assignment2"), lambda: add_times(tmp_path, "assignment2", {"a": LATE})):
        with pytest.raises(UsageError) as raised:
            act()
        message = str(raised.value)
        assert message.startswith(f"{file} is damaged (")
        assert message.endswith("repair it, or delete it and collect again")
        assert "\n" not in message
    assert file.read_bytes() == before


def test_the_record_keeps_the_times_of_others_and_of_other_assignments(tmp_path):
    add_times(tmp_path, "assignment1", {"ann": IN_TIME})
    add_times(tmp_path, "assignment2", {"ann": LATE, "ben": LATE})
    add_times(tmp_path, "assignment2", {"ann": IN_TIME})
    assert read_times(tmp_path, "assignment1") == {"ann": IN_TIME}
    assert read_times(tmp_path, "assignment2") == {"ann": IN_TIME, "ben": LATE}


def test_grade_reports_a_damaged_record_before_scoring(late_class, capsys):
    record = (late_class.submitted / RECORD).read_text()
    (late_class.submitted / RECORD).write_text("{")
    try:
        with pytest.raises(UsageError, match=r"\.times\.json is damaged"):
            grade_class(late_class, force=True)
    finally:
        (late_class.submitted / RECORD).write_text(record)
    assert "scoring" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """(course, function by which a student hands in through nbgrader's exchange); that returns the inbound folder."""
    folder = tmp_path_factory.mktemp("exchange")
    course = course_with(folder / "course", [])
    root = folder / "exchange"
    root.mkdir()
    root.chmod(0o777)
    with (course.root / "course_config.py").open("a") as file:
        file.write(f"c.Exchange.root = {os.fspath(root)!r}\nc.Exchange.cache = {os.fspath(folder / 'cache')!r}\n")
    NbGrader(course).generate_assignment("assignment2")
    nbgrader(course.root, "release_assignment", "assignment2")
    work = shutil.copytree(course.release / "assignment2", folder / "home" / "assignment2")
    shutil.copy(course.root / "course_config.py", folder / "home" / "nbgrader_config.py")
    (work / "timestamp.txt").write_text(IN_TIME)  # as a git clone brings one

    def hand_in(student):
        nbgrader(folder / "home", "submit", "assignment2", f"--student={student}")
        return max((root / course.course_id / "inbound").glob(f"{student}+*"))

    return course, hand_in


def test_the_exchange_records_when_it_got_a_submission(exchange):
    course, hand_in = exchange
    inbound = hand_in("ann")
    (inbound / "timestamp.txt").chmod(0o600)
    (inbound / "timestamp.txt").write_text(IN_TIME)  # the folder belongs to the student
    nbgrader(course.root, "collect", "assignment2")
    when = read_times(course.submitted, "assignment2")["ann"]
    assert when == inbound.name.split("+")[2]
    counts, problem = time_of_submission(course.handed_in("ann", "assignment2"), when)
    assert counts == when
    assert problem.startswith(f"timestamp.txt has the time '{IN_TIME}', but")

    later = hand_in("ann").name.split("+")[2]
    nbgrader(course.root, "collect", "assignment2")
    assert read_times(course.submitted, "assignment2")["ann"] == when, "the work is still the old one"
    nbgrader(course.root, "collect", "assignment2", "--update")
    assert read_times(course.submitted, "assignment2")["ann"] == later > when
    assert time_of_submission(course.handed_in("ann", "assignment2"), later) == (later, "")


def test_an_inbound_folder_with_a_special_name_is_ignored(exchange):
    course, hand_in = exchange
    inbound = hand_in("ben")
    for name in ("..", ".", RECORD):
        shutil.copytree(inbound, inbound.with_name(inbound.name.replace("ben", name, 1)))
    before = {path.name for path in course.root.iterdir()}
    nbgrader(course.root, "collect", "assignment2")
    assert {path.name for path in course.root.iterdir()} - before <= {"submitted"}
    assert "ben" in read_times(course.submitted, "assignment2")
    names = {path.name for path in course.submitted.iterdir()}
    assert names - {RECORD} == read_times(course.submitted, "assignment2").keys() <= {"ann", "ben"}


def collected(course, *options, umask=0o022):
    return nbgrader_here(course.root, "collect", "assignment2", *options, umask=umask)


def inbound_folder(course, name, work="print(1)"):
    """Make a folder in the exchange like a malicious student."""
    folder = course.root.parent / "exchange" / course.course_id / "inbound" / name
    folder.mkdir(parents=True)
    (folder / "a.ipynb").write_text(work)
    return folder


def test_one_bad_submission_does_not_affect_the_collection_of_the_others(exchange):
    course, _ = exchange
    (course.root / "course_secret").write_text("f" * 64)
    shutil.rmtree(course.submitted, ignore_errors=True)
    honest = ("aaron", "mia+x", "zoe")
    for student in honest:
        inbound_folder(course, f"{student}+assignment2+2026-11-18 10:00:00.000000 UTC+abc")
    hostile = {
        "link-to-a-file": lambda folder: (folder / "b.ipynb").symlink_to(course.root / "course_secret"),
        "link-to-a-folder": lambda folder: (folder / "b").symlink_to(course.source),
        "link-in-a-folder": lambda folder: [
            (folder / "b").mkdir(),
            (folder / "b" / "c").symlink_to("../../../../../course/source"),
        ],
        "hard-link": lambda folder: (folder / "b.ipynb").hardlink_to(course.root / "course_secret"),
        "dangling": lambda folder: (folder / "b.ipynb").symlink_to("nowhere"),
        "pipe": lambda folder: os.mkfifo(folder / "b.ipynb"),
        "deep": lambda folder: (folder / "/".join("d" * 100)).mkdir(parents=True),
        "itself-a-link": lambda folder: [shutil.rmtree(folder), folder.symlink_to(course.source)],
        "itself-a-file": lambda folder: [shutil.rmtree(folder), folder.write_text("")],
    }
    if os.geteuid():
        hostile["unreadable"] = lambda folder: (folder / "a.ipynb").chmod(0)
    folders = []
    for student, act in hostile.items():
        folders.append(inbound_folder(course, f"{student}+assignment2+2026-11-18 10:00:00.000000 UTC+abc"))
        act(folders[-1])
    for name in ("h+assignment2+soon+abc", "h+assignment2+2999-01-01 00:00:00 UTC+abc", "h+assignment2+"):
        folders.append(inbound_folder(course, name))
    done = collected(course)
    for folder in folders:
        folder.unlink() if folder.is_symlink() or folder.is_file() else shutil.rmtree(folder)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = next(line for line in done.stderr.splitlines() if "left out, see above: " in line)
    assert all(student in last for student in (*hostile, "h+assignment2+soon+abc", "h+assignment2+2999"))
    there = {path.name for path in course.submitted.iterdir()} - {RECORD}
    assert there == read_times(course.submitted, "assignment2").keys()
    assert set(honest) <= there
    assert not there & {*hostile, "h"}
    files = [path for student in honest for path in (course.submitted / student).rglob("*")]
    assert [oct(path.stat().st_mode & 0o077) for path in files if path.stat().st_mode & 0o077] == []


def test_an_update_replaces_the_old_work_whatever_time_the_student_claims(exchange):
    course, _ = exchange
    shutil.rmtree(course.submitted, ignore_errors=True)
    for old in (course.root.parent / "exchange" / course.course_id / "inbound").iterdir():
        shutil.rmtree(old)
    first = inbound_folder(course, "ann+assignment2+2026-11-18 10:00:00.000000 UTC+abc", "old")
    (first / "timestamp.txt").write_text("no time at all")
    (first / "gone.ipynb").write_text("")
    assert collected(course).returncode == 0
    second = inbound_folder(course, "ann+assignment2+2026-11-20 10:00:00.000000 UTC+abc", "new")
    (second / "timestamp.txt").write_text("2999-01-01 00:00:00 UTC")
    assert collected(course, "--update").returncode == 0
    work = course.handed_in("ann", "assignment2")
    assert {path.name: path.read_text() for path in work.glob("*.ipynb")} == {"a.ipynb": "new"}
    assert read_times(course.submitted, "assignment2") == {"ann": "2026-11-20 10:00:00.000000 UTC"}
    third = inbound_folder(course, "ann+assignment2+2026-11-21 10:00:00.000000 UTC+abc", "newest")
    os.mkfifo(third / "pipe")
    assert collected(course, "--update").returncode == 1
    shutil.rmtree(third)
    assert (work / "a.ipynb").read_text() == "new"
    assert read_times(course.submitted, "assignment2") == {"ann": "2026-11-20 10:00:00.000000 UTC"}
    assert {path.name for path in course.submitted.iterdir()} == {"ann", RECORD}


def test_the_zone_in_the_name_of_an_inbound_folder_is_read(exchange):
    """nbgrader writes the name of c.Exchange.timezone there."""
    course, _ = exchange
    shutil.rmtree(course.submitted, ignore_errors=True)
    zones = {"in-berlin": "CEST", "in-boston": "EDT", "in-london": "BST", "in-delhi": "+0530", "in-ist": "IST"}
    folders = [
        inbound_folder(course, f"{student}+assignment2+2026-07-18 10:00:00.000000 {zone}+abc")
        for student, zone in zones.items()
    ]
    done = collected(course, "--Exchange.timezone=Europe/London")
    for folder in folders:
        shutil.rmtree(folder)
    times = read_times(course.submitted, "assignment2")
    assert {student: time[11:16] for student, time in times.items() if student.startswith("in-")} == {
        "in-berlin": "08:00",
        "in-boston": "14:00",
        "in-london": "09:00",
        "in-delhi": "04:30",
    }
    assert "left out, see above: in-ist+assignment2+2026-07-18 10:00:00.000000 IST+abc" in done.stderr


def test_released_feedback_is_readable_and_a_bad_secret_affects_one_student(exchange):
    course, _ = exchange
    for student, secret in (("ann", "s3cret"), ("ben", None), ("carl", b"\xff"), ("dora", "other")):
        page = course.feedback / student / "assignment2" / "Dropout.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(student)
        page.chmod(0o600)
        work = course.handed_in(student, "assignment2")
        work.mkdir(parents=True, exist_ok=True)
        if secret:
            (work / "submission_secret.txt").write_bytes(secret if isinstance(secret, bytes) else secret.encode())
    done = nbgrader_here(course.root, "release_feedback", "assignment2", umask=0o077)
    released = course.root.parent / "exchange" / course.course_id / "feedback"
    name = hashlib.md5(b"s3cretDropout", usedforsecurity=False).hexdigest()
    assert (released / f"{name}.html").read_text() == "ann"
    assert sorted(path.read_text() for path in released.iterdir()) == ["ann", "dora"]
    assert {oct(path.stat().st_mode & 0o777) for path in released.iterdir()} == {"0o644"}
    assert done.returncode == 1
    assert "left out, see above: carl" in done.stderr
    assert "ben: not released: no submission_secret.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_nbgraders_collect_reports_a_damaged_record(exchange):
    course, hand_in = exchange
    hand_in("cleo")
    course.submitted.mkdir(exist_ok=True)
    record = course.submitted / RECORD
    before = record.read_text() if record.exists() else "{}"
    record.write_text("{")
    done = nbgrader_here(course.root, "collect", "assignment2")
    record.write_text(before)
    assert done.returncode == 1
    assert f"{record} is damaged (" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course.submitted / "cleo").exists()
