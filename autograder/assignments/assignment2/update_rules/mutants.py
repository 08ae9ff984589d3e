"""Mistakes and styles of the update rules."""

from autograder import Mutant, Variant

from .signatures import ADAM, MOMENTUM, RMSPROP

__all__ = ["MUTANTS", "VARIANTS"]


VELOCITY = 'velocity = config["momentum"] * velocity - config["learning_rate"] * dw'
STORED = '    config["velocity"] = velocity\n'
MOVED = "next_w = w + velocity"
CACHE = 'config["cache"] = decay_rate * config["cache"] + (1 - decay_rate) * dw**2'
RMS_STEP = 'next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])'
RAISED = '    config["t"] += 1\n'
M = 'config["m"] = beta1 * config["m"] + (1 - beta1) * dw'
V = 'config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2'
M_HAT = 'm_hat = config["m"] / (1 - beta1 ** config["t"])'
V_HAT = 'v_hat = config["v"] / (1 - beta2 ** config["t"])'
ADAM_STEP = 'next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])'

UPHILL = "The step goes up the gradient. Change its sign."
NO_ROOT = "The gradient is divided by the average of its square. Divide by the square root of the average."
EPSILON_INSIDE = "The epsilon is added inside the root. Add it to the root."
NO_EPSILON = "The epsilon of config is not used. Add it to the root."
NO_SQUARE = "The step is scaled by an average of gradients. Average the squared gradients."
REVERSED = "The decay rate weights the new gradient. Use it as the weight of the old average."
NOT_STORED = "The state for the next step is not stored. Store it in config."
OLD_AVERAGE = "The step uses the old average. Update the average first."
NOT_WEIGHTED = "The new gradient has weight 1 in the average. The two weights must add up to 1."
CORRECTED_STORED = "The corrected averages are stored in config. Store the uncorrected ones."
FROM_ONE = "The number of steps starts at 1 if config has no t. Start it at 0."
T_NOT_RAISED = "The number of steps is used before it is increased. Increase it first."

BETAS = 'beta1, beta2 = config["beta1"], config["beta2"]'
RHO_LAST = 'config["cache"] = decay_rate * config["cache"] + 1 - decay_rate * dw**2'
EPSILON_AFTER = 'next_w = w - config["learning_rate"] * {} / np.sqrt({}) + config["epsilon"]'
M_LAST = 'm_hat = config["m"] / 1 - beta1 ** config["t"]'
V_LAST = 'v_hat = config["v"] / 1 - beta2 ** config["t"]'
M_WITHOUT = 'config["m"] = beta1 * config["m"] + 1 - beta1 * dw'
V_WITHOUT = 'config["v"] = beta2 * config["v"] + 1 - beta2 * dw**2'
M_REVERSED = 'config["m"] = (1 - beta1) * config["m"] + beta1 * dw'
V_REVERSED = 'config["v"] = (1 - beta2) * config["v"] + beta2 * dw**2'

NO_RATE = "The learning rate is missing. Multiply the step by it."
NO_PARENTHESES = (
    "The decay rate multiplies the new gradient before it is subtracted from 1. Subtract first, in parentheses."
)
NO_BETA_PARENTHESES = "Beta multiplies the new gradient before it is subtracted from 1. Subtract first, in parentheses."
NO_CORRECTION = "An average is divided by 1 before the power of beta is subtracted. Subtract first, in parentheses."
OTHER_BETA = "A correction uses the beta of the other average. Use beta1 for the gradients and beta2 for their squares."
BETA_REVERSED = "A beta weights the new gradient. Use it as the weight of the old average."
BETA_FIXED = "A fixed beta is used. Use that of config."
WEIGHT_SQUARED = "The weight of the new gradient is squared too. Square only the gradient."
EPSILON_LAST = "The epsilon is added after the division. Add it to the root before you divide."

MUTANTS = (
    Mutant(MOMENTUM, "velocity-uphill", UPHILL, (('- config["learning_rate"]', '+ config["learning_rate"]'),)),
    Mutant(MOMENTUM, "step-uphill", UPHILL, ((MOVED, "next_w = w - velocity"),)),
    Mutant(
        MOMENTUM,
        "momentum-on-gradient",
        "The momentum multiplies the gradient. Multiply the old velocity by it.",
        ((VELOCITY, 'velocity = velocity - config["momentum"] * config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "momentum-on-both",
        "The momentum multiplies the gradient too. Multiply only the old velocity by it.",
        ((VELOCITY, 'velocity = config["momentum"] * (velocity - config["learning_rate"] * dw)'),),
    ),
    Mutant(
        MOMENTUM,
        "weighted-average",
        "The gradient has the weight 1 − momentum in the velocity. Multiply it only by the learning rate.",
        (
            (
                VELOCITY,
                'velocity = config["momentum"] * velocity - (1 - config["momentum"]) * config["learning_rate"] * dw',
            ),
        ),
    ),
    Mutant(MOMENTUM, "velocity-not-stored", NOT_STORED, ((STORED, ""),)),
    Mutant(
        MOMENTUM,
        "old-velocity",
        "The step uses the old velocity. Update the velocity first.",
        ((VELOCITY, f"{MOVED}\n    {VELOCITY}"), (f"\n    {MOVED}\n    config", "\n    config")),
    ),
    Mutant(
        MOMENTUM,
        "velocity-never-changed",
        "The old velocity is used and stored again. Compute and store the new one.",
        ((VELOCITY, VELOCITY.replace("velocity", "new", 1)),),
    ),
    Mutant(
        MOMENTUM,
        "no-momentum",
        "The step uses only the gradient. Use the velocity.",
        ((MOVED, 'next_w = w - config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "rate-twice",
        "The learning rate multiplies the gradient and the velocity. Use it once.",
        ((MOVED, 'next_w = w + config["learning_rate"] * velocity'),),
    ),
    Mutant(
        MOMENTUM,
        "nesterov",
        "The step looks ahead, as in Nesterov's momentum. Add only the velocity.",
        ((MOVED, 'next_w = w + config["momentum"] * velocity - config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "rate-fixed",
        "A fixed learning rate is used. Use that of config.",
        (('config["learning_rate"]', "1e-2"),),
    ),
    Mutant(
        MOMENTUM,
        "momentum-fixed",
        "A fixed momentum is used. Use that of config.",
        (('config["momentum"]', "0.9"),),
    ),
    Mutant(RMSPROP, "uphill", UPHILL, (("next_w = w - config", "next_w = w + config"),)),
    Mutant(RMSPROP, "not-squared", NO_SQUARE, (("dw**2", "abs(dw)"),)),
    Mutant(RMSPROP, "no-root", NO_ROOT, (('np.sqrt(config["cache"])', 'config["cache"]'),)),
    Mutant(
        RMSPROP,
        "epsilon-inside",
        EPSILON_INSIDE,
        (('np.sqrt(config["cache"]) + config["epsilon"]', 'np.sqrt(config["cache"] + config["epsilon"])'),),
    ),
    Mutant(RMSPROP, "epsilon-forgotten", NO_EPSILON, ((' + config["epsilon"]', ""),)),
    Mutant(
        RMSPROP,
        "decay-reversed",
        REVERSED,
        ((CACHE, 'config["cache"] = (1 - decay_rate) * config["cache"] + decay_rate * dw**2'),),
    ),
    Mutant(RMSPROP, "not-weighted", NOT_WEIGHTED, (("(1 - decay_rate) * dw**2", "dw**2"),)),
    Mutant(
        RMSPROP,
        "sum-of-squares",
        "The squares are summed without decay, as in AdaGrad. Use the decay rate.",
        ((CACHE, 'config["cache"] = config["cache"] + dw**2'),),
    ),
    Mutant(
        RMSPROP,
        "cache-not-stored",
        NOT_STORED,
        (('config["cache"] = d', "cache = d"), ('sqrt(config["cache"])', "sqrt(cache)")),
    ),
    Mutant(
        RMSPROP,
        "old-cache",
        OLD_AVERAGE,
        ((CACHE, f"{RMS_STEP}\n    {CACHE}"), (f"{CACHE}\n    {RMS_STEP}", CACHE)),
    ),
    Mutant(
        RMSPROP,
        "without-gradient",
        "The step lacks the gradient. Multiply by the gradient.",
        (('config["learning_rate"] * dw /', 'config["learning_rate"] /'),),
    ),
    Mutant(
        RMSPROP,
        "rate-fixed",
        "A fixed learning rate is used. Use that of config.",
        (('config["learning_rate"]', "1e-2"),),
    ),
    Mutant(ADAM, "uphill", UPHILL, (("next_w = w - config", "next_w = w + config"),)),
    Mutant(
        ADAM,
        "nothing-corrected",
        "The averages are not corrected for their start at zero. Apply both corrections.",
        ((M_HAT, 'm_hat = config["m"]'), (V_HAT, 'v_hat = config["v"]')),
        also_matches=("m-not-corrected", "v-not-corrected"),
    ),
    Mutant(
        ADAM,
        "m-not-corrected",
        "The average of the gradients is not corrected for its start at zero. Correct it.",
        ((M_HAT, 'm_hat = config["m"]'),),
    ),
    Mutant(
        ADAM,
        "v-not-corrected",
        "The average of the squared gradients is not corrected for its start at zero. Correct it.",
        ((V_HAT, 'v_hat = config["v"]'),),
    ),
    Mutant(
        ADAM,
        "t-raised-last",
        T_NOT_RAISED,
        ((RAISED, ""), (ADAM_STEP, f'{ADAM_STEP}\n    config["t"] += 1')),
    ),
    Mutant(
        ADAM,
        "t-not-raised",
        "The number of steps is not stored. Store it in config['t'].",
        ((RAISED, '    t = config["t"] + 1\n'), ('** config["t"]', "** t")),
    ),
    Mutant(
        ADAM,
        "t-from-one",
        FROM_ONE,
        handed_out=(('config.setdefault("t", 0)', 'config.setdefault("t", 1)'),),
    ),
    Mutant(ADAM, "t-from-one-at-least", FROM_ONE, ((RAISED, '    config["t"] = max(config["t"], 1) + 1\n'),)),
    Mutant(
        ADAM,
        "first-step-for-all",
        "Every step uses the correction of the first step. Use the number of steps in the correction.",
        (('beta1 ** config["t"]', "beta1"), ('beta2 ** config["t"]', "beta2")),
    ),
    Mutant(
        ADAM,
        "t-for-power",
        "The corrections multiply beta by t. Raise beta to the power t.",
        (('beta1 ** config["t"]', 'beta1 * config["t"]'), ('beta2 ** config["t"]', 'beta2 * config["t"]')),
    ),
    Mutant(
        ADAM,
        "corrected-stored",
        CORRECTED_STORED,
        ((ADAM_STEP, f'{ADAM_STEP}\n    config["m"], config["v"] = m_hat, v_hat'),),
    ),
    Mutant(
        ADAM,
        "epsilon-inside",
        EPSILON_INSIDE,
        (('np.sqrt(v_hat) + config["epsilon"]', 'np.sqrt(v_hat + config["epsilon"])'),),
    ),
    Mutant(
        ADAM,
        "epsilon-before-correction",
        "The epsilon is added before the correction. Add it to the root of the corrected average.",
        (
            (
                ADAM_STEP,
                'root = (np.sqrt(config["v"]) + config["epsilon"]) / np.sqrt(1 - beta2 ** config["t"])\n'
                '    next_w = w - config["learning_rate"] * m_hat / root',
            ),
        ),
    ),
    Mutant(ADAM, "epsilon-forgotten", NO_EPSILON, ((' + config["epsilon"]', ""),)),
    Mutant(ADAM, "no-root", NO_ROOT, (("np.sqrt(v_hat)", "v_hat"),)),
    Mutant(ADAM, "not-squared", NO_SQUARE, (("dw**2", "abs(dw)"),)),
    Mutant(
        ADAM,
        "betas-exchanged",
        "The two weights are swapped. Use beta1 for the gradients and beta2 for their squares.",
        (('config["beta1"], config["beta2"]', 'config["beta2"], config["beta1"]'),),
    ),
    Mutant(
        ADAM,
        "gradient-for-m",
        "The step uses the gradient itself. Use the corrected average of the gradients.",
        (("* m_hat /", "* dw /"),),
    ),
    Mutant(ADAM, "m-not-weighted", NOT_WEIGHTED, (("(1 - beta1) * dw", "dw"),)),
    Mutant(
        ADAM,
        "averages-not-stored",
        NOT_STORED,
        (
            ('config["m"] = beta1', "m = beta1"),
            ('config["v"] = beta2', "v = beta2"),
            ('m_hat = config["m"]', "m_hat = m"),
            ('v_hat = config["v"]', "v_hat = v"),
        ),
    ),
    Mutant(
        ADAM,
        "old-averages",
        OLD_AVERAGE,
        ((f"    {M}\n    {V}\n", ""), (ADAM_STEP, f"{ADAM_STEP}\n    {M}\n    {V}")),
    ),
    Mutant(
        MOMENTUM,
        "velocity-with-other-sign",
        "The velocity has the opposite sign. Subtract the gradient in the velocity, and add the velocity to the"
        " parameters.",
        ((VELOCITY, VELOCITY.replace("- config", "+ config")), (MOVED, "next_w = w - velocity")),
    ),
    Mutant(
        MOMENTUM,
        "old-velocity-subtracted",
        "The old velocity is subtracted. Add it, multiplied by the momentum.",
        ((VELOCITY, VELOCITY.replace("= config", "= -config")),),
        also_matches=("velocity-with-other-sign", "stored-with-other-sign"),
    ),
    Mutant(
        MOMENTUM,
        "rate-on-velocity",
        "The learning rate multiplies the velocity. Multiply only the gradient by it.",
        (
            (VELOCITY, 'velocity = config["momentum"] * velocity - dw'),
            (MOVED, 'next_w = w + config["learning_rate"] * velocity'),
        ),
    ),
    Mutant(MOMENTUM, "rate-forgotten", NO_RATE, ((VELOCITY, 'velocity = config["momentum"] * velocity - dw'),)),
    Mutant(
        MOMENTUM,
        "gradient-twice",
        "The gradient is used in the velocity and again in the step. Add only the velocity to the parameters.",
        ((MOVED, 'next_w = w + velocity - config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "momentum-reversed",
        "The old velocity has the weight 1 − momentum. Multiply it by the momentum.",
        ((VELOCITY, VELOCITY.replace('config["momentum"]', '(1 - config["momentum"])')),),
    ),
    Mutant(
        MOMENTUM,
        "velocity-for-parameters",
        "The velocity is returned as the new parameters. Add it to the parameters.",
        ((MOVED, "next_w = velocity"),),
    ),
    Mutant(
        MOMENTUM,
        "parameters-stored",
        "The new parameters are stored as the velocity. Store the new velocity.",
        ((STORED, '    config["velocity"] = next_w\n'),),
    ),
    Mutant(
        MOMENTUM,
        "gradient-stored",
        "The step of the gradient is stored as the velocity. Store the new velocity.",
        ((STORED, '    config["velocity"] = -config["learning_rate"] * dw\n'),),
    ),
    Mutant(
        MOMENTUM,
        "stored-with-other-sign",
        "The velocity is stored with the opposite sign. Store it as it is added to the parameters.",
        ((STORED, '    config["velocity"] = -velocity\n'),),
    ),
    Mutant(RMSPROP, "weight-without-parentheses", NO_PARENTHESES, ((CACHE, RHO_LAST),)),
    Mutant(
        RMSPROP,
        "epsilon-subtracted",
        "The epsilon is subtracted. Add it to the root.",
        ((RMS_STEP, RMS_STEP.replace("+ config", "- config")),),
    ),
    Mutant(RMSPROP, "epsilon-added-last", EPSILON_LAST, ((RMS_STEP, EPSILON_AFTER.format("dw", 'config["cache"]')),)),
    Mutant(
        RMSPROP,
        "multiplied-by-root",
        "The gradient is multiplied by the root of the average. Divide it by the root.",
        ((RMS_STEP, RMS_STEP.replace("dw /", "dw *")),),
    ),
    Mutant(RMSPROP, "rate-forgotten", NO_RATE, ((RMS_STEP, RMS_STEP.replace('config["learning_rate"] * ', "")),)),
    Mutant(
        RMSPROP,
        "root-stored",
        "The root of the average is stored. Store the average itself.",
        ((RMS_STEP, f'{RMS_STEP}\n    config["cache"] = np.sqrt(config["cache"])'),),
    ),
    Mutant(
        RMSPROP,
        "old-average-not-weighted",
        "The old average has weight 1. Multiply it by the decay rate.",
        ((CACHE, CACHE.replace('decay_rate * config["cache"]', 'config["cache"]')),),
    ),
    Mutant(
        RMSPROP,
        "decay-fixed",
        "A fixed decay rate is used. Use that of config.",
        (('decay_rate = config["decay_rate"]', "decay_rate = 0.99"),),
    ),
    Mutant(
        RMSPROP,
        "weight-squared",
        WEIGHT_SQUARED,
        ((CACHE, CACHE.replace("(1 - decay_rate) * dw**2", "((1 - decay_rate) * dw) ** 2")),),
    ),
    Mutant(
        RMSPROP,
        "squared-gradient-in-step",
        "The step uses the squared gradient. Use the gradient.",
        ((RMS_STEP, RMS_STEP.replace("* dw", "* dw**2")),),
    ),
    Mutant(RMSPROP, "signs-not-squared", NO_SQUARE, ((CACHE, CACHE.replace("dw**2", "dw")),)),
    Mutant(ADAM, "correction-without-parentheses", NO_CORRECTION, ((M_HAT, M_LAST), (V_HAT, V_LAST))),
    Mutant(ADAM, "correction-of-m-without-parentheses", NO_CORRECTION, ((M_HAT, M_LAST),)),
    Mutant(ADAM, "correction-of-v-without-parentheses", NO_CORRECTION, ((V_HAT, V_LAST),)),
    Mutant(
        ADAM,
        "t-from-one-raised-last",
        T_NOT_RAISED,
        ((RAISED, ""), (ADAM_STEP, f"{ADAM_STEP}\n{RAISED}")),
        handed_out=(('config.setdefault("t", 0)', 'config.setdefault("t", 1)'),),
    ),
    Mutant(
        ADAM,
        "t-raised-twice",
        "The number of steps is increased twice. Increase it once in each step.",
        ((ADAM_STEP, f"{ADAM_STEP}\n{RAISED}"),),
    ),
    Mutant(
        ADAM,
        "t-set-to-one",
        "The number of steps is set to 1 in each step. Add 1 to it.",
        ((RAISED, '    config["t"] = 1\n'),),
        also_matches=("first-step-for-all",),
    ),
    Mutant(
        ADAM,
        "power-added",
        "The corrections add the power of beta to 1. Subtract it from 1.",
        (("(1 - beta1 **", "(1 + beta1 **"), ("(1 - beta2 **", "(1 + beta2 **")),
    ),
    Mutant(
        ADAM,
        "multiplied-by-correction",
        "The averages are multiplied by their corrections. Divide them.",
        ((M_HAT, M_HAT.replace("/", "*")), (V_HAT, V_HAT.replace("/", "*"))),
    ),
    Mutant(ADAM, "beta1-in-both-corrections", OTHER_BETA, ((V_HAT, V_HAT.replace("beta2", "beta1")),)),
    Mutant(ADAM, "beta2-in-both-corrections", OTHER_BETA, ((M_HAT, M_HAT.replace("beta1", "beta2")),)),
    Mutant(
        ADAM,
        "betas-of-corrections-exchanged",
        OTHER_BETA,
        ((M_HAT, M_HAT.replace("beta1", "beta2")), (V_HAT, V_HAT.replace("beta2", "beta1"))),
    ),
    Mutant(ADAM, "weight-of-m-without-parentheses", NO_BETA_PARENTHESES, ((M, M_WITHOUT),)),
    Mutant(ADAM, "weight-of-v-without-parentheses", NO_BETA_PARENTHESES, ((V, V_WITHOUT),)),
    Mutant(ADAM, "weights-without-parentheses", NO_BETA_PARENTHESES, ((M, M_WITHOUT), (V, V_WITHOUT))),
    Mutant(
        ADAM,
        "average-for-gradient-in-v",
        "The average of the squares uses the averaged gradient. Square the gradient itself.",
        ((V, V.replace("dw**2", 'config["m"] ** 2')),),
    ),
    Mutant(ADAM, "weight-squared", WEIGHT_SQUARED, ((V, V.replace("(1 - beta2) * dw**2", "((1 - beta2) * dw) ** 2")),)),
    Mutant(ADAM, "weights-reversed", BETA_REVERSED, ((M, M_REVERSED), (V, V_REVERSED))),
    Mutant(ADAM, "weight-of-m-reversed", BETA_REVERSED, ((M, M_REVERSED),)),
    Mutant(ADAM, "weight-of-v-reversed", BETA_REVERSED, ((V, V_REVERSED),)),
    Mutant(
        ADAM,
        "rate-fixed",
        "A fixed learning rate is used. Use that of config.",
        ((ADAM_STEP, ADAM_STEP.replace('config["learning_rate"]', "1e-3")),),
    ),
    Mutant(ADAM, "rate-forgotten", NO_RATE, ((ADAM_STEP, ADAM_STEP.replace('config["learning_rate"] * ', "")),)),
    Mutant(ADAM, "betas-fixed", BETA_FIXED, ((BETAS, "beta1, beta2 = 0.9, 0.999"),)),
    Mutant(ADAM, "beta1-fixed", BETA_FIXED, ((BETAS, 'beta1, beta2 = 0.9, config["beta2"]'),)),
    Mutant(ADAM, "beta2-fixed", BETA_FIXED, ((BETAS, 'beta1, beta2 = config["beta1"], 0.999'),)),
    Mutant(
        ADAM, "m-not-stored", NOT_STORED, (('config["m"] = beta1', "m = beta1"), ('m_hat = config["m"]', "m_hat = m"))
    ),
    Mutant(
        ADAM, "v-not-stored", NOT_STORED, (('config["v"] = beta2', "v = beta2"), ('v_hat = config["v"]', "v_hat = v"))
    ),
    Mutant(ADAM, "signs-not-squared", NO_SQUARE, ((V, V.replace("dw**2", "dw")),)),
    Mutant(ADAM, "v-not-weighted", NOT_WEIGHTED, (("(1 - beta2) * dw**2", "dw**2"),)),
    Mutant(ADAM, "not-weighted", NOT_WEIGHTED, (("(1 - beta1) * dw", "dw"), ("(1 - beta2) * dw**2", "dw**2"))),
)

VARIANTS = (
    Variant(
        MOMENTUM,
        "in-place",
        "in place on w and on the velocity",
        body="""\
velocity *= config["momentum"]
    velocity -= config["learning_rate"] * dw
    w += velocity
    next_w, config["velocity"] = w, velocity
""",
    ),
    Variant(
        MOMENTUM,
        "every-number",
        "number by number, each read as a float",
        body="""\
rate, momentum = config["learning_rate"], config["momentum"]
    next_w, new = np.zeros(w.shape), np.zeros(w.shape)
    for place in np.ndindex(*w.shape):
        new[place] = momentum * float(velocity[place]) - rate * float(dw[place])
        next_w[place] = float(w[place]) + float(new[place])
    config["velocity"] = new
""",
    ),
    Variant(
        MOMENTUM,
        "negative-velocity",
        "with the velocity of the other sign on the way",
        body="""\
down = config["learning_rate"] * dw - config["momentum"] * velocity
    config["velocity"] = -down
    next_w = w - down
""",
    ),
    Variant(
        MOMENTUM,
        "single-precision",
        "in float32",
        ((VELOCITY, "velocity, dw = velocity.astype(np.float32), dw.astype(np.float32)\n    " + VELOCITY),),
    ),
    Variant(
        RMSPROP,
        "in-place",
        "in place on w and on the average",
        body="""\
config["cache"] *= config["decay_rate"]
    config["cache"] += (1 - config["decay_rate"]) * np.square(dw)
    w -= config["learning_rate"] * dw / (config["cache"] ** 0.5 + config["epsilon"])
    next_w = w
""",
    ),
    Variant(
        RMSPROP,
        "every-number",
        "number by number, each read as a float",
        body="""\
rate, decay_rate, epsilon = config["learning_rate"], config["decay_rate"], config["epsilon"]
    next_w, average = np.zeros(w.shape), np.zeros(w.shape)
    for place in np.ndindex(*w.shape):
        average[place] = decay_rate * float(config["cache"][place]) + (1 - decay_rate) * float(dw[place]) ** 2
        next_w[place] = float(w[place]) - rate * float(dw[place]) / (float(average[place]) ** 0.5 + epsilon)
    config["cache"] = average
""",
    ),
    Variant(
        RMSPROP,
        "towards",
        "with the average as a step towards the square",
        ((CACHE, 'config["cache"] = config["cache"] + (1 - decay_rate) * (dw * dw - config["cache"])'),),
    ),
    Variant(
        RMSPROP,
        "new-dict",
        "with a new dict for the next step",
        body="""\
c = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw * dw
    next_w = w - dw * (config["learning_rate"] / (np.sqrt(c) + config["epsilon"]))
    config = {**config, "cache": c}
""",
    ),
    Variant(
        ADAM,
        "in-place",
        "in place on w and on the averages",
        body="""\
beta1, beta2, t = config["beta1"], config["beta2"], config["t"] + 1
    m, v = config["m"], config["v"]
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw * dw
    w -= config["learning_rate"] * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + config["epsilon"])
    next_w, config["t"] = w, t
""",
    ),
    Variant(
        ADAM,
        "every-number",
        "number by number, each read as a float",
        body="""\
config["t"] = config["t"] + 1
    m, v, next_w = np.zeros(w.shape), np.zeros(w.shape), np.zeros(w.shape)
    for place in np.ndindex(*w.shape):
        g = float(dw[place])
        m[place] = config["beta1"] * float(config["m"][place]) + (1 - config["beta1"]) * g
        v[place] = config["beta2"] * float(config["v"][place]) + (1 - config["beta2"]) * g * g
        m_hat = float(m[place]) / (1 - config["beta1"] ** config["t"])
        v_hat = float(v[place]) / (1 - config["beta2"] ** config["t"])
        next_w[place] = float(w[place]) - config["learning_rate"] * m_hat / (v_hat**0.5 + config["epsilon"])
    config["m"], config["v"] = m, v
""",
    ),
    Variant(
        ADAM,
        "one-factor",
        "with both corrections in one factor and in epsilon",
        body="""\
beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw * dw
    correction = np.sqrt(1 - beta2 ** config["t"])
    rate = config["learning_rate"] * correction / (1 - beta1 ** config["t"])
    next_w = w - rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"] * correction)
""",
    ),
    Variant(
        ADAM, "new-dict", "with a new dict for the next step", ((ADAM_STEP, f"{ADAM_STEP}\n    config = dict(config)"),)
    ),
)
