"""The kit as an archive of sources and as a wheel."""

import email
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from courses import quick_compiler

import autograder

ROOT = Path(__file__).parent.parent


def tracked_files():
    """The files of the repository that git tracks, without deleted ones."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.rstrip("\0").split("\0") if (ROOT / name).exists()}


def packaged_files(*packages):
    """The tracked files of some packages, without the assignments, which are content of a course."""
    tops = tuple(f"{name}/" for name in packages)
    return {n for n in tracked_files() if n.startswith(tops) and not n.startswith("autograder/assignments/")}


def metadata_of(wheel):
    """The METADATA of a wheel, as a message."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(path))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source distribution, built from a clean copy of the repository."""
    folder = tmp_path_factory.mktemp("sdist")
    for name in tracked_files():
        (folder / "kit" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "kit" / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=folder / "kit", check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel, built from the source distribution as `pip install` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.unpack_archive(sdist, folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source]
    subprocess.run(command, check=True, env={**os.environ, "CC": quick_compiler(folder)})
    (built,) = folder.glob("*.whl")
    return built


def test_the_source_distribution_has_every_tracked_file(sdist):
    with tarfile.open(sdist) as archive:
        files = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert tracked_files() - files == set()
    written = {name for name in files - tracked_files() if not name.startswith("cs231n_assignment_kit.egg-info/")}
    assert written == {"PKG-INFO", "setup.cfg"}


def test_the_wheel_has_every_file_of_its_packages(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    compiled = {name for name in names if name.startswith("cs231n/_fast.") and name.endswith((".so", ".pyd"))}
    assert names - compiled == packaged_files("autograder", "cs231n", "student_tools")
    assert len(compiled) == bool(shutil.which("cc") or shutil.which("gcc"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into an ELF file")
def test_the_extension_has_no_debug_symbols(wheel):
    with zipfile.ZipFile(wheel) as archive:
        compiled = [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
    assert not any(b".debug_info" in content for content in compiled)


def test_the_wheel_says_who_made_it_and_for_whom(wheel):
    metadata = metadata_of(wheel)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert metadata["Name"] == "cs231n-assignment-kit"
    assert metadata["Version"] == citation["version"] == autograder.__version__
    assert metadata["Author"] == citation["authors"][0]["name"]
    assert metadata["License-Expression"] == citation["license"]
    assert metadata["Keywords"].split(",") == project["keywords"] == citation["keywords"]
    assert metadata.get_all("Classifier") == project["classifiers"]
    assert metadata["Project-URL"] is None, "the project has no public address"


@pytest.mark.parametrize(
    "name",
    [
        "autograder/grader_pyproject.toml",
        "source/assignment2/pyproject.toml",
        "tests/courses/assignment1/source/pyproject.toml",
    ],
)
def test_the_other_packages_have_metadata_of_their_own(name):
    project = tomllib.loads((ROOT / name).read_text(encoding="utf-8"))["project"]
    kit = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for key in ("name", "description"):
        assert project[key] != kit[key]
    for key in ("authors", "license", "requires-python"):
        assert project[key] == kit[key]
    versions = {line for line in kit["classifiers"] if line.startswith("Programming Language :: Python :: 3")}
    assert versions <= set(project["classifiers"])
    assert project["keywords"]
    is_of_students = name != "autograder/grader_pyproject.toml"
    assert ("Private :: Do Not Upload" in project["classifiers"]) == is_of_students
    assert project.get("readme") == ("README.md" if is_of_students else None)


def test_the_grader_s_wheel_has_the_grader_and_the_students_tools_only(grader_wheel):
    assert grader_wheel.name == f"assignment_kit_grader-{autograder.__version__}-py3-none-any.whl", "no compiler"
    names = {name for name in zipfile.ZipFile(grader_wheel).namelist() if not name.startswith("assignment_kit_grader-")}
    assert names == packaged_files("autograder", "student_tools"), "data and templates included"


def test_the_metadata_of_the_grader_s_wheel_are_those_of_the_grader(grader_wheel):
    metadata = metadata_of(grader_wheel)
    assert metadata["Name"] == "assignment-kit-grader"
    needed = {line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line}
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
    for key in ("version", "requires-python", "license", "authors"):
        assert own["project"].get(key, whole["project"][key]) == whole["project"][key]


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
        assert text in one[1] if text else "there is no course_config.py in" in one[2]
