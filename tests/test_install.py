"""The student bundle, installed into new environments, with and without a compiler."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from courses import ASSIGNMENT, TWO, assign, copy_course, quick_compiler, unpack_bundle
from environments import install, make_environment, site_packages
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parent.parent
NO_COMPILER = "/bin/false"
needs_compiler = pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
JUPYTER = ("jupyterlab", "ipykernel", "ipywidgets", "nbclient", "nbformat")
ASK = "from cs231n.fast_layers import backend; print(backend().name)"
# The naive layers as a student may have written them, and their checks; most compare them with the fast layers.
CELLS = ("setup_convolution", "conv_forward_naive", "check_conv_forward_naive", "max_pool_forward_naive",
         "check_max_pool_forward_naive", "max_pool_backward_naive", "check_max_pool_backward_naive")  # fmt: skip


def environment(compiler=None, **more):
    """Return the environment variables of a student, without those of this project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CS231N_", "CC"))}
    return kept | ({"CC": compiler} if compiler else {}) | more


def build(kind, source, folder, compiler=None):
    """Build the source folder as "sdist" or "wheel", with the setuptools and Cython that run the tests."""
    folder.mkdir()
    command = f"from setuptools import build_meta; build_meta.build_{kind}({str(folder)!r})"
    environ = environment(compiler)
    subprocess.run([sys.executable, "-c", command], cwd=source, env=environ, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the installable files: dict of name → file."""
    folder = tmp_path_factory.mktemp("built")
    source = unpack_bundle(folder)
    files = {"sdist": build("sdist", source, folder / "sdist"), "wheel": build("wheel", source, folder / "wheel")}
    shutil.rmtree(source / "build")
    return files | {"wheel without compiler": build("wheel", source, folder / "uncompiled", NO_COMPILER)}


@pytest.fixture(scope="module", params=["lowest", "newest"])
def libraries(request, tmp_path_factory):
    """The folder with what cs231n and its build need, in the lowest versions that pyproject.toml allows or the newest.

    Without Jupyter, which these tests have no use for.
    """
    declared = tomllib.loads((ROOT / "source" / "assignment2" / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [name for name in declared["project"]["dependencies"] if not name.startswith(JUPYTER)]
    tools = declared["build-system"]["requires"]
    if request.param == "lowest":
        if sys.version_info >= (3, 13):
            pytest.skip("the lowest NumPy has no wheel for this Python")
        needed = [name.replace(">=", "==") for name in needed]
        tools = [name.replace(">=", "==") + ".*" for name in tools]  # not every series begins with a .0
    python = make_environment(tmp_path_factory.mktemp("libraries") / request.param)
    install(python, *needed, *tools)
    return site_packages(python)


@pytest.fixture
def python(libraries, tmp_path):
    """Return the Python of a new environment with only those libraries."""
    return make_environment(tmp_path / "venv", libraries=libraries)


def run_program(python, folder, *arguments):
    """Run a program in a folder; return its last line."""
    command = [python, *arguments]
    environ = environment(MPLBACKEND="agg")
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def visible_checks(assignment):
    """Return cells of the solved notebook as a program."""
    sources = {cell.grade_id: cell.source for cell in assignment.notebooks["ConvolutionalNetworks.ipynb"].cells}
    lines = "\n".join(sources[name] for name in CELLS).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "compiler", "backend"),
    [
        pytest.param("wheel", None, "cython", marks=needs_compiler),
        ("wheel without compiler", None, "numpy"),
        pytest.param("sdist", None, "cython", marks=needs_compiler),
        ("sdist", NO_COMPILER, "numpy"),
    ],
)
def test_what_is_installed_works(built, python, assignment, tmp_path, what, compiler, backend):
    install(python, "--no-deps", "--no-build-isolation", built[what], environ=environment(compiler))
    assert run_program(python, tmp_path, ROOT / "tests" / "installed_layers.py") == f"backend: {backend}"
    assert run_program(python, tmp_path, "-c", visible_checks(assignment)).endswith("✔")


@pytest.mark.slow
def test_figures_have_no_warnings(built, python, tmp_path):
    install(python, "--no-deps", "--no-build-isolation", built["wheel without compiler"], environ=environment())
    assert run_program(python, tmp_path, ROOT / "tests" / "draw_figures.py").endswith(": 7 figures")


@pytest.mark.slow
@needs_compiler
def test_a_wheel_spares_a_student_the_compiler(built, python, tmp_path):
    """Replace the package next to the notebooks, which Python finds first."""
    folder = unpack_bundle(tmp_path)
    assert run_program(python, folder, "-c", ASK) == "numpy"
    install(python, "--no-deps", "--upgrade", "--target", folder, built["wheel"])
    assert run_program(python, folder, "-c", ASK) == "cython"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compiler", "backend"), [pytest.param(None, "cython", marks=needs_compiler), (NO_COMPILER, "numpy")]
)
def test_a_student_can_install_the_unzipped_bundle(tmp_path, compiler, backend):
    folder = unpack_bundle(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    command = [python, "-m", "pip", "install", "-q", "-e", "."]
    subprocess.run(command, cwd=folder, env=environment(compiler), check=True)
    assert run_program(python, folder, ROOT / "tests" / "installed_layers.py") == f"backend: {backend}"


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the lowest NumPy has no wheel for this Python")
def test_a_class_is_graded_with_the_lowest_versions_that_are_allowed(tmp_path):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = declared["dependencies"] + declared["optional-dependencies"]["grader"]
    python = make_environment(tmp_path / "venv")
    install(python, *(name.replace(">=", "==") for name in needed))
    (site_packages(python) / "kit.pth").write_text(f"{ROOT}\n")
    course = copy_course(tmp_path / "course", notebooks=TWO)
    assign(course, total_points=110)
    for command in ("sample-class 3", "release --no-run", "grade", "report"):
        run_program(python, course, "-m", "autograder", *command.split())
    assert len(list((course / "feedback").glob("*/assignment2/*.html"))) == 3 * len(TWO)


@pytest.mark.slow
@needs_compiler
def test_the_extension_can_be_built_by_hand_and_serves_after_a_restart(tmp_path):
    """The command in the twin's message works: `python setup.py build_ext --inplace` in `cs231n`."""
    folder = unpack_bundle(tmp_path)
    # Not the environment of the tests: the kit is installed in it, and its extension would serve the folder's package.
    python = make_environment(tmp_path / "venv", libraries=site_packages(sys.executable))
    manager = KernelManager()
    manager.kernel_spec.argv[0] = str(python)
    manager.start_kernel(cwd=folder, env=environment())
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        message, backend = run_cell(client, ASK).splitlines()
        assert "run `python setup.py build_ext --inplace` in the cs231n folder and restart" in message
        assert backend == "numpy"
        command = [python, "setup.py", "build_ext", "--inplace"]
        environ = environment(quick_compiler(tmp_path))
        done = subprocess.run(command, cwd=folder / "cs231n", env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert run_cell(client, ASK) == "cython\n"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_cell(client, code):
    """Run a cell in a kernel; return its output."""
    printed = []

    def keep(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    client.execute_interactive(code, output_hook=keep, timeout=60)
    return "".join(printed)


def test_course_and_bundle_agree_on_the_notebooks():
    assignment = ASSIGNMENT
    released = {path.name for path in (ROOT / "release" / "assignment2").glob("*.ipynb")}
    assert released == set(assignment.notebooks)
