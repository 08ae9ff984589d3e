"""Hidden tests of dropout: the relation of output and input, not which numbers are dropped.

The mask is random. So a failed test records what dropout did, for the diagnosis: the share of the
numbers that it kept, their factor, and whether rows, columns or feature maps share a random number.
"""

import numpy as np

from autograder import StudentFault, Tolerance, check_array, check_form, check_scalar, fail, hidden_test, tr

from ..cases import joined, numbers_of
from ..tolerances import TOLERANCES

SHAPE = (200, 200)  # large enough that shares are accurate
SECONDS = 4  # for several calls with SHAPE: correct loops over every number take 0.15 s
EXACT, MIXED = TOLERANCES["exact"].bound, TOLERANCES["random"].bound
ABOUT = Tolerance(0.2, "medians and ranges of random factors")
DEVIATIONS = 7  # in which a share may differ from that of a mutant: both are random
PATTERNS = {  # number of axes → (axes that share a random number, words)
    2: ((1, "rows"), (0, "columns")),
    4: ((0, "places in all samples"), (1, "places in all channels"), ((2, 3), "feature maps"), ((1, 2, 3), "samples")),
}


def away_from_zero(rng, shape):
    """Return numbers of both signs, far from zero, so that only dropout gives zeros."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def dropped(program, x, p, *, mode="train", case="", **param):
    """Return the output of the student's or reference's forward pass, of the shape of x."""
    out, _ = program.dropout_forward(x, {"mode": mode, "p": p, **param})
    check_form("out", out, x.shape, case=case)
    return out


def training(*more):
    """Return the description of a call in training mode."""
    return joined(tr("train"), *more)


class measuring:
    """Run checks; if one fails, record what dropout did, and report a wrong share or factor.

    Inputs:
    - x: the input
    - outs: pairs of an output and its p
    - case: the input in a few words
    """

    def __init__(self, x, *outs, case):
        self.x, self.outs, self.case = x, outs, case

    def __enter__(self):
        return self

    def __exit__(self, kind, fault, traceback):
        if kind is StudentFault:
            words = [measure(out, self.x, p) for out, p in self.outs]
            if any(words):
                fail(tr("{measured} ({case})", measured=next(filter(None, words)), case=self.case))


def measure(out, x, p):
    """Record share, factor and pattern of the mask; return them in words if share or factor is wrong."""
    kept = out != 0
    share, factors = np.mean(kept), out[kept] / x[kept] if kept.any() else np.zeros(1)
    factor, largest = np.median(factors), np.max(np.abs(factors))
    spread = np.ptp(factors) / largest if largest else 0
    is_one = spread <= 2 * EXACT
    if largest_correlation(kept) > MIXED:
        of_share = TOLERANCES["share"]  # rows or columns are dropped together, so the share varies
    else:
        deviation = np.sqrt((1 - share) / max(share, 1e-9) / kept.size)
        of_share = Tolerance(float(DEVIATIONS * deviation + 0.01), "independent random numbers")
    of_factor = TOLERANCES["gradient"] if is_one else ABOUT
    note("the share of the kept numbers", share, p, of_share)
    note("the factor of the kept numbers", factor if is_one else np.median(np.abs(factors)), 1 / p, of_factor)
    note("the range of the factors", spread if not is_one else 0, 0, ABOUT)
    for axes, words in PATTERNS[x.ndim]:
        note(
            f"are all {words} kept or dropped as a whole", np.all(kept.all(axis=axes) | ~kept.any(axis=axes)), 0, ABOUT
        )
    if abs(share / p - 1) <= of_share.bound and is_one and abs(factor * p - 1) <= of_factor.bound:
        return ""
    percent = tr(
        "dropout keeps {share:.0f} % of the numbers, expected {expected:.0f} %", share=100 * share, expected=100 * p
    )
    if not kept.any():
        return percent
    if is_one:
        by = f"{factor:.4g}"
    else:
        by = tr("numbers from {low:.4g} to {high:.4g}", low=factors.min(), high=factors.max())
    scale = tr("it multiplies the kept numbers by {factor}, expected {expected:.4g}", factor=by, expected=1 / p)
    return tr("{share}; {scale}", share=percent, scale=scale)


def note(name, value, expected, tolerance):
    """Record a number for the diagnosis, without an effect on the points."""
    try:
        check_scalar(name, float(value), expected, tolerance)
    except StudentFault:
        return


def share_of_wrong(out, expected):
    """Return the share of the numbers that differ from the expected ones."""
    return np.mean(np.abs(out - expected) > EXACT * np.max(np.abs(expected)))


def check_unchanged(out, x, case):
    """Expect that nothing is dropped or scaled."""
    with measuring(x, (out, 1), case=case):
        if wrong := share_of_wrong(out, x):
            fail(tr("{share:.0f} % of out is off, expected x unchanged ({case})", share=100 * wrong, case=case))


def check_scaled(out, x, p, case):
    """Expect that each number is zero or x ÷ p, and that both occur; return the kept ones.

    Otherwise all zeros, the input and x ÷ p would pass as the output of dropout.
    """
    kept = out != 0
    with measuring(x, (out, p), case=case):
        check_some(kept, case)
        if wrong := share_of_wrong(out[kept], x[kept] / p):
            message = tr(
                "{share:.0f} % of the kept numbers are off, expected x ÷ p ({case})", share=100 * wrong, case=case
            )
            fail(message)
    return kept


def check_some(kept, case):
    """Fail unless some numbers are kept and some are dropped."""
    if kept.all():
        fail(tr("out has no zeros: no number was dropped ({case})", case=case))
    if not kept.any():
        fail(tr("out is zero everywhere: every number was dropped ({case})", case=case))


def largest_correlation(kept):
    """Return the largest autocorrelation of the mask; near 0 for independent numbers."""
    centred = kept - kept.mean()
    power = np.abs(np.fft.fftn(centred)) ** 2
    correlation = np.fft.ifftn(power).real / max(np.sum(centred**2), 1e-9)
    correlation.flat[0] = 0  # without a shift
    return np.max(np.abs(correlation))


@hidden_test("dropout_forward", weight=2, seconds=SECONDS)
def test_zero_or_scaled(student, reference, rng):
    """In training mode each number becomes zero or is divided by p."""
    x = away_from_zero(rng, SHAPE)  # practically never all of a row or column
    for p in (0.3, 0.8):
        case = training(f"p = {p}")
        check_scaled(dropped(student, x, p, case=case), x, p, case)


@hidden_test("dropout_forward", weight=2, seconds=SECONDS)
def test_share_that_is_kept(student, reference, rng):
    """Training mode keeps a share of about p of the numbers, and different ones in each call."""
    # Enough rows and columns that the share is also accurate if whole ones are dropped.
    x = away_from_zero(rng, SHAPE)
    for p in (0.3, 0.8):
        case = joined(tr("{sizes} numbers", sizes="40 000"), f"p = {p}")
        out = dropped(student, x, p, case=case)
        with measuring(x, (out, p), case=case):
            check_scalar(tr("the share of kept numbers"), np.mean(out != 0), p, "share", case=case)
    first, second = (dropped(student, x, 0.5) != 0 for _ in range(2))
    about = tr("the share of numbers kept in two calls")
    check_scalar(
        about, np.mean(first & second), 0.25, "share", case=joined(tr("{sizes} numbers", sizes="40 000"), "p = 0.5")
    )


@hidden_test("dropout_forward", weight=2)
def test_each_number_has_its_own_lot(student, reference, rng):
    """Each number is dropped independently of its position and of the other numbers."""
    x, case = away_from_zero(rng, SHAPE), joined(tr("the largest of all distances"), "p = 0.5")
    out = dropped(student, x, 0.5)
    with measuring(x, (out, 0.5), case=case):
        check_some(out != 0, training("p = 0.5"))
        about = tr("the correlation of kept numbers with those some rows and columns away")
        check_scalar(about, largest_correlation(out != 0), 0, "random", case=case)


@hidden_test("dropout_forward", weight=2)
def test_test_mode(student, reference, rng):
    """Test mode drops and scales nothing."""
    x = away_from_zero(rng, SHAPE)
    check_unchanged(dropped(student, x, 0.3, mode="test"), x, joined(tr("test mode"), "p = 0.3"))


@hidden_test("dropout_forward", weight=1, seconds=SECONDS)
def test_keeping_all_or_few(student, reference, rng):
    """With p = 1 nothing changes; with p = 0.05 the kept numbers become twenty times as large."""
    x = away_from_zero(rng, (200, 210))
    check_unchanged(dropped(student, x, 1), x, training("p = 1"))
    check_scaled(dropped(student, x, 0.05), x, 0.05, training("p = 0.05"))


@hidden_test("dropout_forward", weight=1)
def test_feature_maps(student, reference, rng):
    """The input may have any shape."""
    x = away_from_zero(rng, (40, 3, 14, 15))
    case = training(numbers_of(x.shape), "p = 0.6")
    out = dropped(student, x, 0.6)
    kept = check_scaled(out, x, 0.6, case)
    # Independent numbers practically never keep or drop a whole map.
    whole = kept.all(axis=(2, 3)) | ~kept.any(axis=(2, 3))
    with measuring(x, (out, 0.6), case=case):
        if whole.any():
            fail(
                tr("{count} of 120 feature maps are kept or dropped as a whole ({case})", count=whole.sum(), case=case)
            )


@hidden_test("dropout_forward", weight=3)
def test_new_lots_in_each_call(student, reference, rng):
    """Each call draws a new mask, independent of those of earlier calls."""
    x = away_from_zero(rng, (60, 80))
    outs = [dropped(student, x, 0.5) for _ in range(3)]
    calls = np.array(outs) != 0
    for out in outs:
        with measuring(x, (out, 0.5), case=training("p = 0.5")):
            check_some(out != 0, training("p = 0.5"))
    if np.array_equal(calls[0], calls[1]):
        fail(tr("two calls without a seed drop the same numbers ({case})", case=training("p = 0.5")))
    about = tr("the correlation of kept numbers with those of another call")
    with measuring(x, (outs[0], 0.5), case=training("p = 0.5")):
        case = joined(tr("the largest of all distances"), "p = 0.5")
        check_scalar(about, largest_correlation(calls), 0, "random", case=case)


@hidden_test("dropout_forward", weight=1)
def test_lots_follow_the_seed(student, reference, rng):
    """The same seed drops the same numbers in every call; another seed drops others."""
    x = away_from_zero(rng, (20, 30))
    first, second, other = (dropped(student, x, 0.5, seed=seed) for seed in (7, 7, 8))
    with measuring(x, (first, 0.5), case=training("p = 0.5", tr("seed {seed}", seed=7))):
        check_some(first != 0, training("p = 0.5", tr("seed {seed}", seed=7)))
    if share_of_wrong(second, first):
        case = training("p = 0.5", tr("seed {seed}", seed=7))
        fail(tr("two calls with the same seed drop different numbers ({case})", case=case))
    if np.array_equal(first, other):
        case = training("p = 0.5", tr("seeds {first} and {second}", first=7, second=8))
        fail(tr("two seeds drop the same numbers ({case})", case=case))


def check_backward(student, reference, rng, shape, p):
    """Expect the backward pass to use the mask of the forward pass with the same seed."""
    x, param = away_from_zero(rng, shape), {"mode": "train", "p": p, "seed": 11}
    dout = away_from_zero(rng, shape)
    dx = student.gradients("dropout_backward", (x, param), dout)
    mask = dropped(reference if student.has_right_cache else student, x, p, seed=11) / x
    must_be_mask(mask, p)
    check_array("dx", dx, dout * mask, "exact", case=f"p = {p}")


def must_be_mask(mask, p):
    """Skip the test if the forward pass is not dropout: the gradient needs a mask.

    The factor may be wrong: the forward pass has lost points for that already.
    """
    kept = mask != 0
    factors = mask[kept]
    if kept.all():
        raise StudentFault("skipped", tr("not tested: dropout_forward drops nothing (p = {p})", p=p))
    if not kept.any():
        raise StudentFault("skipped", tr("not tested: dropout_forward drops everything (p = {p})", p=p))
    if not np.allclose(factors, factors[0], rtol=1e-4, atol=0):
        message = tr("not tested: dropout_forward scales kept numbers by different factors (p = {p})", p=p)
        raise StudentFault("skipped", message)
    if not 0.1 < np.mean(kept) < 0.99:
        message = tr("not tested: dropout_forward drops almost nothing or almost everything (p = {p})", p=p)
        raise StudentFault("skipped", message)


@hidden_test("dropout_backward", weight=2)
def test_same_mask(student, reference, rng):
    """The gradient passes where the forward pass kept the input, with the same factor."""
    check_backward(student, reference, rng, (20, 30), 0.3)


@hidden_test("dropout_backward", weight=1)
def test_same_mask_of_feature_maps(student, reference, rng):
    """The input may have any shape, also with a large p."""
    check_backward(student, reference, rng, (4, 3, 4, 5), 0.8)
