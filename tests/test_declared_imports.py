"""Each package declares every distribution that its code imports."""

import ast
import functools
import itertools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KIT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
STUDENT = tomllib.loads((ROOT / "source" / "assignment2" / "pyproject.toml").read_text(encoding="utf-8"))
GRADER = tomllib.loads((ROOT / "autograder" / "grader_pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ("autograder", "benchmarks", "cs231n", "docs", "student_tools", "tests")
BY_PATH = ("autograder/sandbox/worker", "docs", "tests")  # folders that programs and tests put on the path
# Module → distribution, of optional libraries that may be missing here.
NOT_INSTALLED = {"torch": "torch"}


distributions_of_modules = functools.cache(packages_distributions)  # it reads the lists of all installed files


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(project, *extras, build=False):
    """The normalized names of what a project file declares: dependencies, extras, and what builds it."""
    lists = [project["project"]["dependencies"]]
    lists += [project["project"]["optional-dependencies"][extra] for extra in extras]
    lists += [project["build-system"]["requires"]] if build else []
    return {normal(re.match(r"[\w.-]+", line)[0]) for line in itertools.chain(*lists)}


def imported(*folders):
    """The distributions that the code in some folders imports: dict of name → one file that imports it."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    files = [path for path in files if "attacks" not in path.parts]
    own = {*FOLDERS, "stats101", *(path.stem for folder in BY_PATH for path in (ROOT / folder).glob("*.py"))}
    known = distributions_of_modules()
    found = {}
    for path in files:
        siblings = {other.stem for other in path.parent.glob("*")}
        for name in names_imported(ast.parse(path.read_text(encoding="utf-8"))):
            if name not in sys.stdlib_module_names and name not in own | siblings:
                distributions = known.get(name) or [NOT_INSTALLED.get(name, f"no distribution of {name}")]
                found.setdefault(normal(distributions[0]), path.relative_to(ROOT).as_posix())
    return found


def names_imported(tree):
    """The top-level names of all imports, those of pytest.importorskip included."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(level=0):
                yield node.module.partition(".")[0]
            case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(value=str(name)), *_]):
                yield name.partition(".")[0]


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        pytest.param(("cs231n", "student_tools"), declared(STUDENT, build=True), id="student"),
        pytest.param(("cs231n", "student_tools"), declared(KIT, build=True), id="student part of the kit"),
        pytest.param(
            ("autograder", "student_tools"),
            declared(GRADER, "distributed", "similarity", "pandas"),
            id="grader",
        ),
        pytest.param(
            ("autograder", "cs231n", "student_tools"),
            declared(KIT, "grader", "distributed", "similarity", "pandas", build=True),
            id="kit",
        ),
        pytest.param(
            ("tests", "benchmarks", "docs"), declared(KIT, "grader", "dev", "docs", "bench", build=True), id="dev"
        ),
    ],
)
def test_every_imported_distribution_is_declared(folders, names):
    found = imported(*folders)
    assert len(found) >= 4
    assert {name: file for name, file in found.items() if name not in names} == {}


def test_imports_are_found_wherever_they_are():
    code = "import a.b, c\nfrom d.e import f\nfrom . import g\ndef h():\n    import i\nj = pytest.importorskip('k.l')\n"
    assert sorted(names_imported(ast.parse(code))) == ["a", "c", "d", "i", "k"]


def test_a_student_installs_nothing_of_the_grader():
    names = declared(STUDENT)
    assert names == declared(KIT)
    assert names & (declared(GRADER) - {"numpy", "tqdm", "ipykernel", "ipython", "nbclient", "nbformat"}) == set()
