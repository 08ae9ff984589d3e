import re

import numpy as np
import pytest

from cs231n.layers import affine_backward, affine_forward, softmax_loss
from cs231n.solver import Solver


class LinearModel:
    """A linear classifier: enough to train."""

    def __init__(self, seed=0, classes=3, features=4):
        rng = np.random.default_rng(seed)
        self.params = {"W": 0.01 * rng.standard_normal((features, classes)), "b": np.zeros(classes)}
        self.calls = []

    def loss(self, X, y=None):
        self.calls.append(len(X))
        scores, cache = affine_forward(X, self.params["W"], self.params["b"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        _, dW, db = affine_backward(dscores, cache)
        return loss, {"W": dW, "b": db}


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


def test_best_parameters_are_copies_that_later_steps_do_not_touch(data):
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


def test_random_draws_come_in_the_order_of_published_runs(data, monkeypatch):
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
    second = Solver(LinearModel(seed=9), data, update_rule="adam", verbose=False)
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
    with pytest.raises(ValueError, match="make the model with the sizes"):
        Solver(LinearModel(classes=5), data).load_checkpoint(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", W=np.ones(3))
    with pytest.raises(ValueError, match="not a checkpoint"):
        Solver(LinearModel(), data).load_checkpoint(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 1e-3}, "unknown option 'learning_rate'"),
        ({"update_rule": "adagrad"}, "choose from adam, rmsprop, sgd, sgd_momentum"),
        ({"update_rule": "np"}, "unknown update_rule 'np'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"num_epochs": -1}, "num_epochs is -1"),
        ({"print_every": 0}, "print_every is 0"),
    ],
)
def test_bad_options_are_refused(data, options, message):
    with pytest.raises(ValueError, match=message):
        Solver(LinearModel(), data, **options)


def test_bad_data_are_refused(data):
    with pytest.raises(ValueError, match="lacks X_val, y_val"):
        Solver(LinearModel(), {key: data[key] for key in ("X_train", "y_train")})
    with pytest.raises(ValueError, match="X_train has 50 rows and y_train has 49"):
        Solver(LinearModel(), data | {"y_train": data["y_train"][1:]})
    with pytest.raises(ValueError, match="X_val has 0 rows"):
        Solver(LinearModel(), data | {"X_val": data["X_val"][:0], "y_val": data["y_val"][:0]})
