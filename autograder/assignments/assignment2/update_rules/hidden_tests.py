"""Hidden tests of the update rules, which may also change w and config in place."""

from autograder import StudentFault, check_array, check_entry, check_form, check_scalar, hidden_test, together, tr

from ..cases import joined

SHAPE = (3, 4)
AVERAGES = {"sgd_momentum": ("velocity",), "rmsprop": ("cache",), "adam": ("m", "v")}
SETTINGS = {
    "sgd_momentum": {"learning_rate": 0.3, "momentum": 0.6},
    "rmsprop": {"learning_rate": 0.2, "decay_rate": 0.7, "epsilon": 1e-9},
    "adam": {"learning_rate": 0.2, "beta1": 0.7, "beta2": 0.8, "epsilon": 1e-9},
}


def numbers(rng, low=0.5, high=2.0):
    """Return numbers of both signs, away from zero."""
    return rng.uniform(low, high, SHAPE) * rng.choice([-1, 1], SHAPE)


def learning_rate(rate):
    """Return the description of a learning rate."""
    return tr("learning rate {rate}", rate=rate)


def state(rng, rule, *, t=4):
    """Return a config with averages of earlier steps."""
    averages = {name: rng.uniform(0.5, 2, SHAPE) for name in AVERAGES[rule]}
    return SETTINGS[rule] | averages | ({"t": t} if rule == "adam" else {})


def step(function, w, dw, config):
    """Make one step with copies; return (next_w, config)."""
    own = config and {key: value.copy() if hasattr(value, "copy") else value for key, value in config.items()}
    next_w, config = function(w.copy(), dw.copy(), own)
    if config is not None and type(config) is not dict:
        raise StudentFault("failed", tr("the second return value must be the dict config"))
    return next_w, config


def check_steps(student, reference, rng, rule, config, *, count, case):
    """Compare the parameters after some steps, each with another gradient."""
    w = numbers(rng)
    mine, theirs, my_config, their_config = w, w, config, config
    for number in range(1, count + 1):
        dw = numbers(rng)
        mine, my_config = step(getattr(reference, rule), mine, dw, my_config)
        theirs, their_config = step(getattr(student, rule), theirs, dw, their_config)
        where = joined(case, tr("step {number}", number=number)) if count > 1 else case
        check_form("next_w", theirs, SHAPE, case=where)
        # The difference, which is small compared with the parameters.
        check_array("next_w − w", theirs - w, mine - w, "exact", case=where)


def check_state(student, reference, rng, rule):
    """Compare the averages in the config for the next step, and the number of steps."""
    w, dw, config = numbers(rng), numbers(rng), state(rng, rule)
    _, mine = step(getattr(reference, rule), w, dw, config)
    _, theirs = step(getattr(student, rule), w, dw, config)
    with together() as check:
        for name in AVERAGES[rule]:
            check(name, check_entry, check_array, "config", theirs, name, mine[name], "exact", case=tr("one step"))
        if "t" in mine:
            after = tr("one step after t = {t}", t=4)
            check("t", check_entry, check_scalar, "config", theirs, "t", mine["t"], "exact", case=after)


@hidden_test("sgd_momentum", weight=2)
def test_momentum_step(student, reference, rng):
    """One step with a velocity from earlier steps."""
    config = state(rng, "sgd_momentum")
    check_steps(
        student, reference, rng, "sgd_momentum", config, count=1, case=joined("momentum 0.6", learning_rate(0.3))
    )


@hidden_test("sgd_momentum", weight=2)
def test_momentum_steps(student, reference, rng):
    """Several steps from a velocity of zero, each with the config of the previous one."""
    check_steps(
        student, reference, rng, "sgd_momentum", SETTINGS["sgd_momentum"], count=3, case=tr("no velocity given")
    )


@hidden_test("sgd_momentum", weight=1)
def test_momentum_defaults(student, reference, rng):
    """Without a config the learning rate is 1e-2 and the momentum 0.9."""
    check_steps(student, reference, rng, "sgd_momentum", None, count=2, case=tr("no config"))


@hidden_test("sgd_momentum", weight=1)
def test_velocity(student, reference, rng):
    """The returned config has the new velocity."""
    check_state(student, reference, rng, "sgd_momentum")


@hidden_test("rmsprop", weight=2)
def test_rmsprop_step(student, reference, rng):
    """One step with an average from earlier steps: it uses the new average."""
    config = state(rng, "rmsprop")
    check_steps(
        student,
        reference,
        rng,
        "rmsprop",
        config,
        count=1,
        case=joined(tr("decay rate {rate}", rate=0.7), learning_rate(0.2)),
    )


@hidden_test("rmsprop", weight=2)
def test_rmsprop_steps(student, reference, rng):
    """Several steps from an average of zero, each with the config of the previous one."""
    check_steps(student, reference, rng, "rmsprop", SETTINGS["rmsprop"], count=3, case=tr("no cache given"))


@hidden_test("rmsprop", weight=1)
def test_rmsprop_defaults(student, reference, rng):
    """Without a config the learning rate is 1e-2 and the decay rate 0.99."""
    check_steps(student, reference, rng, "rmsprop", None, count=2, case=tr("no config"))


@hidden_test("rmsprop", weight=1)
def test_rmsprop_epsilon(student, reference, rng):
    """The epsilon of config is added to the root, which matters for small gradients."""
    config = state(rng, "rmsprop") | {"epsilon": 0.5, "cache": rng.uniform(0.05, 0.2, SHAPE)}
    check_steps(student, reference, rng, "rmsprop", config, count=1, case="epsilon 0.5")


@hidden_test("rmsprop", weight=1)
def test_rmsprop_average(student, reference, rng):
    """The returned config has the new average of the squared gradients."""
    check_state(student, reference, rng, "rmsprop")


@hidden_test("adam", weight=2)
def test_adam_step(student, reference, rng):
    """The fifth step, with the averages and the count of four earlier steps."""
    config = state(rng, "adam")
    check_steps(student, reference, rng, "adam", config, count=1, case=joined("t = 4", "beta1 0.7", "beta2 0.8"))


@hidden_test("adam", weight=3)
def test_adam_steps(student, reference, rng):
    """Several steps from averages of zero, each with the config of the previous one."""
    # Another test covers the default of t.
    case = joined(tr("no averages given"), "t = 0")
    check_steps(student, reference, rng, "adam", SETTINGS["adam"] | {"t": 0}, count=4, case=case)


@hidden_test("adam", weight=1)
def test_adam_defaults(student, reference, rng):
    """Without a config the learning rate is 1e-3, beta1 is 0.9, beta2 0.999, and t starts at 0."""
    check_steps(student, reference, rng, "adam", None, count=2, case=tr("no config"))


@hidden_test("adam", weight=1)
def test_adam_epsilon(student, reference, rng):
    """The epsilon of config is added to the root of the corrected average, which matters for small gradients."""
    averages = {"m": rng.uniform(0.5, 2, SHAPE), "v": rng.uniform(0.05, 0.2, SHAPE)}
    config = state(rng, "adam", t=1) | {"epsilon": 0.5} | averages
    check_steps(student, reference, rng, "adam", config, count=1, case=joined("epsilon 0.5", "t = 1"))


@hidden_test("adam", weight=2, parts=("m", "v", "t"))
def test_adam_averages(student, reference, rng):
    """The returned config has the uncorrected averages and the number of steps: {part}."""
    check_state(student, reference, rng, "adam")


@hidden_test("adam", weight=1)
def test_adam_does_not_see_the_scale(student, reference, rng):
    """Gradients a thousand times as large give the same parameters if epsilon is negligible."""
    w, gradients = numbers(rng), [numbers(rng) for _ in range(3)]
    settings = SETTINGS["adam"] | {"epsilon": 1e-12, "t": 0}

    def final(function, factor):
        at, config = w, settings
        for dw in gradients:
            at, config = step(function, at, factor * dw, config)
            check_form("next_w", at, SHAPE)
        return at - w

    way = final(student.adam, 1)
    check_array("next_w − w", way, final(reference.adam, 1), "exact", case=tr("three steps"))
    check_array(
        tr("next_w − w with gradients times 1000"), final(student.adam, 1000), way, "exact", case=tr("three steps")
    )
