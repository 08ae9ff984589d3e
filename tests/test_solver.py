import io
import re
import signal
import sys
import textwrap
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from cs231n.fast_layers import affine_backward_fast, affine_forward_fast
from cs231n.layers import softmax_loss
from cs231n.solver import Solver


class LinearModel:
    """Linear classifier for the tests."""

    def __init__(self, seed=0, classes=3, features=4):
        rng = np.random.default_rng(seed)
        self.params = {"W": 0.01 * rng.standard_normal((features, classes)), "b": np.zeros(classes)}
        self.calls = []

    def loss(self, X, y=None):
        self.calls.append(len(X))
        scores, cache = affine_forward_fast(X, self.params["W"], self.params["b"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        _, dW, db = affine_backward_fast(dscores, cache)
        return loss, {"W": dW, "b": db}


@pytest.fixture(autouse=True)
def beside_the_notebooks(monkeypatch):
    """Provide the rules by name if the extension is not built."""
    monkeypatch.chdir(Path(__file__).parent.parent / "source" / "assignment2")


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, size=70)
    X = rng.standard_normal((70, 4)) + 3 * np.eye(3, 4)[y]
    return {"X_train": X[:50], "y_train": y[:50], "X_val": X[50:], "y_val": y[50:]}


def test_training_learns_and_ends_with_the_best_parameters(data):
    model = LinearModel()
    solver = Solver(
        model,
        data,
        update_rule="adam",
        optim_config={"learning_rate": 0.05},
        batch_size=10,
        num_epochs=5,
        verbose=False,
    )
    solver.train()
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.8
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    assert len(solver.loss_history) == 25
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 6
    assert solver.epoch == 5
    for name, best in solver.best_params.items():
        np.testing.assert_array_equal(model.params[name], best)


def test_best_parameters_are_copies(data):
    solver = Solver(
        LinearModel(), data, optim_config={"learning_rate": 0.1}, batch_size=10, num_epochs=1, verbose=False
    )
    solver.train()
    best = {name: value.copy() for name, value in solver.best_params.items()}
    solver._step()
    for name, value in best.items():
        np.testing.assert_array_equal(solver.best_params[name], value)


def test_prints_losses_and_accuracies_in_the_known_form(data, capsys):
    Solver(LinearModel(), data, batch_size=20, num_epochs=2, print_every=3).train()
    lines = capsys.readouterr().out.splitlines()
    number = r"\d\.\d{6}"
    expected = [
        rf"\(Iteration 1 / 4\) loss: {number}",
        rf"\(Epoch 0 / 2\) train acc: {number}; val_acc: {number}",
        rf"\(Epoch 1 / 2\) train acc: {number}; val_acc: {number}",
        rf"\(Iteration 4 / 4\) loss: {number}",
        rf"\(Epoch 2 / 2\) train acc: {number}; val_acc: {number}",
    ]
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line)


def test_silent_when_not_verbose(data, capsys):
    Solver(LinearModel(), data, verbose=False, num_epochs=1).train()
    assert capsys.readouterr().out == ""


def test_random_draws_have_the_order_of_published_runs(data, monkeypatch):
    draws = []
    monkeypatch.setattr(np.random, "choice", lambda n, size: draws.append((n, size)) or np.arange(size))
    Solver(
        LinearModel(), data, batch_size=20, num_epochs=2, num_train_samples=30, num_val_samples=7, verbose=False
    ).train()
    step, accuracies = (50, 20), [(50, 30), (20, 7)]
    assert draws == [step, *accuracies, step, *accuracies, step, step, *accuracies]


def test_no_draw_when_all_images_are_measured(data, monkeypatch):
    solver = Solver(LinearModel(), data, verbose=False)
    monkeypatch.setattr(np.random, "choice", None)
    solver.check_accuracy(data["X_train"], data["y_train"], num_samples=50)


def test_accuracy_is_measured_in_batches_over_all_images(data):
    model = LinearModel()
    solver = Solver(model, data, verbose=False)
    right = np.mean(model.loss(data["X_train"]).argmax(axis=1) == data["y_train"])
    model.calls.clear()
    assert solver.check_accuracy(data["X_train"], data["y_train"], batch_size=20) == right
    assert model.calls == [20, 20, 10]


def test_model_whose_accuracy_stays_zero_keeps_its_parameters(data):
    model = LinearModel(classes=4)
    data["y_val"] = np.full(20, 3)
    model.params["b"][3] = -1e6
    solver = Solver(model, data, num_epochs=1, batch_size=10, verbose=False)
    solver.train()
    assert solver.best_val_acc == 0
    assert set(model.params) == set(solver.best_params) == {"W", "b"}
    assert np.isfinite(model.params["W"]).all()


def test_learning_rate_decays_after_every_epoch_and_the_given_config_is_not_changed(data):
    config = {"learning_rate": 0.5}
    solver = Solver(LinearModel(), data, optim_config=config, lr_decay=0.5, num_epochs=3, verbose=False)
    solver.train()
    assert solver.optim_configs["W"]["learning_rate"] == 0.0625
    assert config == {"learning_rate": 0.5}


def test_fewer_images_than_a_batch_still_train(data):
    solver = Solver(LinearModel(), data, batch_size=80, num_epochs=2, verbose=False)
    solver.train()
    assert len(solver.loss_history) == 2


def test_zero_epochs_change_nothing(data):
    model = LinearModel()
    before = model.params["W"].copy()
    Solver(model, data, num_epochs=0).train()
    np.testing.assert_array_equal(model.params["W"], before)


def test_checkpoint_restores_everything(data, tmp_path):
    first = Solver(
        LinearModel(),
        data,
        update_rule="adam",
        num_epochs=2,
        batch_size=10,
        verbose=False,
        checkpoint_name=str(tmp_path / "run"),
    )
    first.train()
    second = Solver(LinearModel(seed=9), data, update_rule="adam", batch_size=10, verbose=False)
    second.load_checkpoint(tmp_path / "run_epoch_2.npz")
    assert second.loss_history == first.loss_history
    assert second.val_acc_history == first.val_acc_history
    assert second.epoch == 2
    assert second.optim_configs["W"]["t"] == 10
    np.testing.assert_array_equal(second.optim_configs["W"]["m"], first.optim_configs["W"]["m"])
    second._step()


def test_checkpoint_holds_no_pickle(data, tmp_path):
    solver = Solver(LinearModel(), data, verbose=False)
    solver.save_checkpoint(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
    np.savez(tmp_path / "evil.npz", state=np.array({"epoch": 3}, dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        solver.load_checkpoint(tmp_path / "evil.npz")


def test_checkpoint_of_another_model_is_refused(data, tmp_path):
    Solver(LinearModel(), data).save_checkpoint(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="create the model with the sizes"):
        Solver(LinearModel(classes=5), data).load_checkpoint(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", W=np.ones(3))
    with pytest.raises(ValueError, match="not a checkpoint"):
        Solver(LinearModel(), data).load_checkpoint(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 1e-3}, "got 'learning_rate'"),
        ({"update_rule": "adagrad"}, "from adam, rmsprop, sgd, sgd_momentum"),
        ({"update_rule": "np"}, "or a function, got 'np'"),
        ({"batch_size": 0}, "expected batch_size as an int >= 1, got 0"),
        ({"num_epochs": -1}, "expected num_epochs as an int >= 0, got -1"),
        ({"print_every": 0}, "expected print_every as an int >= 1, got 0"),
    ],
)
def test_bad_options_are_refused(data, options, message):
    with pytest.raises(ValueError, match=message):
        Solver(LinearModel(), data, **options)


def test_bad_data_are_refused(data):
    with pytest.raises(ValueError, match="lacks X_val, y_val"):
        Solver(LinearModel(), {key: data[key] for key in ("X_train", "y_train")})
    with pytest.raises(ValueError, match="in X_train and y_train, at least 1, got 50 and 49"):
        Solver(LinearModel(), data | {"y_train": data["y_train"][1:]})
    with pytest.raises(ValueError, match="in X_val and y_val, at least 1, got 0 and 0"):
        Solver(LinearModel(), data | {"X_val": data["X_val"][:0], "y_val": data["y_val"][:0]})


# ---------------------------------------------------------------- interrupted, and continued

ADAM = {"update_rule": "adam", "optim_config": {"learning_rate": 0.05}, "lr_decay": 0.9, "batch_size": 10}
SUBSETS = {"num_train_samples": 20, "num_val_samples": 10, "verbose": False}


def run(data, *, model=None, epochs=3, seed=5, **options):
    np.random.seed(seed)  # noqa: NPY002 (the Solver draws from this generator)
    return Solver(model or LinearModel(), data, num_epochs=epochs, **{**ADAM, **SUBSETS, **options})


def assert_same_run(one, other):
    for history in ("loss_history", "train_acc_history", "val_acc_history", "best_val_acc", "epoch"):
        assert getattr(one, history) == getattr(other, history), history
    for name, value in other.model.params.items():
        np.testing.assert_array_equal(one.model.params[name], value)
        np.testing.assert_array_equal(one.best_params[name], other.best_params[name])


class InterruptedModel(LinearModel):
    """Model that raises KeyboardInterrupt at a given call of its loss function."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def loss(self, X, y=None):
        if len(self.calls) == self.at:
            self.calls.append("interrupt")
            signal.raise_signal(signal.SIGINT)
        return super().loss(X, y)


# In the first step, in the first measurement (two calls of the model), in a later step, in a later measurement.
@pytest.mark.parametrize("at", [0, 1, 2, 5, 8, 9])
def test_interrupted_training_continues_with_the_same_numbers(data, at):
    whole = run(data)
    whole.train()
    solver = run(data, model=InterruptedModel(at))
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert len(solver.loss_history) < len(whole.loss_history)
    solver.train()
    assert_same_run(solver, whole)


def test_an_interrupt_waits_until_an_update_is_complete(data):
    whole = run(data)
    whole.train()
    solver = run(data)
    rule, calls = solver.update_rule, []

    def interrupting(w, dw, config):
        calls.append(1)
        if len(calls) == 7:  # the first of the two parameters, in the fourth step
            signal.raise_signal(signal.SIGINT)
        return rule(w, dw, config)

    solver.update_rule = interrupting
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert len(solver.loss_history) == 4
    assert len(calls) == 8
    solver.update_rule = rule
    solver.train()
    assert_same_run(solver, whole)


def test_an_interrupt_prints_how_to_continue_and_saves_a_checkpoint(data, tmp_path, capsys):
    name = str(tmp_path / "run")
    solver = run(data, model=InterruptedModel(8), verbose=True, checkpoint_name=name)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    last = capsys.readouterr().out.splitlines()[-1]
    assert "Interrupted after 5 of 15 iterations." in last
    assert "run_interrupted.npz" in last
    whole = run(data)
    whole.train()
    np.random.seed(99)  # noqa: NPY002 - another session's generator is anywhere
    later = run(data, model=LinearModel(seed=9), seed=99)
    later.load_checkpoint(tmp_path / "run_interrupted.npz")
    later.train()
    assert_same_run(later, whole)


def test_a_checkpoint_of_a_named_rule_continues_with_that_function(data, tmp_path):
    def sgd(w, dw, config):
        config.setdefault("learning_rate", 1e-2)
        return w - config["learning_rate"] * dw, config

    whole = run(data, update_rule="sgd", checkpoint_name=str(tmp_path / "run"))
    whole.train()
    later = run(data, update_rule=sgd, model=LinearModel(seed=9), seed=99)
    later.load_checkpoint(tmp_path / "run_epoch_1.npz")
    later.train()
    np.testing.assert_allclose(later.loss_history, whole.loss_history, rtol=1e-12)


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_checkpoint_of_any_epoch_continues_with_the_same_numbers(data, tmp_path, rule, epoch):
    whole = run(data, update_rule=rule, checkpoint_name=str(tmp_path / "run"))
    whole.train()
    later = run(data, update_rule=rule, model=LinearModel(seed=9), seed=99)
    later.load_checkpoint(tmp_path / f"run_epoch_{epoch}.npz")
    assert later.epoch == epoch
    later.train()
    assert_same_run(later, whole)


def test_a_finished_run_continues_only_with_more_epochs(data, capsys):
    solver = run(data, epochs=1, verbose=True)
    solver.train()
    capsys.readouterr()
    solver.train()
    assert capsys.readouterr().out == "All 1 epochs are trained; to continue, increase solver.num_epochs\n"
    assert len(solver.loss_history) == 5
    solver.num_epochs = 2
    solver.train()
    assert (solver.epoch, len(solver.loss_history)) == (2, 10)


def test_checkpoints_are_written_atomically(data, tmp_path, monkeypatch):
    solver = run(data)
    path = solver.save_checkpoint(tmp_path / "run")
    assert path == tmp_path / "run.npz"
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space left"):
        solver.save_checkpoint(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"NUMPY") + 200] ^= 0xFF
    path.write_bytes(bytes(content))


def without_random(path):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != "random/key"}
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "damage",
    [
        cut_off,
        flip_a_byte,
        without_random,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("hello"),
        lambda path: np.savez(path, state=np.array("[1, 2]")),
        lambda path: np.savez(path, state=np.array("{no json")),
        lambda path: np.save(path.open("wb"), np.ones(3)),
    ],
)
def test_a_damaged_checkpoint_gives_one_error_and_changes_nothing(data, tmp_path, damage):
    solver = run(data)
    solver.train()
    path = solver.save_checkpoint(tmp_path / "run.npz")
    damage(path)
    other = run(data, model=LinearModel(seed=9))
    before = {name: value.copy() for name, value in other.model.params.items()}
    with pytest.raises(ValueError, match=r"run\.npz") as caught:
        other.load_checkpoint(path)
    assert "\n" not in str(caught.value)
    assert other.loss_history == []
    for name, value in before.items():
        np.testing.assert_array_equal(other.model.params[name], value)


def test_a_missing_checkpoint_is_reported(data, tmp_path):
    with pytest.raises(FileNotFoundError):
        run(data).load_checkpoint(tmp_path / "run.npz")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"update_rule": "sgd"}, "expected update_rule sgd, got adam in"),
        ({"batch_size": 20}, "expected batch_size 20, got 10 in"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(data, tmp_path, options, words):
    path = run(data).save_checkpoint(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=words):
        run(data, **options).load_checkpoint(path)


def test_a_missing_checkpoint_folder_is_reported_before_training(data, tmp_path):
    with pytest.raises(ValueError, match="expected checkpoint_name in an existing folder"):
        run(data, checkpoint_name=str(tmp_path / "nowhere" / "run"))


# ---------------------------------------------------------------- the bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_in_a_terminal_shows_loss_and_accuracies(data, monkeypatch):
    screen, lines = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdout", lines)
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    run(data, verbose=True, print_every=5).train()
    assert re.search(r"training: .*15 ?\[.*loss \d\.\d{3}, train acc \d\.\d{3}, val acc \d\.\d{3}", screen.getvalue())
    assert [line.split()[0] for line in lines.getvalue().splitlines()] == [
        *("(Iteration", "(Epoch", "(Epoch", "(Iteration", "(Epoch", "(Iteration", "(Epoch")
    ]


class Diverging(LinearModel):
    """Model with a given loss."""

    def __init__(self, losses):
        super().__init__()
        self.losses = iter(losses)

    def loss(self, X, y=None):
        computed = super().loss(X, y)
        return computed if y is None else (next(self.losses), computed[1])


def test_a_nan_or_huge_loss_stays_readable(data, monkeypatch):
    screen, lines = Terminal(), io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdout", lines)
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    losses = [2.5, np.float32("nan"), float("inf"), -np.inf, 1e300]
    Solver(Diverging(losses), data, num_epochs=1, batch_size=10, print_every=1).train()
    said = re.findall(r"\(Iteration \d / 5\) loss: (.*)", lines.getvalue())
    assert said == ["2.500000", "nan", "inf", "-inf", "1.000000e+300"]
    shown = re.findall(r"loss ([^, ]+), train acc", screen.getvalue())
    assert list(dict.fromkeys(shown)) == ["2.500", "nan", "inf", "-inf", "1.000e+300"]


def test_the_notebook_widget_shows_such_a_loss_too():
    training = """
    import numpy as np
    from cs231n.solver import Solver
    class Diverging:
        params = {"W": np.zeros(1)}
        def loss(self, X, y=None):
            return np.zeros((len(X), 2)) if y is None else (float("nan"), {"W": np.full(1, np.nan)})
    X, y = np.ones((9, 1)), np.zeros(9, int)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    Solver(Diverging(), data, batch_size=3, num_epochs=2, print_every=1).train()
    """
    cell = nbformat.v4.new_code_cell(textwrap.dedent(training))
    client = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), extra_arguments=["--log-level=40"])
    client.execute()
    printed = "".join(output.get("text", "") for output in cell.outputs)
    assert printed.count("loss: nan") == 6
    widgets = [str(state.get("value")).replace("\u2007", " ") for state in client.widget_state.values()]
    assert any("6/6" in text and "loss nan, train acc 1.000, val acc 1.000" in text for text in widgets)


@pytest.mark.parametrize("verbose", [True, False])
def test_no_bar_in_a_file_or_without_verbose(data, monkeypatch, verbose):
    screen = io.StringIO() if verbose else Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    run(data, verbose=verbose).train()
    assert screen.getvalue() == ""


def test_training_needs_no_tqdm(data, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr("sys.stderr", Terminal())
    run(data, epochs=1, verbose=True).train()
    assert capsys.readouterr().out.count("\n") == 3
