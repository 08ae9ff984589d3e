"""Spatial batch and group normalization: pixels gathered one by one, channels one by one."""

__all__ = ["MISTAKES", "PROGRAMS"]

PROGRAMS = {
    "spatial_batchnorm_forward": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    samples, channels, rows, columns = x.shape
    table = []
    for n in range(samples):
        for i in range(rows):
            for j in range(columns):
                table.append(x[n, :, i, j])
    normal, cache = batchnorm_forward(np.array(table), gamma, beta, bn_param)
    out = np.zeros(x.shape)
    place = 0
    for n in range(samples):
        for i in range(rows):
            for j in range(columns):
                out[n, :, i, j] = normal[place]
                place += 1
    return out, cache
""",
    "spatial_batchnorm_backward": """
def spatial_batchnorm_backward(dout, cache):
    centred, width, scale = cache
    N, C, H, W = dout.shape
    count = N * H * W
    upstream = np.stack([dout[:, c].ravel() for c in range(C)])
    dgamma, dbeta = np.zeros(C), np.zeros(C)
    lines = np.zeros((C, count))
    for c in range(C):
        line, hat = upstream[c], centred[:, c] / width[c]
        dbeta[c] = line.sum()
        dgamma[c] = line.dot(hat)
        lines[c] = scale[c] / width[c] * (line - line.sum() / count - hat * line.dot(hat) / count)
    dx = np.zeros(dout.shape)
    for c in range(C):
        dx[:, c] = lines[c].reshape(N, H, W)
    return dx, dgamma, dbeta
""",
    "spatial_groupnorm_forward": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    offset = gn_param.get("eps", 1e-5)
    size = C // G
    totals, squares = np.zeros((N, G)), np.zeros((N, G))
    for n in range(N):
        for c in range(C):
            totals[n, c // size] += np.sum(x[n, c])
    centres = totals / (size * H * W)
    for n in range(N):
        for c in range(C):
            squares[n, c // size] += np.sum((x[n, c] - centres[n, c // size]) ** 2)
    spreads = squares / (size * H * W)
    out = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            centre, spread = centres[n, c // size], spreads[n, c // size]
            normal = (x[n, c] - centre) / (spread + offset) ** 0.5
            out[n, c] = normal * gamma[0, c] + beta[0, c]
    return out, None
""",
    "spatial_groupnorm_backward": """
def spatial_groupnorm_backward(dout, cache):
    normal, width, scale = cache
    N, C, H, W = dout.shape
    G = width.shape[1]
    size = C // G
    count = size * H * W
    hat = normal.reshape(dout.shape)
    dgamma, dbeta = np.zeros(scale.shape), np.zeros(scale.shape)
    for n in range(N):
        for c in range(C):
            dgamma[0, c] += np.sum(dout[n, c] * hat[n, c])
            dbeta[0, c] += np.sum(dout[n, c])
    dx = np.zeros(dout.shape)
    for n in range(N):
        for g in range(G):
            members, sigma = range(g * size, (g + 1) * size), width[n, g, 0]
            dnormal = {c: dout[n, c] * scale[0, c] for c in members}
            dvariance = sum(np.sum(dnormal[c] * hat[n, c] * sigma) for c in members) * -0.5 / sigma**3
            dmean = -sum(np.sum(dnormal[c]) for c in members) / sigma
            for c in members:
                through_variance = 2 * hat[n, c] * sigma * dvariance / count
                through_mean = dmean / count
                dx[n, c] = dnormal[c] / sigma + through_variance + through_mean
    return dx, dgamma, dbeta
""",
}

GATHERED = """\
    table = []
    for n in range(samples):
        for i in range(rows):
            for j in range(columns):
                table.append(x[n, :, i, j])
"""
SPREAD = """\
    out = np.zeros(x.shape)
    place = 0
    for n in range(samples):
        for i in range(rows):
            for j in range(columns):
                out[n, :, i, j] = normal[place]
                place += 1
"""
CALL = "batchnorm_forward(np.array(table), gamma, beta, bn_param)"
ROWS_OUTSIDE = "        for i in range(rows):\n            for j in range(columns):\n"
COLUMNS_OUTSIDE = "        for j in range(columns):\n            for i in range(rows):\n"

# Statistics of its own, channel by channel.
CHANNEL_BY_CHANNEL = """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = np.array(bn_param.get("running_mean", np.zeros(C)))
    running_var = np.array(bn_param.get("running_var", np.zeros(C)))
    out = np.zeros_like(x)
    for c in range(C):
        mu, sigma2 = running_mean[c], running_var[c]
        if bn_param["mode"] == "train":
            mu = np.sum(x[:, c]) / (N * H * W)
            sigma2 = np.sum((x[:, c] - mu) ** 2) / (N * H * W)
            running_mean[c] = momentum * running_mean[c] + (1 - momentum) * mu
            running_var[c] = momentum * running_var[c] + (1 - momentum) * sigma2
        out[:, c] = gamma[c] * (x[:, c] - mu) / np.sqrt(sigma2 + eps) + beta[c]
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, None
"""

UPSTREAM = "np.stack([dout[:, c].ravel() for c in range(C)])"
IN_ORDER = "    dx = np.zeros(dout.shape)\n    for c in range(C):\n        dx[:, c] = lines[c].reshape(N, H, W)\n"
GROUP_OUT = "normal * gamma[0, c] + beta[0, c]"
ROOT = "(spread + offset) ** 0.5"
GROUP_OF = "c // size"

# All axes at once.
FIVE_AXES = """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    five = np.reshape(x, (N, G, C // G, H, W))
    mu = np.mean(five, (2, 3, 4), keepdims=True)
    sigma = np.sqrt(np.mean(np.square(five - mu), (2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
    normal = np.reshape((five - mu) / sigma, x.shape)
    return gamma * normal + beta, None
"""

MISTAKES = {
    "spatial_batchnorm_forward": {
        "no-transpose": (
            (GATHERED, "    table = np.resize(x, (x.size // channels, channels))\n"),
            (SPREAD, "    out = np.resize(normal, x.shape)\n"),
        ),
        "no-transpose-before": ((GATHERED, "    table = np.resize(x, (x.size // channels, channels))\n"),),
        "no-transpose-after": ((SPREAD, "    out = np.resize(normal, x.shape)\n"),),
        "columns-first-before": ((GATHERED, GATHERED.replace(ROWS_OUTSIDE, COLUMNS_OUTSIDE)),),
        "columns-first-after": (
            (
                SPREAD,
                SPREAD.replace("x.shape", "(samples, channels, columns, rows)").replace("[n, :, i, j]", "[n, :, j, i]"),
            ),
        ),
        "channels-first": (
            (
                GATHERED,
                "    table = np.concatenate([x[:, c].ravel() for c in range(channels)]).reshape(-1, channels)\n",
            ),
            (
                SPREAD,
                "    maps = np.split(normal.ravel(), channels)\n"
                "    out = np.stack([part.reshape(samples, rows, columns) for part in maps], axis=1)\n",
            ),
        ),
        "channels-first-before": (
            (
                GATHERED,
                "    table = np.concatenate([x[:, c].ravel() for c in range(channels)]).reshape(-1, channels)\n",
            ),
        ),
        "per-pixel": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean, running_var = bn_param.get("running_mean", 0.0), bn_param.get("running_var", 0.0)
    if bn_param["mode"] == "train":
        mu = sum(x) / len(x)
        sigma2 = sum((x - mu) ** 2) / len(x)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * sigma2
    else:
        mu, sigma2 = running_mean, running_var
    hat = (x - mu) / np.sqrt(sigma2 + eps)
    return hat * gamma[:, None, None] + beta[:, None, None], None
""",
        "per-sample": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    maps = []
    for image in x:
        lines = np.array([channel.ravel() for channel in image])
        normal, cache = batchnorm_forward(lines.T, gamma, beta, bn_param)
        maps.append(normal.T.reshape(image.shape))
    return np.array(maps), cache
""",
        "channels-share-averages": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    out, caches = np.zeros(x.shape), []
    for c in range(x.shape[1]):
        line, cache = batchnorm_forward(x[:, c].reshape(-1, 1), gamma[c], beta[c], bn_param)
        out[:, c] = line.reshape(out[:, c].shape)
        caches.append(cache)
    return out, caches
""",
        "averages-lost": ((CALL, "batchnorm_forward(np.array(table), gamma, beta, {**bn_param})"),),
        "settings-lost": (
            (CALL, "batchnorm_forward(np.array(table), gamma, beta, own)"),
            ("    normal, cache", '    own = {}\n    own["mode"] = bn_param["mode"]\n    normal, cache'),
        ),
        "eps-fixed": CHANNEL_BY_CHANNEL.replace('bn_param.get("eps", 1e-5)', "1e-5"),
        "momentum-fixed": CHANNEL_BY_CHANNEL.replace('bn_param.get("momentum", 0.9)', "0.9"),
        "variance-by-n-1": CHANNEL_BY_CHANNEL.replace("- mu) ** 2) / (N * H * W)", "- mu) ** 2) / (N * H * W - 1)"),
        "pixels-as-features": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.reshape(N, -1), gamma, beta, bn_param)
    return out.reshape(N, C, H, W), cache
""",
        "per-sample-with-averages": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, mom = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    if bn_param["mode"] == "train":
        m, v = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
        bn_param["running_mean"] = mom * bn_param.get("running_mean", np.zeros(C)) + (1 - mom) * m.mean(0).ravel()
        bn_param["running_var"] = mom * bn_param.get("running_var", np.zeros(C)) + (1 - mom) * v.mean(0).ravel()
    else:
        m, v = bn_param["running_mean"].reshape(1, C, 1, 1), bn_param["running_var"].reshape(1, C, 1, 1)
    hat = (x - m) / np.sqrt(v + eps)
    return gamma.reshape(1, C, 1, 1) * hat + beta.reshape(1, C, 1, 1), None
""",
        "over-samples-and-rows": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, mom = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    if bn_param["mode"] == "train":
        m, v = x.mean(axis=(0, 2), keepdims=True), x.var(axis=(0, 2), keepdims=True)
        bn_param["running_mean"] = mom * bn_param.get("running_mean", np.zeros(C)) + (1 - mom) * m.mean((0, 2, 3))
        bn_param["running_var"] = mom * bn_param.get("running_var", np.zeros(C)) + (1 - mom) * v.mean((0, 2, 3))
    else:
        m, v = bn_param["running_mean"].reshape(1, C, 1, 1), bn_param["running_var"].reshape(1, C, 1, 1)
    hat = (x - m) / np.sqrt(v + eps)
    return gamma.reshape(1, C, 1, 1) * hat + beta.reshape(1, C, 1, 1), None
""",
        "layernorm-called": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = layernorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
""",
        "over-samples-and-columns": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, mom = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    if bn_param["mode"] == "train":
        m, v = x.mean(axis=(0, 3), keepdims=True), x.var(axis=(0, 3), keepdims=True)
        bn_param["running_mean"] = mom * bn_param.get("running_mean", np.zeros(C)) + (1 - mom) * m.mean((0, 2, 3))
        bn_param["running_var"] = mom * bn_param.get("running_var", np.zeros(C)) + (1 - mom) * v.mean((0, 2, 3))
    else:
        m, v = bn_param["running_mean"].reshape(1, C, 1, 1), bn_param["running_var"].reshape(1, C, 1, 1)
    hat = (x - m) / np.sqrt(v + eps)
    return gamma.reshape(1, C, 1, 1) * hat + beta.reshape(1, C, 1, 1), None
""",
    },
    "spatial_batchnorm_backward": {
        "no-transpose": (
            (UPSTREAM, "np.stack([dout.ravel()[c::C] for c in range(C)])"),
            (IN_ORDER, "    dx = lines.T.reshape(dout.shape)\n"),
        ),
        "no-transpose-before": ((UPSTREAM, "np.stack([dout.ravel()[c::C] for c in range(C)])"),),
        "no-transpose-after": ((IN_ORDER, "    dx = lines.T.reshape(dout.shape)\n"),),
        "columns-first-before": (("dout[:, c].ravel()", 'np.concatenate([m.ravel("F") for m in dout[:, c]])'),),
        "columns-first-after": (
            ("dx = np.zeros(dout.shape)", "dx = np.zeros((N, C, W, H))"),
            ("dx[:, c] =", "dx[:, c].swapaxes(1, 2)[:] ="),
        ),
        "channels-first": (
            (UPSTREAM, "np.stack([dout[:, c].ravel() for c in range(C)]).reshape(-1, C).T"),
            ("lines[c].reshape", "np.split(lines.T.ravel(), C)[c].reshape"),
        ),
        "channels-first-before": ((UPSTREAM, "np.stack([dout[:, c].ravel() for c in range(C)]).reshape(-1, C).T"),),
        "left-flat": ((IN_ORDER, "    dx = np.column_stack(list(lines))\n"),),
        "not-over-the-batch": (
            ("np.zeros(C), np.zeros(C)", "np.zeros((N, C)), np.zeros((N, C))"),
            ("dbeta[c] = line.sum()", "dbeta[:, c] = [part.sum() for part in dout[:, c]]"),
            ("dgamma[c] = line.dot(hat)", "dgamma[:, c] = [part.sum() for part in np.split(line * hat, N)]"),
        ),
        "averaged": (
            ("dbeta[c] = line.sum()", "dbeta[c] = line.mean()"),
            ("dgamma[c] = line.dot(hat)", "dgamma[c] = (line * hat).mean()"),
        ),
        "divided-by-n": (("/ count", "/ N"),),
        "statistics-as-constants": (("(line - line.sum() / count - hat * line.dot(hat) / count)", "line"),),
        "dgamma-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma.sum(), dbeta"),),
        "dbeta-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta.sum()"),),
        "dgamma-and-dbeta-exchanged": (("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),),
        "gamma-forgotten": (("scale[c] / width[c] *", "1 / width[c] *"),),
        "kept-axes": (
            ("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)"),
        ),
        "mean-as-constant": (("line - line.sum() / count - hat", "line - hat"),),
        "variance-as-constant": (("- hat * line.dot(hat) / count", ""),),
        "not-divided": (
            ("line - line.sum() / count - hat * line.dot(hat) / count", "line - line.sum() - hat * line.dot(hat)"),
        ),
        "averaged-over-samples": (("return dx, dgamma, dbeta", "return dx, dgamma / N, dbeta / N"),),
        "forward-called": """
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_forward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
""",
    },
    "spatial_groupnorm_forward": {
        "per-pixel": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    parts = []
    for part in np.split(x, G, axis=1):
        centred = part - part.mean(axis=1, keepdims=True)
        spread = (centred**2).mean(axis=1, keepdims=True)
        parts.append(centred / np.sqrt(spread + gn_param.get("eps", 1e-5)))
    return np.concatenate(parts, axis=1) * gamma + beta, None
""",
        "over-the-batch": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    parts = []
    for part in np.split(x, G, axis=1):
        centred = part - np.sum(part) / part.size
        spread = np.sum(centred**2) / part.size
        parts.append(centred / np.sqrt(spread + gn_param.get("eps", 1e-5)))
    return np.concatenate(parts, axis=1) * gamma + beta, None
""",
        "per-channel": (("size = C // G", "G, size = C, 1"),),
        "one-group": (("size = C // G", "G, size = 1, C"),),
        "interleaved": ((GROUP_OF, "c % G"),),
        "groups-of-g": (("size = C // G", "size, G = G, C // G"),),
        "batch-in-pieces": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    parts = []
    for part in np.split(x.ravel(), G):
        centred = part - sum(part) / len(part)
        parts.append(centred / np.sqrt(sum(centred**2) / len(part) + gn_param.get("eps", 1e-5)))
    return np.concatenate(parts).reshape(x.shape) * gamma + beta, None
""",
        "gamma-flattened": FIVE_AXES.replace("gamma * normal + beta", "gamma.flatten() * normal + beta.flatten()"),
        "gamma-with-more-axes": FIVE_AXES.replace(
            "gamma * normal + beta", "np.expand_dims(gamma, (0, 2, 3)) * normal + np.expand_dims(beta, (0, 2, 3))"
        ),
        "gamma-first": (
            (
                "    size = C // G\n",
                "    size = C // G\n    x = np.stack([x[:, c] * gamma[0, c] for c in range(C)], axis=1)\n",
            ),
            (" * gamma[0, c] + beta", " + beta"),
        ),
        "eps-fixed": (('gn_param.get("eps", 1e-5)', "1e-5"),),
        "eps-forgotten": ((ROOT, "spread**0.5"),),
        "another-default-eps": (('"eps", 1e-5', '"eps", 1e-8'),),
        "eps-outside": ((ROOT, "(spread**0.5 + offset)"),),
        "no-root": ((ROOT, "(spread + offset)"),),
        "variance-by-n-1": (("squares / (size * H * W)", "squares / (size * H * W - 1)"),),
        "gamma-forgotten": ((GROUP_OUT, "normal + beta[0, c]"),),
        "beta-forgotten": ((GROUP_OUT, "normal * gamma[0, c]"),),
        "over-channels-and-rows": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(2, 3), keepdims=True), z.var(axis=(2, 3), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
        "over-channels-and-columns": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(2, 4), keepdims=True), z.var(axis=(2, 4), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
        "mean-per-channel": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(3, 4), keepdims=True), z.var(axis=(2, 3, 4), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
        "mean-over-channels-and-rows": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(2, 3), keepdims=True), z.var(axis=(2, 3, 4), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
        "groups-not-reshaped": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(2, 3, 4), keepdims=True), z.var(axis=(2, 3, 4), keepdims=True)
    return (z - m) / np.sqrt(v + gn_param.get("eps", 1e-5)) * gamma + beta, None
""",
        "scaled-by-layernorm": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    out, cache = layernorm_forward(rows, gamma, beta, gn_param)
    return out.reshape(x.shape), cache
""",
        "not-centred": (("(x[n, c] - centre) /", "x[n, c] /"),),
        "mean-over-channels-and-columns": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(2, 4), keepdims=True), z.var(axis=(2, 3, 4), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
        "over-the-groups": """
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    z = x.reshape(N, G, C // G, H, W)
    m, v = z.mean(axis=(1, 3, 4), keepdims=True), z.var(axis=(1, 3, 4), keepdims=True)
    return ((z - m) / np.sqrt(v + eps)).reshape(x.shape) * gamma + beta, None
""",
    },
    "spatial_groupnorm_backward": {
        "no-kept-axes": (
            ("np.zeros(scale.shape), np.zeros(scale.shape)", "np.zeros(C), np.zeros(C)"),
            ("dgamma[0, c]", "dgamma[c]"),
            ("dbeta[0, c]", "dbeta[c]"),
        ),
        "not-over-the-batch": (
            ("np.zeros(scale.shape), np.zeros(scale.shape)", "np.zeros((N, C, 1, 1)), np.zeros((N, C, 1, 1))"),
            ("dgamma[0, c]", "dgamma[n, c]"),
            ("dbeta[0, c]", "dbeta[n, c]"),
        ),
        "divided-by-pixels": (("count = size * H * W", "count = H * W"),),
        "divided-by-all-channels": (("count = size * H * W", "count = C * H * W"),),
        "divided-by-batch": (("count = size * H * W", "count = N"),),
        "not-divided": ((" / count", ""),),
        "gamma-in-front": (
            ("dout[n, c] * scale[0, c] for", "dout[n, c] for"),
            ("    return dx,", "    for c in range(C):\n        dx[:, c] = dx[:, c] * scale[0, c]\n    return dx,"),
        ),
        "gamma-forgotten": (("dout[n, c] * scale[0, c] for", "dout[n, c] for"),),
        "over-the-batch": """
def spatial_groupnorm_backward(dout, cache):
    normal, width, scale = cache
    N, C, H, W = dout.shape
    G = width.shape[1]
    maps = normal.reshape(N, C, H, W)
    dgamma = np.einsum("nchw,nchw->c", dout, maps).reshape(1, C, 1, 1)
    dbeta = np.einsum("nchw->c", dout).reshape(1, C, 1, 1)
    parts = []
    for g, part in enumerate(np.split(dout * scale, G, axis=1)):
        hat, sigma = normal[:, g].reshape(part.shape), width[:, g].reshape(N, 1, 1, 1)
        parts.append((part - np.sum(part) / part.size - hat * (np.sum(part * hat) / part.size)) / sigma)
    return np.concatenate(parts, axis=1), dgamma, dbeta
""",
        "statistics-as-constants": ((" + through_variance + through_mean", ""),),
        "mean-as-constant": ((" + through_mean", ""),),
        "variance-as-constant": ((" + through_variance", ""),),
        "two-forgotten": (("2 * hat[n, c]", "hat[n, c]"),),
        "sign-of-variance": (("* -0.5 /", "* 0.5 /"),),
        "dgamma-not-normalized": (("dout[n, c] * hat[n, c])", "dout[n, c] * hat[n, c] * width[n, c // size])"),),
        "left-in-groups": (("return dx,", "return np.array([np.split(image.ravel(), G) for image in dx]),"),),
        "eps-forgotten": (
            (
                "    hat = normal.reshape(dout.shape)\n",
                "    without = np.sqrt(np.sum(normal**2, axis=2, keepdims=True) / count)\n"
                "    hat, width = (normal / without).reshape(dout.shape), width * without\n",
            ),
        ),
        "dgamma-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma.sum(), dbeta"),),
        "dgamma-and-dbeta-exchanged": (("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),),
        "normalized-for-centred": (("hat = normal.reshape(dout.shape)", "hat = (normal / width).reshape(dout.shape)"),),
        "variance-from-normalized": (
            ("dnormal[c] * hat[n, c] * sigma", "dnormal[c] * hat[n, c]"),
            ("2 * hat[n, c] * sigma", "2 * hat[n, c]"),
        ),
        "averaged-over-samples": (("return dx, dgamma, dbeta", "return dx, dgamma / N, dbeta / N"),),
        "power-of-deviation": (("sigma**3", "sigma**2"),),
        "sign-of-mean": (("dmean = -sum", "dmean = sum"),),
        "sums-over-two-axes": (
            (
                "return dx, dgamma, dbeta",
                ("return dx, (dout * hat).sum(axis=(0, 2), keepdims=True), dout.sum(axis=(0, 2), keepdims=True)"),
            ),
        ),
        "deviation-forgotten": (("dnormal[c] / sigma", "dnormal[c]"),),
        "divided-by-the-whole-channel": (("count = size * H * W", "count = N * H * W"),),
        "divided-by-the-whole-batch": (("count = size * H * W", "count = N * size * H * W"),),
        "dbeta-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta.sum()"),),
    },
}
