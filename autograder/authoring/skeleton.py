"""What `new-exercise` writes: an exercise that is whole and trivial, to be rewritten part by part.

In every text NAME stands for the function. The example multiplies data by a number.
"""

__all__ = ["CHECK", "HIDDEN_TEST", "INSTRUCTOR", "INTRODUCTION", "MUTANTS", "SIGNATURES", "SOLUTION"]

INTRODUCTION = r"""
## NAME

Say in a few sentences what this is for. Then the formula, with every symbol explained: for data $x$ with $N$ rows and
$D$ columns, and a number $s$,

$$\text{out}_{ij} = s \, x_{ij} .$$

Implement `NAME`.
"""

INSTRUCTOR = """
**For instructors: `NAME`.** Say how it is done, and what to look for in a submission. Students never get this cell.

Mistakes to look for: the number forgotten; a division by it.
"""

SOLUTION = '''
def NAME(x, scale):
    """Multiply data by a number.

    Inputs:
    - x: (N, D) data
    - scale: a number

    Returns:
    - out: (N, D)
    """
    ### BEGIN SOLUTION
    return scale * x
    ### END SOLUTION
'''

CHECK = """
# By hand: three times the data.
out = NAME(np.array([[1.0, -2.0, 0.0], [0.5, 4.0, -1.0]]), 3.0)
check_close("out", out, [[3.0, -6.0, 0.0], [1.5, 12.0, -3.0]], 1e-8)
"""

HIDDEN_TEST = '''"""Hidden tests of NAME."""

from autograder import check_array, hidden_test


# One function for each thing that can go wrong. The first paragraph of the docstring is the title that students see.
# The points of the exercise are divided among its tests by weight. `student` and `reference` have every exercise as a
# function; `rng` draws other inputs for each submission. "exact" is a line of tolerances.py.
@hidden_test("NAME", weight=1)
def test_every_number_is_scaled(student, reference, rng):
    """Every number is multiplied, by a scale that is not one."""
    arguments = rng.uniform(1, 2, (3, 5)), 2.5
    out = student.NAME(*arguments)
    check_array("out", out, reference.NAME(*arguments), "exact", case="3 × 5, scale 2.5")
'''

SIGNATURES = '''"""What NAME returns."""

from autograder import Signature

__all__ = ["SIGNATURES"]

# The names of what it returns. A value named "cache" stays in the student's process.
SIGNATURES = {"NAME": Signature(("out",))}
'''

MUTANTS = '''"""Mistakes that are made in NAME, and correct implementations in other styles."""

from autograder import Mutant, Variant

__all__ = ["MUTANTS", "VARIANTS"]

EXERCISE = "NAME"

# Each is one wrong idea: a name, the sentence that its author reads, and what to replace in the solution.
MUTANTS = (
    Mutant(EXERCISE, "scale-forgotten", "The data are not multiplied by the scale.", (("scale * x", "x"),)),
    Mutant(EXERCISE, "divided", "The data are divided by the scale, not multiplied.", (("scale * x", "x / scale"),)),
)

# Each is correct, and must keep full marks: `body` replaces the whole solution.
VARIANTS = (
    Variant(EXERCISE, "float32", "float32 throughout", (("scale * x", "np.float32(scale) * np.float32(x)"),)),
    Variant(
        EXERCISE,
        "loop",
        "a loop over the rows",
        body="""\\
    out = np.zeros(x.shape)
    for i, row in enumerate(x):
        out[i] = row * scale
    return out
""",
    ),
)
'''
