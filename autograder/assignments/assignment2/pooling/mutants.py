"""Mistakes and styles of the naive max pooling."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


STARTS = "top, left = i * stride, j * stride"
SIZES = 'height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]'
MAXIMUM = "window.max(axis=(2, 3))"
IS_FIRST = "is_first = np.arange(height * width) == first[:, :, None]"
IS_MAXIMUM = "x[window].reshape(N, C, -1) == x[window].max(axis=(2, 3)).reshape(N, C, 1)"
ADD = "dx[window] += dout[:, :, i, j, None, None] * is_first.reshape(N, C, height, width)"

BY_STRIDE = "The windows have the size of the stride. Use pool_height and pool_width."
TWO_BY_TWO = "The windows are always 2 × 2 with stride 2. Use pool_param."
STRIDE_ASSERTED = "An assert fails if the windows do not fit exactly. Remove it: pixels may be left over."
ASSERTED = {
    "in-both": "(H - height) % stride == 0 and (W - width) % stride == 0",
    "for-rows": "(H - height) % stride == 0",
    "for-columns": "(W - width) % stride == 0",
}

NOTHING_AT_TIES = """\
x, pool_param = cache
    size, step = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::step, ::step]
    dout = dout * ((windows == windows.max(axis=(4, 5), keepdims=True)).sum(axis=(4, 5)) == 1)
"""

FLOAT_SIZE = "A size is a float. Use integer division for it."
FLOAT_SHAPE = (
    "(N, C, H, W), out_h, out_w = x.shape, 1 + (x.shape[2] - height) / stride, 1 + (x.shape[3] - width) / stride"
)
STEPS_BY_STRIDE = "The loops skip outputs. Visit every output: the stride moves only the window."
SKIPS_UPSTREAM = "The loops skip parts of the upstream gradient. Visit all of it: the stride moves only the window."

FORWARD_MUTANTS = (
    Mutant(
        FORWARD,
        "x-alone-in-cache",
        "The cache holds only the input. Store pool_param too, as the docstring says.",
        (("return out, (x, pool_param)", "return out, x"),),
    ),
    Mutant(
        FORWARD,
        "width-from-pool-height",
        "The output width is computed from the height of the windows. Use pool_width.",
        (("(W - width)", "(W - height)"),),
    ),
    Mutant(
        FORWARD,
        "width-from-image-height",
        "The output width is computed from the height of the image. Use its width.",
        (("(W - width)", "(H - width)"),),
    ),
    Mutant(
        FORWARD,
        "shape-in-wrong-order",
        "Height and width of the image are swapped. The shape is (N, C, H, W).",
        (("N, C, H, W = x.shape", "N, C, W, H = x.shape"),),
    ),
    Mutant(
        FORWARD,
        "square-windows-only",
        "The height of the windows is used for their width too. Use pool_width for the width.",
        (("left + width", "left + height"), ("(W - width)", "(W - height)")),
        also_matches=("windows-cut-square", "width-from-pool-height"),
    ),
    Mutant(
        FORWARD,
        "windows-cut-square",
        "Each window is as wide as it is high. Use pool_width for its width.",
        (("left + width", "left + height"),),
    ),
    Mutant(
        FORWARD,
        "starts-by-window-size",
        "The window moves by its own size. Use the stride.",
        ((STARTS, "top, left = i * height, j * width"),),
    ),
    Mutant(
        FORWARD,
        "stride-from-window-height",
        "The stride is the height of the windows. Use the stride of pool_param.",
        (('pool_param["stride"]', 'pool_param["pool_height"]'),),
    ),
    Mutant(
        FORWARD,
        "windows-by-stride",
        BY_STRIDE,
        (("top : top + height, left : left + width", "top : top + stride, left : left + stride"),),
    ),
    Mutant(
        FORWARD,
        "two-by-two",
        TWO_BY_TWO,
        ((SIZES, "height = width = stride = 2"),),
    ),
    Mutant(
        FORWARD,
        "two-by-two-blocks",
        TWO_BY_TWO,
        body="""
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5)), (x, pool_param)
""",
    ),
    *(
        Mutant(
            FORWARD,
            f"stride-asserted-{name}",
            STRIDE_ASSERTED,
            (("out_h = 1", f"assert {condition}\n    out_h = 1"),),
        )
        for name, condition in ASSERTED.items()
    ),
    Mutant(
        FORWARD,
        "stride-ignored",
        "The window moves by one pixel. Use the stride.",
        ((STARTS, "top, left = i, j"),),
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
        "The output size is rounded up. Round down: pixels at the border may be left over.",
        (
            ("(H - height) // stride", "-(-(H - height) // stride)"),
            ("(W - width) // stride", "-(-(W - width) // stride)"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-divided-as-well",
        "The output size is one too small. Add 1 after the division by the stride.",
        (
            ("1 + (H - height) // stride", "(H - height + 1) // stride"),
            ("1 + (W - width) // stride", "(W - width + 1) // stride"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-pixel-too-many",
        "The output size is computed with one row and column too many. A window must not leave the image.",
        (
            ("(H - height) // stride", "(H + 1 - height) // stride"),
            ("(W - width) // stride", "(W + 1 - width) // stride"),
        ),
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
        "The loop omits the last window if the stride fits exactly. Include it.",
        (
            ("range(out_h)", "range(-(-(H - height) // stride))"),
            ("range(out_w)", "range(-(-(W - width) // stride))"),
        ),
    ),
    Mutant(
        FORWARD,
        "maximum-starts-at-zero",
        "The maximum starts at zero, so a window of negative numbers gives zero. Start at a number of the window.",
        ((MAXIMUM, "np.maximum(0, window.max(axis=(2, 3)))"),),
    ),
    Mutant(
        FORWARD,
        "maximum-of-absolute-values",
        "The maximum is taken of absolute values. Keep the signs.",
        ((MAXIMUM, "np.abs(window).max(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "average-pooling",
        "The windows are averaged. Take the maximum.",
        ((MAXIMUM, "window.mean(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "minimum-for-maximum",
        "The minimum of each window is taken. Take the maximum.",
        ((MAXIMUM, "window.min(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "maximum-across-channels",
        "The maximum is taken over the channels too. Take it for each channel.",
        ((MAXIMUM, "window.max(axis=(1, 2, 3))[:, None]"),),
    ),
    Mutant(
        FORWARD,
        "maximum-across-samples",
        "The maximum is taken over samples and channels too. Take it for each sample and channel.",
        ((MAXIMUM, "window.max()"),),
    ),
)

BACKWARD_MUTANTS = (
    Mutant(
        BACKWARD,
        "assigned",
        "Where windows overlap, each overwrites the gradient of the windows before it. Add to it.",
        (("dx[window] +=", "dx[window] ="),),
    ),
    Mutant(
        BACKWARD,
        "assigned-at-the-maximum",
        "A pixel that is the maximum of several windows gets the gradient of only one. Add all of them.",
        (
            (
                ADD,
                "is_first = is_first.reshape(N, C, height, width)\n"
                "            dx[window] = np.where(is_first, dout[:, :, i, j, None, None], dx[window])",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "all-ties-in-full",
        "Every tied maximum gets the full gradient. Split the gradient, or give it to one of them.",
        ((IS_FIRST, f"is_first = {IS_MAXIMUM}"),),
        unless={"max_pool_ties": "every"},
    ),
    Mutant(
        BACKWARD,
        "maximum-of-the-whole-image",
        "The maximum is that of the whole image. Take it in each window.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x.max(axis=(2, 3)).reshape(N, C, 1)"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-across-samples",
        "The maximum of a window is taken over samples and channels. Take it for each sample and channel.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x[window].max()"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-across-channels",
        "The maximum of a window is taken over the channels. Take it for each channel.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x[window].max(axis=(1, 2, 3)).reshape(N, 1, 1)"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-of-another-window",
        "The windows of the maxima move by one pixel. Use the stride.",
        (("first = x[window]", "first = x[:, :, i : i + height, j : j + width]"),),
    ),
    Mutant(
        BACKWARD,
        "starts-by-window-size",
        "The window moves by its own size in the backward pass. Use the stride.",
        ((STARTS, "top, left = i * height, j * width"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored",
        "The window moves by one pixel in the backward pass. Use the stride.",
        ((STARTS, "top, left = i, j"),),
    ),
    Mutant(
        BACKWARD,
        "rows-and-columns-swapped",
        "Rows and columns of the windows are swapped. Rows of dout move the window along the height.",
        ((STARTS, "left, top = i * stride, j * stride"),),
    ),
    Mutant(
        BACKWARD,
        "last-window-left-out",
        "The loop omits the last window if the stride fits exactly. Include it.",
        (
            ("range(out_h)", "range(-(-(x.shape[2] - height) // stride))"),
            ("range(out_w)", "range(-(-(x.shape[3] - width) // stride))"),
        ),
    ),
    Mutant(
        BACKWARD,
        "square-windows-only",
        "The height of the windows is used for their width too. Use pool_width for the width.",
        ((SIZES, SIZES.replace("pool_width", "pool_height")),),
    ),
    Mutant(
        BACKWARD,
        "windows-by-stride",
        BY_STRIDE,
        ((SIZES, SIZES + "\n    height = width = stride"),),
    ),
    Mutant(
        BACKWARD,
        "two-by-two",
        TWO_BY_TWO,
        ((SIZES, "height = width = stride = 2"),),
    ),
    Mutant(
        BACKWARD,
        "two-by-two-slices",
        TWO_BY_TWO,
        body="""
    x, pool_param = cache
    dx, is_left = np.zeros(x.shape), np.ones(dout.shape, dtype=bool)
    upper, lower = (np.maximum(x[:, :, i::2, ::2], x[:, :, i::2, 1::2]) for i in (0, 1))
    largest = np.maximum(upper, lower)
    for i, j in np.ndindex(2, 2):
        is_first = is_left & (x[:, :, i::2, j::2] == largest)
        dx[:, :, i::2, j::2] = dout * is_first
        is_left &= ~is_first
    return dx
""",
    ),
    Mutant(
        BACKWARD,
        "two-by-two-blocks",
        TWO_BY_TWO,
        body="""
    x, pool_param = cache
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // 2, 2, W // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(N, C, H // 2, W // 2, 4)
    is_first = np.arange(4) == blocks.argmax(axis=4)[..., None]
    dx = (dout[..., None] * is_first).reshape(N, C, H // 2, W // 2, 2, 2)
    return dx.transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)
""",
    ),
    Mutant(
        BACKWARD,
        "nothing-at-ties",
        "Tied maxima get no gradient. Give the gradient to one of them, or split it.",
        (("x, pool_param = cache\n", NOTHING_AT_TIES),),
    ),
    *(
        Mutant(
            BACKWARD,
            f"stride-asserted-{name}",
            STRIDE_ASSERTED,
            (("dx = np.zeros", f"H, W = x.shape[2:]\n    assert {condition}\n    dx = np.zeros"),),
        )
        for name, condition in ASSERTED.items()
    ),
    Mutant(
        BACKWARD,
        "position-by-window-height",
        "The row and column of the maximum are computed from the height of the window. Divide by its width.",
        (
            (
                ADD,
                "n, c = np.ogrid[:N, :C]\n"
                "            dx[n, c, top + first // height, left + first % height] += dout[:, :, i, j]",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "position-without-window-start",
        "The position of the maximum in its window is used as a position in the image. Add the start of the window.",
        (
            (
                ADD,
                "n, c = np.ogrid[:N, :C]\n            dx[n, c, first // width, first % width] += dout[:, :, i, j]",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "maximum-searched-in-the-image",
        "The maximum of a window is searched in the whole image. Search only its window.",
        (
            (
                ADD,
                "for n, c in np.ndindex(N, C):\n"
                "                row, col = np.argwhere(x[n, c] == x[window][n, c].max())[0]\n"
                "                dx[n, c, row, col] += dout[n, c, i, j]",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "upstream-forgotten",
        "The gradient dx is only the mask of the maxima. Multiply it by the upstream gradient.",
        ((ADD, "dx[window] += is_first.reshape(N, C, height, width)"),),
    ),
    Mutant(
        BACKWARD,
        "upstream-by-pixel",
        "The upstream gradient is indexed by the start of the window. Use the position in the output.",
        (("dout[:, :, i, j, None, None]", "dout[:, :, top, left, None, None]"),),
    ),
    Mutant(
        BACKWARD,
        "upstream-times-maximum",
        "The upstream gradient is multiplied by the maximum. Use it without this factor.",
        ((IS_FIRST, IS_FIRST.replace("= np", "= x[window].reshape(N, C, -1) * (np") + ")"),),
    ),
    Mutant(
        BACKWARD,
        "spread-over-the-window",
        "The upstream gradient is spread over the window, as in average pooling. Give it to the maximum.",
        ((IS_FIRST, "is_first = np.full((N, C, height * width), 1 / (height * width))"),),
    ),
    Mutant(
        BACKWARD,
        "only-the-last-sample",
        "Only the last sample keeps its gradient. Store the gradient of every sample.",
        (("    return dx", "    dx[:-1] = 0\n    return dx"),),
    ),
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
        (("return out, (x, pool_param)", "return out, (pool_param, x)"),),
    ),
    Mutant(
        FORWARD,
        "size-not-an-integer",
        FLOAT_SIZE,
        (("// stride", "/ stride"),),
    ),
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
        ),
    ),
    Mutant(
        FORWARD, "sum-pooling", "The windows are summed. Take the maximum.", ((MAXIMUM, "window.sum(axis=(2, 3))"),)
    ),
    Mutant(
        FORWARD,
        "size-from-image-and-stride",
        "The output size is the image size divided by the stride. Subtract the size of the window first, and add 1.",
        (("1 + (H - height) // stride", "H // stride"), ("1 + (W - width) // stride", "W // stride")),
    ),
    Mutant(
        FORWARD,
        "size-from-image-and-window",
        "The output size is the image size divided by the size of the window. Subtract it, divide by the stride, and"
        " add 1.",
        (("1 + (H - height) // stride", "H // height"), ("1 + (W - width) // stride", "W // width")),
    ),
    Mutant(
        FORWARD,
        "maximum-of-the-whole-image",
        "The maximum is that of the whole image. Take it in each window.",
        ((MAXIMUM, "x.max(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "position-of-the-maximum",
        "The position of the maximum is returned. Return its value.",
        ((MAXIMUM, "window.reshape(N, C, -1).argmax(axis=2)"),),
    ),
    Mutant(
        FORWARD,
        "first-channel-only",
        "Every output is computed from the first channel. Use each channel for its own output.",
        ((MAXIMUM, "window[:, :1].max(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "height-and-width-exchanged",
        "Height and width of the windows are swapped. Use pool_height for rows and pool_width for columns.",
        (("top : top + height, left : left + width", "top : top + width, left : left + height"),),
    ),
    Mutant(BACKWARD, "size-not-an-integer", FLOAT_SIZE, (("N, C, out_h, out_w = dout.shape", FLOAT_SHAPE),)),
    Mutant(
        BACKWARD,
        "upstream-skipped",
        SKIPS_UPSTREAM,
        (("range(out_h)", "range(0, out_h, stride)"), ("range(out_w)", "range(0, out_w, stride)")),
    ),
    Mutant(
        BACKWARD,
        "upstream-skipped-by-start",
        SKIPS_UPSTREAM,
        (
            ("range(out_h)", "range(0, out_h, stride)"),
            ("range(out_w)", "range(0, out_w, stride)"),
            (STARTS, "top, left = i, j"),
        ),
        also_matches=(
            "stride-ignored",
            "upstream-skipped",
        ),
    ),
    Mutant(
        BACKWARD,
        "everywhere-in-the-window",
        "Every pixel of a window gets the upstream gradient. Give it to the maximum only.",
        ((ADD, "dx[window] += dout[:, :, i, j, None, None]"),),
    ),
    Mutant(
        BACKWARD,
        "minimum-for-maximum",
        "The gradient goes to the minimum of each window. Give it to the maximum.",
        ((".argmax(axis=2)", ".argmin(axis=2)"),),
    ),
)

MUTANTS = FORWARD_MUTANTS + BACKWARD_MUTANTS

FORWARD_VARIANTS = (
    Variant(
        FORWARD,
        "scalar-loops",
        "six loops over single numbers",
        body="""
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Hout, Wout = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.full((N, C, Hout, Wout), -np.inf)
    for c in range(C):
        for n in range(N):
            for j in range(Wout):
                for i in range(Hout):
                    for v in range(j * s, j * s + pw):
                        for u in range(i * s, i * s + ph):
                            if x[n, c, u, v] > out[n, c, i, j]:
                                out[n, c, i, j] = x[n, c, u, v]
    return out, (x, pool_param)
""",
    ),
    Variant(
        FORWARD,
        "every-number",
        "loops over every single number, each read as a float, the maximum by comparison with the first",
        body="""
    height, width, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - height) // stride, 1 + (W - width) // stride))
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    largest = float(x[n, c, i * stride, j * stride])
                    for k in range(height):
                        for l in range(width):
                            if float(x[n, c, i * stride + k, j * stride + l]) > largest:
                                largest = float(x[n, c, i * stride + k, j * stride + l])
                    out[n, c, i, j] = largest
    return out, (x, pool_param)
""",
    ),
    Variant(
        FORWARD,
        "sliding-window-view",
        "stride tricks without loops, float64 out",
        body="""
    s = pool_param["stride"]
    window = (pool_param["pool_height"], pool_param["pool_width"])
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::s, ::s]
    return windows.max(axis=(-2, -1)).astype(np.float64), (x, pool_param)
""",
    ),
    Variant(
        FORWARD,
        "window-pixel-loops",
        "loops over the pixels of a window, each compared with all windows at once",
        body="""
    ph, pw, s = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    rows, cols = 1 + (x.shape[2] - ph) // s, 1 + (x.shape[3] - pw) // s
    out = x[:, :, : rows * s : s, : cols * s : s][:, :, :rows, :cols].copy()
    for u in range(ph):
        for v in range(pw):
            np.maximum(out, x[:, :, u : u + (rows - 1) * s + 1 : s, v : v + (cols - 1) * s + 1 : s], out=out)
    return out, (x, pool_param)
""",
    ),
    Variant(
        FORWARD,
        "sample-by-sample",
        "loops over samples outside, maxima by argmax of flattened windows, step loops",
        body="""
    N, C, H, W = x.shape
    HH, WW, stride = pool_param.get('pool_height'), pool_param.get('pool_width'), pool_param.get('stride')
    out = np.zeros((N, C, int(1 + (H - HH) / stride), int(1 + (W - WW) / stride)))
    for n in range(N):
        for row, r in enumerate(range(0, H - HH + 1, stride)):
            for col, c in enumerate(range(0, W - WW + 1, stride)):
                flat = x[n, :, r:r+HH, c:c+WW].reshape(C, HH * WW)
                out[n, :, row, col] = flat[np.arange(C), flat.argmax(axis=1)]
    cache = (x, pool_param)
    return out, cache
""",
    ),
    Variant(
        FORWARD,
        "clamped-starts",
        "windows held inside the image by min(), which never does anything; the maximum axis by axis",
        (
            (STARTS, "top, left = min(i * stride, H - height), min(j * stride, W - width)"),
            (MAXIMUM, "np.amax(np.amax(window, axis=3), axis=2)"),
        ),
    ),
    Variant(
        FORWARD,
        "float32-throughout",
        "inputs turned into float32 first, a list in place of the tuple",
        (
            ("N, C, H, W = x.shape", "x = np.float32(x)\n    N, C, H, W = x.shape"),
            ("return out, (x, pool_param)", "return [out, [x, pool_param]]"),
        ),
    ),
    Variant(
        FORWARD,
        "helper-in-another-cell",
        "the maximum of a window by a function of another cell, maxima stored with the parameters",
        ((MAXIMUM, "largest(window)"), ("(x, pool_param)\n", "(x, dict(pool_param, out=out))\n")),
        helper="""
import numpy as xp

def largest(window):
    return xp.sort(window.reshape(*window.shape[:2], -1), axis=-1)[..., -1]
""",
    ),
)

BACKWARD_VARIANTS = (
    Variant(
        BACKWARD,
        "shared-at-ties",
        "tied maxima share the gradient evenly",
        (
            (
                IS_FIRST,
                f"is_maximum = {IS_MAXIMUM}\n            is_first = is_maximum / is_maximum.sum(axis=2, keepdims=True)",
            ),
        ),
    ),
    Variant(
        BACKWARD,
        "last-at-ties",
        "the last of tied maxima gets the gradient",
        (
            (
                "height * width).argmax(axis=2)",
                "height * width)[:, :, ::-1].argmax(axis=2)\n            first = height * width - 1 - first",
            ),
        ),
    ),
    Variant(
        BACKWARD,
        "random-at-ties",
        "one of tied maxima is drawn",
        (
            (
                "first = x[window].reshape(N, C, height * width).argmax(axis=2)",
                f"first = np.where({IS_MAXIMUM}, np.random.rand(N, C, height * width), -1).argmax(axis=2)",
            ),
        ),
    ),
    Variant(
        BACKWARD,
        "scalar-loops",
        "the position by unravel_index, window by window",
        body="""
    x, pool_param = cache
    N, C, H, W = x.shape
    HH, WW, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    patch = x[n, c, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    r, s = np.unravel_index(np.argmax(patch), patch.shape)
                    dx[n, c, i*stride+r, j*stride+s] += dout[n, c, i, j]
    return dx
""",
    ),
    Variant(
        BACKWARD,
        "every-number",
        "loops over every single number, each read as a float, that keep the place of the largest so far",
        body="""
    x, pool_param = cache
    height, width, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    row, column = i * stride, j * stride
                    for k in range(height):
                        for l in range(width):
                            if float(x[n, c, i * stride + k, j * stride + l]) > float(x[n, c, row, column]):
                                row, column = i * stride + k, j * stride + l
                    dx[n, c, row, column] = float(dx[n, c, row, column]) + float(dout[n, c, i, j])
    return dx
""",
    ),
    Variant(
        BACKWARD,
        "gradient-used-up",
        "masks by comparison, a loop over the pixels of a window that keeps what is left of the gradient",
        body="""
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape)
    for j in range(dout.shape[3]):
        for i in range(dout.shape[2]):
            patch = x[:, :, i*s:i*s+ph, j*s:j*s+pw]
            best = np.max(patch, axis=(2, 3))
            left_over = dout[:, :, i, j].copy()
            for u in range(ph):
                for v in range(pw):
                    here = np.where(patch[:, :, u, v] == best, left_over, 0)
                    dx[:, :, i*s+u, j*s+v] += here
                    left_over -= here
    return dx
""",
    ),
    Variant(
        BACKWARD,
        "add-at",
        "all windows at once by stride tricks, gradients put back by np.add.at",
        body="""
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    position = windows.reshape(*dout.shape, ph * pw).argmax(axis=-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape, dtype=dout.dtype)
    np.add.at(dx, (n, c, i * s + position // pw, j * s + position % pw), dout)
    return dx
""",
    ),
    Variant(
        BACKWARD,
        "float32-throughout",
        "inputs turned into float32 first, numpy under another name",
        (
            (
                "x, pool_param = cache",
                "import numpy as xp\n    x, pool_param = xp.float32(cache[0]), cache[1]\n    dout = xp.float32(dout)",
            ),
        ),
    ),
    Variant(
        BACKWARD,
        "nested-helper",
        "the mask of a window by a function inside the function, shapes from x instead of dout",
        body="""
    (x, pool_param), dx = cache, np.zeros_like(cache[0])
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]

    def mask_of(patch):
        mask = np.zeros_like(patch)
        mask.flat[patch.argmax()] = 1
        return mask

    for row in range(1 + (x.shape[2] - height) // stride):
        for col in range(1 + (x.shape[3] - width) // stride):
            for n, image in enumerate(x):
                for c, channel in enumerate(image):
                    where = np.s_[row * stride:row * stride + height, col * stride:col * stride + width]
                    dx[n, c][where] += dout[n, c, row, col] * mask_of(channel[where])
    return dx
""",
    ),
)

VARIANTS = FORWARD_VARIANTS + BACKWARD_VARIANTS
