"""The naive max pooling, image by image and channel by channel."""

__all__ = ["MISTAKES", "PROGRAMS"]

FORWARD, BACKWARD = "max_pool_forward_naive", "max_pool_backward_naive"

PROGRAMS = {
    FORWARD: """\
def max_pool_forward_naive(x, pool_param):
    ph = pool_param['pool_height']
    pw = pool_param['pool_width']
    s = pool_param['stride']
    num, ch, rows, cols = x.shape
    out_rows = int((rows - ph) / s + 1)
    out_cols = int((cols - pw) / s + 1)
    out = np.empty((num, ch, out_rows, out_cols))
    for n in range(num):
        for c in range(ch):
            image = x[n, c]
            for r in range(out_rows):
                for k in range(out_cols):
                    y0 = r * s
                    x0 = k * s
                    patch = image[y0:y0 + ph, x0:x0 + pw]
                    out[n, c, r, k] = np.amax(patch)
    cache = (x, pool_param)
    return out, cache
""",
    BACKWARD: """\
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph = pool_param['pool_height']
    pw = pool_param['pool_width']
    s = pool_param['stride']
    num, ch, rows, cols = x.shape
    _, _, out_rows, out_cols = dout.shape
    dx = np.zeros((num, ch, rows, cols))
    for n in range(num):
        for c in range(ch):
            for r in range(out_rows):
                for k in range(out_cols):
                    y0 = r * s
                    x0 = k * s
                    patch = x[n, c, y0:y0 + ph, x0:x0 + pw]
                    a, e = divmod(np.argmax(patch), pw)
                    g = dout[n, c, r, k]
                    mask = np.zeros((ph, pw))
                    mask[a, e] = g
                    dx[n, c, y0:y0 + ph, x0:x0 + pw] += mask
    return dx
""",
}

ROWS, COLS = "int((rows - ph) / s + 1)", "int((cols - pw) / s + 1)"
Y0, X0 = "y0 = r * s\n", "x0 = k * s\n"
OVER_ROWS, OVER_COLS = "for r in range(out_rows):", "for k in range(out_cols):"
PATCH = "patch = image[y0:y0 + ph, x0:x0 + pw]"
WIDTH = "pw = pool_param['pool_width']"
BACK_PATCH = "patch = x[n, c, y0:y0 + ph, x0:x0 + pw]"
LINE = " " * 20
WHERE = "a, e = divmod(np.argmax(patch), pw)"
MASK = "mask = np.zeros((ph, pw))\n                    mask[a, e] = g\n"
ADDED = "dx[n, c, y0:y0 + ph, x0:x0 + pw] += mask"

SWAPPED = ((Y0, "y0 = k * s\n"), (X0, "x0 = r * s\n"))
BY_SIZE = ((Y0, "y0 = r * ph\n"), (X0, "x0 = k * pw\n"))
BY_ONE = ((Y0, "y0 = r\n"), (X0, "x0 = k\n"))
SHORT = (
    (OVER_ROWS, "for r, _ in enumerate(range(0, rows - ph, s)):"),
    (OVER_COLS, "for k, _ in enumerate(range(0, cols - pw, s)):"),
)

TWO = (
    ("ph = pool_param['pool_height']\n", "ph = 2\n"),
    ("pw = pool_param['pool_width']\n", "pw = 2\n"),
    ("s = pool_param['stride']\n", "s = 2\n"),
)
LOOPS = "    for n in range(num):\n"
ASSERTED = {
    "in-both": ((LOOPS, f"    assert (rows - ph) % s == 0 and (cols - pw) % s == 0, 'bad stride'\n{LOOPS}"),),
    "for-rows": ((LOOPS, f"    assert (rows - ph) % s == 0, 'bad stride'\n{LOOPS}"),),
    "for-columns": ((LOOPS, f"    assert (cols - pw) % s == 0, 'bad stride'\n{LOOPS}"),),
}

# The maximum of each window is compared with every number in it.
COMPARED = """\
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = [pool_param[key] for key in ('pool_height', 'pool_width', 'stride')]
    dx = np.zeros_like(x)
    for n, image in enumerate(x):
        for r, k in np.ndindex(dout.shape[2:]):
            patches = image[:, r * s:r * s + ph, k * s:k * s + pw]
            for c, patch in enumerate(patches):
                best = patch.max()
                for a in range(ph):
                    for e in range(pw):
                        if patch[a, e] == best:
                            dx[n, c, r * s + a, k * s + e] += dout[n, c, r, k]
    return dx
"""

MISTAKES = {
    FORWARD: {
        "x-alone-in-cache": (("cache = (x, pool_param)", "cache = x"),),
        "width-from-pool-height": ((COLS, "int((cols - ph) / s + 1)"),),
        "width-from-image-height": ((COLS, "int((rows - pw) / s + 1)"),),
        "shape-in-wrong-order": (("num, ch, rows, cols = x.shape", "num, ch, cols, rows = x.shape"),),
        "square-windows-only": ((WIDTH, "pw = ph"),),
        "windows-cut-square": ((PATCH, "patch = image[y0:y0 + ph, x0:x0 + ph]"),),
        "windows-by-stride": ((PATCH, "patch = image[y0:y0 + s, x0:x0 + s]"),),
        "two-by-two": TWO,
        "two-by-two-blocks": """\
def max_pool_forward_naive(x, pool_param):
    rows, cols = x.shape[2] // 2, x.shape[3] // 2
    blocks = x.reshape(x.shape[0], x.shape[1], rows, 2, cols, 2)
    return np.amax(np.amax(blocks, axis=5), axis=3), (x, pool_param)
""",
        **{f"stride-asserted-{name}": lines for name, lines in ASSERTED.items()},
        "one-divided-as-well": ((ROWS, "(rows - ph + 1) // s"), (COLS, "(cols - pw + 1) // s")),
        "one-pixel-too-many": ((ROWS, "(rows + 1 - ph) // s + 1"), (COLS, "(cols + 1 - pw) // s + 1")),
        "starts-by-window-size": BY_SIZE,
        "stride-from-window-height": (("s = pool_param['stride']", "s = ph"),),
        "stride-ignored": BY_ONE,
        "rows-and-columns-swapped": SWAPPED,
        "size-rounded-up": (
            (ROWS, "int(np.ceil((rows - ph) / s)) + 1"),
            (COLS, "int(np.ceil((cols - pw) / s)) + 1"),
        ),
        "last-window-forgotten": ((ROWS, "int((rows - ph) / s)"), (COLS, "int((cols - pw) / s)")),
        "last-window-left-zero": (*SHORT, ("np.empty", "np.zeros")),
        "maximum-starts-at-zero": (
            (
                "out[n, c, r, k] = np.amax(patch)",
                "largest = 0\n"
                "                    for number in patch.flat:\n"
                "                        largest = max(largest, number)\n"
                "                    out[n, c, r, k] = largest",
            ),
        ),
        "maximum-of-absolute-values": (("image = x[n, c]", "image = np.sqrt(x[n, c] ** 2)"),),
        "average-pooling": (("np.amax(patch)", "patch.sum() / (ph * pw)"),),
        "minimum-for-maximum": (("np.amax(patch)", "np.sort(patch, axis=None)[0]"),),
        "maximum-across-channels": (("image = x[n, c]", "image = x[n].max(axis=0)"),),
        "maximum-across-samples": (("image = x[n, c]", "image = x.max(axis=(0, 1))"),),
        "output-in-cache": (("cache = (x, pool_param)", "cache = (out, pool_param)"),),
        "cache-in-another-order": (("cache = (x, pool_param)", "cache = (pool_param, x)"),),
        "size-not-an-integer": (
            ("int((rows - ph) / s + 1)", "(rows - ph) / s + 1"),
            ("int((cols - pw) / s + 1)", "(cols - pw) / s + 1"),
        ),
        "outputs-skipped-by-start": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for k in range(out_cols)", "for k in range(0, out_cols, s)"),
            ("y0 = r * s", "y0 = r"),
            ("x0 = k * s", "x0 = k"),
            ("np.empty(", "np.zeros("),
        ),
        "outputs-skipped": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for k in range(out_cols)", "for k in range(0, out_cols, s)"),
            ("np.empty(", "np.zeros("),
        ),
        "sum-pooling": (("np.amax(patch)", "np.sum(patch)"),),
        "size-from-image-and-stride": (
            ("int((rows - ph) / s + 1)", "rows // s"),
            ("int((cols - pw) / s + 1)", "cols // s"),
        ),
        "size-from-image-and-window": (
            ("int((rows - ph) / s + 1)", "rows // ph"),
            ("int((cols - pw) / s + 1)", "cols // pw"),
        ),
        "maximum-of-the-whole-image": (("np.amax(patch)", "np.amax(image)"),),
        "position-of-the-maximum": (("np.amax(patch)", "np.argmax(patch)"),),
        "first-channel-only": (("image = x[n, c]", "image = x[n, 0]"),),
        "height-and-width-exchanged": (("y0:y0 + ph, x0:x0 + pw", "y0:y0 + pw, x0:x0 + ph"),),
    },
    BACKWARD: {
        "assigned": ((ADDED, ADDED.replace("+=", "=")),),
        "assigned-at-the-maximum": ((LINE + MASK, ""), (ADDED, "dx[n, c, y0 + a, x0 + e] = g")),
        "all-ties-in-full": COMPARED,
        "maximum-of-the-whole-image": ((f"{LINE}{WHERE}\n", ""), (MASK, "mask = g * (patch == np.max(x[n, c]))\n")),
        "maximum-across-samples": COMPARED.replace("patch.max()", "x[:, :, r * s:r * s + ph, k * s:k * s + pw].max()"),
        "maximum-across-channels": COMPARED.replace("patch.max()", "patches.max()"),
        "maximum-of-another-window": ((BACK_PATCH, "patch = x[n, c, r:r + ph, k:k + pw]"),),
        "starts-by-window-size": BY_SIZE,
        "stride-ignored": BY_ONE,
        "rows-and-columns-swapped": SWAPPED,
        "last-window-left-out": SHORT,
        "square-windows-only": ((WIDTH, "pw = ph"),),
        "windows-by-stride": (("s = pool_param['stride']", "s = ph = pw = pool_param['stride']"),),
        "two-by-two": TWO,
        "two-by-two-slices": """\
def max_pool_backward_naive(dout, cache):
    x, _ = cache
    dx = np.zeros_like(x)
    first, second, third, fourth = [x[:, :, a::2, e::2] for a in range(2) for e in range(2)]
    a = (first >= second) & (first >= third) & (first >= fourth)
    b = ~a & (second >= third) & (second >= fourth)
    c = ~a & ~b & (third >= fourth)
    for number, chosen in enumerate((a, b, c, ~a & ~b & ~c)):
        dx[:, :, number // 2::2, number % 2::2] = np.where(chosen, dout, 0)
    return dx
""",
        "two-by-two-blocks": """\
def max_pool_backward_naive(dout, cache):
    x, _ = cache
    num, ch, rows, cols = x.shape
    dx = np.zeros((num * ch * rows * cols // 4, 4))
    blocks = x.reshape(num, ch, rows // 2, 2, cols // 2, 2).swapaxes(3, 4).reshape(-1, 4)
    dx[range(len(dx)), np.argmax(blocks, 1)] = dout.flatten()
    return dx.reshape(num, ch, rows // 2, cols // 2, 2, 2).swapaxes(3, 4).reshape(x.shape)
""",
        "nothing-at-ties": COMPARED.replace(
            "if patch[a, e] == best:", "if patch[a, e] == best and (patch == best).sum() < 2:"
        ),
        **{f"stride-asserted-{name}": lines for name, lines in ASSERTED.items()},
        "position-by-window-height": (
            (WHERE, "a, e = divmod(np.argmax(patch), ph)"),
            (LINE + MASK, ""),
            (ADDED, "dx[n, c, y0 + a, x0 + e] += g"),
        ),
        "position-without-window-start": ((LINE + MASK, ""), (ADDED, "dx[n, c, a, e] += g")),
        "maximum-searched-in-the-image": (
            (WHERE, "found = np.where(x[n, c] == np.max(patch))"),
            (LINE + MASK, ""),
            (ADDED, "dx[n, c, found[0][0], found[1][0]] += g"),
        ),
        "upstream-forgotten": (("mask[a, e] = g", "mask[a, e] = 1"),),
        "upstream-by-pixel": (("g = dout[n, c, r, k]", "g = dout[n, c, y0, x0]"),),
        "upstream-times-maximum": (("mask[a, e] = g", "mask[a, e] = g * patch[a, e]"),),
        "spread-over-the-window": ((MASK, "mask = np.ones((ph, pw)) * g / (ph * pw)\n"),),
        "only-the-last-sample": (
            ("    dx = np.zeros((num, ch, rows, cols))\n", ""),
            ("range(num):\n", "range(num):\n        dx = np.zeros(x.shape)\n"),
        ),
        "size-not-an-integer": (
            (
                "    _, _, out_rows, out_cols = dout.shape",
                "    out_rows, out_cols = (rows - ph) / s + 1, (cols - pw) / s + 1",
            ),
        ),
        "upstream-skipped-by-start": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for k in range(out_cols)", "for k in range(0, out_cols, s)"),
            ("y0 = r * s", "y0 = r"),
            ("x0 = k * s", "x0 = k"),
        ),
        "upstream-skipped": (
            ("for r in range(out_rows)", "for r in range(0, out_rows, s)"),
            ("for k in range(out_cols)", "for k in range(0, out_cols, s)"),
        ),
        "everywhere-in-the-window": (("mask[a, e] = g", "mask[:] = g"),),
        "minimum-for-maximum": (("np.argmax(patch)", "np.argmin(patch)"),),
    },
}
