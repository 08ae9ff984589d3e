"""Fixtures that several test files share."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from courses import ASSIGNMENT, copy_course
from environments import install, make_environment, site_packages

QUICK_IMPORTS = Path(__file__).with_name("quick_imports")
# The suite runs in several processes at once. With more BLAS threads than cores they wait for each other in busy loops,
# and an epoch of training takes nine minutes instead of one. Read by NumPy's BLAS when a process first loads it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# For nbgrader and Jupyter in processes of their own.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(QUICK_IMPORTS), os.environ.get("PYTHONPATH")]))


# Files that take half a minute or longer: the suite runs in several processes, and none should be left with one of
# these at the end while the others have nothing to do.
LONGEST = (
    *("test_notebooks_run", "test_mutants", "test_attacks", "test_authoring", "test_grading", "test_gradebook"),
    *("test_browser", "test_gradescope", "test_second_assignment", "test_sandbox_selftest", "test_kernels_wasm"),
    *("test_hidden_tests", "test_lite", "test_install", "test_new_course"),  # these with `make test-slow`
)


def pytest_collection_modifyitems(items):
    """Put the longest files first."""
    order = {f"{name}.py": position for position, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def pytest_collection_finish():
    """Keep the garbage collector from looking again and again at thousands of collected tests."""
    gc.freeze()


@pytest.fixture(autouse=True)
def own_umask():
    """What keeps its files private in one test must not do so in the next."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session", autouse=True)
def score_in_this_process():
    """Score classes in the process of the tests, see in_process."""
    with pytest.MonkeyPatch.context() as patch:
        _score_here(patch)
        yield


@pytest.fixture
def real_processes(monkeypatch):
    """Score classes in processes of their own, and prove the source notebooks each time, as a user's command does."""
    import in_process

    from autograder.grading import command

    monkeypatch.setattr(command, "open_workers", in_process.open_workers)
    monkeypatch.setattr(command, "prove", in_process._prove)


def _score_here(patch):
    import in_process

    from autograder.grading import command
    from autograder.scoring import scorer

    patch.setattr(command, "open_workers", in_process.this_process)
    patch.setattr(command, "prove", in_process.proven_once)
    patch.setattr(scorer, "_scorer", in_process.kept_scorer)


@pytest.fixture(scope="session")
def assignment():
    """The assignment of this repository."""
    return ASSIGNMENT


@pytest.fixture
def course(tmp_path):
    """A copy of this course, in a folder of its own."""

    from autograder.course.config import load_course

    return load_course(copy_course(tmp_path))


@pytest.fixture
def folder(tmp_path):
    """An unchanged submission."""
    shutil.copytree(Path(__file__).parent.parent / "release" / "assignment2", tmp_path / "assignment2")
    return tmp_path / "assignment2"


@pytest.fixture(scope="session")
def synthetic_data(tmp_path_factory):
    """Return a folder, usable as CS231N_DATA, with a stand-in of the size of CIFAR-10 (made once, in seconds)."""
    from cs231n.synthetic import make_synthetic

    folder = tmp_path_factory.mktemp("data")
    make_synthetic(folder, large=True)
    return folder


@pytest.fixture(scope="session")
def grader_wheel(tmp_path_factory):
    """The grader's wheel, as `make wheel` builds it."""
    folder = tmp_path_factory.mktemp("wheels")
    command = ["make", "-s", "-o", "setup", "wheel", f"BIN={Path(sys.executable).parent}", f"WHEELS={folder}"]
    subprocess.run(command, cwd=Path(__file__).parent.parent, check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="session")
def installed_grader(grader_wheel, tmp_path_factory):
    """Python of an environment with the grader's wheel and the libraries of this one, but nothing of this repository.

    Start it with `environments.without_repository(python)` as its environment variables.
    """
    folder = tmp_path_factory.mktemp("grader") / "venv"
    python = make_environment(folder, libraries=site_packages(sys.executable))
    install(python, "--no-deps", grader_wheel)
    return python


@pytest.fixture
def open_folder():
    """A folder that every user can enter, unlike pytest's: without namespaces the worker changes its user."""
    with tempfile.TemporaryDirectory(prefix="gradescope-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def bundled_course(tmp_path_factory):
    """A course whose bundle for Gradescope has been made."""

    from autograder.course.config import load_course
    from autograder.gradescope.bundle import bundle_for_gradescope

    folder = copy_course(tmp_path_factory.mktemp("course"))
    bundle_for_gradescope(load_course(folder))
    return load_course(folder)
