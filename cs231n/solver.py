"""Solver that trains a model on a dataset with stochastic gradient descent."""

from pathlib import Path

import numpy as np

from cs231n import optim
from cs231n.checkpoint import join_configs, read_checkpoint, split_configs, write_checkpoint
from cs231n.interrupts import interrupts_deferred
from cs231n.training_bar import TrainingBar, readable
from student_tools.language import tr

__all__ = ["Solver"]

# Attributes of a Solver that a checkpoint stores in addition to arrays; settings that must match to load it.
_STATE = ("epoch", "best_val_acc", "loss_history", "train_acc_history", "val_acc_history", "_measure_due")
_RUN = ("update_rule", "batch_size", "num_train")


class Solver:
    """Train a model on minibatches, record its accuracy, and keep the parameters of the best epoch.

    ::

        solver = Solver(model, data, update_rule='adam', optim_config={'learning_rate': 1e-3})
        solver.train()

    A model needs:
    - ``model.params``: dict of name → float array; update rules may change these arrays in place
    - ``model.loss(X, y)``: returns (loss, grads), where grads[name] is the gradient for
      params[name]
    - ``model.loss(X)``: returns the scores (N, classes) in test mode

    After training the Solver has:
    - ``loss_history``: loss of every iteration
    - ``train_acc_history``, ``val_acc_history``: accuracies after the first iteration and after
      every epoch
    - ``best_val_acc``: highest validation accuracy
    - ``best_params``: copies of the parameters that reached it

    Minibatches and subsets for accuracy are drawn with ``np.random.choice`` from NumPy's global
    generator, in the order of Stanford's Solver, so that ``np.random.seed(231)`` repeats a
    published run.

    You can interrupt training with Ctrl-C or the notebook's stop button. ``train()`` then continues
    where it stopped, with the numbers of an uninterrupted run. In another session, make a Solver
    with the same model, data and options, and call ``solver.load_checkpoint(path)`` first. To train
    longer, increase ``solver.num_epochs`` and call ``train()``.
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
        - model: object with params and loss, see the class
        - data: dict with
          - 'X_train': (N, ...) training images
          - 'y_train': (N,) their labels
          - 'X_val', 'y_val': the same for validation
        - update_rule: function as described in cs231n.optim, or 'sgd', 'sgd_momentum', 'rmsprop' or
          'adam', see cs231n.optim.rule_named; default 'sgd'
        - optim_config: dict of the rule's hyperparameters, for example 'learning_rate'; copied;
          default: those of the rule
        - lr_decay: factor of the learning rate after every epoch, default 1.0
        - batch_size: images per minibatch, default 100
        - num_epochs: passes over the training data, default 10
        - num_train_samples: number of random training images to measure the accuracy, default 1000;
          None means all
        - num_val_samples: number of random validation images to measure the accuracy, default None
        - checkpoint_name: save to '<checkpoint_name>_epoch_<n>.npz' after every epoch, and to
          '<checkpoint_name>_interrupted.npz' at an interrupt; default None, which saves nothing
        - print_every: number of iterations between printed losses, default 10
        - verbose: print losses and accuracies, and show a progress bar in a notebook or terminal;
          default True

        Raises ValueError for an unknown option or rule, missing data, data of different lengths, or
        a checkpoint_name in a folder that does not exist.
        """
        if unknown:
            raise ValueError(
                tr(
                    "Solver: expected options from update_rule, optim_config, lr_decay, batch_size, num_epochs, "
                    "num_train_samples, num_val_samples, checkpoint_name, print_every, verbose, got {got}",
                    got=", ".join(map(repr, unknown)),
                )
            )
        for name, value, least in (
            ("batch_size", batch_size, 1),
            ("num_epochs", num_epochs, 0),
            ("print_every", print_every, 1),
        ):
            if value < least:
                words = {"name": name, "least": least, "got": value}
                raise ValueError(tr("Solver: expected {name} as an int >= {least}, got {got}", **words))
        rule = update_rule if callable(update_rule) else optim.rule_named(update_rule)
        _check_data(data)
        if checkpoint_name is not None and not Path(checkpoint_name).parent.is_dir():
            raise ValueError(
                tr(
                    "Solver: expected checkpoint_name in an existing folder, got {got!r}; create the folder {folder!r} "
                    "first",
                    got=checkpoint_name,
                    folder=str(Path(checkpoint_name).parent),
                )
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
        self._measure_due = False  # the accuracies after the last step are not measured yet
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}

    def train(self):
        """Train for num_epochs epochs, then set the parameters of the best validation accuracy.

        If no accuracy was above 0, the model keeps its parameters. After an interrupt it has those
        of the last complete step; another call continues from there.
        """
        total = self.num_epochs * self._iterations_per_epoch()
        done = len(self.loss_history)
        if self.verbose and 0 < total <= done and not self._measure_due:
            words = tr("All {count} epochs are trained; to continue, increase solver.num_epochs", count=self.num_epochs)
            print(words)
        try:
            with TrainingBar(total, done=done, shown=self.verbose) as bar:
                self._train(total, bar)
        except KeyboardInterrupt:
            saved = None
            if self.checkpoint_name is not None:
                saved = self.save_checkpoint(f"{self.checkpoint_name}_interrupted.npz")
            if self.verbose:
                words = {"done": len(self.loss_history), "total": total, "file": saved}
                if saved is None:
                    text = tr(
                        "Interrupted after {done} of {total} iterations. Call solver.train() to continue.", **words
                    )
                else:
                    text = tr(
                        "Interrupted after {done} of {total} iterations. Saved {file}. Call solver.train() to "
                        "continue.",
                        **words,
                    )
                print(text)
            raise

        if self.best_params:
            for name, best in self.best_params.items():
                self.model.params[name] = best.copy()
        else:
            self._keep_as_best()

    def check_accuracy(self, X, y, num_samples=None, batch_size=100):
        """Return the accuracy of the model: the fraction of correctly classified images.

        Inputs:
        - X: (N, ...) images
        - y: (N,) labels
        - num_samples: if below N, use this number of images, drawn with replacement; default None,
          all images
        - batch_size: images per call of the model, which limits the memory; default 100

        Raises ValueError if X is empty.
        """
        if num_samples is not None and len(X) > num_samples:
            mask = np.random.choice(len(X), num_samples)  # noqa: NPY002 (repeats Stanford's published runs)
            X, y = X[mask], y[mask]
        if len(X) == 0:
            raise ValueError(tr("Solver.check_accuracy: expected at least one image, got none"))
        right = 0
        for start in range(0, len(X), batch_size):
            scores = self.model.loss(X[start : start + batch_size])
            right += np.count_nonzero(np.argmax(scores, axis=1) == y[start : start + batch_size])
        return right / len(X)

    def save_checkpoint(self, path):
        """Save the parameters, the Solver's state and the state of NumPy's global generator.

        The file is an .npz of plain arrays, written atomically.

        Input:
        - path: the file; '.npz' is added if it is missing

        Returns its path.
        """
        optim_arrays, optim_numbers = split_configs(self.optim_configs)
        _, key, *position = np.random.get_state()  # noqa: NPY002 (it makes this Solver's draws)
        state = {"optim": optim_numbers, "random": position, "run": self._run()}
        state |= {name: getattr(self, name) for name in _STATE}
        groups = {"params": self.model.params, "best": self.best_params, "optim": optim_arrays, "random": {"key": key}}
        return write_checkpoint(path, groups, state)

    def load_checkpoint(self, path):
        """Restore a checkpoint, so that train() continues the run that saved it.

        This restores the model's parameters, the Solver's state, and the state of NumPy's global
        generator. The options stay those of this Solver; update_rule, batch_size and the number of
        training images must match the checkpoint. The file contains only arrays and JSON and is
        read without pickle, so it cannot run code.

        Input:
        - path: the file

        Raises FileNotFoundError if the file does not exist. Raises ValueError if it is damaged, not
        a checkpoint, or a checkpoint of another model or run. Then nothing is changed.
        """
        groups, state = read_checkpoint(path)
        params, best = groups.get("params", {}), groups.get("best", {})
        here, there = _description(self.model.params), _description(params)
        if here != there or (best and _description(best) != here):
            raise ValueError(
                tr(
                    "Solver.load_checkpoint: expected the parameters {expected} of the model, got {got} in {file}; "
                    "create the model with the sizes of the saved one",
                    expected=here,
                    got=there,
                    file=path,
                )
            )
        try:
            for name in _RUN:
                if state["run"][name] != self._run()[name]:
                    raise ValueError(
                        tr(
                            "Solver.load_checkpoint: expected {name} {expected}, got {got} in {file}; create the "
                            "Solver with the settings of the saved one",
                            name=name,
                            expected=self._run()[name],
                            got=state["run"][name],
                            file=path,
                        )
                    )
            configs = join_configs(params, groups.get("optim", {}), state["optim"])
            restored = {name: state[name] for name in _STATE}
            generator = ("MT19937", groups["random"]["key"], *state["random"])
            np.random.RandomState().set_state(generator)  # only to check that it is a valid state
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                tr(
                    "Solver.load_checkpoint: {file} is damaged ({error}); use another checkpoint",
                    file=path,
                    error=f"{type(error).__name__}: {error}",
                )
            ) from None
        self.model.params.update(params)
        self.best_params = best
        self.optim_configs = configs
        for name, value in restored.items():
            setattr(self, name, value)
        np.random.set_state(generator)  # noqa: NPY002

    def _run(self):
        """Return the settings that must match a checkpoint."""
        return dict(zip(_RUN, (self.rule_name, self.batch_size, len(self.X_train)), strict=True))

    def _iterations_per_epoch(self):
        return max(len(self.X_train) // self.batch_size, 1)

    def _train(self, total, bar):
        while self._measure_due or len(self.loss_history) < total:
            if self._measure_due:
                self._measure()
                line = tr(
                    "(Epoch {epoch} / {total}) train acc: {train}; val_acc: {val}",
                    epoch=self.epoch,
                    total=self.num_epochs,
                    train=f"{self.train_acc_history[-1]:f}",
                    val=f"{self.val_acc_history[-1]:f}",
                )
            else:
                self._step()
                done = len(self.loss_history)
                line = None
                if (done - 1) % self.print_every == 0:
                    loss = readable(self.loss_history[-1], 6)
                    line = tr("(Iteration {done} / {total}) loss: {loss}", done=done, total=total, loss=loss)
            if self.verbose and line is not None:
                bar.say(line)
            values = {tr("loss"): self.loss_history[-1]}
            if self.val_acc_history:
                values |= {tr("train acc"): self.train_acc_history[-1], tr("val acc"): self.val_acc_history[-1]}
            bar.show(len(self.loss_history), values)

    def _step(self):
        """Make one update with one random minibatch."""
        self._whole_or_not(self._gradients, self._update)

    def _measure(self):
        """Measure and record the accuracies; keep the parameters if they are the best so far."""
        self._whole_or_not(self._accuracies, self._record)

    def _whole_or_not(self, compute, keep):
        """Run keep(*compute()); an interrupt undoes compute's random draws, and waits for keep."""
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
        # The last iteration ends an epoch too.
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
    """Raise ValueError unless data has the four arrays, not empty and of matching lengths."""
    missing = [key for key in ("X_train", "y_train", "X_val", "y_val") if key not in data]
    if missing:
        raise ValueError(
            tr(
                "Solver: expected X_train, y_train, X_val and y_val in data, which lacks {missing}",
                missing=", ".join(missing),
            )
        )
    for part in ("train", "val"):
        images, labels = len(data[f"X_{part}"]), len(data[f"y_{part}"])
        if images != labels or images == 0:
            raise ValueError(
                tr(
                    "Solver: expected the same number of rows in X_{part} and y_{part}, at least 1, got {images} and "
                    "{labels}",
                    part=part,
                    images=images,
                    labels=labels,
                )
            )
