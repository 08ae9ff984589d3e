"""course_config.py: what an instructor may write, and what each typo is answered with."""

import pytest

from autograder.course.config import load_course
from autograder.errors import UsageError


def write(folder, *lines):
    (folder / "course_config.py").write_text("c = get_config()\n" + "\n".join(lines) + "\n")


def test_settings_are_read(tmp_path):
    write(
        tmp_path,
        "c.CourseDirectory.course_id = 'cs999'",
        "c.CourseDirectory.submitted_directory = 'handed-in'",
        "c.AssignmentKit.test_seconds = 2.5",
    )
    course = load_course(tmp_path)
    assert (course.course_id, course.submitted, course.limits.test_seconds) == ("cs999", tmp_path / "handed-in", 2.5)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.AssignmentKit.test_second = 3", "did you mean test_seconds?"),
        ("c.AssignmentKit.colour = 3", "there are assignment, notebooks, total_points"),
        ("c.AsignmentKit.jobs = 3", "did you mean c.AssignmentKit?"),
        ("c.AssignmentKit.test_seconds = '3'", "it has to be a number"),
        ("c.AssignmentKit.jobs = 2.5", "it has to be an int"),
        ("c.AssignmentKit.jobs = -1", "it has to be positive, or 0 for one per core"),
        ("c.AssignmentKit.test_seconds = float('nan')", "it has to be positive and finite"),
        ("c.AssignmentKit.test_seconds = float('inf')", "it has to be positive and finite"),
        ("c.AssignmentKit.jobs = True", "it has to be an int"),
        ("c.AssignmentKit.memory_mb = 0", "it has to be positive"),
        ("c.AssignmentKit.assignment = 2", "it has to be a text"),
        ("c.AssignmentKit.notebooks = 'Dropout'", "it has to be a list of texts"),
        ("c.AssignmentKit.notebooks = ['Dropout', 3]", "it has to be a list of texts"),
        ("c.AssignmentKit.max_pool_ties = 'first'", "it has to be 'subgradient' or 'every'"),
        ("c.AssignmentKit.jobs = = 2", "does not run in line 2: SyntaxError: invalid syntax"),
        ("\nimport nothing_of_that_name", "does not run in line 3: ModuleNotFoundError"),
        ("c.AssignmentKit.jobs = 2\0", "does not run: SyntaxError"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(tmp_path, line, words):
    write(tmp_path, line)
    with pytest.raises(UsageError) as error:
        load_course(tmp_path)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_without_settings_is_no_course(tmp_path):
    with pytest.raises(UsageError, match=r"there is no course_config\.py"):
        load_course(tmp_path)
