"""Mistakes and styles of the affine layer and of ReLU."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD, RELU, RELU_BACKWARD

__all__ = ["MUTANTS", "VARIANTS"]


FLAT = "x.reshape(x.shape[0], -1)"
OUT = f"out = {FLAT} @ w + b"
DX = "dx = (dout @ w.T).reshape(x.shape)"
DW = f"dw = {FLAT}.T @ dout"
DB = "db = dout.sum(axis=0)"
RELU_OUT = "out = np.maximum(x, 0)"
RELU_DX = "dx = dout * (x > 0)"

NOT_FLAT = "The samples are not made into rows: an image has several axes, and w has one row for each of its numbers."
MIXED = "The numbers of a sample are put into another order than that of its axes, or mixed with other samples'."
AVERAGED = "A gradient is averaged over the samples: it is their sum, since the loss has divided by N already."
LEAKY = "Negative numbers are not set to zero but scaled down: that is a leaky ReLU."

MUTANTS = (
    Mutant(
        FORWARD,
        "rows-in-cache",
        "The samples in the cache are flattened: the docstring promises them as they came in.",
        (("return out, (x, w", f"return out, ({FLAT}, w"),),
    ),
    Mutant(FORWARD, "not-flattened", NOT_FLAT, ((FLAT, "x"),)),
    Mutant(FORWARD, "bias-forgotten", "The bias is not added.", ((" @ w + b", " @ w"),)),
    Mutant(FORWARD, "bias-subtracted", "The bias is subtracted, where it has to be added.", (("w + b", "w - b"),)),
    Mutant(
        FORWARD,
        "bias-multiplied",
        "The bias multiplies the weighted sum, where it has to be added to it.",
        (("@ w + b", "@ w * b"),),
    ),
    Mutant(FORWARD, "order-of-columns", MIXED, ((FLAT, 'x.reshape(x.shape[0], -1, order="F")'),)),
    Mutant(FORWARD, "samples-last", MIXED, ((FLAT, "x.reshape(-1, x.shape[0]).T"),)),
    Mutant(
        FORWARD,
        "relu-included",
        "The result is cut off at zero: that is the ReLU's work, which comes afterwards.",
        ((OUT, f"out = np.maximum({FLAT} @ w + b, 0)"),),
    ),
    Mutant(
        FORWARD,
        "divided-by-inputs",
        "The weighted sum is averaged over the inputs, where it has to be their sum.",
        (("@ w + b", "@ w / w.shape[0] + b"),),
    ),
    Mutant(BACKWARD, "dx-flat", "The gradient dx is left flat: it has the shape of x.", ((".reshape(x.shape)", ""),)),
    Mutant(
        BACKWARD,
        "dx-mixed",
        "The numbers of dx are put back in another order than the one in which x was flattened.",
        ((".reshape(x.shape)", '.reshape(x.shape, order="F")'),),
    ),
    Mutant(
        BACKWARD,
        "db-not-summed",
        "The gradient db is not summed over the samples: each bias was used once for every sample.",
        ((DB, "db = dout"),),
    ),
    Mutant(
        BACKWARD,
        "db-over-units",
        "The gradient db is summed over the units, where it has to be summed over the samples.",
        ((DB, "db = dout.sum(axis=1)"),),
    ),
    Mutant(BACKWARD, "db-of-one", "All biases get one common gradient: each has its own.", ((DB, "db = dout.sum()"),)),
    Mutant(
        BACKWARD,
        "db-as-row",
        "The gradient db has one axis too many.",
        ((DB, "db = dout.sum(axis=0, keepdims=True)"),),
    ),
    Mutant(BACKWARD, "db-averaged", AVERAGED, ((DB, "db = dout.mean(axis=0)"),)),
    Mutant(BACKWARD, "dw-averaged", AVERAGED, ((DW, DW + " / x.shape[0]"),)),
    Mutant(
        BACKWARD,
        "w-not-transposed",
        "In dx the weights are not transposed but only reshaped: the sum runs over the units.",
        (("w.T", "w.reshape(w.shape[1], w.shape[0])"),),
    ),
    Mutant(
        BACKWARD,
        "x-not-transposed",
        "In dw the inputs are not transposed but only reshaped: the sum runs over the samples.",
        ((FLAT + ".T", "x.reshape(-1, x.shape[0])"),),
    ),
    Mutant(
        BACKWARD,
        "dw-transposed",
        "The gradient dw is transposed: it has the shape of w.",
        ((DW, DW.replace(f"{FLAT}.T @ dout", f"dout.T @ {FLAT}")),),
    ),
    Mutant(
        BACKWARD,
        "dx-and-dw-exchanged",
        "The gradients dx and dw have changed places.",
        ((DB, DB + "\n    dx, dw = dw, dx"),),
    ),
    Mutant(
        RELU,
        "input-changed",
        "Zeros are written into the input itself, which belongs to the caller: work on another array.",
        ((RELU_OUT, "x[x < 0] = 0\n    out = x"),),
    ),
    Mutant(
        RELU,
        "output-in-cache",
        "The cache holds the output, where the docstring promises the input.",
        (("return out, x", "return out, out"),),
    ),
    Mutant(RELU, "leaky", LEAKY, ((RELU_OUT, "out = np.where(x > 0, x, 0.01 * x)"),)),
    Mutant(
        RELU,
        "absolute",
        "Negative numbers are made positive, where they have to become zero.",
        ((RELU_OUT, "out = abs(x)"),),
    ),
    Mutant(
        RELU,
        "mask-returned",
        "The result says only where the input was positive, with ones and zeros, instead of giving its values.",
        ((RELU_OUT, "out = (x > 0) * 1.0"),),
    ),
    Mutant(
        RELU,
        "minimum",
        "The negative numbers are kept and the positive ones set to zero.",
        (("np.maximum", "np.minimum"),),
    ),
    Mutant(
        RELU,
        "largest-number",
        "One single number is returned, the largest, where each number has its own maximum with zero.",
        ((RELU_OUT, "out = max(0, np.max(x))"),),
    ),
    Mutant(
        RELU,
        "positive-numbers-alone",
        "The negative numbers are left out, so that the shape of the input is lost.",
        ((RELU_OUT, "out = x[x > 0]"),),
    ),
    Mutant(
        RELU, "capped", "Large numbers are cut off: ReLU has no upper bound.", ((RELU_OUT, "out = np.clip(x, 0, 1)"),)
    ),
    Mutant(
        RELU_BACKWARD,
        "mask-of-dout",
        "The sign of the upstream gradient decides, where the sign of the input has to.",
        (("(x > 0)", "(dout > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "x-passes",
        "The input is passed on where it was positive, instead of the upstream gradient.",
        ((RELU_DX, "dx = np.maximum(x, 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "times-input",
        "The upstream gradient is multiplied by the input: the slope of ReLU is one wherever the input is positive.",
        ((RELU_DX, "dx = dout * np.maximum(x, 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask-alone",
        "The slope of ReLU is returned without the upstream gradient.",
        ((RELU_DX, "dx = (x > 0) * 1.0"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "no-mask",
        "The upstream gradient passes everywhere, where negative inputs stop it.",
        ((RELU_DX, "dx = dout"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "wrong-side",
        "The gradient passes where the input was negative, which is the wrong side.",
        (("(x > 0)", "(x < 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "rectified",
        "The upstream gradient itself is rectified as well.",
        ((RELU_DX, "dx = np.maximum(dout, 0) * (x > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "leaky",
        "Something of the gradient passes where the input was negative: that is a leaky ReLU.",
        ((RELU_DX, "dx = dout * np.where(x > 0, 1, 0.01)"),),
    ),
)

VARIANTS = (
    Variant(FORWARD, "einsum", "by einsum", ((OUT, f'out = np.einsum("nd,dm->nm", {FLAT}, w) + b'),)),
    Variant(
        FORWARD,
        "loop",
        "sample by sample",
        body="""
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        out[n] = x[n].ravel().dot(w) + b
    """,
    ),
    Variant(
        FORWARD,
        "single-precision",
        "in float32",
        (
            (
                OUT,
                "out = ("
                + FLAT.replace("x.r", "x.astype(np.float32).r", 1)
                + " @ w.astype(np.float32) + b.astype(np.float32))",
            ),
        ),
    ),
    Variant(
        FORWARD,
        "every-number",
        "loops over every number",
        body="""
    N, M = x.shape[0], w.shape[1]
    rows = x.reshape(N, -1)
    out = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            total = float(b[m])
            for d in range(rows.shape[1]):
                total += float(rows[n, d]) * float(w[d, m])
            out[n, m] = total
    """,
    ),
    Variant(BACKWARD, "ones", "db by a product with ones", ((DB, "db = np.ones(len(dout)) @ dout"),)),
    Variant(
        BACKWARD, "tensordot", "dx by tensordot", ((DX, "dx = np.tensordot(dout, w, axes=(1, 1)).reshape(x.shape)"),)
    ),
    Variant(
        BACKWARD,
        "single-precision",
        "in float32",
        ((DX, "dout = dout.astype(np.float32)\n    " + DX.replace("w.T", "w.T.astype(np.float32)")),),
    ),
    Variant(
        BACKWARD,
        "every-number",
        "loops over every number",
        body="""
    rows = x.reshape(x.shape[0], -1)
    N, D, M = rows.shape[0], rows.shape[1], dout.shape[1]
    dx, dw, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] = float(db[m]) + float(dout[n, m])
            for d in range(D):
                dx[n, d] = float(dx[n, d]) + float(dout[n, m]) * float(w[d, m])
                dw[d, m] = float(dw[d, m]) + float(dout[n, m]) * float(rows[n, d])
    dx = dx.reshape(x.shape)
    """,
    ),
    Variant(RELU, "product", "by a product with the mask", ((RELU_OUT, "out = x * (x > 0)"),)),
    Variant(RELU, "clip", "by clip", ((RELU_OUT, "out = x.clip(min=0)"),)),
    Variant(RELU, "in-a-copy", "by assignment into a copy", ((RELU_OUT, "out = x.copy()\n    out[out < 0] = 0"),)),
    Variant(
        RELU,
        "every-number",
        "a loop over every number",
        body="""
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        number = float(x[place])
        if number > 0:
            out[place] = number
    """,
    ),
    Variant(RELU_BACKWARD, "where", "by where", ((RELU_DX, "dx = np.where(x > 0, dout, 0)"),)),
    Variant(
        RELU_BACKWARD, "in-a-copy", "by assignment into a copy", ((RELU_DX, "dx = np.array(dout)\n    dx[x <= 0] = 0"),)
    ),
    Variant(
        RELU_BACKWARD,
        "every-number",
        "a loop over every number",
        body="""
    dx = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if float(x[place]) > 0:
            dx[place] = float(dout[place])
    """,
    ),
    Variant(RELU_BACKWARD, "zero-included", "that lets the gradient pass at zero", (("(x > 0)", "(x >= 0)"),)),
)
