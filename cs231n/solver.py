"""The Solver: trains a model on a dataset with stochastic gradient descent."""

import json

import numpy as np

from cs231n import optim

__all__ = ["Solver"]

_HISTORY = ("epoch", "best_val_acc", "loss_history", "train_acc_history", "val_acc_history")


class Solver:
    """Trains a model by minibatches, watches its accuracy, and ends with the parameters of the best epoch.

    ::

        solver = Solver(model, data, update_rule='adam', optim_config={'learning_rate': 1e-3}, num_epochs=15)
        solver.train()

    A model needs
    - ``model.params``: dict from names to float arrays; the update rules change these arrays in place
    - ``model.loss(X, y)`` → (loss, grads), with grads[name] the gradient for params[name]
    - ``model.loss(X)`` → (N, classes) scores, as at test time

    After training
    - ``loss_history``: loss of every iteration
    - ``train_acc_history``, ``val_acc_history``: accuracies before the second iteration and after every epoch
    - ``best_val_acc``, ``best_params``: highest validation accuracy, and copies of the parameters that reached it

    Minibatches and subsets for accuracy are drawn by ``np.random.choice`` from NumPy's global generator, in the order
    of Stanford's Solver: ``np.random.seed(231)`` repeats a published run.
    """

    def __init__(self, model, data, *, update_rule="sgd", optim_config=None, lr_decay=1.0, batch_size=100,
                 num_epochs=10, num_train_samples=1000, num_val_samples=None, checkpoint_name=None, print_every=10,
                 verbose=True, **unknown):
        """Prepare training.

        Inputs:
        - model: see the class
        - data: dict with 'X_train' (N, ...), 'y_train' (N,), 'X_val', 'y_val'
        - update_rule: name of a rule in cs231n.optim: 'sgd', 'sgd_momentum', 'rmsprop' or 'adam'
        - optim_config: dict of the rule's hyperparameters, for example 'learning_rate'; not changed
        - lr_decay: the learning rate is multiplied by this after every epoch
        - batch_size: images per minibatch
        - num_epochs: passes over the training data
        - num_train_samples, num_val_samples: how many images to draw for measuring accuracy; None means all
        - checkpoint_name: after every epoch save to '<checkpoint_name>_epoch_<n>.npz'; None saves nothing
        - print_every: print the loss every so many iterations
        - verbose: False prints nothing

        Raises ValueError for an unknown option or rule, missing data, or data that do not fit together.
        """
        if unknown:
            raise ValueError(f"Solver: unknown option {', '.join(map(repr, unknown))}; the options are update_rule, "
                             "optim_config, lr_decay, batch_size, num_epochs, num_train_samples, num_val_samples, "
                             "checkpoint_name, print_every, verbose")
        if update_rule not in optim.__all__:
            raise ValueError(f"Solver: unknown update_rule {update_rule!r}; choose from {', '.join(optim.__all__)}")
        for name, value, least in (("batch_size", batch_size, 1), ("num_epochs", num_epochs, 0),
                                   ("print_every", print_every, 1)):
            if value < least:
                raise ValueError(f"Solver: {name} is {value}; it must be an int >= {least}")
        _check_data(data)

        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = getattr(optim, update_rule)
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
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}

    def train(self):
        """Train for num_epochs epochs, then give the model the parameters of the best validation accuracy.

        When no accuracy was above 0 the model keeps the parameters it has.
        """
        iterations_per_epoch = max(len(self.X_train) // self.batch_size, 1)
        num_iterations = self.num_epochs * iterations_per_epoch
        for t in range(num_iterations):
            self._step()
            if self.verbose and t % self.print_every == 0:
                print("(Iteration %d / %d) loss: %f" % (t + 1, num_iterations, self.loss_history[-1]))  # noqa: UP031
            epoch_end = (t + 1) % iterations_per_epoch == 0
            if epoch_end:
                self.epoch += 1
                for config in self.optim_configs.values():
                    config["learning_rate"] *= self.lr_decay
            # The last iteration ends an epoch too, so it needs no case of its own.
            if t == 0 or epoch_end:
                self._measure()

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
            scores = self.model.loss(X[start:start + batch_size])
            right += np.count_nonzero(np.argmax(scores, axis=1) == y[start:start + batch_size])
        return right / len(X)

    def save_checkpoint(self, path):
        """Save parameters, state of the update rule and histories as an .npz file of plain arrays."""
        arrays = {f"params/{name}": value for name, value in self.model.params.items()}
        arrays |= {f"best/{name}": value for name, value in self.best_params.items()}
        numbers = {}
        for name, config in self.optim_configs.items():
            for key, value in config.items():
                if isinstance(value, np.ndarray) and value.ndim:
                    arrays[f"optim/{name}/{key}"] = value
                else:
                    numbers.setdefault(name, {})[key] = value
        state = {"optim": numbers, **{key: getattr(self, key) for key in _HISTORY}}
        arrays["state"] = np.array(json.dumps(state, default=float))
        np.savez(path, **arrays)

    def load_checkpoint(self, path):
        """Continue from a checkpoint: restore the model's parameters and this Solver's state.

        The file holds arrays and JSON only, and is read without pickle, so a foreign one cannot run code.
        Raises ValueError when it is not a checkpoint, or one of a model with other parameters.
        """
        with np.load(path, allow_pickle=False) as file:
            if "state" not in file:
                raise ValueError(f"Solver.load_checkpoint: {path} is not a checkpoint of a Solver")
            state = json.loads(str(file["state"]))
            params, best, configs = {}, {}, {}
            for key in file.files:
                kind, _, name = key.partition("/")
                if kind in ("params", "best"):
                    (params if kind == "params" else best)[name] = file[key]
                elif kind == "optim":
                    parameter, _, entry = name.rpartition("/")
                    configs.setdefault(parameter, {})[entry] = file[key]
        here = {name: np.shape(value) for name, value in self.model.params.items()}
        there = {name: value.shape for name, value in params.items()}
        if here != there:
            raise ValueError(f"Solver.load_checkpoint: {path} has parameters {there}, but the model has {here}; "
                             "make the model with the sizes of the saved one")
        self.model.params.update(params)
        self.best_params = best
        self.optim_configs = {name: {**state["optim"].get(name, {}), **configs.get(name, {})} for name in params}
        for key in _HISTORY:
            setattr(self, key, state[key])

    def _step(self):
        """Make one update with one random minibatch."""
        mask = np.random.choice(len(self.X_train), self.batch_size)  # noqa: NPY002 (repeats Stanford's published runs)
        loss, grads = self.model.loss(self.X_train[mask], self.y_train[mask])
        self.loss_history.append(loss)
        for name, w in self.model.params.items():
            next_w, self.optim_configs[name] = self.update_rule(w, grads[name], self.optim_configs[name])
            self.model.params[name] = next_w

    def _measure(self):
        """Measure, record and print the accuracies; remember the parameters when they are the best so far."""
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            print("(Epoch %d / %d) train acc: %f; val_acc: %f"  # noqa: UP031 (the format students know)
                  % (self.epoch, self.num_epochs, train_acc, val_acc))
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self._keep_as_best()
        if self.checkpoint_name is not None:
            self.save_checkpoint(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")

    def _keep_as_best(self):
        # Copies, because the update rules change the parameters in place.
        self.best_params = {name: np.array(value) for name, value in self.model.params.items()}


def _check_data(data):
    """Raise ValueError unless data has the four arrays, matching in length and not empty."""
    missing = [key for key in ("X_train", "y_train", "X_val", "y_val") if key not in data]
    if missing:
        raise ValueError(f"Solver: data lacks {', '.join(missing)}; it needs X_train, y_train, X_val and y_val")
    for part in ("train", "val"):
        images, labels = len(data[f"X_{part}"]), len(data[f"y_{part}"])
        if images != labels or images == 0:
            raise ValueError(f"Solver: X_{part} has {images} rows and y_{part} has {labels}; they must have the same "
                             "number, at least 1")
