"""Who may import whom: the arrows of the design, read from the source."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import autograder

ROOT = Path(__file__).parent.parent
IMPORTS = (ast.Import, ast.ImportFrom)


def imported_modules(path):
    """Full names of what a file imports, with the functions' own imports; without what an assignment has beside it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def tops(path):
    return {name.split(".")[0] for name in imported_modules(path)}


def files(folder):
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no Python file in {folder}"
    return found


GRADER = {"autograder", "nbgrader", "pytest", "course_config"}


@pytest.mark.parametrize("path", files("cs231n"), ids=lambda path: path.name)
def test_the_package_never_imports_the_autograder(path):
    assert not tops(path) & GRADER


@pytest.mark.parametrize("path", files("student_tools"), ids=lambda path: path.name)
def test_the_students_tools_know_no_course(path):
    assert not tops(path) & {"cs231n", *GRADER}
    assert re.findall("cs231n|conv|assignment2", path.read_text(encoding="utf-8"), re.IGNORECASE) == []


@pytest.mark.parametrize("path", files("student_tools"), ids=lambda path: path.name)
def test_the_students_tools_need_nothing_but_numpy_until_they_are_used(path):
    """A notebook's set-up cell imports them, also where nothing is installed that runs notebooks."""
    at_top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, IMPORTS)]
    modules = {alias.name for node in at_top if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in at_top if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= {"numpy", "student_tools", *sys.stdlib_module_names}


def test_the_students_tools_are_in_one_place_only():
    """What the package has of the same name only names its own assignment."""
    there_too = {path.stem for path in files("student_tools")} & {path.stem for path in files("cs231n")}
    assert there_too == {"__init__", "check", "notebook", "reload", "submit"}
    defined = {}
    for path in (*files("student_tools"), *files("cs231n")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                defined.setdefault(node.name, set()).add(path.parent.name)
    assert {name for name, folders in defined.items() if len(folders) > 1} <= {"main", "reload_changes"}


def declared(*extras):
    """Modules of the libraries that the project's file declares, for everybody and in some extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = (project["optional-dependencies"][extra] for extra in extras)
    names = {line.partition(">=")[0].partition("==")[0] for line in itertools.chain(project["dependencies"], *optional)}
    return {{"pyyaml": "yaml", "pillow": "PIL"}.get(name, name.replace("-", "_")) for name in names}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("cs231n", ()),
        ("student_tools", ()),
        ("autograder", ("grader", "distributed", "similarity")),
        ("tests", ("grader", "distributed", "dev")),
        ("benchmarks", ("grader", "dev", "bench")),
    ],
)
def test_every_library_that_is_imported_is_declared(folder, extras):
    worker = {path.stem for path in files("autograder/sandbox/worker")}
    own = {"cs231n", "student_tools", "autograder", "benchmarks", "course_config", *worker, *sys.stdlib_module_names}
    for path in files(folder):
        if "attacks" not in path.parts:
            beside = {other.stem for other in path.parent.glob("*")}
            # Its own cs231n/setup.py is run where setuptools is there, and says so where it is not.
            tools = {"setuptools", "Cython"} if path.name == "setup.py" else set()
            assert tops(path) <= declared(*extras) | own | beside | tools, path


def test_nbgrader_is_imported_in_modules_of_the_gradebook_only():
    importing = [
        path.name
        for folder in ("cs231n", "student_tools", "autograder")
        for path in files(folder)
        if "nbgrader" in tops(path)
    ]
    assert importing == [
        "exchange.py",
        "formgrader_handlers.py",
        "merging.py",
        "nbgrader_api.py",
        "nbgrader_revision.py",
        "nbgrader_times.py",
        "options.py",
        "preprocessors.py",
        "sanitizing.py",
        "zip_collecting.py",
    ]


def test_submissions_are_read_in_the_process_with_limits_only():
    name = "autograder.intake.submission.read_submission"
    assert [path.name for path in files("autograder") if name in imported_modules(path)] == ["reading_process.py"]
    importing = [p.name for p in files("autograder") if "autograder.intake.reading_process" in imported_modules(p)]
    assert importing == []


def test_no_folder_of_the_autograder_needs_one_that_needs_it():
    needs = {}
    for path in files("autograder"):
        room = path.relative_to(ROOT / "autograder").with_suffix("").parts[0]
        modules = {name.split(".")[1] for name in imported_modules(path) if name.startswith("autograder.")}
        needs.setdefault(room, set()).update(modules - {room})
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")
    stages = ["course", "scoring", "feedback", "gradebook", "grading", "report", "cli"]
    assert sorted(stages, key=order.index) == stages


HIDDEN_TESTS = [path for path in files("autograder/assignments") if path.name == "hidden_tests.py"]


@pytest.mark.parametrize("path", HIDDEN_TESTS, ids=lambda path: path.parent.name)
def test_hidden_tests_speak_to_a_proxy_only(path):
    public = {"autograder", *(f"autograder.{name}" for name in autograder.__all__)}
    assert tops(path) <= {"re", "functools", "numpy", "pytest", "autograder"}
    assert {name for name in imported_modules(path) if name.startswith("autograder")} <= public
    relative = [node for node in ast.walk(ast.parse(path.read_text())) if getattr(node, "level", 0)]
    assert {node.level for node in relative} <= {2}, "nothing beyond the folder of the assignment"


@pytest.mark.parametrize("path", files("autograder/sandbox/worker"), ids=lambda path: path.name)
def test_what_goes_into_the_sandbox_needs_nothing_of_the_trusted_side(path):
    beside = {other.stem for other in path.parent.glob("*.py")}
    assert tops(path) <= {"numpy", "student_tools", *beside, *sys.stdlib_module_names}


def test_the_trusted_side_never_unpickles_or_parses_what_students_send():
    """`ast` and `compile` belong to the worker, and to the checks on the instructor's own source."""
    own_source = {"mechanical.py", "mechanical_rules.py", "source_code.py", "validate.py"}
    for path in files("autograder"):
        if path.parent.name == "worker":
            continue
        modules = tops(path)
        assert not modules & {"pickle", "marshal", "shelve"}, path.name
        assert "ast" not in modules or path.name in own_source, path.name


def test_the_trusted_side_can_be_imported_on_systems_without_a_sandbox():
    """There every command has to get as far as saying that grading needs Linux."""
    only_on_linux = ("worker", "hidden_tests", "probes", "__", "nbgrader", "formgrader", "publishing")
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files("autograder")
        if not path.name.startswith(only_on_linux)
        and path.parent.name not in only_on_linux
        and not path.is_relative_to(ROOT / "autograder" / "assignments")
    ]
    linux_only = ("O_TMPFILE", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "memfd_create", "fork", "sched_getaffinity")
    code = (
        "import os, socket, select\n"
        f"for name in {linux_only}: delattr(os, name)\n"
        "for name in ('AF_UNIX', 'SO_PASSCRED', 'SCM_CREDENTIALS', 'CMSG_SPACE'): delattr(socket, name)\n"
        "del select.poll, select.POLLIN, select.POLLOUT\n"
        f"import importlib\n[importlib.import_module(name) for name in {modules!r}]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
