"""The student tools with the package of another course (statistics), without the kit."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from student_tools.manifest import FILE_NAME, describe

ROOT = Path(__file__).parent.parent
# The course's own modules, which its students import.
PACKAGE = {
    "__init__.py": "",
    "check.py": """
from pathlib import Path
from student_tools.check import check_close, check_true
if __name__ == "__main__":
    from student_tools.run_checks import start
    start(Path(__file__).parent)
""",
    "notebook.py": """
from pathlib import Path
from student_tools.notebook import definitions_for
definitions = definitions_for(Path(__file__).with_name("provided"))
""",
    "submit.py": """
from pathlib import Path
from student_tools.submit import start
if __name__ == "__main__":
    start(Path(__file__).parent)
""",
}
NOT_HANDED_OUT = "def total(values):\n    return sum(values)\n"
SETUP = """import sys
from stats_pkg.check import check_close
from stats_pkg.notebook import definitions
total = definitions("Sums.ipynb", "total")"""
STUB = "def {}(values):\n    raise NotImplementedError('{} is not written yet: put your code in its cell')"
ALONE = "assert not {'cs231n', 'autograder', 'nbgrader'} & set(sys.modules)"
NOTEBOOKS = {
    "Moments.ipynb": [
        ("setup", SETUP),
        ("mean", "def mean(values):\n    return total(values) / len(values)"),
        ("check_mean", f"{ALONE}\ncheck_close('mean', mean([1, 2, 6]), 3.0, 1e-12)"),
    ],
    "Spread.ipynb": [
        ("setup", f"{SETUP}\nmean = definitions('Moments.ipynb', 'mean')"),
        ("variance", "def variance(values):\n    m = mean(values)\n    return mean([(v - m) ** 2 for v in values])"),
        ("check_variance", "check_close('variance', variance([1, 3]), 1.0, 1e-12)"),
    ],
}
# Neither the kit nor its student package can be imported, wherever this Python has them.
PROGRAM = """
import runpy, sys
sys.modules.update(dict.fromkeys(("cs231n", "autograder", "nbgrader")))
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def write_notebook(path, cells):
    made = []
    for name, source in cells:
        made.append(nbformat.v4.new_code_cell(source))
        is_solution, is_check = name in ("mean", "variance"), name.startswith("check_")
        facts = {"grade_id": name, "solution": is_solution, "grade": is_check, "locked": not is_solution}
        made[-1].metadata = {"nbgrader": facts | ({"points": 5} if is_check else {})}
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


@pytest.fixture
def folder(tmp_path):
    """The unzipped student bundle, with solved exercises."""
    folder = tmp_path / "stats"
    for name, text in {**PACKAGE, "provided/Sums.py": NOT_HANDED_OUT}.items():
        (folder / "stats_pkg" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "stats_pkg" / name).write_text(text)
    shutil.copytree(ROOT / "student_tools", folder / "student_tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name, (setup, (exercise, _), check) in NOTEBOOKS.items():
        write_notebook(folder / name, [setup, (exercise, STUB.format(exercise, exercise)), check])
    released = {name: json.loads((folder / name).read_text()) for name in NOTEBOOKS}
    manifest = describe(
        "spread", released, max_bytes=10**6, python=sys.version_info, packages=["pandas", "stats_pkg", "student_tools"]
    )
    (folder / "stats_pkg" / FILE_NAME).write_text(json.dumps(manifest))
    for name, cells in NOTEBOOKS.items():
        write_notebook(folder / name, cells)
    return folder


def run(folder, module, *words):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", PROGRAM, module, *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["stats_pkg", "student_tools"])
def test_notebooks_of_another_course_are_checked(folder, package):
    done = run(folder, f"{package}.check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        *("Moments.ipynb", "  ✔ mean", "Spread.ipynb", "  ✔ variance", "2 of 2 checks pass"),
    ]


def test_a_wrong_function_and_a_missing_one_of_another_course_are_named(folder):
    setup, _, check = NOTEBOOKS["Moments.ipynb"]
    write_notebook(folder / "Moments.ipynb", [setup, ("mean", "def mean(values):\n    return 0.0"), check])
    setup, _, check = NOTEBOOKS["Spread.ipynb"]
    write_notebook(folder / "Spread.ipynb", [setup, ("variance", STUB.format("variance", "variance")), check])
    done = run(folder, "stats_pkg.check")
    assert done.returncode == 1
    assert "  ✘ mean: mean: relative error 1 is above the tolerance 1e-12" in done.stdout
    assert done.stdout.splitlines()[-3:] == ["0 of 2 checks pass", "left to write: variance", "left to fix: mean"]


@pytest.mark.parametrize("package", ["stats_pkg", "student_tools"])
def test_another_course_has_hints_of_its_own(folder, package):
    """The function uses one of a notebook that is not released."""
    example = {"given": "", "call": "m = mean([1, 2, 6])", "expected": {"m": 4.0}, "tolerance": 1e-9, "optional": False}
    hints = {"begin": "Add, then divide.", "needs": [], "examples": [{**example, "first": "A sum.", "second": "N."}]}
    (folder / "stats_pkg" / "hints.json").write_text(json.dumps({"mean": hints}))
    done = run(folder, f"{package}.check", "--hint", "mean")
    assert done.returncode == 1
    assert done.stdout.endswith(
        "m: expected 4.\n        got 3.\n\nSecond hint: python -m " + package + ".check --hint mean --second\n"
    )
    assert run(folder, f"{package}.check", "--hint", "mean", "--second").stdout == "mean, second hint:\n\nN.\n"


@pytest.mark.parametrize("package", ["stats_pkg", "student_tools"])
def test_notebooks_of_another_course_are_packed(folder, package):
    done = run(folder, f"{package}.submit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hand in spread-submission.zip" in done.stdout
    assert "its cell is unchanged" not in done.stdout
    with zipfile.ZipFile(folder / "spread-submission.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (folder / name).read_bytes() for name in NOTEBOOKS
        }


def test_the_course_says_which_libraries_its_exercises_may_use(folder):
    setup, _, check = NOTEBOOKS["Moments.ipynb"]
    source = "import numpy as np\nimport pandas as pd\ndef mean(values):\n    return np.mean(pd.Series(values))"
    write_notebook(folder / "Moments.ipynb", [setup, ("mean", source), check])
    printed = run(folder, "stats_pkg.submit").stdout
    assert "mean needs numpy (cell mean, line 1), which the grader does not have" in printed
    assert "needs pandas" not in printed


def test_messages_name_the_command_of_the_course(folder):
    assert run(folder, "stats_pkg.submit", "nowhere").stderr.startswith("python -m stats_pkg.submit: nowhere is not")
    assert run(folder, "stats_pkg.check", "--help").stdout.startswith("usage: python -m stats_pkg.check ")
