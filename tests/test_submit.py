"""`python -m cs231n.submit`: faults, remarks, and the zip."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from courses import released_files, unpack_bundle

from autograder.course.cells import name_stubs
from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.submission import read_submission
from autograder.sample_class.command import solved_submission
from student_tools.manifest import FILE_NAME, read_manifest
from student_tools.submit import main, start

ROOT = Path(__file__).parent.parent
CONVOLUTION, BATCHNORM = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
STUB = name_stubs("    # YOUR CODE HERE\n    raise NotImplementedError()", "conv_forward_naive")


@pytest.fixture(scope="module")
def handed_out():
    return json.loads(released_files()["assignment2/cs231n/handed_out.json"])


@pytest.fixture(scope="module")
def package(tmp_path_factory, handed_out):
    """A folder that has a manifest, as the package that students get."""
    return package_with(tmp_path_factory.mktemp("installed"), handed_out)


def package_with(folder, manifest):
    (folder / "cs231n").mkdir()
    (folder / "cs231n" / FILE_NAME).write_text(json.dumps(manifest))
    return folder / "cs231n"


@pytest.fixture
def folder(tmp_path, monkeypatch, assignment):
    """A folder with all notebooks solved and run, which is the current one."""
    stage_submission(solved_submission(assignment, "somebody"), assignment, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in assignment.notebooks:
        edit(name, run)
    return tmp_path


def edit(name, change):
    content = json.loads(Path(name).read_text())
    change(content["cells"])
    Path(name).write_text(json.dumps(content))


def run(cells):
    next(cell for cell in cells if cell["cell_type"] == "code")["execution_count"] = 1


def find(cells, grade_id):
    return next(cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def own(source):
    return {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": 1, "source": source}


def test_whole_notebooks_go_into_one_zip_as_they_are(folder, package, assignment, capsys):
    assert main([], package=package) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"  ✔ {', '.join(sorted(assignment.notebooks))}"
    assert printed[1].startswith("hand in assignment2-submission.zip (")
    with zipfile.ZipFile("assignment2-submission.zip") as archive:
        assert archive.namelist() == sorted(assignment.notebooks)
        for name in archive.namelist():
            assert archive.read(name) == (folder / name).read_bytes()
    submission = read_submission(folder / "assignment2-submission.zip", assignment, student="somebody")
    assert not submission.unusable
    assert submission.attempted == {*assignment.exercises, *assignment.questions}


def test_the_same_notebooks_make_the_same_zip(folder, package):
    assert main(["--output", "a.zip"], package=package) == 0
    os.utime(CONVOLUTION, (1, 1))
    assert main([str(folder), "--output", "b.zip"], package=package) == 0
    assert Path("a.zip").read_bytes() == Path("b.zip").read_bytes()


def remove(name):
    return lambda: Path(name).unlink()


def cells_of(name, change):
    return lambda: edit(name, change)


FAULTS = {
    f"{BATCHNORM}: is missing in this folder; it has {CONVOLUTION}, Dropout.ipynb, Fully": remove(BATCHNORM),
    f"{CONVOLUTION}: is not a readable": lambda: Path(CONVOLUTION).write_text(Path(CONVOLUTION).read_text()[:5000]),
    f"{BATCHNORM}: is not a readable notebook": lambda: Path(BATCHNORM).write_text("[]"),
    f"{BATCHNORM}: can't be read": lambda: (Path(BATCHNORM).unlink(), Path(BATCHNORM).mkdir()),
    "MiB: clear large outputs": cells_of(CONVOLUTION, lambda cells: cells[1].update(outputs=["x" * (64 << 20)])),
    "the cell conv_forward_naive is missing: copy it from the released notebook": cells_of(
        CONVOLUTION, lambda cells: cells.remove(find(cells, "conv_forward_naive"))
    ),
    "the cell check_layernorm_forward is missing: copy it from the released notebook": cells_of(
        BATCHNORM, lambda cells: find(cells, "check_layernorm_forward")["metadata"].clear()
    ),
    "the cell layernorm_forward appears 2 times": cells_of(
        BATCHNORM, lambda cells: cells.append(find(cells, "layernorm_forward"))
    ),
    "cell conv_forward_naive, line 2: not valid Python": cells_of(
        CONVOLUTION, lambda cells: find(cells, "conv_forward_naive").update(source="def conv_forward_naive():\n  x = (")
    ),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_fault_is_named_in_one_line_and_nothing_is_written(folder, package, capsys, words):
    FAULTS[words]()
    assert main([], package=package) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("  ✘ ") and words in line], lines
    assert lines[-1].startswith("no zip was written")
    assert not list(folder.glob("*.zip"))


def test_all_faults_are_named_at_once(folder, package, assignment, capsys):
    for name in assignment.notebooks:
        Path(name).unlink()
    assert main([], package=package) == 1
    assert capsys.readouterr().out.count(f"there are no notebooks in {folder}") == len(assignment.notebooks)


def test_in_the_folder_above_the_message_names_the_folder_of_the_notebooks(folder, package, assignment, capsys):
    (folder / "inside").mkdir()
    for name in assignment.notebooks:
        Path(name).rename(folder / "inside" / name)
    assert main([], package=package) == 1
    assert capsys.readouterr().out.count("the folder inside has it: go to that folder") == len(assignment.notebooks)


def blank(cells):
    cell = find(cells, "conv_forward_naive")
    head = "".join(cell["source"]).split('"""')
    cell["source"] = f'{head[0]}"""{head[1]}"""\n{STUB}'


REMARKS = {
    f"{CONVOLUTION}: conv_forward_naive is not started yet: its cell is unchanged": (CONVOLUTION, blank),
    "conv_forward_naive is defined 2 times (cell conv_forward_naive, code cell 40)": (
        CONVOLUTION,
        lambda cells: cells.append(own("def conv_forward_naive(x): pass")),
    ),
    "layernorm_forward is not defined at the top level of any cell": (
        BATCHNORM,
        lambda cells: find(cells, "layernorm_forward").update(source="pass"),
    ),
    "of any cell (its cell defines layer_norm_forward, helper): it will count": (
        BATCHNORM,
        lambda cells: find(cells, "layernorm_forward").update(
            source="def layer_norm_forward(x): pass\ndef helper(): pass"
        ),
    ),
    f"{BATCHNORM}: was never run": (BATCHNORM, lambda cells: cells[2].update(execution_count=None)),
    "code cell 25, line 1: not valid Python": (BATCHNORM, lambda cells: cells.append(own("x = ("))),
    "you changed the cell check_layernorm_forward": (
        BATCHNORM,
        lambda cells: find(cells, "check_layernorm_forward").update(source="pass"),
    ),
}


def starts_with(text):
    """The first exercise of the convolutions with some text at the beginning of its body."""

    def change(cells):
        cell = find(cells, "conv_forward_naive")
        head, doc, body = "".join(cell["source"]).split('"""')
        cell["source"] = f'{head}"""{doc}"""\n    {text}\n{body}'

    return change


def ends_with(text):
    return lambda cells: find(cells, "conv_forward_naive").update(
        source="".join(find(cells, "conv_forward_naive")["source"]) + f"\n    {text}\n"
    )


def with_own(source, text):
    def change(cells):
        cells.insert(3, own(source))
        starts_with(text)(cells)

    return change


STUB_OF_A_METHOD = name_stubs("        # YOUR CODE HERE\n        raise NotImplementedError()", "ThreeLayerConvNet")


def half_written(cells):
    cell = find(cells, "ThreeLayerConvNet")
    head, loss = "".join(cell["source"]).split("    def loss(")
    cell["source"] = f"{head}    def loss({loss.partition(':')[0]}:\n{STUB_OF_A_METHOD}"


REMARKS |= {
    f"{CONVOLUTION}: conv_forward_naive uses nothing (cell conv_forward_naive, line ": (
        CONVOLUTION, starts_with("nothing(x)")),
    "which no cell of this notebook defines": (CONVOLUTION, with_own("def helper(x): return nowhere", "helper(x)")),
    "uses EPS (cell conv_forward_naive, line 17), which is computed in code cell 2, line 2: the grader keeps only": (
        CONVOLUTION, with_own("\nEPS = float('1e-5')", "EPS")),
    "uses data (cell conv_forward_naive, line 17), which is computed in cell load_cifar10, line 1": (
        CONVOLUTION, with_own("for data in range(3): pass", "data")),
    "uses get_ipython (cell conv_forward_naive, line 17), which belongs to IPython": (
        CONVOLUTION, starts_with("get_ipython()")),
    "needs einops (code cell 2, line 1), which the grader does not have": (
        CONVOLUTION, with_own("from einops import rearrange, repeat", "rearrange(x)")),
    "needs matplotlib.pyplot (cell setup_convolution, line 3)": (CONVOLUTION, starts_with("plt.plot(x)")),
    "needs torch.nn (cell conv_forward_naive, line 17)": (CONVOLUTION, starts_with("import torch.nn")),
    "conv_forward_naive: line 32, `raise NotImplementedError`, is never reached: delete it": (
        CONVOLUTION, ends_with("raise NotImplementedError()")),
    "conv_forward_naive stops at line 17, `raise NotImplementedError`, which is still there: delete it": (
        CONVOLUTION, starts_with("raise NotImplementedError()")),
    "ThreeLayerConvNet.loss is not written yet: replace line 54": (CONVOLUTION, half_written),
    f"{BATCHNORM}: the question in the cell question_small_batches is not answered yet: it gives 5 of 170 points": (
        BATCHNORM, lambda cells: find(cells, "question_small_batches").update(source=" YOUR ANSWER HERE ")),
    "the cell question_small_batches for your answer is missing": (
        BATCHNORM, lambda cells: cells.remove(find(cells, "question_small_batches"))),
}  # fmt: skip


@pytest.mark.parametrize("words", REMARKS)
def test_remarks_are_printed_and_the_zip_is_written(folder, package, capsys, words):
    edit(*REMARKS[words])
    assert main([], package=package) == 0
    remarks = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ! ")]
    assert len(remarks) == 1
    assert words in remarks[0]
    assert Path("assignment2-submission.zip").exists()


HARMLESS = """def inner(y: Unknown) -> Unknown:
        count: Number = 0
        return [y for y in range(3) if y != count]
    if not x.size:
        raise NotImplementedError("no empty input")
    elif x.ndim == 0:
        raise NotImplementedError
    try:
        import pandas
    except ImportError:
        pandas = None
    try:
        xrange
    except NameError:
        pass
    njit(inner)(3), reduce(max, [1]), display(x), __name__"""


def test_allowed_code_gives_no_remark(folder, package, capsys):
    def harmless(cells):
        find(cells, "conv_forward_naive")["source"] = "import numpy as np\n" + "".join(
            find(cells, "conv_forward_naive")["source"]
        )
        find(cells, "check_conv_forward_naive")["source"].append("\n\n")
        starts_with(HARMLESS)(cells)
        cells.insert(3, own("def shows(x: Tensor) -> Figure:\n    plt.plot(data[x])"))  # no exercise calls it
        cells.insert(3, own("try:\n    from numba import njit\nexcept ImportError:\n    njit = lambda f: f"))
        cells.insert(3, own("data = get_CIFAR10_data()\nfrom functools import *"))
        cells.insert(3, own("%%bash\nls | wc"))
        cells.insert(3, own("%timeit 1\n!ls"))
        cells.append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "notes: x = ("})

    edit(CONVOLUTION, harmless)
    assert main([], package=package) == 0
    assert "  ! " not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["nowhere"], ["--output", "."], ["--output", "nowhere/a.zip"], ["--output", CONVOLUTION]]
)
def test_bad_usage_gives_one_line_and_exit_status_2(folder, package, capsys, words):
    before = (folder / CONVOLUTION).read_bytes()
    assert main(words, package=package) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert (folder / CONVOLUTION).read_bytes() == before


def test_an_answer_next_to_its_cell_is_an_answer(folder, package, capsys):
    def answer(cells):
        cell = find(cells, "question_small_batches")
        cell["source"] = "YOUR ANSWER HERE"
        cells.insert(cells.index(cell) + 1, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "Because."})

    edit(BATCHNORM, answer)
    assert main([], package=package) == 0
    assert "question" not in capsys.readouterr().out


def test_a_file_that_a_notebook_imports_goes_into_the_zip(folder, package, assignment, capsys):
    edit(CONVOLUTION, with_own("from helpers import twice\nfrom tools.more import once", "twice(once(x))"))
    (folder / "helpers.py").write_text("def twice(x): return 2 * x")
    (folder / "unused.py").write_text("")
    (folder / "tools").mkdir()
    (folder / "tools" / "more.py").write_text("def once(x): return x")
    assert main([], package=package) == 0
    printed = capsys.readouterr().out
    assert f"  ! helpers.py: goes into the zip because {CONVOLUTION} imports it" in printed
    assert printed.count("  ! ") == 2
    submission = read_submission(folder / "assignment2-submission.zip", assignment, student="somebody")
    assert submission.modules.keys() == {"helpers.py", "tools/more.py"}


def test_syntax_and_names_newer_than_the_graders_python_are_reported(folder, handed_out, tmp_path_factory, capsys):
    edit(CONVOLUTION, with_own("from tomllib import loads\nimport itertools", "itertools.batched(x, 2)"))
    older = package_with(tmp_path_factory.mktemp("older"), handed_out | {"python": [3, 10]})
    assert main([], package=older) == 0
    line = "line 17: this needs Python 3.12, but the grader uses Python 3.10: itertools.batched"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs"])
def test_an_unfinished_merge_is_reported(folder, package, capsys, text):
    edit(CONVOLUTION, lambda cells: find(cells, "conv_forward_naive").update(source=text))
    whole = Path(BATCHNORM).read_text()
    Path(BATCHNORM).write_text(text.format(whole, whole))
    assert main([], package=package) == 1
    printed = capsys.readouterr().out
    assert f"{BATCHNORM}: contains an unfinished merge: finish it" in printed
    assert "cell conv_forward_naive, line 1: unfinished merge: keep one side" in printed


def test_a_package_that_came_without_an_assignment_says_so(folder, capsys):
    assert main([], package=ROOT / "cs231n") == 2
    error = capsys.readouterr().err
    assert error.startswith("python -m cs231n.submit: can't read handed_out.json, the list of released cells")
    assert "install the package that came with the notebooks" in error
    (folder / FILE_NAME).write_text('{"assignment": "x"}')
    with pytest.raises(ValueError, match="a key is missing"):
        read_manifest(folder)


def test_without_a_package_name_the_package_next_to_the_notebooks_is_used(folder, handed_out, capsys):
    nowhere = (
        f"python -m student_tools.submit: expected one package with handed_out.json in {folder}, got {{}}: run the"
    )
    assert main([]) == 2
    assert capsys.readouterr().err.startswith(nowhere.format("none"))
    package = package_with(folder, handed_out)
    assert main([]) == 0
    assert main([str(folder)]) == 0
    package.rename(folder / "other")
    package_with(folder, handed_out)
    capsys.readouterr()
    assert main([]) == 2
    assert capsys.readouterr().err.startswith(nowhere.format("cs231n, other"))


def test_it_runs_where_the_output_is_not_a_terminal_or_file(folder, package, monkeypatch):
    """As in an editor that replaces sys.stdout."""
    output = io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    monkeypatch.setattr("sys.argv", ["submit"])
    with pytest.raises(SystemExit) as ended:
        start(package)
    assert ended.value.code == 0
    assert "hand in assignment2-submission.zip" in output.getvalue()


def test_a_zip_that_can_not_be_written_leaves_nothing_behind(folder, package, monkeypatch, capsys):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full_disk)
    assert main([], package=package) == 2
    assert "No space left" in capsys.readouterr().err
    assert {path.suffix for path in folder.iterdir()} == {".ipynb"}


def test_the_manifest_names_every_exercise(handed_out, assignment):
    cells = [cells for cells in handed_out["notebooks"].values()]
    exercises = [name for named in cells for name, cell in named.items() if cell["exercise"]]
    assert exercises == list(assignment.exercises)
    assert {name for named in handed_out["questions"].values() for name in named} == set(assignment.questions)
    points = assignment.max_score + sum(question.points for question in assignment.questions.values())
    assert handed_out["points"] == points == 170
    assert handed_out["python"] == list(sys.version_info[:2])
    assert handed_out["packages"] == ["cs231n", "numpy", "student_tools"]


@pytest.mark.parametrize("package", ["cs231n", "student_tools"])
def test_the_command_works_in_an_unchanged_unzipped_bundle(tmp_path, assignment, package):
    for name, content in released_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder = tmp_path / "assignment2"
    command = [sys.executable, "-m", f"{package}.submit"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("is not started yet: its cell is unchanged") == len(assignment.exercises)
    assert done.stdout.count("was never run") == len(assignment.notebooks)
    assert (folder / "assignment2-submission.zip").is_file()


def test_a_pipe_that_can_not_encode_a_tick_is_no_error(tmp_path):
    """The encoding of a pipe on Windows."""
    done = subprocess.run(
        [sys.executable, "-m", "cs231n.submit"],
        cwd=unpack_bundle(tmp_path),
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
    )
    assert f"\n  ? {BATCHNORM}, {CONVOLUTION}, " in done.stdout, done.stderr
    assert done.returncode == 0
