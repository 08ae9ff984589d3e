"""The kinds of submission in a made-up class: one known fault each."""

import copy
import json
from dataclasses import dataclass, field, replace

from autograder.atomic_io import write_text
from autograder.mutants.registry import known_mutant

__all__ = ["WHOLE", "Sample", "body", "samples_of"]

CONVOLUTION, BATCHNORM = "ConvolutionalNetworks.ipynb", "BatchNormalization.ipynb"
CONNECTED, DROPOUT = "FullyConnectedNets.ipynb", "Dropout.ipynb"
EVERYTHING = ("everything",)  # all exercises of the notebook that the fault is in, or of all notebooks


@dataclass(frozen=True)
class Sample:
    """One kind of submission.

    - student: its id. - fault: what is wrong with it, in words. - notebook: the one that it is in; "" for none or all.
    - loses: the exercises that cost points, or EVERYTHING. - state: how grading it ends.
    - change: dict of exercise → function from its solution cell to the faulty source.
    - damage: function of the folder of the written notebooks and the assignment, or None; needs: the exercise that it
      is about, where there is one.
    """

    student: str
    fault: str
    notebook: str = ""
    loses: tuple = ()
    state: str = "graded"
    change: dict = field(default_factory=dict)
    damage: object = None
    needs: str = ""


def known(exercise, name):
    """A mistake of the catalogue, as what a Sample changes."""
    return {exercise: lambda cell: known_mutant(exercise, name).applied(cell.source)}


def body(statement):
    """A function that does just one thing, in place of its solution."""
    return lambda cell: cell.plain_stub.replace("raise NotImplementedError()", statement)


def delete_cell(name, grade_id):
    def damage(folder, assignment):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        content["cells"] = [cell for cell in content["cells"] if _grade_id(cell) != grade_id]
        _write(folder / name, content)

    return damage


def duplicate_cell(name, grade_id):
    """What a careless paste does: the cell as it was handed out stands below the edited one again."""

    def damage(folder, assignment):
        stubs = {cell.grade_id: cell.stub for cell in assignment.notebooks[name].solution_cells}
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        position = next(i for i, cell in enumerate(content["cells"]) if _grade_id(cell) == grade_id)
        blank = copy.deepcopy(content["cells"][position]) | {"id": "pasted", "source": stubs[grade_id]}
        content["cells"].insert(position + 1, blank)
        _write(folder / name, content)

    return damage


def truncate(name):
    def damage(folder, assignment):
        text = (folder / name).read_text(encoding="utf-8")
        write_text(folder / name, text[: len(text) // 2])

    return damage


def rename(name, other):
    return lambda folder, assignment: (folder / name).rename(folder / other)


def strip_metadata(name):
    def damage(folder, assignment):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell["metadata"] = {}
        _write(folder / name, content)

    return damage


def web_page(name):
    return lambda folder, assignment: write_text(folder / name, "<!DOCTYPE html>\n<title>Please log in</title>\n")


def _grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def _write(path, content):
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


SAMPLES = (
    Sample("all_right", "nothing"),
    Sample("all_blank", "handed in untouched", loses=EVERYTHING, state="not attempted"),
    Sample(
        "one_wrong",
        "dx is empty when nothing was padded",
        CONVOLUTION,
        loses=("conv_backward_naive",),
        change=known("conv_backward_naive", "empty-without-padding"),
    ),
    Sample(
        "partly_right",
        "momentum the wrong way round",
        BATCHNORM,
        loses=("batchnorm_forward",),
        change=known("batchnorm_forward", "momentum-reversed"),
    ),
    Sample(
        "not_corrected",
        "Adam without its corrections",
        CONNECTED,
        loses=("adam",),
        change=known("adam", "nothing-corrected"),
    ),
    Sample(
        "no_bias",
        "a layer without its bias, on which a network is built",
        CONNECTED,
        loses=("affine_forward",),
        change=known("affine_forward", "bias-forgotten"),
    ),
    Sample(
        "drops_with_p",
        "the probability of keeping taken for that of dropping",
        DROPOUT,
        loses=("dropout_forward",),
        change=known("dropout_forward", "drops-with-p"),
    ),
    Sample(
        "crashing",
        "one function ends its process",
        CONVOLUTION,
        loses=("spatial_groupnorm_backward",),
        change={"spatial_groupnorm_backward": body("__import__('os')._exit(1)")},
    ),
    Sample(
        "looping",
        "one function never ends",
        CONVOLUTION,
        loses=("max_pool_backward_naive",),
        change={"max_pool_backward_naive": body("while True: pass")},
    ),
    Sample(
        "syntax_error",
        "one cell is not Python",
        BATCHNORM,
        loses=("batchnorm_backward_alt",),
        change={"batchnorm_backward_alt": body("return dx, dgamma dbeta")},
    ),
    Sample(
        "deleted_cell",
        "one solution cell is gone",
        BATCHNORM,
        loses=("layernorm_backward",),
        state="graded after repair",
        damage=delete_cell(BATCHNORM, "layernorm_backward"),
        needs="layernorm_backward",
    ),
    Sample(
        "duplicated_cell",
        "an empty copy stands below a right answer",
        CONVOLUTION,
        state="graded after repair",
        damage=duplicate_cell(CONVOLUTION, "conv_forward_naive"),
        needs="conv_forward_naive",
    ),
    Sample(
        "cut_off",
        "one notebook was cut off when it was uploaded",
        CONVOLUTION,
        loses=(
            "ThreeLayerConvNet",
            *("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
            *("spatial_groupnorm_forward", "spatial_groupnorm_backward"),
        ),
        state="graded after repair",
        damage=truncate(CONVOLUTION),
    ),
    Sample(
        "renamed",
        "one notebook has the name that the browser gave it",
        CONVOLUTION,
        state="graded after repair",
        damage=rename(CONVOLUTION, "ConvolutionalNetworks (1).ipynb"),
    ),
    Sample(
        "no_metadata",
        "a program took the names of all cells away",
        BATCHNORM,
        state="graded after repair",
        damage=strip_metadata(BATCHNORM),
    ),
    Sample(
        "not_json",
        "a web page was saved in the place of one notebook",
        CONVOLUTION,
        loses=EVERYTHING,
        state="needs attention",
        damage=web_page(CONVOLUTION),
    ),
)


# Those that are neither broken nor end their process.
WHOLE = ("all_right", "one_wrong", "partly_right", "not_corrected", "no_bias", "drops_with_p")


def samples_of(assignment):
    """The Samples that this assignment's notebooks can have, with the names of all exercises that cost points."""
    samples = [sample for sample in SAMPLES if not sample.notebook or sample.notebook in assignment.notebooks]
    known = assignment.exercises.keys() | {""}
    samples = [sample for sample in samples if {*sample.change, sample.needs} <= known]
    return [replace(sample, loses=_lost(sample, assignment)) for sample in samples]


def _lost(sample, assignment):
    if sample.loses != EVERYTHING:
        return tuple(name for name in sample.loses if name in assignment.exercises)
    return tuple(e.name for e in assignment.exercises.values() if sample.notebook in ("", e.notebook))
