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
from courses import quick_compiler, unpack_bundle
from environments import install, make_environment, site_packages, without_repository

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


@pytest.mark.slow
def test_the_wheel_has_every_file_of_its_packages(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    compiled = {name for name in names if name.startswith("cs231n/_fast.") and name.endswith((".so", ".pyd"))}
    assert names - compiled == packaged_files("autograder", "cs231n", "student_tools")
    assert len(compiled) == bool(shutil.which("cc") or shutil.which("gcc"))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into an ELF file")
def test_the_extension_has_no_debug_symbols(wheel):
    with zipfile.ZipFile(wheel) as archive:
        compiled = [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
    assert not any(b".debug_info" in content for content in compiled)


@pytest.mark.slow
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
    assert (project["readme"] == "README.md") == is_of_students


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


@pytest.mark.slow
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


# ---------------------------------------------------------------- the tools that check packages


@pytest.fixture(scope="module")
def student_packages(tmp_path_factory):
    """Source distribution and wheel of the student bundle, without the extension."""
    folder = tmp_path_factory.mktemp("student")
    source = unpack_bundle(folder)
    for kind in ("sdist", "wheel"):
        command = f"from setuptools import build_meta; build_meta.build_{kind}({str(folder)!r})"
        environ = {**os.environ, "CC": "/bin/false"}
        subprocess.run([sys.executable, "-c", command], cwd=source, env=environ, check=True, capture_output=True)
    (archive,), (built,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return archive, built


def run_tool(*command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_twine_accepts_every_package(sdist, wheel, grader_wheel, student_packages):
    run_tool("twine", "check", "--strict", sdist, wheel, grader_wheel, *student_packages)


@pytest.mark.slow
def test_check_wheel_contents_accepts_every_wheel(wheel, grader_wheel, student_packages):
    run_tool("check_wheel_contents", "--config", "pyproject.toml", wheel)
    # W009: packages that belong together. W002: one file is installed for Jupyter as well.
    tops = ["--no-config", "--toplevel"]
    run_tool("check_wheel_contents", *tops, "autograder,student_tools", "--ignore", "W002,W009", grader_wheel)
    run_tool("check_wheel_contents", *tops, "cs231n,student_tools", "--ignore", "W009", student_packages[1])


@pytest.mark.slow
def test_pyroma_gives_every_package_full_marks(sdist, student_packages, tmp_path):
    """Without the ratings for an address: the project has neither a public site nor a mailbox."""
    shutil.copytree(ROOT / "student_tools", tmp_path / "grader" / "student_tools")
    shutil.copytree(ROOT / "autograder", tmp_path / "grader" / "autograder")
    shutil.copy(ROOT / "LICENSE", tmp_path / "grader")
    shutil.copy(ROOT / "autograder" / "grader_pyproject.toml", tmp_path / "grader" / "pyproject.toml")
    for package in (sdist, tmp_path / "grader", student_packages[0]):
        run_tool("pyroma", "--min", "10", "--skip-tests", "AuthorEmail,Url", package)


@pytest.mark.slow
def test_the_installed_wheel_passes_the_tests_of_the_student_package(wheel, tmp_path):
    """The tests run in a folder without the repository, so nothing but the installed packages is found."""
    python = make_environment(tmp_path / "venv", libraries=site_packages(sys.executable))
    install(python, "--no-deps", wheel)
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("layers", "layer_utils", "optim", "gradient_check", "plot_style", "moments"):
        shutil.copy(ROOT / "tests" / f"test_{name}.py", tests)
    shutil.copy(ROOT / "tests" / "contrast.py", tests)
    (tests / "test_place.py").write_text(
        "import autograder, cs231n, student_tools\n"
        "from pathlib import Path\n\n"
        "def test_place():\n"
        f"    folder = {str(site_packages(python))!r}\n"
        "    for package in (autograder, cs231n, student_tools):\n"
        "        assert Path(package.__file__).is_relative_to(folder)\n"
        "        assert Path(package.__file__).with_name('py.typed').is_file()\n"
    )
    command = [python, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "."]
    environ = without_repository(python, OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, cwd=tests, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
