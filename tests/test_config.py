"""course_config.py: valid settings, and the message for each typo."""

import shutil
from pathlib import Path

import pytest

from autograder.course.config import load_course
from autograder.course.settings import Settings, load_settings
from autograder.errors import UsageError


def write(folder, *lines):
    (folder / "course_config.py").write_text("c = get_config()\n" + "\n".join(lines) + "\n")


def test_settings_are_read(tmp_path):
    write(
        tmp_path,
        "c.CourseDirectory.course_id = 'cs999'",
        "c.CourseDirectory.submitted_directory = 'handed-in'",
    )
    course = load_course(tmp_path)
    assert (course.course_id, course.submitted) == ("cs999", tmp_path / "handed-in")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.AssignmentKit.job = 3", "did you mean jobs?"),
        ("c.AssignmentKit.colour = 3", "expected one of assignment, assignments, jobs"),
        ("c.AsignmentKit.jobs = 3", "did you mean c.AssignmentKit?"),
        ("c.AssignmentKit.jobs = 2.5", ": expected an int"),
        ("c.AssignmentKit.jobs = -1", "-1: expected a positive number, or 0 for one per core"),
        ("c.AssignmentKit.jobs = True", ": expected an int"),
        ("c.AssignmentKit.assignment = 2", ": expected a text"),
        ("c.AssignmentKit.marks_readable_by = 'all'", ": expected 'owner' or 'group' or 'everyone'"),
        (
            "c.AssignmentKit.total_points = 3",
            "a setting of an assignment: set c.Assignment.total_points in assignments/<assignment>/assignment.py",
        ),
        ("c.AssignmentKit.jobs = = 2", "does not run (line 2): SyntaxError: invalid syntax"),
        ("\nimport nothing_of_that_name", "does not run (line 3): ModuleNotFoundError"),
        ("c.AssignmentKit.jobs = 2\0", "does not run: SyntaxError"),
    ],
)
def test_a_wrong_setting_gives_a_remedy(tmp_path, line, words):
    write(tmp_path, line)
    with pytest.raises(UsageError) as error:
        load_course(tmp_path)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def settings_of(tmp_path, *lines):
    file = tmp_path / "assignment.py"
    file.write_text("c = get_config()\n" + "\n".join(lines) + "\n")
    return load_settings(file, "pool/assignment.py")


def test_settings_of_an_assignment_are_read(tmp_path):
    settings = settings_of(
        tmp_path,
        "c.Assignment.test_seconds = 2.5",
        "c.Assignment.choices = {'ties': ['all', 'first']}",
        "c.Assignment.options = {'ties': 'first'}",
    )
    assert (settings.limits.test_seconds, settings.limits.memory_mb) == (2.5, 1024)
    assert settings.tags_of_other_options == {"ties-all"}
    assert load_settings(tmp_path / "nothing.py", "nothing.py") == Settings()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.Assignment.test_second = 3", "c.Assignment.test_second, which does not exist: did you mean test_seconds?"),
        ("c.Assignment.colour = 3", "which does not exist: expected one of notebooks, total_points"),
        ("c.AssignmentKit.jobs = 3", "sets c.AssignmentKit: expected c.Assignment"),
        ("c.Assignment.test_seconds = '3'", ": expected a number"),
        ("c.Assignment.test_seconds = float('nan')", ": expected a positive, finite number"),
        ("c.Assignment.test_seconds = float('inf')", ": expected a positive, finite number"),
        ("c.Assignment.memory_mb = 0", ": expected a positive, finite number"),
        ("c.Assignment.notebooks = 'Dropout'", ": expected a list of texts"),
        ("c.Assignment.notebooks = ['Dropout', 3]", ": expected a list of texts"),
        ("c.Assignment.notebooks = 5", ": expected a list of texts"),
        ("c.Assignment.options = 'first'", ": expected a dict"),
        (
            "c.Assignment.options = {'ties': 'first'}",
            "the option 'ties': expected its allowed values in c.Assignment.choices",
        ),
        (
            "c.Assignment.choices = {'ties': ['all', 'none']}",
            "the option ties to None: expected 'all' or",
        ),
        ("c.Assignment.test_seconds = = 2", "does not run (line 2): SyntaxError: invalid syntax"),
    ],
)
def test_a_wrong_setting_of_an_assignment_gives_a_remedy(tmp_path, line, words):
    with pytest.raises(UsageError) as error:
        settings_of(tmp_path, line)
    assert words in str(error.value)
    assert str(error.value).startswith("pool/assignment.py ")
    assert "\n" not in str(error.value)


NBGRADERS = [
    "c.AssignLatePenalties.plugin_class = 'nbgrader.plugins.LateSubmissionPlugin'",
    "c.Exchange.root = '/srv/exchange'",
    "c.ExchangeFactory.list = 'nbgrader.exchange.default.ExchangeList'",
    "c.GenerateAssignment.create_assignment = True",
    "c.GenerateAssignmentApp.log_level = 10",
    "c.ReleaseAssignmentApp.log_level = 10",
    "c.FetchAssignmentApp.log_level = 10",
    "c.DbAssignmentListApp.log_level = 10",
    "c.AssignmentList.log_level = 10",
    "c.Assign.create_assignment = True",
    "c.Validator.width = 100",
    "c.ClearSolutions.code_stub = {'python': 'raise NotImplementedError()'}",
    "c.NbGrader.logfile = 'x.log'",
    "c.HTMLExporter.exclude_input = False",
    "c.FormgradeExtension.debug = False",
    "c.JupyterHubAuthPlugin.log_level = 10",
    "c.TenPercentADay.percent = 10",
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A course's folder; its course_config.py is each test's own."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(Path(__file__).parent.parent / "nbgrader_config.py", folder)
    return folder


def bridge(folder, *lines):
    from autograder.gradebook.nbgrader_api import NbGrader

    write(folder, *lines)
    return NbGrader(load_course(folder))


def test_all_options_of_nbgrader_and_of_the_courses_classes_are_accepted(settings):
    (settings / "penalties.py").write_text(
        "from nbgrader.plugins import BasePlugin\nfrom traitlets import Int\n\n\n"
        "class LateSubmissionPlugins(BasePlugin):\n    percent = Int(5).tag(config=True)\n\n\n"
        "def late_submission_penalty(self, student_id, score, seconds):\n    return self.percent\n\n\n"
        "LateSubmissionPlugins.late_submission_penalty = late_submission_penalty\n"
    )
    bridge(settings, *(line for line in NBGRADERS if "FormgradeExtension" not in line and "log_level" not in line))
    own = ["c.AssignLatePenalties.plugin_class = 'penalties.LateSubmissionPlugins'"]
    assert bridge(settings, *own, "c.LateSubmissionPlugins.percent = 7").late_penalty()("ann", 10, 1) == 7
    with pytest.raises(
        UsageError, match=r"c\.LateSubmissionPlugins\.percents, which does not exist: did you mean percent"
    ):
        bridge(settings, *own, "c.LateSubmissionPlugins.percents = 7")


@pytest.mark.parametrize("line", NBGRADERS)
def test_no_class_of_nbgrader_is_taken_for_a_typo(tmp_path, line):
    write(tmp_path, line)
    load_course(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.AssignLatePenaltys.plugin_class = 'x'", "did you mean c.AssignLatePenalties?"),
        ("c.AssignLatePenalties.plugin_clas = 'x'", "did you mean plugin_class?"),
        ("c.Exchange.roots = 'x'", "did you mean root?"),
        ("c.LateSubmissionPlugin.penalty_metod = 'zero'", "did you mean penalty_method?"),
        ("c.LateSubmissionPlugin.penalty_method = 'half'", "cannot load the late policy of course_config.py"),
        ("c.AssignLatePenalties.plugin_class = 'nowhere.Late'", "= 'nowhere.Late', which can't be imported (ModuleNot"),
        ("c.CourseDirectory.course_id = 5", "nbgrader refuses a value in course_config.py"),
        (
            "c.GenerateAssignment.preprocessors = ['nbgrader.preprocessors.SaveCells']",
            "without the required LeaveOutCells, ClearSol",
        ),
    ],
)
def test_options_that_nbgrader_would_ignore_or_fail_on_give_one_line(settings, line, words):
    with pytest.raises(UsageError) as error:
        bridge(settings, line).late_penalty()
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_options_without_effect_are_listed(settings):
    lines = [
        "c.TenPercentADay.percent = 10",
        "c.Execute.timeout = 60",
        "c.CourseDirectory.directory_structure = 'x'",
        "c.Exchange.root = '/srv'",
    ]
    said = bridge(settings, *lines).without_effect
    assert [line.split(",")[0] for line in said] == [
        "course_config.py sets c.TenPercentADay",
        "course_config.py sets c.Execute.timeout",
        "course_config.py sets c.CourseDirectory.directory_structure",
    ]
    assert "see test_seconds" in said[1]


def test_a_folder_without_settings_is_not_a_course(tmp_path):
    with pytest.raises(UsageError, match=r"expected course_config\.py in"):
        load_course(tmp_path)
