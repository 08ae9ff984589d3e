"""The command line itself; the commands have their own tests."""

import pkgutil
import tomllib
from pathlib import Path

import pytest

import autograder.cli
from autograder.cli import COMMANDS, build_parser, main
from autograder.cli.output import listed
from autograder.errors import GraderError

ROOT = Path(__file__).parent.parent
NAMES = [name for names in COMMANDS.values() for name in names]
SHARED = {"arguments", "output"}  # modules of the folder that are not commands


def module_of(name):
    return pkgutil.resolve_name(f"autograder.cli.{name.replace('-', '_')}")


def printed(words, capsys):
    """Return (status, output) of a command line that ends before any command runs."""
    with pytest.raises(SystemExit) as stopped:
        main(words)
    out, err = capsys.readouterr()
    return stopped.value.code, out + err


def test_every_module_of_a_command_is_in_the_parser_once():
    modules = {module.name for module in pkgutil.iter_modules(autograder.cli.__path__)} - SHARED
    assert sorted(name.replace("-", "_") for name in NAMES) == sorted(modules)


def test_help_lists_every_command_below_its_reader(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    status, text = printed(["--help"], capsys)
    assert status == 0
    for reader, names in COMMANDS.items():
        section = text.partition(f"\n{reader}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(names)
        for name, line in zip(names, section.splitlines(), strict=True):
            assert line.split(maxsplit=1)[1].rstrip(".").casefold() == module_of(name).__doc__.rstrip(".").casefold()


def test_help_fits_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, printed(["--help"], capsys)[1].splitlines())) <= 60


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_each_command_starts_with_a_sentence(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    sentence = module_of(name).__doc__
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    status, text = printed([name, "--help"], capsys)
    assert status == 0
    assert text.startswith(f"usage: autograder {name} ")
    assert f"\n\n{sentence}\n" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_has_a_help_text(name):
    missing = [names for names, _, details in getattr(module_of(name).run, "arguments", ()) if not details.get("help")]
    assert missing == []


def test_the_version_is_that_of_the_project(capsys):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert printed(["--version"], capsys) == (0, f"autograder {project['version']}\n")


def test_only_commands_without_students_data_leave_files_readable():
    public = {name for name in NAMES if not getattr(module_of(name), "WITH_MARKS", True)}
    writing = {"new-course", "new-assignment", "new-exercise"}
    releasing = {"release", "lite", "tidy", "translations", "mutants"}
    assert public == writing | releasing | {"sample-class", "doctor", "gradescope-run"}


@pytest.mark.parametrize("name", NAMES)
def test_a_failure_of_the_grader_says_that_no_scores_were_written(name, capsys, monkeypatch):
    def fail(course, options):
        raise GraderError("the worker is gone")

    arguments = {"score": ["x"], "collect": ["x"], "inputs": ["x", "y"], "merge-gradebooks": ["x"]}
    arguments |= {"new-course": ["x"], "new-assignment": ["x"], "new-exercise": ["x", "--notebook", "y"]}
    monkeypatch.setattr(autograder.cli, "load_course", lambda: None)
    monkeypatch.setattr(autograder.cli, "keep_private", lambda course: None)
    options = build_parser().parse_args([name, *arguments.get(name, [])])
    monkeypatch.setattr(options.command, "run", fail)
    monkeypatch.setattr(autograder.cli, "build_parser", lambda: Parsed(options))
    assert main([name]) == 2
    no_scores = "the grader failed, no scores were written: "
    scores = name in ("score", "grade", "gradescope-run")
    assert capsys.readouterr().err == f"autograder: {no_scores if scores else ''}the worker is gone\n"


class Parsed:
    """A parser whose options are known."""

    def __init__(self, options):
        self.options = options

    def parse_args(self, arguments):
        return self.options


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["grade", "--jobs", "0"], "0 is not a positive number"),
        (["grade", "--jobs", "1_0"], "1_0 is not a positive number"),
        (["mutants", "--seeds", "-3"], "-3 is not a positive number"),
        (["new-exercise", "f", "--notebook", "A", "--points", "0"], "0 is not a positive number"),
        (["new-exercise", "f", "--notebook", "A", "--points", "inf"], "inf is not a positive number"),
        (["regrade-request", "ann", "f", "--points", "nan"], "nan is not a number"),
        (["regrade-request", "ann", "f", "--points", "x"], "x is not a number"),
        (["sample-class", "5", "--remove"], "not allowed with argument"),
        (["mutants", "--exercise", "f", "--page", "p.md"], "not allowed with argument"),
        (["grade", "--isolation", "docker"], "invalid choice: 'docker'"),
    ],
)
def test_bad_arguments_are_refused(words, what, capsys):
    status, text = printed(words, capsys)
    assert status == 2
    assert what in text


def test_good_numbers_are_read():
    parse = build_parser().parse_args
    assert parse(["grade", "--jobs", "12"]).jobs == 12
    assert parse(["new-exercise", "f", "--notebook", "A", "--points", "0.5"]).points == 0.5
    assert parse(["regrade-request", "ann", "f", "--points", "-1.5"]).points == -1.5
    assert parse(["sample-class"]).count is None


def test_a_long_list_of_names_is_cut_and_counted():
    assert listed(["ann", "b\x1b[2Jen"]) == "ann, b [2Jen"
    assert listed(str(n) for n in range(23)).endswith("18, 19 and 3 more")


@pytest.fixture
def broken_report(monkeypatch):
    """The command `report` with an error of the kit in it."""

    def fail(course, options):
        raise ValueError("no such layer")

    monkeypatch.setattr(autograder.cli, "keep_private", lambda course: None)
    monkeypatch.setattr(module_of("report"), "run", fail)
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("words", [["-v", "report"], ["report", "-v"], ["report", "--verbose"]])
def test_verbose_prints_versions_course_traceback_and_run_time(words, capsys, broken_report):
    assert main(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"autograder: version {autograder.__version__}, Python 3.")
    assert lines[0].endswith(f", course {ROOT}")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-2].endswith("(-v shows the traceback): ValueError: no such layer")
    assert lines[-1].startswith("autograder: finished after 0.")


def test_an_error_of_the_kit_is_one_line_without_verbose(capsys, broken_report):
    assert main(["report"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("(-v shows the traceback): ValueError: no such layer")


def test_an_environment_variable_also_asks_for_the_traceback(capsys, broken_report, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_TRACEBACK", "1")
    assert main(["report"]) == 2
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):")
