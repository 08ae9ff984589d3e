"""The diagnosis reports actual mistakes, and no others."""

import itertools
from pathlib import Path

import pytest
from courses import CONTENT, COURSE, OPTIONS

from autograder.errors import StudentFault, UsageError
from autograder.mutants.models import Mutant
from autograder.scoring.diagnosis import NO, WEAK, WORDS, diagnose
from autograder.scoring.diagnosis import agreement as agreement_of
from autograder.scoring.reference_runs import Observation, observe
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def diagnosis_of(scorer, changes, *, seed=5, known=None):
    """The Diagnosis of the reference with some changes of one exercise in it, or None where they can't be combined."""
    reference, exercise = scorer.reference, changes[0].exercise
    function = reference.changed(tuple(changes))
    if function is None:
        return None
    functions = {**reference.functions, exercise: function}
    tests = [test for test in CONTENT.tests if test.exercise == exercise]
    observed = [(test, observe(test, functions, reference, [seed], scorer.assignment)) for test in tests]
    seen = {check: observation.of(check) for test, observation in observed for check in test.checks}
    return diagnose(exercise, seen, reference, [seed], scorer.assignment, known=known)


def mutant(identity):
    return next(entry for entry in CONTENT.mutants if entry.id == identity)


def test_both_of_two_mistakes_are_named(scorer):
    bias = mutant("conv_forward_naive/bias-forgotten")
    pad = mutant("conv_forward_naive/literal-pad")
    words = diagnosis_of(scorer, [bias, pad]).words
    told = " ".join(words.values())
    assert bias.words in told
    assert pad.words in told


def test_each_test_tells_of_the_mistake_that_shows_in_it(scorer):
    padding = mutant("conv_backward_naive/empty-without-padding")
    db = mutant("conv_backward_naive/db-averaged")
    words = {node.split("::")[1]: text for node, text in diagnosis_of(scorer, [padding, db]).words.items()}
    assert words["test_dx_without_padding"] == padding.words
    assert words["test_db"] == db.words


@pytest.mark.parametrize(
    "unknown",
    [
        ("layernorm_forward", (("gamma * x_hat + beta", "1.01 * gamma * x_hat + beta"),)),
        ("conv_forward_naive", ((" + b[f]", " + b[f] ** 2"),)),
        ("conv_forward_naive", (("return out, (", "return np.zeros_like(out), ("),)),
        ("conv_backward_naive", (("return dx, dw, db", "return dx * 1.5, dw, db"),)),
        ("max_pool_backward_naive", (("return dx", "return dx * 2"),)),
        ("batchnorm_backward", (("return dx, dgamma, dbeta", "return dx - 1, dgamma, dbeta"),)),
        ("ThreeLayerConvNet", (("return loss, grads", "return loss + 1, grads"),)),
    ],
)
def test_a_fault_that_nobody_knows_gets_no_name(scorer, unknown):
    exercise, substitutions = unknown
    assert diagnosis_of(scorer, [Mutant(exercise, "unknown", "?", substitutions)]).words == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_right_programs_get_no_name(scorer, seed):
    assert [v.id for v in CONTENT.variants if diagnosis_of(scorer, [v], seed=seed).words] == []


@pytest.mark.slow
@pytest.mark.parametrize("exercise", sorted({entry.exercise for entry in CONTENT.mutants}))
def test_two_mistakes_are_never_called_a_third_one(scorer, exercise):
    """Pairs of mutants: each sentence is true of one of the two, and most pairs get a sentence."""
    named = total = 0
    misnamed = []
    for pair in itertools.combinations(CONTENT.mutants_of(exercise, OPTIONS), 2):
        try:
            diagnosis = diagnosis_of(scorer, pair)
        except UsageError:
            continue
        if diagnosis is None:
            continue
        also_matches = {name for entry in pair for name in (entry.name, *entry.also_matches)}
        fitting = {entry.words for entry in CONTENT.mutants_of(exercise, OPTIONS) if entry.name in also_matches}
        total, named = total + 1, named + bool(diagnosis.words)
        for text in diagnosis.words.values():
            for words in fitting:
                text = text.replace(words, "")
            if text.strip():
                misnamed.append((*(entry.name for entry in pair), text))
    print(f"{exercise}: {named} of {total} pairs named, {len(misnamed)} wrongly")
    assert len({names[:2] for names in misnamed}) <= 0.03 * total, misnamed[:10]
    assert named >= 0.8 * total


def test_wrong_values_beside_right_exceptions_are_no_proof(scorer):
    """Many mistakes give zeros and exceptions: alone they do not identify a mutant."""
    for statement in ("raise ValueError('odd')", "return np.zeros_like(x), None"):
        change = Mutant("layernorm_forward", "odd", "?", (("eps = ln_param", f"{statement}\n    eps = ln_param"),))
        assert diagnosis_of(scorer, [change]).words == {}


def renamed_and(*substitutions):
    """A network with another name for `seed`, so that some tests end in a TypeError, and a mistake."""
    renamed = (("if seed is", "if random_seed is"), ('["seed"] = seed', '["seed"] = random_seed'))
    return Mutant(
        "FullyConnectedNet",
        "renamed-and-more",
        "?",
        (*renamed, *substitutions),
        handed_out=(("seed=None", "random_seed=None"),),
    )


def test_an_exception_does_not_hide_a_mistake_that_gives_the_values_of_other_tests(scorer):
    relu = mutant("FullyConnectedNet/relu-on-scores")
    words = diagnosis_of(scorer, [renamed_and(*relu.substitutions)]).words
    assert list(words.values()).count(relu.words) >= 10
    assert set(words.values()) == {relu.words}


def test_an_exception_does_not_hide_two_mistakes(scorer):
    relu = mutant("FullyConnectedNet/relu-on-scores")
    half = mutant("FullyConnectedNet/half-forgotten")
    words = diagnosis_of(scorer, [renamed_and(*relu.substitutions, *half.substitutions)]).words
    told = " ".join(words.values())
    assert relu.words in told
    assert half.words in told


def test_an_exception_beside_an_unknown_mistake_gets_no_name(scorer):
    unknown = renamed_and(("return loss, grads", "return 1.1 * loss, grads"))
    assert diagnosis_of(scorer, [unknown]).words == {}


@pytest.mark.parametrize(
    ("theirs", "mine", "agreement"),
    [
        (
            "ValueError: shapes (7,45) and (80,10) not aligned: 45 (dim 1) != 80 (dim 0) (Cell x, line 4)",
            "ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
            "(n?,k),(k,m?)->(n?,m?) (size 80 is different from 45)",
            WORDS,
        ),
        (
            "ValueError: shapes (7,45) and (81,10) not aligned: 45 (dim 1) != 81 (dim 0)",
            "ValueError: matmul: Input operand 1 has a mismatch (size 80 is different from 45)",
            WEAK,
        ),
        (
            "TypeError: 'numpy.float64' object cannot be interpreted as an integer (cell x, line 3)",
            "TypeError: 'float' object cannot be interpreted as an integer",
            WORDS,
        ),
        (
            "TypeError: 'str' object cannot be interpreted as an integer",
            "TypeError: 'float' object cannot be interpreted as an integer",
            WEAK,
        ),
        ("IndexError: tuple index out of range", "IndexError: list index out of range", WEAK),
        ("KeyError: 'eps'", "IndexError: list index out of range", NO),
    ],
)
def test_exceptions_agree_by_their_cause(theirs, mine, agreement):
    found = agreement_of(*(Observation(StudentFault("error", text), ()) for text in (theirs, mine)))
    assert found == agreement
