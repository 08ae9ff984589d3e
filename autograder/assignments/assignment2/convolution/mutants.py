"""Mistakes and styles of the naive convolution."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


PADDED = "x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"
STARTS = "top, left = i * stride, j * stride"
OUT = "out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]"
CUT = "pad : pad + H, pad : pad + W"
DX = "dx_pad[window] += w[f] * upstream"
DB = "dout.sum(axis=(0, 2, 3))"
PAD_ONE = "np.pad(x[n], ((0, 0), (pad, pad), (pad, pad)))"

ON_ALL_AXES = "Samples and channels are padded too. Pad only rows and columns."
FROM_THE_END = (
    "The image in the padded array is sliced from the end, so it is empty if pad is 0. Use pad + H and pad + W."
)
SQUARE = "The height of the filter is used for its width too. Use WW for the width."
ROUNDED_UP = "The output size is rounded up, so the last window leaves the image. Round down."
TO_NEAREST = "The output size is rounded to the nearest number, so a window can leave the image. Round down."
CUT_TO_NOTHING = "The padding of dx is sliced off from the end, so dx is empty if pad is 0. Use pad + H and pad + W."
UNPADDED_LOOPS = "The windows cover only the size of the unpadded image. Use the size of the padded image."
STARTS_WITHIN = "The windows start only within the unpadded image. Let them start in the padding too."
ENDS_EARLY = "The loop omits the last window if the stride fits exactly. Include it."
STRIDE_ASSERTED = "An assert fails if the stride does not fit exactly. Remove it: pixels may be left over."
ASSERTED = {
    "in-both": "(H + 2 * pad - HH) % stride == 0 and (W + 2 * pad - WW) % stride == 0",
    "for-rows": "(H + 2 * pad - HH) % stride == 0",
    "for-columns": "(W + 2 * pad - WW) % stride == 0",
}
ONE_DIVIDED = "The output size is one too small. Add 1 after the division by the stride."
ONE_TOO_MANY = "The output size is computed with one row and column too many. A window must not leave the image."
IN_ONE_DIRECTION = "The windows for dw use the stride in one direction only. Use it for rows and columns."
DW_OVERWRITTEN = "Each window overwrites dw. Add the contributions of all windows."

# NumPy's message about wrong shapes depends on the loops; most students loop over samples.
SAMPLE_BY_SAMPLE = """
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    out_h = 1 + (H + 2 * pad - HH) // stride
    out_w = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, out_h, out_w), dtype=np.result_type(x, w, b))
    for n in range(N):
        image = np.pad(x[n], ((0, 0), (pad, pad), (pad, pad)))
        for i, j in np.ndindex(out_h, out_w):
            top, left = i * stride, j * stride
            window = image[:, top : top + HH, left : left + WW]
            for f in range(F):
                out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
"""

FLOAT_SIZE = "A size is a float. Use integer division for it."
STEPS_BY_STRIDE = "The loops skip outputs. Visit every output: the stride moves only the window."
SKIPS_UPSTREAM = "The loops skip parts of the upstream gradient. Visit all of it: the stride moves only the window."
ONE_SIDE = "All padding is on one side. Pad both sides by conv_param['pad']."
NOT_ZERO = "The padding is not zero. Pad with zeros."
ONE_CHANNEL = "Only one channel of the image is used. Sum over all channels."
FLIPPED = "The filter is flipped along one axis. Do not flip it."
DB_TWO_AXES = "The gradient db is summed over two axes only. Sum over samples, rows and columns."
RETURN_ORDER = "The gradients are returned in a wrong order. Return dx, dw and db."


def padded(name, words, width, *options):
    """Return a mutant of the forward pass with another padding."""
    arguments = ", ".join(("x", f"((0, 0), (0, 0), {width})", *options))
    return Mutant(FORWARD, name, words, ((PADDED, f"x_pad = np.pad({arguments})"),))


def skipping(name, starts, *, db=False):
    """Return a mutant of the backward pass whose loops step by the stride."""
    changes = [
        ("range(dout.shape[2])", "range(0, dout.shape[2], stride)"),
        ("range(dout.shape[3])", "range(0, dout.shape[3], stride)"),
        (STARTS, starts),
    ]
    if db:
        changes.append((DB, "dout[:, :, ::stride, ::stride].sum(axis=(0, 2, 3))"))
    return Mutant(BACKWARD, name, SKIPS_UPSTREAM, tuple(changes))


UNPADDED_WINDOWS = "The windows are taken from the unpadded image. Take them from the padded one."

FORWARD_MUTANTS = (
    Mutant(
        FORWARD,
        "padded-image-in-cache",
        "The image in the cache is padded. Store x itself, as the docstring says.",
        (("return out, (x, w", "return out, (x_pad, w"),),
    ),
    Mutant(
        FORWARD,
        "literal-pad",
        "The image is always padded by one pixel. Use conv_param['pad'].",
        (("(pad, pad), (pad, pad)", "(1, 1), (1, 1)"),),
    ),
    Mutant(
        FORWARD,
        "padding-ignored",
        "The image is never padded. Pad it by conv_param['pad'].",
        (('conv_param["pad"]', "0"),),
    ),
    Mutant(
        FORWARD,
        "padding-on-all-axes",
        ON_ALL_AXES,
        (("((0, 0), (0, 0), (pad, pad), (pad, pad))", "pad"),),
    ),
    Mutant(
        FORWARD,
        "padding-on-channels",
        ON_ALL_AXES,
        ((PAD_ONE, "np.pad(x[n], pad)"),),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "padding-cut-from-the-end",
        FROM_THE_END,
        (
            (
                PADDED,
                "x_pad = np.zeros((N, x.shape[1], H + 2 * pad, W + 2 * pad))\n    x_pad[:, :, pad:-pad, pad:-pad] = x",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "padding-of-a-sample-cut-from-the-end",
        FROM_THE_END,
        (
            (
                PAD_ONE,
                "np.zeros((x.shape[1], H + 2 * pad, W + 2 * pad))\n        image[:, pad:-pad, pad:-pad] = x[n]",
            ),
        ),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "padding-counted-once",
        "The output size counts the padding on one side only. Count it on both sides.",
        (("2 * pad", "pad"),),
    ),
    Mutant(
        FORWARD,
        "unpadded-loops",
        UNPADDED_LOOPS,
        (("range(out_h)", "range(1 + (H - HH) // stride)"), ("range(out_w)", "range(1 + (W - WW) // stride)")),
    ),
    Mutant(
        FORWARD,
        "starts-within-the-unpadded-image",
        STARTS_WITHIN,
        (
            ("range(out_h)", "range(min(out_h, -(-H // stride)))"),
            ("range(out_w)", "range(min(out_w, -(-W // stride)))"),
        ),
    ),
    *(
        Mutant(
            FORWARD,
            f"{name}-with-bias",  # added to the whole output, so that omitted windows have it too
            words,
            (
                (" + b[f]", ""),
                ("return out, (x", "return out + b[:, None, None], (x"),
                ("range(out_h)", f"range({rows})"),
                ("range(out_w)", f"range({columns})"),
            ),
        )
        for name, words, rows, columns in (
            ("unpadded-loops", UNPADDED_LOOPS, "1 + (H - HH) // stride", "1 + (W - WW) // stride"),
            (
                "starts-within-the-unpadded-image",
                STARTS_WITHIN,
                "min(out_h, -(-H // stride))",
                "min(out_w, -(-W // stride))",
            ),
            (
                "last-window-left-zero",
                ENDS_EARLY,
                "-(-(H + 2 * pad - HH) // stride)",
                "-(-(W + 2 * pad - WW) // stride)",
            ),
        )
    ),
    Mutant(
        FORWARD,
        "width-from-filter-height",
        "The output width is computed from the height of the filter. Use its width.",
        (("2 * pad - WW", "2 * pad - HH"),),
    ),
    Mutant(
        FORWARD,
        "width-from-image-height",
        "The output width is computed from the height of the image. Use its width.",
        (("(W + 2 * pad - WW)", "(H + 2 * pad - WW)"),),
    ),
    Mutant(
        FORWARD,
        "shape-in-wrong-order",
        "Height and width of the image are swapped. The shape is (N, C, H, W).",
        (("N, _, H, W = x.shape", "N, _, W, H = x.shape"),),
    ),
    Mutant(
        FORWARD,
        "square-filters-only",
        SQUARE,
        (("left + WW", "left + HH"), ("2 * pad - WW", "2 * pad - HH")),
    ),
    Mutant(
        FORWARD,
        "square-filters-of-a-sample",
        SQUARE,
        (("left + WW", "left + HH"), ("2 * pad - WW", "2 * pad - HH")),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "rows-and-columns-swapped",
        "Rows and columns of the windows are swapped. Output rows move the window along the height.",
        ((STARTS, "left, top = i * stride, j * stride"),),
    ),
    Mutant(
        FORWARD,
        "size-rounded-up",
        ROUNDED_UP,
        (
            ("(H + 2 * pad - HH) // stride", "-(-(H + 2 * pad - HH) // stride)"),
            ("(W + 2 * pad - WW) // stride", "-(-(W + 2 * pad - WW) // stride)"),
        ),
    ),
    Mutant(
        FORWARD,
        "size-of-a-sample-rounded-up",
        ROUNDED_UP,
        (
            ("(H + 2 * pad - HH) // stride", "-(-(H + 2 * pad - HH) // stride)"),
            ("(W + 2 * pad - WW) // stride", "-(-(W + 2 * pad - WW) // stride)"),
        ),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "size-rounded-up-and-clamped",
        "An extra window is added at the border if the stride does not fit. Omit it: pixels may be left over.",
        (
            ("(H + 2 * pad - HH) // stride", "-(-(H + 2 * pad - HH) // stride)"),
            ("(W + 2 * pad - WW) // stride", "-(-(W + 2 * pad - WW) // stride)"),
            (STARTS, "top, left = min(i * stride, H + 2 * pad - HH), min(j * stride, W + 2 * pad - WW)"),
        ),
    ),
    Mutant(
        FORWARD,
        "size-rounded-to-nearest",
        TO_NEAREST,
        (
            ("(H + 2 * pad - HH) // stride", "round((H + 2 * pad - HH) / stride)"),
            ("(W + 2 * pad - WW) // stride", "round((W + 2 * pad - WW) / stride)"),
        ),
    ),
    Mutant(
        FORWARD,
        "size-plus-one-rounded-to-nearest",
        TO_NEAREST,
        (
            ("1 + (H + 2 * pad - HH) // stride", "round(1 + (H + 2 * pad - HH) / stride)"),
            ("1 + (W + 2 * pad - WW) // stride", "round(1 + (W + 2 * pad - WW) / stride)"),
        ),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "stride-asserted",
        STRIDE_ASSERTED,
        (
            (
                "out_h = 1",
                'assert (H + 2 * pad - HH) % stride == 0, f"stride {stride} does not tile the rows"\n'
                '    assert (W + 2 * pad - WW) % stride == 0, f"stride {stride} does not tile the columns"\n'
                "    out_h = 1",
            ),
        ),
    ),
    *(
        Mutant(
            FORWARD,
            f"stride-asserted-{name}",
            STRIDE_ASSERTED,
            (("out_h = 1", f"assert {condition}\n    out_h = 1"),),
        )
        for name, condition in ASSERTED.items()
        if name != "in-both"
    ),
    Mutant(
        FORWARD,
        "one-divided-as-well",
        ONE_DIVIDED,
        (
            ("1 + (H + 2 * pad - HH) // stride", "(H + 2 * pad - HH + 1) // stride"),
            ("1 + (W + 2 * pad - WW) // stride", "(W + 2 * pad - WW + 1) // stride"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-pixel-too-many",
        ONE_TOO_MANY,
        (
            ("(H + 2 * pad - HH) // stride", "(H + 1 + 2 * pad - HH) // stride"),
            ("(W + 2 * pad - WW) // stride", "(W + 1 + 2 * pad - WW) // stride"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-pixel-of-a-sample-too-many",
        ONE_TOO_MANY,
        (
            ("(H + 2 * pad - HH) // stride", "(H + 1 + 2 * pad - HH) // stride"),
            ("(W + 2 * pad - WW) // stride", "(W + 1 + 2 * pad - WW) // stride"),
        ),
        body=SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        FORWARD,
        "last-window-forgotten",
        "The output size is the number of steps between windows. Add one.",
        (("out_h = 1 + (H", "out_h = (H"), ("out_w = 1 + (W", "out_w = (W")),
        also_matches=("one-divided-as-well",),
    ),
    Mutant(
        FORWARD,
        "last-window-left-zero",
        ENDS_EARLY,
        (
            ("range(out_h)", "range(-(-(H + 2 * pad - HH) // stride))"),
            ("range(out_w)", "range(-(-(W + 2 * pad - WW) // stride))"),
        ),
    ),
    Mutant(
        FORWARD,
        "stride-ignored",
        "The window always moves by one pixel. Use conv_param['stride'].",
        ((STARTS, "top, left = i, j"),),
    ),
    Mutant(
        FORWARD,
        "stride-ignored-along-the-width",
        "The stride is used for rows only. Use it for columns too.",
        ((STARTS, "top, left = i * stride, j"),),
    ),
    Mutant(
        FORWARD,
        "starts-by-filter-size",
        "The window moves by its own size. Use the stride.",
        ((STARTS, "top, left = i * HH, j * WW"),),
    ),
    Mutant(
        FORWARD,
        "filter-flipped",
        "The filter is flipped, as in the convolution of mathematics. Do not flip it.",
        (("window * w[f]", "window * w[f, :, ::-1, ::-1]"),),
    ),
    Mutant(
        FORWARD,
        "summed-over-the-batch",
        "The sum runs over the samples too. Compute each sample separately.",
        (("np.sum(window * w[f], axis=(1, 2, 3))", "np.sum(window * w[f])"),),
    ),
    Mutant(
        FORWARD,
        "mean-for-sum",
        "The products in a window are averaged. Sum them.",
        (("np.sum(window * w[f]", "np.mean(window * w[f]"),),
    ),
    Mutant(
        FORWARD,
        "first-filter-only",
        "Every feature map is computed with the first filter. Use each filter for its own map.",
        (("window * w[f]", "window * w[0]"),),
    ),
    Mutant(
        FORWARD,
        "bias-forgotten",
        "The bias is missing. Add it once to each output.",
        ((" + b[f]", ""),),
    ),
    Mutant(
        FORWARD,
        "bias-once-per-row",
        "The bias is added to the whole output after each row. Add it once.",
        ((OUT, OUT.replace(" + b[f]", "\n        out = out + b[:, None, None]")),),
    ),
    Mutant(
        FORWARD,
        "bias-once-per-channel",
        "The bias is added once per channel. Add it once per output.",
        (("+ b[f]", "+ x.shape[1] * b[f]"),),
    ),
    Mutant(
        FORWARD,
        "bias-along-the-width",
        "The biases are added along the columns of the output. Add one bias per filter.",
        ((" + b[f]", ""), ("return out, (x", "return out + b, (x")),
    ),
)

CUT_ONE = "dx[n] = dx_pad[:, pad : pad + H, pad : pad + W]"
BACK_SAMPLE_BY_SAMPLE = f"""
    x, w, _, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, _, H, W), (F, _, HH, WW) = x.shape, w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n in range(N):
        dx_pad = np.zeros(x_pad.shape[1:])
        for f, i, j in np.ndindex(dout.shape[1:]):
            rows = slice(i * stride, i * stride + HH)
            columns = slice(j * stride, j * stride + WW)
            dw[f] += x_pad[n, :, rows, columns] * dout[n, f, i, j]
            dx_pad[:, rows, columns] += w[f] * dout[n, f, i, j]
        {CUT_ONE}
    return dx, dw, dout.sum(axis=(0, 2, 3))
"""

UNPADDED = "The windows cover only the unpadded image, so the end of dout is unused. Use all of dout."
UNPADDED_LOOPS = (
    ("range(dout.shape[2])", "range(1 + (H - HH) // stride)"),
    ("range(dout.shape[3])", "range(1 + (W - WW) // stride)"),
)
SHORT_LOOPS = (
    ("range(dout.shape[2])", "range(-(-(H + 2 * pad - HH) // stride))"),
    ("range(dout.shape[3])", "range(-(-(W + 2 * pad - WW) // stride))"),
)
BIAS_IN_THE_LOOPS = (
    ("    dw = np.zeros(w.shape, dtype=dtype)\n", "    dw = np.zeros(w.shape, dtype=dtype)\n    db = np.zeros(F)\n"),
    ("dw[f] +=", "db[f] += dout[:, f, i, j].sum()\n                dw[f] +="),
    ("    db = dout.sum(axis=(0, 2, 3))\n", ""),
)

BACKWARD_MUTANTS = (
    Mutant(
        BACKWARD,
        "empty-without-padding",
        CUT_TO_NOTHING,
        ((CUT, "pad:-pad, pad:-pad"),),
    ),
    Mutant(
        BACKWARD,
        "empty-put-into-dx",
        CUT_TO_NOTHING,
        (
            (CUT_ONE, "padded.append(dx_pad)"),
            ("return dx", "dx[...] = np.stack(padded)[:, :, pad:-pad, pad:-pad]\n    return dx"),
        ),
        body=BACK_SAMPLE_BY_SAMPLE.replace("dx, dw =", "padded, dx, dw = [],"),
    ),
    Mutant(
        BACKWARD,
        "empty-put-into-a-sample",
        CUT_TO_NOTHING,
        ((CUT_ONE, "dx[n] = dx_pad[:, pad:-pad, pad:-pad]"),),
        body=BACK_SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        BACKWARD,
        "literal-cut",
        "One pixel is always removed from each side of dx. Remove conv_param['pad'] pixels.",
        ((CUT, "1:-1, 1:-1"),),
    ),
    Mutant(
        BACKWARD,
        "cut-by-height",
        "The height of the image is used for both axes of dx. Use its width for the columns.",
        ((CUT, "pad : pad + H, pad : pad + H"),),
    ),
    Mutant(
        BACKWARD,
        "cut-at-one-end",
        "All padding is removed at the bottom and the right of dx. Remove it on each side.",
        ((CUT, ":H, :W"),),
    ),
    Mutant(
        BACKWARD,
        "padding-left-on-dx",
        "The gradient dx still has its padding. Remove it.",
        ((f"dx_pad[:, :, {CUT}]", "dx_pad"),),
    ),
    Mutant(
        BACKWARD,
        "literal-pad",
        "The backward pass always pads by one pixel. Use conv_param['pad'].",
        (("(pad, pad), (pad, pad)", "(1, 1), (1, 1)"),),
    ),
    Mutant(
        BACKWARD,
        "dw-from-unpadded-x",
        "The windows for dw are taken from the unpadded x. Use the padded x.",
        (("np.sum(x_pad[window]", "np.sum(x[window]"),),
    ),
    Mutant(BACKWARD, "unpadded-loops", UNPADDED, UNPADDED_LOOPS),
    Mutant(BACKWARD, "unpadded-loops-for-all", UNPADDED, (*UNPADDED_LOOPS, *BIAS_IN_THE_LOOPS)),
    Mutant(BACKWARD, "last-window-left-out", ENDS_EARLY, SHORT_LOOPS),
    Mutant(BACKWARD, "last-window-left-out-of-all", ENDS_EARLY, (*SHORT_LOOPS, *BIAS_IN_THE_LOOPS)),
    Mutant(
        BACKWARD,
        "square-filters-only",
        "The height of the filter is used for its width too. Use WW for the width.",
        (("left + WW", "left + HH"),),
    ),
    Mutant(
        BACKWARD,
        "rows-and-columns-swapped",
        "Rows and columns of the windows are swapped. Rows of dout move the window along the height.",
        ((STARTS, "left, top = i * stride, j * stride"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored",
        "The window moves by one pixel in the backward pass. Use the stride.",
        ((STARTS, "top, left = i, j"),),
        also_matches=(
            "stride-ignored-in-dw",
            "stride-ignored-in-dx",
        ),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored-in-dw",
        "The windows for dw move by one pixel. Use the stride.",
        (("np.sum(x_pad[window]", "np.sum(x_pad[:, :, i : i + HH, j : j + WW]"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored-in-dw-along-the-width",
        IN_ONE_DIRECTION,
        (("np.sum(x_pad[window]", "np.sum(x_pad[:, :, top : top + HH, j : j + WW]"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored-in-dw-along-the-height",
        IN_ONE_DIRECTION,
        (("np.sum(x_pad[window]", "np.sum(x_pad[:, :, i : i + HH, left : left + WW]"),),
    ),
    *(
        Mutant(
            BACKWARD,
            f"stride-asserted-{name}",
            STRIDE_ASSERTED,
            (("dtype = np", f"assert {condition}\n    dtype = np"),),
        )
        for name, condition in ASSERTED.items()
    ),
    Mutant(
        BACKWARD,
        "upstream-by-pixel",
        "The upstream gradient is indexed by the start of the window. Use the position in the output.",
        (("dout[:, f, i, j]", "dout[:, f, top, left]"),),
    ),
    Mutant(
        BACKWARD,
        "dx-assigned",
        "A pixel of several windows or filters keeps only the last contribution to dx. Add all of them.",
        (("dx_pad[window] +=", "dx_pad[window] ="),),
    ),
    Mutant(
        BACKWARD,
        "dx-from-the-last-filter",
        "Only one filter contributes to dx. Add the contributions of all filters.",
        (("    " + DX, DX),),
    ),
    Mutant(
        BACKWARD,
        "dx-over-the-batch",
        "The samples are mixed in dx. Compute each sample separately.",
        (("w[f] * upstream", "np.sum(w[f] * upstream, axis=0)"),),
    ),
    Mutant(
        BACKWARD,
        "dx-not-set-back",
        "The padded gradient keeps the values of earlier samples. Start from zero for each sample.",
        (
            ("        dx_pad = np.zeros(x_pad.shape[1:])\n", ""),
            ("    for n in", "    dx_pad = np.zeros(x_pad.shape[1:])\n    for n in"),
        ),
        body=BACK_SAMPLE_BY_SAMPLE,
    ),
    Mutant(
        BACKWARD,
        "dx-without-upstream",
        "The upstream gradient is missing in dx. Multiply the filter by it.",
        (("dx_pad[window] += w[f] * upstream", "dx_pad[window] += w[f]"),),
    ),
    Mutant(
        BACKWARD,
        "dx-from-flipped-filter",
        "The filter is flipped for dx. Do not flip it: each window is already at its position.",
        (("w[f] * upstream", "w[f, :, ::-1, ::-1] * upstream"),),
    ),
    Mutant(
        BACKWARD,
        "dx-under-two-names",
        "The gradient is added to an undefined name. Use the array that you created for it.",
        (("dx_pad[window] +=", "dX[window] +="),),
        undefined_name=True,
    ),
    Mutant(
        BACKWARD,
        "dw-assigned",
        DW_OVERWRITTEN,
        (("dw[f] +=", "dw[f] ="),),
    ),
    Mutant(
        BACKWARD,
        "dw-of-one-window",
        DW_OVERWRITTEN,
        (("dw[f] +=", "dw[f] ="),),
        body=BACK_SAMPLE_BY_SAMPLE,
        also_matches=("dw-assigned", "dw-of-the-last-sample"),
    ),
    Mutant(
        BACKWARD,
        "dw-of-the-last-sample",
        "Only the last sample counts in dw. Sum over all samples.",
        (("np.sum(x_pad[window] * upstream, axis=0)", "(x_pad[window] * upstream)[-1]"),),
    ),
    Mutant(
        BACKWARD,
        "dw-divided-by-samples",
        "The gradient dw is averaged over the samples. Sum over them.",
        (("return dx, dw, db", "return dx, dw / len(x), db"),),
    ),
    Mutant(
        BACKWARD,
        "db-averaged",
        "The gradient db is averaged over samples, rows and columns. Sum over them.",
        ((DB, "dout.mean(axis=(0, 2, 3))"),),
    ),
    Mutant(
        BACKWARD,
        "db-divided-by-samples",
        "The gradient db is averaged over the samples. Sum over them.",
        ((DB, "dout.sum(axis=(0, 2, 3)) / len(dout)"),),
    ),
    Mutant(
        BACKWARD,
        "db-over-samples-only",
        "The gradient db is not summed over rows and columns. Sum over them too.",
        ((DB, "dout.sum(axis=0)"),),
    ),
    Mutant(
        BACKWARD,
        "db-per-sample",
        "The gradient db is not summed over the samples. Sum over them too.",
        ((DB, "dout.sum(axis=(2, 3))"),),
    ),
    Mutant(
        BACKWARD,
        "db-of-the-last-sample",
        "Only the last sample counts in db. Sum over all samples.",
        ((DB, "dout[-1].sum(axis=(1, 2))"),),
    ),
    Mutant(
        BACKWARD,
        "db-of-all-filters",
        "The gradient db is summed over all filters. Compute one sum per filter.",
        ((DB, "np.full(F, dout.sum())"),),
    ),
    Mutant(
        FORWARD,
        "bias-in-the-sum",
        "The bias is added to every product of a window. Add it once to each output.",
        (("+ b[f]", "+ b[f] * w[f].size"),),
    ),
    Mutant(FORWARD, "bias-subtracted", "The bias is subtracted. Add it.", (("+ b[f]", "- b[f]"),)),
    Mutant(FORWARD, "bias-multiplied", "The bias multiplies the sum. Add it instead.", (("+ b[f]", "* b[f]"),)),
    Mutant(FORWARD, "size-not-an-integer", FLOAT_SIZE, (("// stride", "/ stride"),)),
    Mutant(
        FORWARD,
        "outputs-skipped",
        STEPS_BY_STRIDE,
        (("range(out_h)", "range(0, out_h, stride)"), ("range(out_w)", "range(0, out_w, stride)")),
    ),
    Mutant(
        FORWARD,
        "outputs-skipped-by-start",
        STEPS_BY_STRIDE,
        (
            ("range(out_h)", "range(0, out_h, stride)"),
            ("range(out_w)", "range(0, out_w, stride)"),
            (STARTS, "top, left = i, j"),
        ),
        also_matches=(
            "stride-ignored",
            "outputs-skipped",
            "stride-ignored-everywhere",
        ),
    ),
    padded("padding-before", ONE_SIDE, "(2 * pad, 0), (2 * pad, 0)"),
    padded("padding-after", ONE_SIDE, "(0, 2 * pad), (0, 2 * pad)"),
    padded("padding-of-ones", NOT_ZERO, "(pad, pad), (pad, pad)", "constant_values=1"),
    padded("padding-by-edges", NOT_ZERO, "(pad, pad), (pad, pad)", 'mode="edge"'),
    padded("padding-by-wrapping", NOT_ZERO, "(pad, pad), (pad, pad)", 'mode="wrap"'),
    Mutant(
        FORWARD,
        "largest-product",
        "Only the largest product of a window is taken. Sum the products.",
        (("np.sum(window * w[f], axis", "np.max(window * w[f], axis"),),
    ),
    Mutant(FORWARD, "first-channel-only", ONE_CHANNEL, (("window * w[f]", "window[:, :1] * w[f, :1]"),)),
    Mutant(FORWARD, "last-channel-only", ONE_CHANNEL, (("window * w[f]", "window[:, -1:] * w[f, -1:]"),)),
    Mutant(
        FORWARD,
        "first-image-only",
        "Every output is computed from the first image. Use each image for its own output.",
        ((PADDED, f"{PADDED}\n    x_pad[:] = x_pad[:1].copy()"),),
    ),
    Mutant(FORWARD, "filter-flipped-along-rows", FLIPPED, (("window * w[f]", "window * w[f, :, ::-1]"),)),
    Mutant(FORWARD, "filter-flipped-along-columns", FLIPPED, (("window * w[f]", "window * w[f, :, :, ::-1]"),)),
    Mutant(FORWARD, "channels-of-filter-reversed", FLIPPED, (("window * w[f]", "window * w[f, ::-1]"),)),
    Mutant(
        FORWARD,
        "output-in-cache",
        "The cache holds the output. Store x, as the docstring says.",
        (("return out, (x,", "return out, (out,"),),
    ),
    Mutant(
        FORWARD,
        "cache-in-another-order",
        "The cache has another order. Store the arguments in the order of the docstring.",
        (("return out, (x, w,", "return out, (w, x,"),),
    ),
    Mutant(
        FORWARD,
        "bias-in-the-cache-forgotten",
        "The cache lacks an argument. Store all of them, as the docstring says.",
        (("return out, (x, w, b,", "return out, (x, w,"),),
    ),
    Mutant(
        FORWARD,
        "stride-ignored-everywhere",
        "The window always moves by one pixel. Use conv_param['stride'].",
        (('stride, pad = conv_param["stride"],', "stride, pad = 1,"),),
    ),
    Mutant(
        FORWARD,
        "relu-included",
        "Negative results are set to zero. Return them as they are: the ReLU is a separate layer.",
        (("return out,", "return np.maximum(out, 0),"),),
    ),
    skipping("upstream-skipped", STARTS),
    skipping("upstream-skipped-by-start", "top, left = i, j"),
    skipping("upstream-skipped-in-db", STARTS, db=True),
    skipping("upstream-skipped-by-start-in-db", "top, left = i, j", db=True),
    Mutant(
        BACKWARD,
        "db-counted",
        "The gradient db is the number of outputs of a filter. Sum the upstream gradient.",
        ((DB, "np.full(F, float(dout[:, 0].size))"),),
    ),
    Mutant(BACKWARD, "db-over-rows-and-samples", DB_TWO_AXES, ((DB, "dout.sum(axis=(0, 2))"),)),
    Mutant(BACKWARD, "db-over-columns-and-samples", DB_TWO_AXES, ((DB, "dout.sum(axis=(0, 3))"),)),
    Mutant(
        BACKWARD,
        "db-of-one",
        "The gradient db is summed over all filters. Compute one sum per filter.",
        ((DB, "dout.sum()"),),
    ),
    Mutant(
        BACKWARD,
        "db-with-b",
        "The gradient db has a factor b. Sum the upstream gradient alone.",
        ((DB, f"{DB} * cache[2]"),),
    ),
    Mutant(
        BACKWARD,
        "dw-without-upstream",
        "The upstream gradient is missing in dw. Multiply the windows by it.",
        (("x_pad[window] * upstream", "x_pad[window]"),),
    ),
    Mutant(
        BACKWARD,
        "dw-from-filter",
        "The gradient dw is made of the filter. Multiply the windows of the image by the upstream gradient.",
        (("np.sum(x_pad[window] * upstream, axis=0)", "w[f] * upstream.sum()"),),
    ),
    Mutant(
        BACKWARD,
        "dx-from-image",
        "The gradient dx is made of the image. Multiply the filter by the upstream gradient.",
        ((DX, "dx_pad[window] += x_pad[window] * upstream"),),
    ),
    Mutant(BACKWARD, "dw-returned-first", RETURN_ORDER, (("return dx, dw, db", "return dw, dx, db"),)),
    Mutant(BACKWARD, "db-returned-second", RETURN_ORDER, (("return dx, dw, db", "return dx, db, dw"),)),
    Mutant(
        BACKWARD,
        "dx-averaged",
        "The gradient dx is averaged over the samples. Do not divide it.",
        (("return dx, dw, db", "return dx / len(x), dw, db"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored-in-dx",
        "The windows for dx move by one pixel. Use the stride.",
        ((DX, "dx_pad[:, :, i : i + HH, j : j + WW] += w[f] * upstream"),),
    ),
    Mutant(
        BACKWARD,
        "dw-flipped",
        "The gradient dw is flipped. Do not flip the windows.",
        (("return dx, dw, db", "return dx, dw[:, :, ::-1, ::-1], db"),),
    ),
    Mutant(
        FORWARD,
        "windows-of-unpadded-image",
        UNPADDED_WINDOWS,
        (("window = x_pad[", "window = x["),),
    ),
    Mutant(
        FORWARD,
        "windows-of-unpadded-sample",
        UNPADDED_WINDOWS,
        (("window = image[", "window = x[n]["),),
        body=SAMPLE_BY_SAMPLE,
    ),
    *(
        Mutant(
            BACKWARD,
            f"db-over-axes-{'-'.join(map(str, axes))}",
            "The gradient db is summed over wrong axes. Sum over samples, rows and columns.",
            ((DB, f"dout.sum(axis={axes})"),),
        )
        for axes in ((0, 1, 2), (0, 1, 3), (1, 2, 3))
    ),
)

MUTANTS = FORWARD_MUTANTS + BACKWARD_MUTANTS

WINDOW_MATRIX = """
def window_matrix(x, HH, WW, stride, pad):
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="constant")
    rows = range(0, padded.shape[2] - HH + 1, stride)
    columns = range(0, padded.shape[3] - WW + 1, stride)
    windows = [padded[:, :, r:r + HH, c:c + WW].reshape(len(x), -1) for r in rows for c in columns]
    return np.stack(windows, axis=1), len(rows), len(columns)
"""

FORWARD_VARIANTS = (
    Variant(
        FORWARD,
        "einsum",
        "einsum over each window",
        (("np.sum(window * w[f], axis=(1, 2, 3))", "np.einsum('nchw,chw->n', window, w[f])"),),
    ),
    Variant(
        FORWARD,
        "tensordot",
        "all filters at once by tensordot",
        body="""
    s, p = conv_param['stride'], conv_param['pad']
    padded = np.pad(x, ((0,), (0,), (p,), (p,)), 'constant')
    out_h = int((x.shape[2] + 2 * p - w.shape[2]) / s + 1)
    out_w = int((x.shape[3] + 2 * p - w.shape[3]) / s + 1)
    out = np.empty((x.shape[0], w.shape[0], out_h, out_w))
    for col in range(out_w):
        for row in range(out_h):
            part = padded[:, :, row * s:row * s + w.shape[2], col * s:col * s + w.shape[3]]
            out[:, :, row, col] = np.tensordot(part, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b, conv_param)
""",
    ),
    Variant(
        FORWARD,
        "scalar-loops",
        "seven loops over single numbers, no padded copy",
        body="""
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * P - HH) // S
    W_out = 1 + (W + 2 * P - WW) // S
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    total = b[f]
                    for c in range(C):
                        for u in range(HH):
                            for v in range(WW):
                                r, s = i * S + u - P, j * S + v - P
                                if 0 <= r < H and 0 <= s < W:
                                    total += x[n, c, r, s] * w[f, c, u, v]
                    out[n, f, i, j] = total
    return out, (x, w, b, conv_param)
""",
    ),
    Variant(
        FORWARD,
        "every-number",
        "loops over every single number, each read as a float, and a padded copy in nested loops",
        body="""
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    x_pad[n, c, i + pad, j + pad] = float(x[n, c, i, j])
    out = np.zeros((N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    for c in range(C):
                        for k in range(HH):
                            for l in range(WW):
                                product = float(x_pad[n, c, i * stride + k, j * stride + l]) * float(w[f, c, k, l])
                                out[n, f, i, j] = float(out[n, f, i, j]) + product
                    out[n, f, i, j] = float(out[n, f, i, j]) + float(b[f])
    return out, (x, w, b, conv_param)
""",
    ),
    Variant(
        FORWARD,
        "sample-by-sample",
        "loops over samples and filters outside, step loops over pixels, output filled by counters",
        body="""
    pad, stride = conv_param.get('pad', 0), conv_param.get('stride', 1)
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    out = np.zeros((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for n in range(N):
        image = np.zeros((C, H + 2 * pad, W + 2 * pad))
        image[:, pad:pad + H, pad:pad + W] = x[n]
        for f in range(F):
            for row, r in enumerate(range(0, H + 2 * pad - HH + 1, stride)):
                for col, c in enumerate(range(0, W + 2 * pad - WW + 1, stride)):
                    out[n, f, row, col] = (image[:, r:r + HH, c:c + WW] * w[f]).sum()
    out += b.reshape(1, F, 1, 1)
    cache = (x, w, b, conv_param)
    return out, cache
""",
    ),
    Variant(
        FORWARD,
        "clamped-starts",
        "windows held inside the image by min(), which never does anything",
        ((STARTS, "top, left = min(i * stride, H + 2 * pad - HH), min(j * stride, W + 2 * pad - WW)"),),
    ),
    Variant(
        FORWARD,
        "filter-pixel-loops",
        "loops over the pixels of the filter, each of which adds a shifted, strided image",
        body="""
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[-2:]
    HH, WW = w.shape[-2:]
    out_h, out_w = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    big = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.tile(b.reshape(1, -1, 1, 1).astype(float), (len(x), 1, out_h, out_w))
    for u in range(HH):
        for v in range(WW):
            shifted = big[:, :, u : u + stride * out_h : stride, v : v + stride * out_w : stride]
            out += np.einsum("ncij,fc->nfij", shifted[:, :, :out_h, :out_w], w[:, :, u, v])
    return out, (x, w, b, conv_param)
""",
    ),
    Variant(
        FORWARD,
        "im2col",
        "one matrix product, the windows by a helper in another cell",
        body="""
    F, _, HH, WW = w.shape
    columns, out_h, out_w = window_matrix(x, HH, WW, conv_param["stride"], conv_param["pad"])
    out = columns @ w.reshape(F, -1).T + b
    return out.transpose(0, 2, 1).reshape(len(x), F, out_h, out_w), (x, w, b, conv_param)
""",
        helper=WINDOW_MATRIX,
    ),
    Variant(
        FORWARD,
        "sliding-window-view",
        "stride tricks without loops",
        body="""
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0)] * 2 + [(pad, pad)] * 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    out = np.einsum("ncijuv,fcuv->nfij", windows, w, optimize=True) + b[None, :, None, None]
    return out, (x, w, b, conv_param)
""",
    ),
    Variant(
        FORWARD,
        "float32-throughout",
        "inputs turned into float32 first",
        ((PADDED, "x, w, b = (a.astype(np.float32) for a in (x, w, b))\n    " + PADDED),),
    ),
    Variant(
        FORWARD,
        "float64-out",
        "the output always in float64",
        (("dtype=np.result_type(x, w, b)", "dtype=np.float64"),),
    ),
    Variant(
        FORWARD,
        "another-name-for-numpy",
        "numpy imported again under another name",
        (("stride, pad =", "import numpy as xp\n    stride, pad ="), ("np.pad", "xp.pad"), ("np.sum", "xp.sum")),
    ),
    Variant(
        FORWARD,
        "list-as-output",
        "a list in place of the tuple",
        (("return out, (x, w, b, conv_param)", "return [out, [x, w, b, conv_param]]"),),
    ),
    Variant(
        FORWARD,
        "padded-x-in-cache",
        "the padded image kept in a copy of conv_param",
        (("return out, (x, w, b, conv_param)", "return out, (x, w, b, {**conv_param, 'x_pad': x_pad})"),),
    ),
    Variant(
        FORWARD,
        "nested-helper",
        "a function for one output number inside the function",
        body="""
    pad, stride = conv_param["pad"], conv_param["stride"]

    def size(image, filt):
        return 1 + (image + 2 * pad - filt) // stride

    def response(image, f, i, j):
        patch = image[:, i * stride:i * stride + w.shape[2], j * stride:j * stride + w.shape[3]]
        return np.vdot(patch.copy(), w[f]) + b[f]

    shape = (x.shape[0], w.shape[0], size(x.shape[2], w.shape[2]), size(x.shape[3], w.shape[3]))
    images = [np.pad(image, [(0, 0), (pad, pad), (pad, pad)]) for image in x]
    out = np.array([response(images[n], f, i, j) for n, f, i, j in np.ndindex(*shape)]).reshape(shape)
    return out, (x, w, b, conv_param)
""",
    ),
)

BACKWARD_VARIANTS = (
    Variant(
        BACKWARD,
        "negative-end-or-none",
        "the padding cut off by a negative end, None when there is none",
        ((CUT, "pad : -pad or None, pad : -pad or None"),),
    ),
    Variant(
        BACKWARD,
        "sample-by-sample",
        "four loops, all three gradients added up inside",
        body="""
    x, w, b, conv_param = cache
    P, S = conv_param['pad'], conv_param['stride']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        dx_n = np.pad(dx[n], ((0, 0), (P, P), (P, P)), 'constant')
        x_n = np.pad(x[n], ((0, 0), (P, P), (P, P)), 'constant')
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    up = dout[n, f, i, j]
                    dw[f] += up * x_n[:, i * S:i * S + HH, j * S:j * S + WW]
                    dx_n[:, i * S:i * S + HH, j * S:j * S + WW] += up * w[f]
                    db[f] += up
        dx[n] = dx_n[:, P:P + H, P:P + W]
    return dx, dw, db
""",
    ),
    Variant(
        BACKWARD,
        "scalar-loops",
        "seven loops over single numbers, no padded copy",
        body="""
    x, w, b, conv_param = cache
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for f in range(F):
        for n in range(N):
            for i in range(H_out):
                for j in range(W_out):
                    up = dout[n, f, i, j]
                    db[f] += up
                    for c in range(C):
                        for u in range(HH):
                            r = i * S + u - P
                            if r < 0 or r >= H:
                                continue
                            for v in range(WW):
                                s = j * S + v - P
                                if 0 <= s < W:
                                    dw[f, c, u, v] += up * x[n, c, r, s]
                                    dx[n, c, r, s] += up * w[f, c, u, v]
    return dx, dw, db
""",
    ),
    Variant(
        BACKWARD,
        "every-number",
        "loops over every single number, each read as a float, padded copies of x and dx",
        body="""
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    dx_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    x_pad[n, c, i + pad, j + pad] = float(x[n, c, i, j])
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    db[f] = float(db[f]) + float(dout[n, f, i, j])
                    for c in range(C):
                        for k in range(HH):
                            for l in range(WW):
                                row, column = i * stride + k, j * stride + l
                                to_dw = float(x_pad[n, c, row, column]) * float(dout[n, f, i, j])
                                to_dx = float(w[f, c, k, l]) * float(dout[n, f, i, j])
                                dw[f, c, k, l] = float(dw[f, c, k, l]) + to_dw
                                dx_pad[n, c, row, column] = float(dx_pad[n, c, row, column]) + to_dx
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    dx[n, c, i, j] = float(dx_pad[n, c, i + pad, j + pad])
    return dx, dw, db
""",
    ),
    Variant(
        BACKWARD,
        "asks-every-window",
        "each pixel asks every filter and every window whether it lies in there, by a small array of masks",
        body="""
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    dw[f] += window * dout[n, f, i, j]
                    db[f] += dout[n, f, i, j]
    for n in range(N):
        for row in range(H):
            for column in range(W):
                for f in range(F):
                    for i in range(dout.shape[2]):
                        for j in range(dout.shape[3]):
                            mask = np.zeros_like(w[f, :, :, :])
                            k, l = row + pad - i * stride, column + pad - j * stride
                            if 0 <= k < HH and 0 <= l < WW:
                                mask[:, k, l] = 1.0
                            dx[n, :, row, column] += dout[n, f, i, j] * np.sum(w[f] * mask, axis=(1, 2))
    return dx, dw, db
""",
    ),
    Variant(
        BACKWARD,
        "tensordot",
        "all filters and samples at once by tensordot, columns outside",
        body="""
    x, w, b, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0,), (0,), (p,), (p,)), 'constant')
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for col in range(dout.shape[3]):
        for row in range(dout.shape[2]):
            rows, cols = slice(row * s, row * s + HH), slice(col * s, col * s + WW)
            up = dout[:, :, row, col]
            dw += np.tensordot(up, padded[:, :, rows, cols], axes=(0, 0))
            dpadded[:, :, rows, cols] += np.tensordot(up, w, axes=1)
    if p > 0:
        dpadded = dpadded[:, :, p:-p, p:-p]
    return dpadded, dw, np.sum(np.sum(np.sum(dout, axis=3), axis=2), axis=0)
""",
    ),
    Variant(
        BACKWARD,
        "im2col",
        "matrix products, windows put back by np.add.at",
        body="""
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out_h, out_w = dout.shape[2:]
    rows = stride * np.arange(out_h)[:, None, None, None] + np.arange(HH)[:, None]
    cols = stride * np.arange(out_w)[:, None, None] + np.arange(WW)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    columns = x_pad[:, :, rows, cols].transpose(0, 2, 3, 1, 4, 5).reshape(N * out_h * out_w, -1)
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (flat.T @ columns).reshape(w.shape)
    dcolumns = (flat @ w.reshape(F, -1)).reshape(N, out_h, out_w, C, HH, WW).transpose(0, 3, 1, 2, 4, 5)
    dx_pad = np.zeros(x_pad.shape)
    np.add.at(dx_pad, (slice(None), slice(None), rows, cols), dcolumns)
    return dx_pad[:, :, pad:pad + H, pad:pad + W], dw, flat.sum(axis=0)
""",
    ),
    Variant(
        BACKWARD,
        "filter-pixel-loops",
        "loops over the pixels of the filter, with shifted, strided images",
        body="""
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    out_h, out_w = dout.shape[-2:]
    big = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dbig, dw = np.zeros_like(big), np.zeros_like(w)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            under = np.s_[:, :, u : u + stride * (out_h - 1) + 1 : stride, v : v + stride * (out_w - 1) + 1 : stride]
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", dout, big[under])
            dbig[under] += np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
    dx = dbig[:, :, pad : big.shape[2] - pad, pad : big.shape[3] - pad]
    return dx, dw, np.einsum("nfij->f", dout)
""",
    ),
    Variant(
        BACKWARD,
        "full-convolution",
        "dx as the convolution of the spread-out dout with the filters by Fourier transforms, dw by stride tricks",
        body="""
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)]), (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
    dw = np.einsum("nfij,ncijuv->fcuv", dout, windows, optimize=True)
    size = (H + 2 * p, W + 2 * p)
    spread = np.zeros((N, F, *size))
    spread[:, :, :size[0] - HH + 1:s, :size[1] - WW + 1:s] = dout
    product = np.einsum("nfij,fcij->ncij", np.fft.fft2(spread), np.fft.fft2(w, size))
    dx = np.fft.ifft2(product).real
    return dx[:, :, p:p + H, p:p + W], dw, dout.sum((0, 2, 3))
""",
    ),
    Variant(
        BACKWARD,
        "float32-throughout",
        "inputs turned into float32 first",
        (
            (
                "x, w, _, conv_param = cache",
                "conv_param = cache[3]\n    x, w, dout = (np.float32(a) for a in (cache[0], cache[1], dout))",
            ),
        ),
    ),
    Variant(
        BACKWARD,
        "einsum-window",
        "einsum over each window, all filters at once",
        body="""
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw = np.zeros_like(x_pad), np.zeros_like(w)
    for i in range(dout.shape[2]):
        h = i * stride
        for j in range(dout.shape[3]):
            k = j * stride
            dw += np.einsum('nf,nchw->fchw', dout[:, :, i, j], x_pad[:, :, h:h+HH, k:k+WW])
            dx_pad[:, :, h:h+HH, k:k+WW] += np.einsum('nf,fchw->nchw', dout[:, :, i, j], w)
    dx = np.delete(dx_pad, [*range(pad), *range(H + pad, H + 2 * pad)], axis=2)
    dx = np.delete(dx, [*range(pad), *range(W + pad, W + 2 * pad)], axis=3)
    return dx, dw, dout.sum(axis=(0, 2, 3))
""",
    ),
    Variant(
        BACKWARD,
        "helper-in-another-cell",
        "windows and the cut by functions of another cell",
        (
            ("window = np.s_[:, :, top : top + HH, left : left + WW]", "window = window_at(top, left, HH, WW)"),
            (f"dx_pad[:, :, {CUT}]", "without_padding(dx_pad, pad)"),
        ),
        helper="""
def window_at(top, left, height, width):
    return (Ellipsis, slice(top, top + height), slice(left, left + width))

def without_padding(padded, pad):
    return padded[window_at(pad, pad, padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad)].copy()
""",
    ),
    Variant(
        BACKWARD,
        "list-as-output",
        "a list in place of the tuple",
        (("return dx, dw, db", "return [dx, dw, db]"),),
    ),
    Variant(
        BACKWARD,
        "db-as-a-loop-of-sums",
        "db filter by filter, another name for numpy",
        ((f"db = {DB}", "import numpy as xp\n    db = xp.array([xp.sum(dout[:, f]) for f in range(F)])"),),
    ),
)

VARIANTS = FORWARD_VARIANTS + BACKWARD_VARIANTS
