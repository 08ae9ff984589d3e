"""nbgrader's exchange from end to end, with nbgrader's own commands and a folder for the exchange."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from courses import copy_course, released_files
from in_process import nbgrader_here

from autograder.course.config import load_course
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading.command import grade_class

ROOT = Path(__file__).parent.parent
DOCS = (ROOT / "docs" / "jupyterhub.md").read_text(encoding="utf-8")
SHARED = "/srv/nbgrader/exchange"


def nbgrader(folder, *arguments, fails=False):
    """Run a command of nbgrader, and return its log."""
    done = nbgrader_here(folder, *arguments)
    assert bool(done.returncode) == fails, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The course, with what this repository releases, and the exchange and the home of a student, set up as the docs
    say."""
    folder = tmp_path_factory.mktemp("exchange")
    root = copy_course(folder / "course")
    shutil.copytree(ROOT / "release" / "assignment2", root / "release" / "assignment2")
    exchange, home = folder / "exchange", folder / "home"
    exchange.mkdir()
    exchange.chmod(0o777)
    home.mkdir()
    of_course, of_students = re.findall(r"```python\n(.+?)```", DOCS, re.DOTALL)
    assert SHARED in of_course
    assert SHARED in of_students
    with (root / "course_config.py").open("a", encoding="utf-8") as config:
        config.write(of_course.strip().replace(SHARED, str(exchange)) + "\n")
    config = "\n".join(line.removeprefix("    ") for line in of_students.splitlines()).replace(SHARED, str(exchange))
    (home / "nbgrader_config.py").write_text(f"{config}\nc.Exchange.cache = {str(folder / 'cache')!r}\n")
    return SimpleNamespace(course=load_course(root), exchange=exchange, home=home)


@pytest.fixture(scope="module")
def fetched(places):
    """Return the folder that a student has fetched."""
    nbgrader(places.course.root, "release_assignment", "assignment2")
    nbgrader(places.home, "fetch_assignment", "assignment2")
    return places.home / "assignment2"


def test_a_fetched_folder_equals_the_zip(places, fetched):
    """tests/test_install.py installs the zip."""
    files = {f"assignment2/{path.relative_to(fetched)}": path for path in fetched.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in files.items()} == released_files()
    outbound = places.exchange / "cs231n" / "outbound" / "assignment2"
    assert {oct(path.stat().st_mode & 0o777) for path in outbound.rglob("*.py")} == {"0o644"}
    assert {oct(path.stat().st_mode & 0o777) for path in outbound.rglob("*") if path.is_dir()} == {"0o755"}


def test_an_incomplete_or_leaking_release_is_refused(places, fetched):
    outbound = places.exchange / "cs231n" / "outbound" / "assignment2"
    before = sorted(path.name for path in outbound.iterdir())
    config = places.course.assignments / "assignment2" / "assignment.py"
    settings = config.read_text(encoding="utf-8")
    config.write_text(f'{settings}c.Assignment.notebooks = ["Dropout", "FullyConnectedNets"]\n', encoding="utf-8")
    log = nbgrader(places.course.root, "release_assignment", "assignment2", "--force", fails=True)
    assert "has BatchNormalization.ipynb, ConvolutionalNetworks.ipynb, not in c.Assignment.notebooks" in log
    assert "run `python -m autograder release assignment2` first" in log
    config.write_text(settings, encoding="utf-8")
    notebook = places.course.release / "assignment2" / "Dropout.ipynb"
    notebook.rename(places.course.root / "kept")
    log = nbgrader(places.course.root, "release_assignment", "assignment2", "--force", fails=True)
    (places.course.root / "kept").rename(notebook)
    assert "has no Dropout.ipynb: run `python -m autograder release assignment2` first" in log
    assert sorted(path.name for path in outbound.iterdir()) == before


@pytest.fixture(scope="module")
def attempts(places, fetched):
    """Submit, grade, submit again, and release: return the folders of the fetched feedback."""
    course = places.course
    (fetched / "data").mkdir()
    with (fetched / "data" / "batch").open("wb") as file:
        file.truncate(180_000_000)  # as large as CIFAR-10 on the disk
    nbgrader(places.home, "submit", "assignment2", "--student=ann")
    nbgrader(course.root, "collect", "assignment2")
    shutil.copytree(course.handed_in("ann", "assignment2"), course.handed_in("ben", "assignment2"))
    (course.handed_in("ben", "assignment2") / "submission_secret.txt").unlink()  # it did not come by the exchange
    outcome = grade_class(course)
    assert (outcome.not_scored, outcome.not_entered, outcome.not_published) == ({}, {}, {})
    nbgrader(places.home, "submit", "assignment2", "--student=ann")
    nbgrader(course.root, "collect", "assignment2", "--update")
    log = nbgrader(course.root, "release_feedback", "assignment2")
    assert "ben: not released: no submission_secret.txt" in log
    nbgrader(places.home, "fetch_feedback", "assignment2")
    return sorted((fetched / "feedback").iterdir())


def test_a_student_gets_the_page_of_the_attempt_that_was_graded(places, attempts):
    (first,) = attempts
    pages = {path.name: path.read_bytes() for path in first.iterdir()}
    graded = places.course.feedback / "ann" / "assignment2"
    assert pages == {path.name: path.read_bytes() for path in graded.glob("*.html")}
    assert len(pages) == 4
    assert (graded / "timestamp.txt").read_text() == first.name


def test_data_and_installed_files_are_not_submitted(places, attempts):
    inbound = list((places.exchange / "cs231n" / "inbound").glob("ann+*"))
    assert len(inbound) == 2
    assert not [path for folder in inbound for path in folder.rglob("*") if path.name == "batch"]


def test_plain_nbgrader_finds_the_time_and_the_secret_where_it_looks_for_them(places, attempts):
    """Other exchanges use them too, and so do nbgrader's steps after autograding."""
    handed_in, autograded, feedback = (
        folder / "ann" / "assignment2"
        for folder in (places.course.submitted, places.course.autograded, places.course.feedback)
    )
    for name in ("timestamp.txt", "submission_secret.txt"):
        assert (autograded / name).read_text() == (feedback / name).read_text() != (handed_in / name).read_text()
    assert not (places.course.feedback / "ben" / "assignment2" / "submission_secret.txt").exists()


def test_the_next_run_and_release_give_the_page_of_the_second_attempt(places, attempts, fetched):
    grade_class(places.course)
    nbgrader(places.course.root, "release_feedback", "assignment2")
    nbgrader(places.home, "fetch_feedback", "assignment2")
    second = [folder for folder in (fetched / "feedback").iterdir() if folder not in attempts]
    assert [folder.name for folder in second] == [
        (places.course.feedback / "ann" / "assignment2" / "timestamp.txt").read_text()
    ]
    assert len(list(second[0].iterdir())) == 4


def test_the_next_pages_list_changes_since_the_release(places, attempts):
    record = json.loads((places.course.released_feedback / "assignment2.json").read_text(encoding="utf-8"))
    assert list(record) == ["ann"], "ben's page was not released"
    for student in ("ann", "ben"):
        NbGrader(places.course).give_points("assignment2", student, "Dropout", "check_dropout_forward", 1)
    grade_class(places.course)
    told = [
        "A grader changed the points."
        in (places.course.feedback / student / "assignment2" / "Dropout.html").read_text()
        for student in ("ann", "ben")
    ]
    assert told == [True, False]
