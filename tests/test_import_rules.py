"""Who may import whom: the arrows of the design, read from the source."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from courses import ASSIGNMENT

import autograder

ROOT = Path(__file__).parent.parent
IMPORTS = (ast.Import, ast.ImportFrom)


def imported_modules(path):
    """Full names of what a file imports, with the functions' own imports."""
    return modules_in(ast.parse(path.read_text(encoding="utf-8")))


def modules_in(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


class WithoutTypeImports(ast.NodeTransformer):
    """Takes out what a type checker alone reads."""

    def visit_If(self, node):
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def top_names(tree):
    return {name.split(".")[0] for name in modules_in(tree)}


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
    """A name of the package only names its own assignment."""
    there_too = {path.stem for path in files("student_tools")} & {path.stem for path in files("cs231n")}
    assert there_too == {"__init__", "check", "notebook", "reload", "submit"}
    defined = {}
    for path in (*files("student_tools"), *files("cs231n")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                defined.setdefault(node.name, set()).add(path.parent.name)
    assert {name for name, folders in defined.items() if len(folders) > 1} <= {"main", "reload_changes"}


def test_nbgrader_is_imported_in_modules_of_the_gradebook_only():
    importing = []
    for path in (*files("cs231n"), *files("student_tools"), *files("autograder")):
        if "nbgrader" in tops(path):
            assert path.parent.name == "gradebook"
            if "nbgrader" in top_names(WithoutTypeImports().visit(ast.parse(path.read_text(encoding="utf-8")))):
                importing.append(path.name)
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


def needed_parts():
    """Folder or module of the library → those that it imports."""
    needs = {}
    for path in files("autograder"):
        part = path.relative_to(ROOT / "autograder").with_suffix("").parts[0]
        modules = {name.split(".")[1] for name in imported_modules(path) if name.startswith("autograder.")}
        needs.setdefault(part, set()).update(modules & PARTS - {part})
    return needs


PARTS = {path.stem for path in (ROOT / "autograder").iterdir() if path.suffix in ("", ".py")}


def test_the_table_of_the_architecture_is_true():
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("| parts of ")[2]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.partition("\n\n")[0].splitlines()[2:]]
    place = {part: number for number, row in enumerate(rows) for part in row}
    needs = {
        part: other for part, other in needed_parts().items() if not part.startswith("__") and part != "assignments"
    }
    assert place.keys() == needs.keys()
    assert [f"{part} imports {o}" for part, others in needs.items() for o in others if place[o] > place[part]] == []


def test_no_folder_of_the_autograder_needs_one_that_needs_it():
    needs = needed_parts()
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")
    stages = ["course", "scoring", "feedback", "gradebook", "grading", "cli"]
    assert sorted(stages, key=order.index) == stages


CONTENT = files("autograder/assignments")
LIBRARY = [
    path
    for path in sorted((ROOT / "autograder").rglob("*"))
    if path.suffix in (".py", ".sh", ".j2") and not path.is_relative_to(ROOT / "autograder" / "assignments")
]


@pytest.mark.parametrize("path", CONTENT, ids=lambda path: "/".join(path.parts[-2:]))
def test_the_content_of_an_assignment_uses_what_the_library_exports(path):
    """It never imports student code, and hidden tests never import the student package."""
    allowed = {"re", "math", "functools", "numpy", "autograder", *autograder.__all__}
    if path.name == "sample_class.py":
        allowed.add("autograder.sample_class.profiles")
    if path.name == "environment.py":
        allowed |= {"cs231n.data_utils", "cs231n.synthetic"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    absolute = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level}
    absolute |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    libraries = {name for name in absolute if not name.startswith(("autograder.", "cs231n."))}
    assert {name.split(".")[0] for name in libraries} | (absolute - libraries) <= allowed


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: "/".join(path.parts[-2:]))
def test_the_library_names_no_assignment_and_no_exercise(path):
    text = path.read_text(encoding="utf-8")
    names = [*ASSIGNMENT.exercises, *(name.removesuffix(".ipynb") for name in ASSIGNMENT.sources)]
    names = [name for name in names if name not in ("Dropout", "adam", "rmsprop")]  # words of the field as well
    assert [name for name in ("cs231n", "assignment2", *names) if name in text] == []
    if path.suffix == ".py":
        assert not {name for name in imported_modules(path) if name.startswith("autograder.assignments")}


@pytest.mark.parametrize("path", files("autograder/sandbox/worker"), ids=lambda path: path.name)
def test_what_goes_into_the_sandbox_needs_nothing_of_the_trusted_side(path):
    own_modules = {other.stem for other in path.parent.glob("*.py")}
    optional = {"pandas"} if path.name == "wire_tables.py" else set()
    assert tops(path) <= {"numpy", "student_tools", *own_modules, *optional, *sys.stdlib_module_names}


def test_the_trusted_side_never_unpickles_or_parses_what_students_send():
    """`ast` and `compile` belong to the worker, and to the checks on the instructor's own source."""
    own_source = {"mechanical.py", "mechanical_rules.py", "draft_rules.py", "edits.py", "source_code.py", "validate.py"}
    own_source.add("code_texts.py")
    own_source |= {"messages.py"}
    for path in files("autograder"):
        if path.parent.name == "worker":
            continue
        modules = tops(path)
        assert not modules & {"pickle", "marshal", "shelve"}, path.name
        assert "ast" not in modules or path.name in own_source, path.name


def test_the_trusted_side_can_be_imported_on_systems_without_a_sandbox():
    """Every command must get as far as the message that grading needs Linux."""
    only_on_linux = ("worker", "assignments", "probes", "__", "nbgrader", "formgrader", "publishing")
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files("autograder")
        if not path.name.startswith(only_on_linux) and not {*path.parts} & {*only_on_linux}
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
