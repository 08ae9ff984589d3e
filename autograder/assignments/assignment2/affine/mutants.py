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

NOT_FLAT = "The samples are not flattened into rows. Reshape x to (N, D): w has one row for each number of a sample."
MIXED = "The numbers of a sample are reordered, or mixed with those of other samples. Keep the order of reshape."
AVERAGED = "A gradient is averaged over the samples. Sum over them: the loss already divides by N."
LEAKY = "Negative numbers are scaled down, as in a leaky ReLU. Set them to zero."

CACHE_ORDER = "The cache has another order. Store the arguments in the order of the docstring."
TWO_AXES_ONLY = "Only inputs with two axes work. Use operations for arrays of any shape."
ONE_NUMBER = "An array is compared as if it were one number. Compare each of its numbers."

MUTANTS = (
    Mutant(
        FORWARD,
        "rows-in-cache",
        "The samples in the cache are flattened. Store x with its original shape, as the docstring says.",
        (("return out, (x, w", f"return out, ({FLAT}, w"),),
    ),
    Mutant(FORWARD, "not-flattened", NOT_FLAT, ((FLAT, "x"),)),
    Mutant(FORWARD, "bias-forgotten", "The bias is missing. Add it to each output.", ((" @ w + b", " @ w"),)),
    Mutant(FORWARD, "bias-subtracted", "The bias is subtracted. Add it.", (("w + b", "w - b"),)),
    Mutant(
        FORWARD,
        "bias-multiplied",
        "The bias multiplies the weighted sum. Add it instead.",
        (("@ w + b", "@ w * b"),),
    ),
    Mutant(FORWARD, "order-of-columns", MIXED, ((FLAT, 'x.reshape(x.shape[0], -1, order="F")'),)),
    Mutant(FORWARD, "samples-last", MIXED, ((FLAT, "x.reshape(-1, x.shape[0]).T"),)),
    Mutant(
        FORWARD,
        "relu-included",
        "Negative results are set to zero. Return them as they are: the ReLU is a separate layer.",
        ((OUT, f"out = np.maximum({FLAT} @ w + b, 0)"),),
    ),
    Mutant(
        FORWARD,
        "divided-by-inputs",
        "The weighted sum is divided by the number of inputs. Do not divide it.",
        (("@ w + b", "@ w / w.shape[0] + b"),),
    ),
    Mutant(BACKWARD, "dx-flat", "The gradient dx is flat. Give it the shape of x.", ((".reshape(x.shape)", ""),)),
    Mutant(
        BACKWARD,
        "dx-mixed",
        "The numbers of dx are in a different order from those of x. Reverse the reshape of the forward pass.",
        ((".reshape(x.shape)", '.reshape(x.shape, order="F")'),),
    ),
    Mutant(
        BACKWARD,
        "db-not-summed",
        "The gradient db is not summed over the samples. Sum it: every sample uses each bias once.",
        ((DB, "db = dout"),),
    ),
    Mutant(
        BACKWARD,
        "db-over-units",
        "The gradient db is summed over the units. Sum it over the samples.",
        ((DB, "db = dout.sum(axis=1)"),),
    ),
    Mutant(
        BACKWARD, "db-of-one", "All biases share one gradient. Compute one for each bias.", ((DB, "db = dout.sum()"),)
    ),
    Mutant(
        BACKWARD,
        "db-as-row",
        "The gradient db has one axis too many. Give it the shape of b.",
        ((DB, "db = dout.sum(axis=0, keepdims=True)"),),
    ),
    Mutant(BACKWARD, "db-averaged", AVERAGED, ((DB, "db = dout.mean(axis=0)"),)),
    Mutant(BACKWARD, "dw-averaged", AVERAGED, ((DW, DW + " / x.shape[0]"),)),
    Mutant(
        BACKWARD,
        "w-not-transposed",
        "In dx the weights are reshaped to the transposed shape. Transpose them.",
        (("w.T", "w.reshape(w.shape[1], w.shape[0])"),),
    ),
    Mutant(
        BACKWARD,
        "x-not-transposed",
        "In dw the inputs are reshaped to the transposed shape. Transpose them.",
        ((FLAT + ".T", "x.reshape(-1, x.shape[0])"),),
    ),
    Mutant(
        BACKWARD,
        "dw-transposed",
        "The gradient dw is transposed. Give it the shape of w.",
        ((DW, DW.replace(f"{FLAT}.T @ dout", f"dout.T @ {FLAT}")),),
    ),
    Mutant(
        BACKWARD,
        "dx-and-dw-exchanged",
        "The gradients dx and dw are swapped. Return dx first.",
        ((DB, DB + "\n    dx, dw = dw, dx"),),
    ),
    Mutant(
        RELU,
        "input-changed",
        "The input itself is changed. Write the result to a new array.",
        ((RELU_OUT, "x[x < 0] = 0\n    out = x"),),
    ),
    Mutant(
        RELU,
        "output-in-cache",
        "The cache holds the output. Store the input, as the docstring says.",
        (("return out, x", "return out, out"),),
    ),
    Mutant(RELU, "leaky", LEAKY, ((RELU_OUT, "out = np.where(x > 0, x, 0.01 * x)"),)),
    Mutant(
        RELU,
        "absolute",
        "Negative numbers are made positive. Set them to zero.",
        ((RELU_OUT, "out = abs(x)"),),
    ),
    Mutant(
        RELU,
        "mask-returned",
        "You return the mask of ones and zeros. Return the values of the input where it is positive.",
        ((RELU_OUT, "out = (x > 0) * 1.0"),),
    ),
    Mutant(
        RELU,
        "minimum",
        "Negative numbers are kept and positive ones are set to zero. Do the opposite.",
        (("np.maximum", "np.minimum"),),
    ),
    Mutant(
        RELU,
        "largest-number",
        "Only the largest number is returned. Take the maximum with zero for each number.",
        ((RELU_OUT, "out = max(0, np.max(x))"),),
    ),
    Mutant(
        RELU,
        "positive-numbers-alone",
        "Negative numbers are removed, so the output has a different shape. Set them to zero.",
        ((RELU_OUT, "out = x[x > 0]"),),
    ),
    Mutant(
        RELU,
        "capped",
        "Large numbers are cut off. Keep them: ReLU has no upper bound.",
        ((RELU_OUT, "out = np.clip(x, 0, 1)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask-of-dout",
        "The mask uses the sign of the upstream gradient. Use the sign of the input.",
        (("(x > 0)", "(dout > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "x-passes",
        "The input is returned where it was positive. Return the upstream gradient there.",
        ((RELU_DX, "dx = np.maximum(x, 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "times-input",
        "The upstream gradient is multiplied by the input. Multiply by 1 where the input is positive.",
        ((RELU_DX, "dx = dout * np.maximum(x, 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask-alone",
        "The derivative of ReLU is returned alone. Multiply it by the upstream gradient.",
        ((RELU_DX, "dx = (x > 0) * 1.0"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "no-mask",
        "The upstream gradient passes everywhere. Set it to zero where the input was negative.",
        ((RELU_DX, "dx = dout"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "wrong-side",
        "The gradient passes where the input was negative. Let it pass where the input was positive.",
        (("(x > 0)", "(x < 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "rectified",
        "The upstream gradient is rectified too. Keep its negative numbers.",
        ((RELU_DX, "dx = np.maximum(dout, 0) * (x > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "leaky",
        "A part of the gradient passes where the input was negative, as in a leaky ReLU. Set it to zero.",
        ((RELU_DX, "dx = dout * np.where(x > 0, 1, 0.01)"),),
    ),
    Mutant(
        FORWARD,
        "bias-in-the-sum",
        "The bias is added to every product of the sum. Add it once to each output.",
        ((OUT, f"{OUT} * len(w)"),),
    ),
    Mutant(FORWARD, "bias-twice", "The bias is added twice. Add it once.", ((OUT, f"{OUT} + b"),)),
    Mutant(FORWARD, "cache-in-another-order", CACHE_ORDER, (("return out, (x, w, b)", "return out, (w, x, b)"),)),
    Mutant(
        FORWARD,
        "bias-in-the-cache-forgotten",
        "The cache lacks an argument. Store all of them, as the docstring says.",
        (("return out, (x, w, b)", "return out, (x, w)"),),
    ),
    Mutant(
        BACKWARD,
        "db-of-one-for-each",
        "All biases share one gradient. Compute one for each bias.",
        ((DB, "db = np.full(dout.shape[1], dout.sum())"),),
    ),
    Mutant(
        BACKWARD,
        "db-counted",
        "The gradient db is the number of samples. Sum the upstream gradient over the samples.",
        ((DB, "db = np.full(dout.shape[1], float(len(dout)))"),),
    ),
    Mutant(
        BACKWARD,
        "db-of-the-last-sample",
        "Only the last sample counts in db. Sum over all samples.",
        ((DB, "db = dout[-1]"),),
    ),
    Mutant(
        BACKWARD,
        "dw-of-the-last-sample",
        "Only the last sample counts in dw. Sum over all samples.",
        ((DW, f"dw = {FLAT}[-1:].T @ dout[-1:]"),),
    ),
    Mutant(
        BACKWARD,
        "dw-without-upstream",
        "The upstream gradient is missing in dw. Multiply the inputs by it.",
        ((DW, f"dw = {FLAT}.T @ np.ones_like(dout)"),),
    ),
    Mutant(
        BACKWARD,
        "dx-without-upstream",
        "The upstream gradient is missing in dx. Multiply the weights by it.",
        ((DX, "dx = (np.ones_like(dout) @ w.T).reshape(x.shape)"),),
    ),
    Mutant(
        RELU,
        "sigmoid",
        "The result is that of a sigmoid. Return the maximum of zero and each number.",
        ((RELU_OUT, "out = 1 / (1 + np.exp(-x))"),),
    ),
    Mutant(RELU, "compared-as-one-number", ONE_NUMBER, ((RELU_OUT, "out = max(0, x)"),)),
    Mutant(
        RELU,
        "two-axes-unpacked",
        TWO_AXES_ONLY,
        ((RELU_OUT, "rows, columns = x.shape\n    out = np.maximum(x, 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "times-sign",
        "The upstream gradient is multiplied by the sign of the input. Set it to zero where the input was negative.",
        ((RELU_DX, "dx = dout * np.sign(x)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "one-on-the-other-side",
        "The gradient is one where the input was negative. Set it to zero there.",
        ((RELU_DX, "dx = np.where(x > 0, dout, 1)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "input-on-the-other-side",
        "The gradient is the input where the input was negative. Set it to zero there.",
        ((RELU_DX, "dx = np.where(x > 0, dout, x)"),),
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
