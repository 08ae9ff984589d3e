"""The kit as an archive of sources and as a wheel."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from courses import quick_compiler

import autograder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """What `pip install` of a published release builds: a wheel from the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.rstrip("\0").split("\0"):
        if name.startswith(("cs231n/", "student_tools/", "autograder/")) or "/" not in name:
            (folder / "kit" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "kit" / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=folder / "kit", check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder / "unpacked")
    (source,) = (folder / "unpacked").iterdir()
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(command, check=True, env={**os.environ, "CC": quick_compiler(folder)})
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_that_is_built_from_the_source_distribution_is_whole(wheel):
    """The archive must hold the kernels' headers too."""
    names = zipfile.ZipFile(wheel).namelist()
    templates = {f"autograder/{name}/{name}.html.j2" for name in ("feedback", "report", "similarity")}
    templates |= {f"autograder/authoring/templates/course/{name}.j2" for name in ("Makefile", ".gitignore")}
    expected = {"cs231n/fast_layers.py", "student_tools/check.py", "autograder/cli/grade.py", *templates}
    assert expected <= set(names)
    assert [name for name in names if name.startswith("autograder/assignments/")] == [], "a course brings its own"
    if shutil.which("cc") or shutil.which("gcc"):
        assert any(name.startswith("cs231n/_fast.") and name.endswith(".so") for name in names)


def test_the_grader_s_wheel_has_the_grader_and_the_students_tools_only(grader_wheel):
    assert grader_wheel.name == f"assignment_kit_grader-{autograder.__version__}-py3-none-any.whl", "no compiler"
    names = set(zipfile.ZipFile(grader_wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {name for name in tops if not name.startswith("assignment_kit_grader-")} == {"autograder", "student_tools"}
    assert [name for name in names if name.startswith("autograder/assignments/")] == []
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    library = {name for name in tracked.rstrip("\0").split("\0") if name.startswith(("autograder/", "student_tools/"))}
    library = {name for name in library if (ROOT / name).exists() and not name.startswith("autograder/assignments/")}
    assert library <= names, "every file of the library, data and templates included"


def test_the_metadata_of_the_grader_s_wheel_are_those_of_the_grader(grader_wheel):
    with zipfile.ZipFile(grader_wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(path).decode()
    assert re.search(r"^Name: (.*)$", metadata, re.MULTILINE)[1] == "assignment-kit-grader"
    needed = {line for line in re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE) if "extra ==" not in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Not what only the notebooks of this course use, and what opens them.
    others = {"matplotlib>=3.8", "jupyterlab>=4.2", "ipywidgets>=8.1"}
    assert needed == {*project["dependencies"], *project["optional-dependencies"]["grader"]} - others


def test_both_project_files_say_the_same_of_the_grader():
    own = tomllib.loads((ROOT / "autograder" / "grader_pyproject.toml").read_text(encoding="utf-8"))
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for extra, needed in own["project"]["optional-dependencies"].items():
        assert needed == whole["project"]["optional-dependencies"][extra]
    assert own["project"]["scripts"] == whole["project"]["scripts"]
    data = whole["tool"]["setuptools"]["package-data"]
    assert own["tool"]["setuptools"]["package-data"] == {name: data[name] for name in data if name != "cs231n"}


@pytest.mark.skipif(os.name != "posix", reason="programs lie elsewhere, and nothing starts again in UTF-8")
def test_the_installed_program_does_what_the_module_does(wheel, tmp_path):
    """In a locale without UTF-8 both start again with it: argparse writes the … of a help text."""
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tmp_path / "site", wheel]
    subprocess.run(install, check=True)
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(tmp_path / "site")}
    program, module = [tmp_path / "site" / "bin" / "autograder"], [sys.executable, "-m", "autograder"]
    for words, text in ((["--version"], "autograder 0."), (["extension", "--help"], "ID … DATE"), (["grade"], None)):
        done = [
            subprocess.run([*start, *words], cwd=tmp_path, env=os.environ | plain, capture_output=True, check=False)
            for start in (program, module)
        ]
        one, other = ((d.returncode, d.stdout.decode("utf-8"), d.stderr.decode("utf-8")) for d in done)
        assert one == other
        assert one[0] == (0 if text else 2), one
        assert text in one[1] if text else "expected course_config.py in" in one[2]
