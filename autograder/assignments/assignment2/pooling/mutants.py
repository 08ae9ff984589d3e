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

BY_STRIDE = "The windows are as high and wide as the stride, whatever pool_height and pool_width say."
TWO_BY_TWO = "The windows are taken to be 2 × 2 with a stride of 2, whatever pool_param says."
STRIDE_ASSERTED = (
    "An assert stops the function where the windows do not tile the image, although pixels may be left over."
)
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

FORWARD_MUTANTS = (
    Mutant(
        FORWARD,
        "x-alone-in-cache",
        "The cache holds the image alone: the docstring promises the parameters of the windows, too.",
        (("return out, (x, pool_param)", "return out, x"),),
    ),
    Mutant(
        FORWARD,
        "width-from-pool-height",
        "The width of the output is computed from the height of the windows.",
        (("(W - width)", "(W - height)"),),
    ),
    Mutant(
        FORWARD,
        "width-from-image-height",
        "The width of the output is computed from the height of the image.",
        (("(W - width)", "(H - width)"),),
    ),
    Mutant(
        FORWARD,
        "shape-in-wrong-order",
        "Height and width of the image are read from its shape in the wrong order.",
        (("N, C, H, W = x.shape", "N, C, W, H = x.shape"),),
    ),
    Mutant(
        FORWARD,
        "square-windows-only",
        "The height of the windows is used for their width too, so only square windows work.",
        (("left + width", "left + height"), ("(W - width)", "(W - height)")),
        also_matches=("windows-cut-square", "width-from-pool-height"),
    ),
    Mutant(
        FORWARD,
        "windows-cut-square",
        "The size of the output is right, but each window is cut out as wide as it is high.",
        (("left + width", "left + height"),),
    ),
    Mutant(
        FORWARD,
        "starts-by-window-size",
        "The window moves on by its own size instead of by the stride.",
        ((STARTS, "top, left = i * height, j * width"),),
    ),
    Mutant(
        FORWARD,
        "stride-from-window-height",
        "The stride is taken to be the height of the windows, as if windows always lay side by side.",
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
        "The window moves on by one pixel, whatever the stride is.",
        ((STARTS, "top, left = i, j"),),
    ),
    Mutant(
        FORWARD,
        "rows-and-columns-swapped",
        "The row of the output moves the window along the width, and its column along the height.",
        ((STARTS, "left, top = i * stride, j * stride"),),
    ),
    Mutant(
        FORWARD,
        "size-rounded-up",
        "The size of the output is rounded up, so that pixels left over at the border get windows of their own.",
        (
            ("(H - height) // stride", "-(-(H - height) // stride)"),
            ("(W - width) // stride", "-(-(W - width) // stride)"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-divided-as-well",
        "The size of the output is one less than there are windows: 1 is added after the division by the stride.",
        (
            ("1 + (H - height) // stride", "(H - height + 1) // stride"),
            ("1 + (W - width) // stride", "(W - width + 1) // stride"),
        ),
    ),
    Mutant(
        FORWARD,
        "one-pixel-too-many",
        "The size of the output is computed with a row and a column too many, so a window can hang over.",
        (
            ("(H - height) // stride", "(H + 1 - height) // stride"),
            ("(W - width) // stride", "(W + 1 - width) // stride"),
        ),
    ),
    Mutant(
        FORWARD,
        "last-window-forgotten",
        "The size of the output counts the steps between windows, which is one less than there are windows.",
        (("out_h = 1 + (H", "out_h = (H"), ("out_w = 1 + (W", "out_w = (W")),
        also_matches=("one-divided-as-well",),
    ),
    Mutant(
        FORWARD,
        "last-window-left-zero",
        "The loop ends before the last window wherever the stride tiles the image exactly.",
        (
            ("range(out_h)", "range(-(-(H - height) // stride))"),
            ("range(out_w)", "range(-(-(W - width) // stride))"),
        ),
    ),
    Mutant(
        FORWARD,
        "maximum-starts-at-zero",
        "The search for the maximum starts at zero, so a window of negative numbers gives zero.",
        ((MAXIMUM, "np.maximum(0, window.max(axis=(2, 3)))"),),
    ),
    Mutant(
        FORWARD,
        "maximum-of-absolute-values",
        "The signs are dropped before the maximum is taken.",
        ((MAXIMUM, "np.abs(window).max(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "average-pooling",
        "The windows are averaged, as in another kind of pooling.",
        ((MAXIMUM, "window.mean(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "minimum-for-maximum",
        "The windows give their smallest number instead of their largest.",
        ((MAXIMUM, "window.min(axis=(2, 3))"),),
    ),
    Mutant(
        FORWARD,
        "maximum-across-channels",
        "The maximum is taken across the channels too, so all channels of the output are alike.",
        ((MAXIMUM, "window.max(axis=(1, 2, 3))[:, None]"),),
    ),
    Mutant(
        FORWARD,
        "maximum-across-samples",
        "The maximum is taken across samples and channels too, so all of them have the same output.",
        ((MAXIMUM, "window.max()"),),
    ),
)

BACKWARD_MUTANTS = (
    Mutant(
        BACKWARD,
        "assigned",
        "Where windows overlap, each wipes out what the ones before it have put there.",
        (("dx[window] +=", "dx[window] ="),),
    ),
    Mutant(
        BACKWARD,
        "assigned-at-the-maximum",
        "A pixel that is the maximum of several windows keeps the gradient of only one of them.",
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
        "Every tied maximum gets the full gradient, so that a window passes on more than it was given.",
        ((IS_FIRST, f"is_first = {IS_MAXIMUM}"),),
        unless={"max_pool_ties": "every"},
    ),
    Mutant(
        BACKWARD,
        "maximum-of-the-whole-image",
        "The maximum is looked for in the whole image instead of in each window.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x.max(axis=(2, 3)).reshape(N, C, 1)"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-across-samples",
        "Each window's maximum is taken across samples and channels, so most images get no gradient.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x[window].max()"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-across-channels",
        "The maximum is taken across the channels, so only one channel of a window gets a gradient.",
        ((IS_FIRST, "is_first = x[window].reshape(N, C, -1) == x[window].max(axis=(1, 2, 3)).reshape(N, 1, 1)"),),
    ),
    Mutant(
        BACKWARD,
        "maximum-of-another-window",
        "The maximum is looked for in a window that moves on by one pixel, whatever the stride was.",
        (("first = x[window]", "first = x[:, :, i : i + height, j : j + width]"),),
    ),
    Mutant(
        BACKWARD,
        "starts-by-window-size",
        "The window moves on by its own size in the backward pass instead of by the stride.",
        ((STARTS, "top, left = i * height, j * width"),),
    ),
    Mutant(
        BACKWARD,
        "stride-ignored",
        "The window moves on by one pixel in the backward pass, whatever the stride was.",
        ((STARTS, "top, left = i, j"),),
    ),
    Mutant(
        BACKWARD,
        "rows-and-columns-swapped",
        "The row of dout moves the window along the width, and its column along the height.",
        ((STARTS, "left, top = i * stride, j * stride"),),
    ),
    Mutant(
        BACKWARD,
        "last-window-left-out",
        "The loop ends before the last window wherever the stride tiles the image exactly.",
        (
            ("range(out_h)", "range(-(-(x.shape[2] - height) // stride))"),
            ("range(out_w)", "range(-(-(x.shape[3] - width) // stride))"),
        ),
    ),
    Mutant(
        BACKWARD,
        "square-windows-only",
        "The height of the windows is used for their width too, so only square windows work.",
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
        "Where several pixels tie for the maximum, none of them gets the gradient of their window.",
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
        "The position of the maximum is split into row and column by the height of the window instead of its width.",
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
        "The position of the maximum in its window is used as a position in the image.",
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
        "The whole image is searched for a window's maximum, so an equal pixel of another window can get the gradient.",
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
        "The maximum is only marked, and the upstream gradient does not enter dx.",
        ((ADD, "dx[window] += is_first.reshape(N, C, height, width)"),),
    ),
    Mutant(
        BACKWARD,
        "upstream-by-pixel",
        "The upstream gradient is looked up where the window starts in the image, not at its place in the output.",
        (("dout[:, :, i, j, None, None]", "dout[:, :, top, left, None, None]"),),
    ),
    Mutant(
        BACKWARD,
        "upstream-times-maximum",
        "The upstream gradient is multiplied by the maximum itself.",
        ((IS_FIRST, IS_FIRST.replace("= np", "= x[window].reshape(N, C, -1) * (np") + ")"),),
    ),
    Mutant(
        BACKWARD,
        "spread-over-the-window",
        "The upstream gradient is spread evenly over the window, as in average pooling.",
        ((IS_FIRST, "is_first = np.full((N, C, height * width), 1 / (height * width))"),),
    ),
    Mutant(
        BACKWARD,
        "only-the-last-sample",
        "Only the last sample keeps its gradient; those of the samples before it are lost.",
        (("    return dx", "    dx[:-1] = 0\n    return dx"),),
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
        "the maximum of a window by a function of another cell, maxima kept beside the parameters",
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
