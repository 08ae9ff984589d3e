"""The update rules with other names and formulas: in place, number by number, with one factor for both corrections."""

__all__ = ["MISTAKES", "PROGRAMS"]

MOMENTUM, RMSPROP, ADAM = "sgd_momentum", "rmsprop", "adam"

PROGRAMS = {
    MOMENTUM: """\
def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault('learning_rate', 1e-2)
    mu = config.setdefault('momentum', 0.9)
    old = config.get('velocity')
    if old is None:
        old = np.zeros(w.shape)
    pull = lr * dw
    new = old * mu
    new -= pull
    config['velocity'] = new
    next_w = w.copy()
    next_w += new
    return next_w, config
""",
    RMSPROP: """\
def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault('learning_rate', 1e-2)
    rho = config.setdefault('decay_rate', 0.99)
    eps = config.setdefault('epsilon', 1e-8)
    before = config.setdefault('cache', np.zeros(w.shape))
    mean = np.zeros(w.shape)
    next_w = np.zeros(w.shape)
    for place in np.ndindex(*w.shape):
        g = dw[place]
        mean[place] = before[place] + (1 - rho) * (g * g - before[place])
        next_w[place] = w[place] - lr / (mean[place] ** 0.5 + eps) * g
    config.update(cache=mean)
    return next_w, config
""",
    ADAM: """\
def adam(w, dw, config=None):
    if config is None:
        config = {}
    for key, value in (('learning_rate', 1e-3), ('beta1', 0.9), ('beta2', 0.999), ('epsilon', 1e-8), ('t', 0)):
        config.setdefault(key, value)
    lr, eps = config['learning_rate'], config['epsilon']
    b1 = config['beta1']
    b2 = config['beta2']
    first = config.get('m', np.zeros(w.shape))
    second = config.get('v', np.zeros(w.shape))
    step = config['t'] + 1
    first = first - (1 - b1) * (first - dw)
    second = second - (1 - b2) * (second - dw * dw)
    unbias1 = 1 - b1 ** step
    unbias2 = 1 - b2 ** step
    rate = lr * np.sqrt(unbias2) / unbias1
    next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))
    config['m'], config['v'], config['t'] = first, second, step
    return next_w, config
""",
}

NEW = "new = old * mu\n    new -= pull\n"
MEAN = "mean[place] = before[place] + (1 - rho) * (g * g - before[place])"
STEP = "next_w[place] = w[place] - lr / (mean[place] ** 0.5 + eps) * g"
FIRST = "first = first - (1 - b1) * (first - dw)"
SECOND = "second = second - (1 - b2) * (second - dw * dw)"
AVERAGES = f"    {FIRST}\n    {SECOND}\n"
RATE = "rate = lr * np.sqrt(unbias2) / unbias1"
NEXT = "next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))"
STORED = "config['m'], config['v'], config['t'] = first, second, step"

MISTAKES = {
    MOMENTUM: {
        "velocity-uphill": (("new -= pull", "new += pull"),),
        "step-uphill": (("next_w += new", "next_w -= new"),),
        "momentum-on-gradient": ((NEW, "new = old - mu * pull\n"),),
        "momentum-on-both": ((NEW, "new = old - pull\n    new *= mu\n"),),
        "weighted-average": (("pull = lr * dw", "pull = (1 - mu) * lr * dw"),),
        "velocity-not-stored": (("    config['velocity'] = new\n", ""),),
        "old-velocity": (("next_w += new", "next_w += old"),),
        "velocity-never-changed": (("config['velocity'] = new", "config['velocity'] = old"), ("+= new", "+= old")),
        "no-momentum": (("next_w += new", "next_w -= pull"),),
        "rate-twice": (("next_w += new", "next_w += lr * new"),),
        "nesterov": (("next_w += new", "next_w += (1 + mu) * new - mu * old"),),
        "rate-fixed": (("lr = config.setdefault('learning_rate', 1e-2)", "lr = 1e-2"),),
        "momentum-fixed": (("mu = config.setdefault('momentum', 0.9)", "mu = 0.9"),),
        "velocity-with-other-sign": (
            ("new -= pull", "new += pull"),
            ("next_w += new", "next_w -= new"),
        ),
        "old-velocity-subtracted": (("new = old * mu", "new = -old * mu"),),
        "rate-on-velocity": (
            ("pull = lr * dw", "pull = dw"),
            ("next_w += new", "next_w += lr * new"),
        ),
        "rate-forgotten": (("pull = lr * dw", "pull = dw"),),
        "gradient-twice": (("next_w += new", "next_w += new - lr * dw"),),
        "stored-with-other-sign": (("config['velocity'] = new", "config['velocity'] = -new"),),
        "momentum-reversed": (("new = old * mu", "new = old * (1 - mu)"),),
        "velocity-for-parameters": (("next_w = w.copy()", "next_w = np.zeros(w.shape)"),),
        "parameters-stored": (("config['velocity'] = new", "config['velocity'] = w + new"),),
        "gradient-stored": (("config['velocity'] = new", "config['velocity'] = -pull"),),
    },
    RMSPROP: {
        "uphill": (("w[place] - lr", "w[place] + lr"),),
        "not-squared": (("g * g - before", "np.sqrt(g * g) - before"),),
        "no-root": (("mean[place] ** 0.5", "mean[place]"),),
        "epsilon-inside": (("mean[place] ** 0.5 + eps", "(eps + mean[place]) ** 0.5"),),
        "epsilon-forgotten": ((" + eps", ""),),
        "decay-reversed": (("(1 - rho) * (g", "rho * (g"),),
        "not-weighted": ((MEAN, "mean[place] = rho * before[place] + g * g"),),
        "sum-of-squares": ((MEAN, "mean[place] += before[place] + g * g"),),
        "cache-not-stored": (("    config.update(cache=mean)\n", ""),),
        "old-cache": (("lr / (mean[place]", "lr / (before[place]"),),
        "without-gradient": ((" * g\n", "\n"),),
        "rate-fixed": (("lr = config.setdefault('learning_rate', 1e-2)", "lr = 0.01"),),
        "weight-without-parentheses": (
            ("before[place] + (1 - rho) * (g * g - before[place])", "rho * before[place] + (1 - rho * g * g)"),
        ),
        "epsilon-subtracted": (("** 0.5 + eps", "** 0.5 - eps"),),
        "multiplied-by-root": (("lr / (mean[place] ** 0.5 + eps) * g", "lr * (mean[place] ** 0.5 + eps) * g"),),
        "epsilon-added-last": (("lr / (mean[place] ** 0.5 + eps) * g", "lr * g / mean[place] ** 0.5 + eps"),),
        "rate-forgotten": (("lr / (mean", "1 / (mean"),),
        "root-stored": (("config.update(cache=mean)", "config.update(cache=mean ** 0.5)"),),
        "old-average-not-weighted": (
            ("before[place] + (1 - rho) * (g * g - before[place])", "before[place] + (1 - rho) * g * g"),
        ),
        "decay-fixed": (("config.setdefault('decay_rate', 0.99)", "0.99"),),
        "weight-squared": (
            ("before[place] + (1 - rho) * (g * g - before[place])", "rho * before[place] + ((1 - rho) * g) ** 2"),
        ),
        "squared-gradient-in-step": (("+ eps) * g", "+ eps) * g * g"),),
        "signs-not-squared": (
            ("before[place] + (1 - rho) * (g * g - before[place])", "rho * before[place] + (1 - rho) * g"),
        ),
    },
    ADAM: {
        "uphill": (("next_w = w - rate", "next_w = w + rate"),),
        "nothing-corrected": (("unbias1 = 1 - b1 ** step\n    unbias2 = 1 - b2 ** step", "unbias1 = unbias2 = 1"),),
        "m-not-corrected": ((" / unbias1", ""),),
        "v-not-corrected": (("unbias2 = 1 - b2 ** step", "unbias2 = 1"),),
        "t-raised-last": (
            ("step = config['t'] + 1", "step = config['t']"),
            (STORED, STORED.replace("second, step", "second, step + 1")),
        ),
        "t-not-raised": ((STORED, "config['m'], config['v'] = first, second"),),
        "t-from-one": (("('t', 0)", "('t', 1)"),),
        "t-from-one-at-least": (("config['t'] + 1\n", "(config['t'] or 1) + 1\n"),),
        "first-step-for-all": (
            ("unbias1 = 1 - b1 ** step\n    unbias2 = 1 - b2 ** step", "unbias1, unbias2 = 1 - b1, 1 - b2"),
        ),
        "t-for-power": (("b1 ** step", "b1 * step"), ("b2 ** step", "b2 * step")),
        "corrected-stored": ((STORED, STORED.replace("first, second", "first / unbias1, second / unbias2")),),
        "epsilon-inside": (
            (RATE, "rate = lr / unbias1"),
            (NEXT, "next_w = w - rate * first / np.sqrt(second / unbias2 + eps)"),
        ),
        "epsilon-before-correction": ((" + eps * np.sqrt(unbias2)", " + eps"),),
        "epsilon-forgotten": ((" + eps * np.sqrt(unbias2)", ""),),
        "no-root": ((RATE, "rate = lr / unbias1"), (NEXT, "next_w = w - rate * first / (second / unbias2 + eps)")),
        "not-squared": (("dw * dw", "np.abs(dw)"),),
        "betas-exchanged": (
            ("b1 = config['beta1']", "b1 = config['beta2']"),
            ("b2 = config['beta2']", "b2 = config['beta1']"),
        ),
        "gradient-for-m": ((" / unbias1", ""), ("rate * first", "rate * dw")),
        "m-not-weighted": ((FIRST, "first = b1 * first + dw"),),
        "averages-not-stored": ((STORED, "config['t'] = step"),),
        "old-averages": ((AVERAGES, ""), (f"    {NEXT}\n", f"    {NEXT}\n{AVERAGES}")),
        "correction-without-parentheses": (
            ("unbias1 = 1 - b1 ** step", ""),
            ("unbias2 = 1 - b2 ** step", ""),
            ("rate = lr * np.sqrt(unbias2) / unbias1", "mt = first / 1 - b1 ** step\n    vt = second / 1 - b2 ** step"),
            (
                "next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))",
                "next_w = w - lr * mt / (np.sqrt(vt) + eps)",
            ),
        ),
        "correction-of-m-without-parentheses": (
            ("rate = lr * np.sqrt(unbias2) / unbias1", "mt = first / 1 - b1 ** step\n    vt = second / unbias2"),
            (
                "next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))",
                "next_w = w - lr * mt / (np.sqrt(vt) + eps)",
            ),
        ),
        "correction-of-v-without-parentheses": (
            ("rate = lr * np.sqrt(unbias2) / unbias1", "mt = first / unbias1\n    vt = second / 1 - b2 ** step"),
            (
                "next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))",
                "next_w = w - lr * mt / (np.sqrt(vt) + eps)",
            ),
        ),
        "t-from-one-raised-last": (
            ("('t', 0)", "('t', 1)"),
            ("step = config['t'] + 1", "step = config['t']"),
            ("config['t'] = first, second, step", "config['t'] = first, second, step + 1"),
        ),
        "t-raised-twice": (("config['t'] = first, second, step", "config['t'] = first, second, step + 1"),),
        "t-set-to-one": (("step = config['t'] + 1", "step = 1"),),
        "power-added": (
            ("1 - b1 ** step", "1 + b1 ** step"),
            ("1 - b2 ** step", "1 + b2 ** step"),
        ),
        "multiplied-by-correction": (
            ("rate = lr * np.sqrt(unbias2) / unbias1", "mt = first * unbias1\n    vt = second * unbias2"),
            (
                "next_w = w - rate * first / (np.sqrt(second) + eps * np.sqrt(unbias2))",
                "next_w = w - lr * mt / (np.sqrt(vt) + eps)",
            ),
        ),
        "beta1-in-both-corrections": (("1 - b2 ** step", "1 - b1 ** step"),),
        "betas-of-corrections-exchanged": (
            ("unbias1 = 1 - b1 ** step", "unbias1 = 1 - b2 ** step"),
            ("unbias2 = 1 - b2 ** step", "unbias2 = 1 - b1 ** step"),
        ),
        "weight-of-v-without-parentheses": (
            ("second - (1 - b2) * (second - dw * dw)", "b2 * second + (1 - b2 * dw * dw)"),
        ),
        "weight-of-m-without-parentheses": (("first - (1 - b1) * (first - dw)", "b1 * first + (1 - b1 * dw)"),),
        "average-for-gradient-in-v": (
            ("second - (1 - b2) * (second - dw * dw)", "b2 * second + (1 - b2) * first ** 2"),
        ),
        "weight-squared": (("second - (1 - b2) * (second - dw * dw)", "b2 * second + ((1 - b2) * dw) ** 2"),),
        "weights-reversed": (
            ("first - (1 - b1) * (first - dw)", "(1 - b1) * first + b1 * dw"),
            ("second - (1 - b2) * (second - dw * dw)", "(1 - b2) * second + b2 * dw * dw"),
        ),
        "weight-of-m-reversed": (("first - (1 - b1) * (first - dw)", "(1 - b1) * first + b1 * dw"),),
        "weight-of-v-reversed": (("second - (1 - b2) * (second - dw * dw)", "(1 - b2) * second + b2 * dw * dw"),),
        "rate-fixed": (("config['learning_rate'], config", "1e-3, config"),),
        "betas-fixed": (
            ("b1 = config['beta1']", "b1 = 0.9"),
            ("b2 = config['beta2']", "b2 = 0.999"),
        ),
        "rate-forgotten": (("rate = lr * np", "rate = np"),),
        "m-not-stored": (
            ("config['m'], config['v'], config['t'] = first, second, step", "config['v'], config['t'] = second, step"),
        ),
        "v-not-stored": (
            ("config['m'], config['v'], config['t'] = first, second, step", "config['m'], config['t'] = first, step"),
        ),
        "signs-not-squared": (("second - (1 - b2) * (second - dw * dw)", "b2 * second + (1 - b2) * dw"),),
        "v-not-weighted": (("second - (1 - b2) * (second - dw * dw)", "b2 * second + dw * dw"),),
        "not-weighted": (
            ("first - (1 - b1) * (first - dw)", "b1 * first + dw"),
            ("second - (1 - b2) * (second - dw * dw)", "b2 * second + dw * dw"),
        ),
        "beta1-fixed": (("b1 = config['beta1']", "b1 = 0.9"),),
        "beta2-fixed": (("b2 = config['beta2']", "b2 = 0.999"),),
        "beta2-in-both-corrections": (("1 - b1 ** step", "1 - b2 ** step"),),
        "weights-without-parentheses": (
            ("first - (1 - b1) * (first - dw)", "b1 * first + (1 - b1 * dw)"),
            ("second - (1 - b2) * (second - dw * dw)", "b2 * second + (1 - b2 * dw * dw)"),
        ),
    },
}
