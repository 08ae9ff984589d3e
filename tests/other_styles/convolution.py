"""The naive convolution, sample by sample and filter by filter."""

__all__ = ["MISTAKES", "PROGRAMS"]

FORWARD, BACKWARD = "conv_forward_naive", "conv_backward_naive"

PROGRAMS = {
    FORWARD: """\
def conv_forward_naive(x, w, b, conv_param):
    s = conv_param['stride']
    p = conv_param['pad']
    num, ch, rows, cols = x.shape
    filters, _, fh, fw = w.shape
    out_rows = (rows + 2 * p - fh) // s + 1
    out_cols = (cols + 2 * p - fw) // s + 1
    out = np.zeros((num, filters, out_rows, out_cols))
    for n in range(num):
        canvas = np.pad(x[n], ((0, 0), (p, p), (p, p)), 'constant', constant_values=0)
        for k in range(filters):
            kernel = w[k]
            for r in range(out_rows):
                for c in range(out_cols):
                    y0 = r * s
                    x0 = c * s
                    patch = canvas[:, y0:y0 + fh, x0:x0 + fw]
                    out[n, k, r, c] = (patch * kernel).sum() + b[k]
    cache = (x, w, b, conv_param)
    return out, cache
""",
    BACKWARD: """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    num, ch, rows, cols = x.shape
    filters, _, fh, fw = w.shape
    _, _, out_rows, out_cols = dout.shape
    images = []
    dw = np.zeros(w.shape)
    db = np.zeros(filters)
    for n in range(num):
        canvas = np.pad(x[n], ((0, 0), (p, p), (p, p)), 'constant', constant_values=0)
        dcanvas = np.zeros(canvas.shape)
        for k in range(filters):
            for r in range(out_rows):
                for c in range(out_cols):
                    y0 = r * s
                    x0 = c * s
                    g = dout[n, k, r, c]
                    db[k] += g
                    dw[k] += g * canvas[:, y0:y0 + fh, x0:x0 + fw]
                    dcanvas[:, y0:y0 + fh, x0:x0 + fw] += g * w[k]
        images.append(dcanvas[:, p:p + rows, p:p + cols])
    dx = np.array(images)
    return dx, dw, db
""",
}

PAD = "np.pad(x[n], ((0, 0), (p, p), (p, p)), 'constant', constant_values=0)"
ROWS, COLS = "(rows + 2 * p - fh) // s + 1", "(cols + 2 * p - fw) // s + 1"
Y0, X0 = "y0 = r * s\n", "x0 = c * s\n"
EMPTY = "np.zeros((ch, rows + 2 * p, cols + 2 * p))"
OVER_ROWS, OVER_COLS = "for r in range(out_rows):", "for c in range(out_cols):"
OUT = "out[n, k, r, c] = (patch * kernel).sum() + b[k]"
IMAGE = "images.append(dcanvas[:, p:p + rows, p:p + cols])"
CUT = "[:, p:p + rows, p:p + cols]"
DW = "dw[k] += g * canvas[:, y0:y0 + fh, x0:x0 + fw]"
DX = "dcanvas[:, y0:y0 + fh, x0:x0 + fw] += g * w[k]"
DCANVAS = "        dcanvas = np.zeros(canvas.shape)\n"

CANVAS_FILLED = f"{EMPTY}\n        canvas[:, p:-p, p:-p] = x[n]"
SWAPPED = ((Y0, "y0 = c * s\n"), (X0, "x0 = r * s\n"))
ROUNDED_UP = (
    (ROWS, "int(np.ceil((rows + 2 * p - fh) / s)) + 1"),
    (COLS, "int(np.ceil((cols + 2 * p - fw) / s)) + 1"),
)
ROUNDED = ((ROWS, "round((rows + 2 * p - fh) / s) + 1"), (COLS, "round((cols + 2 * p - fw) / s) + 1"))
UNPADDED = (
    (OVER_ROWS, "for r in range((rows - fh) // s + 1):"),
    (OVER_COLS, "for c in range((cols - fw) // s + 1):"),
)
BIAS_APART = (
    ("                    db[k] += g\n", ""),
    ("    return dx, dw, db", "    return dx, dw, np.einsum('nkrc->k', dout)"),
)
SHORT = (
    (OVER_ROWS, "for r, _ in enumerate(range(0, rows + 2 * p - fh, s)):"),
    (OVER_COLS, "for c, _ in enumerate(range(0, cols + 2 * p - fw, s)):"),
)

PADDED_TOGETHER = """\
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    filters, ch, fh, fw = w.shape
    everything = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    tall, wide = everything.shape[2:]
    out = np.empty((len(x), filters, (tall - fh) // s + 1, (wide - fw) // s + 1))
    for k, kernel in enumerate(w):
        for r in range(out.shape[2]):
            for c in range(out.shape[3]):
                patches = everything[:, :, r * s:r * s + fh, c * s:c * s + fw]
                out[:, k, r, c] = np.einsum('nchw,chw->n', patches, kernel) + b[k]
    return out, (x, w, b, conv_param)
"""

DW_OF_ALL_SAMPLES = """\
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    fh, fw = w.shape[2:]
    everything = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    deverything, dw = np.zeros(everything.shape), np.zeros(w.shape)
    for r, y0 in enumerate(range(0, s * dout.shape[2], s)):
        for c, x0 in enumerate(range(0, s * dout.shape[3], s)):
            g = dout[:, :, r, c]
            dw = np.tensordot(g, everything[:, :, y0:y0 + fh, x0:x0 + fw], axes=(0, 0))
            deverything[:, :, y0:y0 + fh, x0:x0 + fw] += np.tensordot(g, w, axes=1)
    return deverything[:, :, p:p + x.shape[2], p:p + x.shape[3]], dw, dout.sum((0, 2, 3))
"""

ROWS_TILED, COLS_TILED = "(rows + 2 * p - fh) % s == 0", "(cols + 2 * p - fw) % s == 0"
BIAS_LAST = (
    (" + b[k]", ""),
    (
        "    cache = (x, w, b, conv_param)\n",
        "    out = out + b.reshape(1, -1, 1, 1)\n    cache = (x, w, b, conv_param)\n",
    ),
)


def asserted(*conditions):
    """An assert of each condition at the beginning of the loops."""
    lines = "".join(f"    assert {condition}, 'the filter does not fit'\n" for condition in conditions)
    return (("    for n in range(num):\n", f"{lines}    for n in range(num):\n"),)


MISTAKES = {
    FORWARD: {
        "padded-image-in-cache": (
            ("cache = (x, w", "cache = (np.stack([np.pad(i, ((0, 0), (p, p), (p, p))) for i in x]), w"),
        ),
        "literal-pad": ((PAD, "np.pad(x[n], ((0, 0), (1, 1), (1, 1)), 'constant')"),),
        "padding-ignored": (("p = conv_param['pad']", "p = 0"),),
        "padding-on-all-axes": PADDED_TOGETHER.replace("[(0, 0), (0, 0), (p, p), (p, p)]", "p").replace(
            "np.einsum('nchw,chw->n', patches, kernel)", "np.sum(patches * kernel, axis=(1, 2, 3))"
        ),
        "padding-on-channels": ((PAD, "np.pad(x[n], p, 'constant')"),),
        "padding-cut-from-the-end": PADDED_TOGETHER.replace(
            "np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])",
            "np.zeros((len(x), ch, x.shape[2] + 2 * p, x.shape[3] + 2 * p))\n    everything[:, :, p:-p, p:-p] = x",
        ),
        "padding-of-a-sample-cut-from-the-end": ((PAD, CANVAS_FILLED),),
        "padding-counted-once": (("rows + 2 * p - fh", "rows + p - fh"), ("cols + 2 * p - fw", "cols + p - fw")),
        "unpadded-loops": UNPADDED,
        "starts-within-the-unpadded-image": (
            (OVER_ROWS, "for r, y0 in zip(range(out_rows), range(0, rows, s)):"),
            (OVER_COLS, "for c, x0 in zip(range(out_cols), range(0, cols, s)):"),
            ("                    y0 = r * s\n                    x0 = c * s\n", ""),
        ),
        "unpadded-loops-with-bias": (*UNPADDED, *BIAS_LAST),
        "starts-within-the-unpadded-image-with-bias": (
            (OVER_ROWS, "for r, y0 in zip(range(out_rows), range(0, rows, s)):"),
            (OVER_COLS, "for c, x0 in zip(range(out_cols), range(0, cols, s)):"),
            ("                    y0 = r * s\n                    x0 = c * s\n", ""),
            *BIAS_LAST,
        ),
        "last-window-left-zero-with-bias": (*SHORT, *BIAS_LAST),
        "width-from-filter-height": ((COLS, "(cols + 2 * p - fh) // s + 1"),),
        "width-from-image-height": ((COLS, "(rows + 2 * p - fw) // s + 1"),),
        "shape-in-wrong-order": (("num, ch, rows, cols = x.shape", "num, ch, cols, rows = x.shape"),),
        "square-filters-only": PADDED_TOGETHER.replace("fh, fw = w.shape", "fh, _ = w.shape")
        .replace("fw", "fh")
        .replace("np.einsum('nchw,chw->n', patches, kernel)", "(patches * kernel).reshape(len(x), -1).sum(axis=1)"),
        "square-filters-of-a-sample": (
            ("filters, _, fh, fw = w.shape", "filters, _, fh, _ = w.shape"),
            ("fw", "fh"),
        ),
        "rows-and-columns-swapped": SWAPPED,
        "size-rounded-up": PADDED_TOGETHER.replace("(tall - fh) // s", "-((fh - tall) // s)")
        .replace("(wide - fw) // s", "-((fw - wide) // s)")
        .replace("np.einsum('nchw,chw->n', patches, kernel)", "np.sum(patches * kernel, axis=(1, 2, 3))"),
        "size-of-a-sample-rounded-up": ROUNDED_UP,
        "size-rounded-up-and-clamped": (
            *ROUNDED_UP,
            (Y0, "y0 = min(r * s, canvas.shape[1] - fh)\n"),
            (X0, "x0 = min(c * s, canvas.shape[2] - fw)\n"),
        ),
        "size-rounded-to-nearest": ROUNDED,
        "size-plus-one-rounded-to-nearest": (
            (ROWS, "int(np.round(1 + (rows + 2 * p - fh) / s))"),
            (COLS, "int(np.round(1 + (cols + 2 * p - fw) / s))"),
        ),
        "stride-asserted": (
            (
                "    out_rows =",
                "    assert (rows + 2 * p - fh) % s == 0 and (cols + 2 * p - fw) % s == 0\n    out_rows =",
            ),
        ),
        "stride-asserted-for-rows": asserted(ROWS_TILED),
        "stride-asserted-for-columns": asserted(COLS_TILED),
        "one-divided-as-well": ((" // s + 1", " // s"), ("- fh)", "- fh + 1)"), ("- fw)", "- fw + 1)")),
        "one-pixel-too-many": PADDED_TOGETHER.replace("(tall - fh)", "(tall + 1 - fh)")
        .replace("(wide - fw)", "(wide + 1 - fw)")
        .replace("np.einsum('nchw,chw->n', patches, kernel)", "np.sum(patches * kernel, axis=(1, 2, 3))"),
        "one-pixel-of-a-sample-too-many": (("- fh)", "- fh + 1)"), ("- fw)", "- fw + 1)")),
        "last-window-forgotten": ((" // s + 1", " // s"),),
        "last-window-left-zero": SHORT,
        "stride-ignored": ((Y0, "y0 = r\n"), (X0, "x0 = c\n")),
        "stride-ignored-along-the-width": ((X0, "x0 = c\n"),),
        "starts-by-filter-size": ((Y0, "y0 = r * fh\n"), (X0, "x0 = c * fw\n")),
        "filter-flipped": (("kernel = w[k]", "kernel = np.rot90(w[k], 2, axes=(1, 2))"),),
        "summed-over-the-batch": PADDED_TOGETHER.replace("'nchw,chw->n'", "'nchw,chw->'"),
        "mean-for-sum": (("(patch * kernel).sum()", "np.average(kernel * patch)"),),
        "first-filter-only": (("kernel = w[k]", "kernel = w[0]"),),
        "bias-forgotten": ((" + b[k]", ""),),
        "bias-once-per-row": (
            (
                OUT,
                "out[n, k, r, c] = (patch * kernel).sum()\n                out[n, k] += b[k]",
            ),
        ),
        "bias-once-per-channel": (
            (
                OUT,
                "for color in range(ch):\n"
                "                        out[n, k, r, c] += (kernel[color] * patch[color]).sum() + b[k]",
            ),
        ),
        "bias-along-the-width": ((" + b[k]", ""), ("    cache =", "    out += b\n    cache =")),
        "bias-in-the-sum": (("(patch * kernel).sum() + b[k]", "(patch * kernel + b[k]).sum()"),),
        "size-not-an-integer": (
            ("(rows + 2 * p - fh) // s + 1", "(rows + 2 * p - fh) / s + 1"),
            ("(cols + 2 * p - fw) // s + 1", "(cols + 2 * p - fw) / s + 1"),
        ),
        "outputs-skipped-by-start": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
            ("y0 = r * s", "y0 = r"),
            ("x0 = c * s", "x0 = c"),
        ),
        "outputs-skipped": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
        ),
        "padding-before": (("((0, 0), (p, p), (p, p))", "((0, 0), (2 * p, 0), (2 * p, 0))"),),
        "padding-after": (("((0, 0), (p, p), (p, p))", "((0, 0), (0, 2 * p), (0, 2 * p))"),),
        "padding-by-edges": (("'constant', constant_values=0", "'edge'"),),
        "padding-of-ones": (("constant_values=0", "constant_values=1"),),
        "padding-by-wrapping": (("'constant', constant_values=0", "'wrap'"),),
        "bias-subtracted": (("+ b[k]", "- b[k]"),),
        "bias-multiplied": ((").sum() + b[k]", ").sum() * b[k]"),),
        "largest-product": (("(patch * kernel).sum()", "(patch * kernel).max()"),),
        "first-channel-only": (("(patch * kernel).sum()", "(patch[0] * kernel[0]).sum()"),),
        "last-channel-only": (("(patch * kernel).sum()", "(patch[-1] * kernel[-1]).sum()"),),
        "first-image-only": (("np.pad(x[n]", "np.pad(x[0]"),),
        "channels-of-filter-reversed": (("kernel = w[k]", "kernel = w[k, ::-1]"),),
        "filter-flipped-along-rows": (("kernel = w[k]", "kernel = w[k][:, ::-1]"),),
        "filter-flipped-along-columns": (("kernel = w[k]", "kernel = w[k][:, :, ::-1]"),),
        "output-in-cache": (("cache = (x, w, b, conv_param)", "cache = (out, w, b, conv_param)"),),
        "cache-in-another-order": (("cache = (x, w, b, conv_param)", "cache = (w, x, b, conv_param)"),),
        "bias-in-the-cache-forgotten": (("cache = (x, w, b, conv_param)", "cache = (x, w, conv_param)"),),
        "stride-ignored-everywhere": (("s = conv_param['stride']", "s = 1"),),
        "relu-included": (("(patch * kernel).sum() + b[k]", "max((patch * kernel).sum() + b[k], 0)"),),
        "windows-of-unpadded-sample": (("patch = canvas[:, y0", "patch = x[n, :, y0"),),
        "windows-of-unpadded-image": """
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    rows, cols = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    out = np.zeros((N, F, rows, cols))
    for k in range(F):
        for i in range(rows):
            for j in range(cols):
                part = x[:, :, s * i : s * i + HH, s * j : s * j + WW]
                out[:, k, i, j] = (part * w[k]).sum(axis=(1, 2, 3)) + b[k]
    return out, (x, w, b, conv_param)
""",
    },
    BACKWARD: {
        "empty-without-padding": ((CUT, "[:, p:-p, p:-p]"),),
        "empty-put-into-dx": (
            ("    images = []\n", ""),
            ("dw = np.zeros(w.shape)", "dx, dw = np.zeros_like(x), np.zeros_like(w)\n    whole = []"),
            (IMAGE, "whole.append(dcanvas)"),
            ("    dx = np.array(images)\n", "    dx[:, :, :, :] = np.stack(whole)[:, :, p:-p, p:-p]\n"),
        ),
        "empty-put-into-a-sample": (
            ("    images = []\n", "    dx = np.zeros((num, ch, rows, cols))\n"),
            (IMAGE, "dx[n, :, :, :] = dcanvas[:, p:-p, p:-p]"),
            ("    dx = np.array(images)\n", ""),
        ),
        "literal-cut": ((CUT, "[:, 1:-1, 1:-1]"),),
        "cut-by-height": ((CUT, "[:, p:p + rows, p:p + rows]"),),
        "cut-at-one-end": ((CUT, "[:, :rows, :cols]"),),
        "padding-left-on-dx": ((CUT, ""),),
        "literal-pad": ((PAD, "np.pad(x[n], ((0, 0), (1, 1), (1, 1)), 'constant')"),),
        "dw-from-unpadded-x": ((DW, "dw[k] += g * x[n, :, y0:y0 + fh, x0:x0 + fw]"),),
        "unpadded-loops": (*UNPADDED, *BIAS_APART),
        "unpadded-loops-for-all": UNPADDED,
        "last-window-left-out": (*SHORT, *BIAS_APART),
        "last-window-left-out-of-all": SHORT,
        "square-filters-only": (("filters, _, fh, fw = w.shape", "filters, _, fh, _ = w.shape"), ("fw", "fh")),
        "rows-and-columns-swapped": SWAPPED,
        "stride-ignored": ((Y0, "y0 = r\n"), (X0, "x0 = c\n")),
        "stride-ignored-in-dw": ((DW, "dw[k] += g * canvas[:, r:r + fh, c:c + fw]"),),
        "stride-ignored-in-dw-along-the-width": ((DW, "dw[k] += g * canvas[:, y0:y0 + fh, c:c + fw]"),),
        "stride-ignored-in-dw-along-the-height": ((DW, "dw[k] += g * canvas[:, r:r + fh, x0:x0 + fw]"),),
        "stride-asserted-in-both": asserted(ROWS_TILED, COLS_TILED),
        "stride-asserted-for-rows": asserted(ROWS_TILED),
        "stride-asserted-for-columns": asserted(COLS_TILED),
        "upstream-by-pixel": (("g = dout[n, k, r, c]", "g = dout[n, k, y0, x0]"),),
        "dx-assigned": ((DX, DX.replace("+=", "=")),),
        "dx-from-the-last-filter": (
            (DCANVAS, ""),
            ("range(filters):\n", "range(filters):\n            dcanvas = np.zeros(canvas.shape)\n"),
        ),
        "dx-over-the-batch": ((DX, DX.replace("g * w[k]", "dout[:, k, r, c].sum() * w[k]")),),
        "dx-not-set-back": (
            (DCANVAS, ""),
            ("    images = []\n", "    images, dcanvas = [], np.zeros((ch, rows + 2 * p, cols + 2 * p))\n"),
            (IMAGE, IMAGE.replace("])", "].copy())")),
        ),
        "dx-without-upstream": ((DX, DX.replace("g * w[k]", "w[k]")),),
        "dx-from-flipped-filter": ((DX, DX.replace("w[k]", "np.flip(w[k], (1, 2))")),),
        "dx-under-two-names": ((DX, DX.replace("dcanvas", "dX")),),
        "dw-assigned": DW_OF_ALL_SAMPLES,
        "dw-of-one-window": ((DW, DW.replace("+=", "=")),),
        "dw-of-the-last-sample": (("range(num):\n", "range(num):\n        dw = np.zeros(w.shape)\n"),),
        "dw-divided-by-samples": (("dx = np", "dw /= num\n    dx = np"),),
        "db-averaged": (("dx = np", "db = np.array([dout[:, k].mean() for k in range(filters)])\n    dx = np"),),
        "db-divided-by-samples": (("db[k] += g", "db[k] += g / num"),),
        "db-over-samples-only": (
            ("db = np.zeros(filters)", "db = np.zeros(dout.shape[1:])"),
            ("db[k] += g", "db[k, r, c] += g"),
        ),
        "db-per-sample": (("db = np.zeros(filters)", "db = np.zeros((num, filters))"), ("db[k] += g", "db[n, k] += g")),
        "db-of-the-last-sample": (("range(num):\n", "range(num):\n        db = np.zeros(filters)\n"),),
        "db-of-all-filters": (("db[k] += g", "db += g"),),
        "upstream-skipped-by-start-in-db": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
            ("y0 = r * s", "y0 = r"),
            ("x0 = c * s", "x0 = c"),
        ),
        "upstream-skipped-in-db": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
        ),
        "upstream-skipped": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
            ("db[k] += g", "db[k] = dout[:, k].sum()"),
        ),
        "upstream-skipped-by-start": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for c in range(out_cols)", "for c in range(0, out_cols, s)"),
            ("y0 = r * s", "y0 = r"),
            ("x0 = c * s", "x0 = c"),
            ("db[k] += g", "db[k] = dout[:, k].sum()"),
        ),
        "db-with-b": (("db[k] += g", "db[k] += g * b[k]"),),
        "db-counted": (("db[k] += g", "db[k] += 1"),),
        "dw-without-upstream": (("dw[k] += g * canvas", "dw[k] += canvas"),),
        "dx-from-image": (("+= g * w[k]", "+= g * canvas[:, y0:y0 + fh, x0:x0 + fw]"),),
        "dw-from-filter": (("dw[k] += g * canvas[:, y0:y0 + fh, x0:x0 + fw]", "dw[k] += g * w[k]"),),
        "dw-returned-first": (("return dx, dw, db", "return dw, dx, db"),),
        "db-returned-second": (("return dx, dw, db", "return dx, db, dw"),),
        "db-over-rows-and-samples": (("return dx, dw, db", "return dx, dw, dout.sum(axis=(0, 2))"),),
        "db-over-columns-and-samples": (("return dx, dw, db", "return dx, dw, dout.sum(axis=(0, 3))"),),
        "db-of-one": (("return dx, dw, db", "return dx, dw, dout.sum()"),),
        "dx-averaged": (("dx = np.array(images)", "dx = np.array(images) / num"),),
        "stride-ignored-in-dx": (("dcanvas[:, y0:y0 + fh, x0:x0 + fw] +=", "dcanvas[:, r:r + fh, c:c + fw] +="),),
        "dw-flipped": (
            (
                "dw[k] += g * canvas[:, y0:y0 + fh, x0:x0 + fw]",
                "dw[k] += (g * canvas[:, y0:y0 + fh, x0:x0 + fw])[:, ::-1, ::-1]",
            ),
        ),
        "db-over-axes-0-1-2": (("return dx, dw, db", "return dx, dw, dout.sum(axis=(0, 1, 2))"),),
        "db-over-axes-0-1-3": (("return dx, dw, db", "return dx, dw, dout.sum(axis=(0, 1, 3))"),),
        "db-over-axes-1-2-3": (("return dx, dw, db", "return dx, dw, dout.sum(axis=(1, 2, 3))"),),
    },
}
