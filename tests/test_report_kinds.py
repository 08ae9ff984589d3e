"""What was repaired, and what could not be used, by kind: countable, and without a word of a student's."""

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course.config import load_course
from autograder.intake.submission import read_submission
from autograder.report.kinds import kind_of_problem, kind_of_repair
from autograder.sample_class.command import write_sample_class

ROOT = Path(__file__).parent.parent


def test_every_repair_and_problem_of_the_sample_class_has_a_kind(tmp_path, assignment):
    course = replace(load_course(ROOT), submitted=tmp_path)
    repairs, problems = set(), set()
    for student in write_sample_class(course):
        submission = read_submission(course.handed_in(student, assignment.name), assignment, student=student)
        repairs |= {kind_of_repair(line) for line in submission.repairs}
        problems |= {kind_of_problem(line) for line in submission.unusable.values()}
    assert len(repairs) >= 6
    assert problems == {"a file is no notebook"}
    assert "something else was put right" not in repairs


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A.ipynb: was found as A.ipynb: breaks off", "found by its cells"),
        ("A.ipynb: batchnorm_forward is defined in the cell layernorm_forward, and was taken from there", "one cell"),
        ("A.ipynb: the cell adam is in B.ipynb, and was taken from there", "in another notebook"),
        ("A.ipynb: counts, and not cell 7.ipynb, an edited copy with other work in it", "edited copies"),
        ("A.ipynb: cell 7 is damaged and was left out", "left out"),
        ("A.ipynb: was not in UTF-8 but in UTF-16; it was converted", "UTF-8"),
        ("A.ipynb: has unresolved conflicts of a merge; the first side of each counts", "merge"),
        ("A.ipynb: has 9 characters after its end; they were left out", "behind its end"),
        ("A.ipynb: is in an old format; it was converted", "another format"),
        ("and 3 more of this kind", "more was put right"),
        ("whatever a student likes", "something else was put right"),
    ],
)
def test_repairs_alike_are_of_one_kind(line, words):
    assert words in kind_of_repair(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A.ipynb can't be had: x is a link: put the files themselves there", "a link"),
        ("A.ipynb is larger than 64 MB: clear the outputs of its cells, save, and hand it in again", "too large"),
        ("A.ipynb was not handed in (the search for it ended at b.zip, which is too large: x)", "not handed in"),
        ("A.ipynb in is a link.zip is encrypted: pack it without a password", "encrypted"),
        ("A.ipynb is 2 times in a.zip: hand in an archive that holds it once", "an archive can't be used"),
        ("A.ipynb was not handed in (there is A.py: hand in the notebook itself, the file that ends in .ipynb)", "not"),
        ("A.ipynb was not handed in (there is no folder assignment2, but A.ipynb beside it)", "not handed in"),
        ("A.ipynb can't be read (Permission denied): hand in the notebook itself", "can't be read"),
        ("whatever a student likes", "another reason"),
    ],
)
def test_problems_alike_are_of_one_kind(line, words):
    assert words in kind_of_problem(line)
