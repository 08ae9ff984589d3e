"""The Solver: trains a model on a dataset with stochastic gradient descent."""

from pathlib import Path

import numpy as np

from cs231n import optim
from cs231n.checkpoint import join_configs, read_checkpoint, split_configs, write_checkpoint
from cs231n.interrupts import interrupts_deferred
from cs231n.training_bar import TrainingBar, readable

__all__ = ["Solver"]

# What a checkpoint holds of a Solver beside arrays; then what must be the same in the Solver that goes on.
_STATE = ("epoch", "best_val_acc", "loss_history", "train_acc_history", "val_acc_history", "_measure_due")
_RUN = ("update_rule", "batch_size", "num_train")


class Solver:
    """Trains a model by minibatches, watches its accuracy, and ends with the parameters of the best epoch.

    ::

        solver = Solver(model, data, update_rule='adam', optim_config={'learning_rate': 1e-3}, num_epochs=15)
        solver.train()

    A model needs
    - ``model.params``: dict from names to float arrays; update rules may change these arrays in place
    - ``model.loss(X, y)`` → (loss, grads), with grads[name] the gradient for params[name]
    - ``model.loss(X)`` → (N, classes) scores, as at test time

    After training
    - ``loss_history``: loss of every iteration
    - ``train_acc_history``, ``val_acc_history``: accuracies before the second iteration and after every epoch
    - ``best_val_acc``, ``best_params``: highest validation accuracy, and copies of the parameters that reached it

    Minibatches and subsets for accuracy are drawn by ``np.random.choice`` from NumPy's global generator, in the order
    of Stanford's Solver: ``np.random.seed(231)`` repeats a published run.

    Training can be interrupted, by Ctrl-C or by the notebook's stop button. Nothing is half done then: ``train()``
    goes on where it stopped, with the numbers of a run that was never interrupted. So does, in another session,
    a Solver made with the same model, data and options, after ``solver.load_checkpoint(path)``. To train longer,
    raise ``solver.num_epochs`` and call ``train()``.
    """

    def __init__(
        self,
        model,
        data,
        *,
        update_rule="sgd",
        optim_config=None,
        lr_decay=1.0,
        batch_size=100,
        num_epochs=10,
        num_train_samples=1000,
        num_val_samples=None,
        checkpoint_name=None,
        print_every=10,
        verbose=True,
        **unknown,
    ):
        """Prepare training.

        Inputs:
        - model: see the class
        - data: dict with 'X_train' (N, ...), 'y_train' (N,), 'X_val', 'y_val'
        - update_rule: a function as cs231n.optim describes it, or the name of one: 'sgd', 'sgd_momentum', 'rmsprop' or
          'adam', see cs231n.optim.rule_named
        - optim_config: dict of the rule's hyperparameters, for example 'learning_rate'; not changed
        - lr_decay: the learning rate is multiplied by this after every epoch
        - batch_size: images per minibatch
        - num_epochs: passes over the training data
        - num_train_samples, num_val_samples: how many images to draw for measuring accuracy; None means all
        - checkpoint_name: after every epoch save to '<checkpoint_name>_epoch_<n>.npz', and at an interrupt to
          '<checkpoint_name>_interrupted.npz'; None saves nothing
        - print_every: print the loss every so many iterations
        - verbose: False prints nothing; True also shows a progress bar, in a notebook or a terminal

        Raises ValueError for an unknown option or rule, missing data, data that do not fit together, or a
        checkpoint_name in a folder that is not there.
        """
        if unknown:
            raise ValueError(
                f"Solver: unknown option {', '.join(map(repr, unknown))}; the options are update_rule, "
                "optim_config, lr_decay, batch_size, num_epochs, num_train_samples, num_val_samples, "
                "checkpoint_name, print_every, verbose"
            )
        for name, value, least in (
            ("batch_size", batch_size, 1),
            ("num_epochs", num_epochs, 0),
            ("print_every", print_every, 1),
        ):
            if value < least:
                raise ValueError(f"Solver: {name} is {value}; it must be an int >= {least}")
        rule = update_rule if callable(update_rule) else optim.rule_named(update_rule)
        _check_data(data)
        if checkpoint_name is not None and not Path(checkpoint_name).parent.is_dir():
            raise ValueError(
                f"Solver: checkpoint_name is {checkpoint_name!r}, but there is no folder "
                f"{str(Path(checkpoint_name).parent)!r}; make it first"
            )

        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = rule
        self.rule_name = update_rule if isinstance(update_rule, str) else update_rule.__name__
        self.optim_config = dict(optim_config or {})
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.checkpoint_name = checkpoint_name
        self.print_every = print_every
        self.verbose = verbose

        self.epoch = 0
        self.best_val_acc = 0
        self.best_params = {}
        self.loss_history = []
        self.train_acc_history = []
        self.val_acc_history = []
        self._measure_due = False  # accuracies belong to the last step, and are still to be measured
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}

    def train(self):
        """Train up to num_epochs epochs, then give the model the parameters of the best validation accuracy.

        When no accuracy was above 0 the model keeps the parameters it has. An interrupt leaves it those of the last
        whole step, and calling this again goes on from there.
        """
        total = self.num_epochs * self._iterations_per_epoch()
        done = len(self.loss_history)
        if self.verbose and 0 < total <= done and not self._measure_due:
            print(f"All {self.num_epochs} epochs are trained; to go on, raise solver.num_epochs")
        try:
            with TrainingBar(total, done=done, shown=self.verbose) as bar:
                self._train(total, bar)
        except KeyboardInterrupt:
            saved = ""
            if self.checkpoint_name is not None:
                saved = f", as does {self.save_checkpoint(f'{self.checkpoint_name}_interrupted.npz')} later"
            if self.verbose:
                print(
                    f"Interrupted after {len(self.loss_history)} of {total} iterations; solver.train() goes on from "
                    f"there{saved}"
                )
            raise

        if self.best_params:
            for name, best in self.best_params.items():
                self.model.params[name] = best.copy()
        else:
            self._keep_as_best()

    def check_accuracy(self, X, y, num_samples=None, batch_size=100):
        """Return the fraction of images that the model classifies right.

        Inputs:
        - X: (N, ...) images
        - y: (N,) labels
        - num_samples: when below N, measure on this many images drawn with replacement
        - batch_size: images per call of the model, which bounds the memory

        Raises ValueError when there are no images.
        """
        if num_samples is not None and len(X) > num_samples:
            mask = np.random.choice(len(X), num_samples)  # noqa: NPY002 (repeats Stanford's published runs)
            X, y = X[mask], y[mask]
        if len(X) == 0:
            raise ValueError("Solver.check_accuracy: no images came; accuracy needs at least one")
        right = 0
        for start in range(0, len(X), batch_size):
            scores = self.model.loss(X[start : start + batch_size])
            right += np.count_nonzero(np.argmax(scores, axis=1) == y[start : start + batch_size])
        return right / len(X)

    def save_checkpoint(self, path):
        """Save parameters, state of the update rule, histories and the state of NumPy's global generator.

        The file is an .npz of plain arrays, and appears whole or not at all. Returns its path.
        """
        optim_arrays, optim_numbers = split_configs(self.optim_configs)
        _, key, *position = np.random.get_state()  # noqa: NPY002 (it makes this Solver's draws)
        state = {"optim": optim_numbers, "random": position, "run": self._run()}
        state |= {name: getattr(self, name) for name in _STATE}
        groups = {"params": self.model.params, "best": self.best_params, "optim": optim_arrays, "random": {"key": key}}
        return write_checkpoint(path, groups, state)

    def load_checkpoint(self, path):
        """Go on from a checkpoint: train() then computes what the Solver that saved it would have computed next.

        Restores the model's parameters, this Solver's state, and the state of NumPy's global generator. The options
        are this Solver's own; update_rule, batch_size and the number of training images have to be those of the
        checkpoint. The file holds arrays and JSON only, and is read without pickle, so a foreign one can't run code.

        Raises FileNotFoundError, or ValueError when the file is damaged, not a checkpoint, or one of another model or
        run; then nothing is changed.
        """
        groups, state = read_checkpoint(path)
        params, best = groups.get("params", {}), groups.get("best", {})
        here, there = _description(self.model.params), _description(params)
        if here != there or (best and _description(best) != here):
            raise ValueError(
                f"Solver.load_checkpoint: {path} has the parameters {there}, but the model has {here}; "
                "make the model with the sizes of the saved one"
            )
        try:
            for name in _RUN:
                if state["run"][name] != self._run()[name]:
                    raise ValueError(
                        f"Solver.load_checkpoint: {path} was saved with {name} {state['run'][name]}, but "
                        f"this Solver has {self._run()[name]}; make the Solver as it was then"
                    )
            configs = join_configs(params, groups.get("optim", {}), state["optim"])
            restored = {name: state[name] for name in _STATE}
            generator = ("MT19937", groups["random"]["key"], *state["random"])
            np.random.RandomState().set_state(generator)  # only to see whether it is a state
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"Solver.load_checkpoint: {path} is damaged ({type(error).__name__}: {error}); use another checkpoint"
            ) from None
        self.model.params.update(params)
        self.best_params = best
        self.optim_configs = configs
        for name, value in restored.items():
            setattr(self, name, value)
        np.random.set_state(generator)  # noqa: NPY002

    def _run(self):
        """What has to be the same for a run to go on."""
        return dict(zip(_RUN, (self.rule_name, self.batch_size, len(self.X_train)), strict=True))

    def _iterations_per_epoch(self):
        return max(len(self.X_train) // self.batch_size, 1)

    def _train(self, total, bar):
        while self._measure_due or len(self.loss_history) < total:
            if self._measure_due:
                self._measure()
                line = (
                    "(Epoch %d / %d) train acc: %f; val_acc: %f"  # noqa: UP031 (the format students know)
                    % (self.epoch, self.num_epochs, self.train_acc_history[-1], self.val_acc_history[-1])
                )
            else:
                self._step()
                done = len(self.loss_history)
                line = None
                if (done - 1) % self.print_every == 0:
                    line = f"(Iteration {done} / {total}) loss: {readable(self.loss_history[-1], 6)}"
            if self.verbose and line is not None:
                bar.say(line)
            values = {"loss": self.loss_history[-1]}
            if self.val_acc_history:
                values |= {"train acc": self.train_acc_history[-1], "val acc": self.val_acc_history[-1]}
            bar.show(len(self.loss_history), values)

    def _step(self):
        """Make one update with one random minibatch."""
        self._whole_or_not(self._gradients, self._update)

    def _measure(self):
        """Measure and record the accuracies; remember the parameters when they are the best so far."""
        self._whole_or_not(self._accuracies, self._record)

    def _whole_or_not(self, compute, keep):
        """Run keep(*compute()). An interrupt takes back the random draws of compute, and waits for keep to end."""
        generator, kept = np.random.get_state(), False  # noqa: NPY002 (repeats Stanford's published runs)
        try:
            computed = compute()
            with interrupts_deferred():
                keep(*computed)
                kept = True
        finally:
            if not kept:
                np.random.set_state(generator)  # noqa: NPY002

    def _gradients(self):
        mask = np.random.choice(len(self.X_train), self.batch_size)  # noqa: NPY002 (repeats Stanford's published runs)
        return self.model.loss(self.X_train[mask], self.y_train[mask])

    def _update(self, loss, grads):
        for name, w in self.model.params.items():
            next_w, self.optim_configs[name] = self.update_rule(w, grads[name], self.optim_configs[name])
            self.model.params[name] = next_w
        self.loss_history.append(loss)
        epoch_end = len(self.loss_history) % self._iterations_per_epoch() == 0
        if epoch_end:
            self.epoch += 1
            for config in self.optim_configs.values():
                config["learning_rate"] *= self.lr_decay
        # The last iteration ends an epoch too, so it needs no case of its own.
        self._measure_due = epoch_end or len(self.loss_history) == 1

    def _accuracies(self):
        return (
            self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples),
            self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples),
        )

    def _record(self, train_acc, val_acc):
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        self._measure_due = False
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self._keep_as_best()
        if self.checkpoint_name is not None:
            self.save_checkpoint(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")

    def _keep_as_best(self):
        # Copies, because update rules may change the parameters in place.
        self.best_params = {name: np.array(value) for name, value in self.model.params.items()}


def _description(params):
    return ", ".join(f"{name} {np.asarray(value).dtype}{np.shape(value)}" for name, value in sorted(params.items()))


def _check_data(data):
    """Raise ValueError unless data has the four arrays, matching in length and not empty."""
    missing = [key for key in ("X_train", "y_train", "X_val", "y_val") if key not in data]
    if missing:
        raise ValueError(f"Solver: data lacks {', '.join(missing)}; it needs X_train, y_train, X_val and y_val")
    for part in ("train", "val"):
        images, labels = len(data[f"X_{part}"]), len(data[f"y_{part}"])
        if images != labels or images == 0:
            raise ValueError(
                f"Solver: X_{part} has {images} rows and y_{part} has {labels}; they must have the same "
                "number, at least 1"
            )
