"""Only some notebooks are assigned: the release works, and contains no solution of them."""

import itertools
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from courses import ASSIGNMENT, CONTENT, COURSE, SETTINGS, assign

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.source_code import provided_names
from autograder.errors import UsageError
from autograder.release.command import STUDENT_FILES, make_release, release_assignment
from autograder.release.leaks import find_leaks
from autograder.release.solved_dependencies import check_provided, provided_files
from autograder.release.validate import hidden_test_names
from autograder.sample_class.command import solved_submission, write_sample_class
from autograder.scoring.scorer import Scorer

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ("FullyConnectedNets", "BatchNormalization", "Dropout", "ConvolutionalNetworks")
# One notebook alone needs the most, and all of them nothing; the first two are those of a first week. Those in between
# are for when there is time.
SUBSETS = [
    pytest.param(
        subset, id=" ".join(subset), marks=() if count in (1, 4) or subset == NOTEBOOKS[:2] else pytest.mark.slow
    )
    for count in range(1, 5)
    for subset in itertools.combinations(NOTEBOOKS, count)
]
# What each notebook asks of others.
ASKED = {
    "FullyConnectedNets": [("BatchNormalization", "layernorm_forward"), ("Dropout", "dropout_forward")],
    "BatchNormalization": [("FullyConnectedNets", "FullyConnectedNet")],
    "Dropout": [("FullyConnectedNets", "FullyConnectedNet")],
    "ConvolutionalNetworks": [("BatchNormalization", "batchnorm_backward"), ("FullyConnectedNets", "adam")],
}
NORMALIZATION = {"batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt"}
NORMALIZATION |= {"layernorm_forward", "layernorm_backward"}
RULES = {"sgd_momentum", "rmsprop", "adam"}  # which the package's Solver takes by their names
NETWORK = {"affine_forward", "affine_backward", "relu_forward", "relu_backward", "FullyConnectedNet"} | RULES
DROPOUT = {"dropout_forward", "dropout_backward"}


def solved_for(subset):
    """Return the functions of other notebooks that these notebooks need: notebook → names."""
    has_network_of_others = {"BatchNormalization", "Dropout"} & set(subset)
    solved = {}
    if "FullyConnectedNets" not in subset:
        solved["FullyConnectedNets"] = NETWORK if has_network_of_others else RULES
    if "BatchNormalization" not in subset:  # every other notebook asks for it, by itself or for the network
        solved["BatchNormalization"] = NORMALIZATION
    if "Dropout" not in subset and subset != ("ConvolutionalNetworks",):
        solved["Dropout"] = DROPOUT
    return solved


SOLVED = {subset: solved_for(subset) for count in range(1, 5) for subset in itertools.combinations(NOTEBOOKS, count)}
PROGRAM = """
import numpy as np
from cs231n.notebook import definitions

def works(function, *arguments):
    try:
        function(*arguments)
    except NotImplementedError as error:
        return str(error)
    return True

x, param = np.ones((3, 4)), {"mode": "train", "p": 0.5}
forward = {
    "layernorm_forward": (x, np.ones(4), np.ones(4), {}),
    "dropout_forward": (x, param),
    "adam": (x, x),
    "FullyConnectedNet": ([5], 4),
}
for notebook, name in WANTED:
    function = definitions(f"{notebook}.ipynb", name)
    arguments = forward.get(name)
    if name == "batchnorm_backward":
        batchnorm_forward = definitions(f"{notebook}.ipynb", "batchnorm_forward")
        reason = works(batchnorm_forward, x, np.ones(4), np.ones(4), param)
    else:
        reason = works(function, *arguments)
    print(reason)
"""


def assigned(subset):
    course = COURSE
    return course, load_assignment(course, settings=replace(ASSIGNMENT.settings, notebooks=list(subset)))


def unpack(files, folder):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "assignment2"


def run(folder, program):
    environment = {**os.environ, "PYTHONPATH": str(folder), "CS231N_BACKEND": "numpy", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("subset", SUBSETS)
def test_each_combination_leaks_nothing_and_works(subset, tmp_path):
    course, assignment = assigned(subset)
    course = replace(course, root=tmp_path)
    for path in (SETTINGS, ROOT / "nbgrader_config.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    files = make_release(course, assignment, tmp_path / "out")
    leaks, _ = find_leaks(files, assignment, hidden_test_names(CONTENT), extra_files=STUDENT_FILES)
    assert leaks == []
    handed_out = {Path(name).stem for name in files if name.endswith(".ipynb")}
    provided = {Path(name).stem for name in files if "/cs231n/provided/" in name}
    assert handed_out == set(subset)
    assert provided == set(SOLVED[subset])
    for name, names in SOLVED[subset].items():
        text = files[f"assignment2/cs231n/provided/{name}.py"].decode()
        assert set(re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE)) == names, name
    described = json.loads(files["assignment2/cs231n/handed_out.json"])
    assert set(described["notebooks"]) == {f"{name}.ipynb" for name in subset}
    assert len(check_provided(files, assignment)) == bool(provided)

    # Provided functions work in other notebooks; assigned functions raise that they are not written yet.
    folder = unpack(files, tmp_path / "unpacked")
    wanted = [pair for name in subset for pair in ASKED[name]]
    done = run(folder, f"WANTED = {wanted!r}\n{PROGRAM}")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for (notebook, _), line in zip(wanted, done.stdout.splitlines(), strict=True):
        assert (line == "True") == (notebook not in subset), (notebook, line)
        assert line == "True" or "is not written yet" in line


@pytest.mark.parametrize("subset", [("ConvolutionalNetworks",), ("Dropout", "BatchNormalization")], ids=" ".join)
def test_assigned_notebooks_can_be_scored_alone(subset):
    course, assignment = assigned(subset)
    scorer = Scorer(course, assignment)
    with scorer.sandbox:
        result = scorer.score(solved_submission(assignment, "somebody"))
        assert result.score == assignment.max_score
    assert {exercise.notebook.removesuffix(".ipynb") for exercise in assignment.exercises.values()} == set(subset)
    assert list(assignment.notebooks) == [f"{name}.ipynb" for name in subset]


def test_the_sample_class_has_the_assigned_notebooks(course):
    for subset in (("Dropout",), ("BatchNormalization", "ConvolutionalNetworks")):
        assign(course.root, notebooks=list(subset))
        for student in write_sample_class(load_course(course.root), count=30):
            found = list((course.submitted / student / "assignment2").glob("*.ipynb"))
            assert {path.stem.split(" ")[0] for path in found} == set(subset)


def test_without_a_list_all_notebooks_are_assigned():
    _, assignment = assigned(())
    assert list(assignment.notebooks) == sorted(f"{name}.ipynb" for name in NOTEBOOKS)
    assert assignment.provided == {}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Dropuot"], "'Dropuot' in c.Assignment.notebooks, which does not exist: expected BatchNorm"),
        (["Dropout", "Dropout.ipynb"], "'Dropout' in c.Assignment.notebooks more than once"),
    ],
)
def test_a_missing_notebook_is_reported(names, words):
    with pytest.raises(UsageError, match=words) as error:
        assigned(names)
    assert "\n" not in str(error.value)


def test_points_are_those_of_the_assigned_notebooks(course):
    assign(course.root, notebooks=["Dropout"], total_points=15)
    release_assignment(course, run=False)
    assign(course.root, total_points=170)
    with pytest.raises(UsageError, match="add up to 15, but"):
        release_assignment(course, run=False)


def test_a_solution_of_an_assigned_notebook_in_a_provided_copy_is_a_leak(tmp_path):
    _, assignment = assigned(("BatchNormalization", "Dropout", "ConvolutionalNetworks"))
    copies = {f"assignment2/cs231n/{name}": content for name, content in provided_files(assignment).items()}
    name, content = next(iter(copies.items()))
    solution = next(c for c in assignment.notebooks["Dropout.ipynb"].solution_cells if c.grade_id == "dropout_forward")
    changed = {name: content + "\n".join(solution.solution_lines).encode()}
    leaks, _ = find_leaks(changed, assignment, [], extra_files=())
    assert any("contains lines of a solution" in leak for leak in leaks)


def test_each_choice_gets_only_the_functions_that_it_needs():
    """In particular, no solutions of a later week."""
    for subset, solved in SOLVED.items():
        _, assignment = assigned(subset)
        assert {name.removesuffix(".ipynb"): set(names) for name, names in provided_names(assignment).items()} == solved
        for name, text in assignment.provided_code.items():
            defined = set(re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE))
            assert defined == solved[name.removesuffix(".ipynb")], (subset, name)


def with_code(assignment, name, cell_id, source):
    """The assignment with other code in one cell of a notebook."""
    cells = [replace(c, source=source) if c.grade_id == cell_id else c for c in assignment.notebooks[name].cells]
    notebooks = {**assignment.notebooks, name: replace(assignment.notebooks[name], cells=tuple(cells))}
    return replace(assignment, notebooks=notebooks)


@pytest.mark.parametrize(
    ("asks", "names"),
    [
        ('conv = definitions("ConvolutionalNetworks.ipynb", "max_pool_forward_naive")', {"max_pool_forward_naive"}),
        ('from cs231n import notebook\nf = notebook.definitions("ConvolutionalNetworks.ipynb", "imshow_noax")', set()),
        ('%time x = 1\nnet = definitions("ConvolutionalNetworks.ipynb", "ThreeLayerConvNet")', {"ThreeLayerConvNet"}),
        ('names = ["x"]\nnets = definitions("ConvolutionalNetworks.ipynb", *names)', None),
        ('everything = vars(definitions("ConvolutionalNetworks.ipynb"))', None),
        ("conv_forward_naive = None", set()),
    ],
)
def test_all_definitions_that_a_released_cell_loads_are_provided(asks, names):
    _, assignment = assigned(("FullyConnectedNets", "BatchNormalization", "Dropout"))
    name = "ConvolutionalNetworks.ipynb"
    asking = with_code(assignment, "Dropout.ipynb", "borrow_network_for_dropout", asks)
    everything = {cell.grade_id for cell in assignment.provided[name].solution_cells}
    assert set(provided_names(asking).get(name, ())) == (everything if names is None else names)


def test_a_provided_copy_has_the_definitions_without_markers():
    _, assignment = assigned(("ConvolutionalNetworks",))
    text = provided_files(assignment)["provided/FullyConnectedNets.py"].decode()
    assert "def adam(w, dw, config=None):" in text
    assert "BEGIN SOLUTION" not in text
    assert "matplotlib" not in text
    assert "get_CIFAR10_data" not in text
    assert "bn_param =" not in provided_files(assignment)["provided/BatchNormalization.py"].decode().split("def ")[0]
