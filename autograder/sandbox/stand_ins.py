"""Stand-ins inside the worker: modules that graded code does not need, and functions that it may not call."""

import importlib.abc
import importlib.machinery
import sys
import types

__all__ = ["install", "withhold"]

# Imported by set-up cells, of no use to a graded function, slow to load: their names resolve, using them is an error.
NOT_NEEDED = ("matplotlib", "skimage", "IPython", "tqdm", "ipywidgets", "PIL", "scipy", "torch", "pandas")


class UnavailableModule(types.ModuleType):
    """Stands for a module that graded code does not need; whatever is taken from it complains when it is used."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unavailable(f"{self.__name__}.{name}")


class _Unavailable:
    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return _Unavailable(f"{self._name}.{attribute}")

    def __setitem__(self, key, value):
        """plt.rcParams[...] = ... in a function is harmless."""

    def __call__(self, *args, **kwargs):
        raise ImportError(f"{self._name} can't be used while your code is graded: use numpy")


class _UnavailableFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in NOT_NEEDED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return UnavailableModule(spec.name)

    def exec_module(self, module):
        pass


def withhold(module):
    """Replace the functions of a module by ones that say that they are not to be used here."""

    def replacement(name):
        def not_here(*args, **kwargs):
            raise PermissionError(f"{name} can't be used in this exercise: write the computation yourself")

        return not_here

    for name in module.__all__:
        setattr(module, name, replacement(f"{module.__name__}.{name}"))


def install():
    """Let the names of NOT_NEEDED resolve to stand-ins from now on."""
    sys.meta_path.insert(0, _UnavailableFinder())
