"""The affine layer and ReLU, number by number and sample by sample."""

__all__ = ["MISTAKES", "PROGRAMS"]

PROGRAMS = {
    "affine_forward": """
def affine_forward(x, w, b):
    samples, units = len(x), len(b)
    scores = np.zeros((units, samples))
    for i in range(samples):
        numbers = x[i].ravel()
        for unit in range(units):
            total = 0.0
            for number, weight in zip(numbers, w[:, unit]):
                total = total + number * weight
            scores[unit, i] = total + b[unit]
    return scores.T, (x, w, b)
""",
    "affine_backward": """
def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for i in range(len(x)):
        numbers = x[i].ravel()
        row = np.zeros(len(w))
        for unit, slope in enumerate(dout[i]):
            row += slope * w[:, unit]
            dw[:, unit] += slope * numbers
            db[unit] += slope
        dx[i] = row.reshape(x[i].shape)
    return dx, dw, db
""",
    "relu_forward": """
def relu_forward(x):
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        value = x[place]
        if value > 0:
            out[place] = value
    return out, x
""",
    "relu_backward": """
def relu_backward(dout, cache):
    slopes = []
    for value, slope in zip(cache.ravel(), dout.ravel()):
        slopes.append(slope if value > 0 else 0.0)
    return np.array(slopes).reshape(cache.shape)
""",
}

MISTAKES = {
    "affine_forward": {
        "not-flattened": """
def affine_forward(x, w, b):
    scores = []
    for sample in x:
        scores.append(sample @ w + b)
    return np.array(scores), (x, w, b)
""",
        "rows-in-cache": (("scores.T, (x, w, b)", "scores.T, (np.array([sample.ravel() for sample in x]), w, b)"),),
        "bias-forgotten": (("total + b[unit]", "total"),),
        "bias-subtracted": (("total + b[unit]", "total - b[unit]"),),
        "bias-multiplied": (("total + b[unit]", "total * b[unit]"),),
        "order-of-columns": (("x[i].ravel()", "x[i].T.ravel()"),),
        "samples-last": (("x[i].ravel()", "x.ravel()[i::samples]"),),
        "relu-included": (("total + b[unit]", "max(0.0, total + b[unit])"),),
        "divided-by-inputs": (("total + b[unit]", "total / len(numbers) + b[unit]"),),
        "bias-in-the-sum": (
            ("total = total + number * weight", "total = total + number * weight + b[unit]"),
            ("total + b[unit]\n    return", "total\n    return"),
        ),
        "bias-twice": (("total + b[unit]\n    return", "total + 2 * b[unit]\n    return"),),
        "cache-in-another-order": (("(x, w, b)\n", "(w, x, b)\n"),),
        "bias-in-the-cache-forgotten": (("(x, w, b)\n", "(x, w)\n"),),
    },
    "affine_backward": {
        "dx-flat": (("dx = np.zeros(x.shape)", "dx = np.zeros((len(x), len(w)))"), (".reshape(x[i].shape)", "")),
        "dx-mixed": (("row.reshape(x[i].shape)", "row.reshape(x[i].shape[::-1]).T"),),
        "db-not-summed": (("db = np.zeros(b.shape)", "db = np.zeros(dout.shape)"), ("db[unit] +=", "db[i, unit] =")),
        "db-over-units": (("db = np.zeros(b.shape)", "db = np.zeros(len(x))"), ("db[unit] +=", "db[i] +=")),
        "db-of-one": (("db = np.zeros(b.shape)", "db = 0.0"), ("db[unit] +=", "db +=")),
        "db-as-row": (("db = np.zeros(b.shape)", "db = np.zeros((1, len(b)))"), ("db[unit] +=", "db[0, unit] +=")),
        "db-averaged": (("db[unit] += slope", "db[unit] += slope / len(x)"),),
        "dw-averaged": (("dw[:, unit] += slope * numbers", "dw[:, unit] += slope * numbers / len(x)"),),
        "w-not-transposed": (("slope * w[:, unit]", "slope * w.reshape(len(b), -1)[unit]"),),
        "x-not-transposed": (("x[i].ravel()", "x.ravel()[i :: len(x)]"),),
        "dw-transposed": (
            ("dw = np.zeros(w.shape)", "dw = np.zeros((len(b), len(w)))"),
            ("dw[:, unit] +=", "dw[unit] +="),
        ),
        "dx-and-dw-exchanged": (("return dx, dw, db", "return dw, dx, db"),),
        "db-of-one-for-each": (("db[unit] += slope", "db += slope"),),
        "db-counted": (("db[unit] += slope", "db[unit] += 1"),),
        "dw-of-the-last-sample": (("dw[:, unit] += slope", "dw[:, unit] = slope"),),
        "db-of-the-last-sample": (("db[unit] += slope", "db[unit] = slope"),),
        "dx-without-upstream": (("row += slope * w[:, unit]", "row += w[:, unit]"),),
        "dw-without-upstream": (("dw[:, unit] += slope * numbers", "dw[:, unit] += numbers"),),
    },
    "relu_forward": {
        "input-changed": (("    return out, x", "    x[...] = out\n    return out, x"),),
        "output-in-cache": (("return out, x", "return out, np.where(x > 0, x, 0)"),),
        "leaky": (("out[place] = value", "out[place] = value\n        else:\n            out[place] = value / 100"),),
        "absolute": (("out[place] = value", "out[place] = value\n        else:\n            out[place] = -value"),),
        "mask-returned": (("out[place] = value", "out[place] = 1"),),
        "minimum": (("if value > 0", "if value < 0"),),
        "largest-number": (
            ("out = np.zeros(x.shape)", "out = 0.0"),
            ("if value > 0", "if value > out"),
            ("out[place] = value", "out = value"),
        ),
        "positive-numbers-alone": (
            ("out = np.zeros(x.shape)", "out = []"),
            ("out[place] = value", "out.append(value)"),
            ("return out, x", "return np.array(out), x"),
        ),
        "capped": (("out[place] = value", "out[place] = min(value, 1)"),),
        "sigmoid": """
def relu_forward(x):
    return 1 / (1 + np.exp(-x)), x
""",
        "compared-as-one-number": """
def relu_forward(x):
    return max(0, x), x
""",
        "two-axes-unpacked": """
def relu_forward(x):
    samples, numbers = x.shape
    out = np.zeros((samples, numbers))
    for i in range(samples):
        for j in range(numbers):
            out[i, j] = max(x[i, j], 0)
    return out, x
""",
    },
    "relu_backward": {
        "mask-of-dout": (("if value > 0", "if slope > 0"),),
        "x-passes": (("(slope if", "(value if"),),
        "times-input": (("(slope if", "(slope * value if"),),
        "mask-alone": (("(slope if", "(1.0 if"),),
        "no-mask": (("slope if value > 0 else 0.0", "slope"),),
        "wrong-side": (("if value > 0", "if value < 0"),),
        "rectified": (("if value > 0", "if value > 0 and slope > 0"),),
        "leaky": (("else 0.0", "else slope / 100"),),
        "times-sign": """
def relu_backward(dout, cache):
    return dout * np.sign(cache)
""",
        "one-on-the-other-side": """
def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 1)
""",
        "input-on-the-other-side": """
def relu_backward(dout, cache):
    return np.where(cache > 0, dout, cache)
""",
    },
}
