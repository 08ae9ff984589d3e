"""Inside: the imports of student code, and stand-ins for modules that graded code may not use."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType
    from typing import Any

__all__ = ["OWN_FILES", "install"]

ELSEWHERE = "while your code is graded: copy what you need into a cell"
# For display in a notebook; does nothing here.
HARMLESS = "IPython.display."


class StandIn(types.ModuleType):
    """Stand-in for a missing module: its attributes raise an ImportError when they are called."""

    __path__ = ()  # type: ignore[assignment]

    def __getattr__(self, name: str) -> _NotHere:
        if name.startswith("__"):
            raise AttributeError(name)
        return _NotHere(f"{self.__name__}.{name}", self.__dict__["reason"])


class _NotHere:
    def __init__(self, name: str, reason: str) -> None:
        self._name, self._reason = name, reason

    def __getattr__(self, attribute: str) -> _NotHere:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return _NotHere(f"{self._name}.{attribute}", self._reason)

    def __setitem__(self, key: object, value: object) -> None:
        """Do nothing: plt.rcParams[...] = ... in a function is harmless."""

    def __call__(self, *args: object, **kwargs: object) -> None:
        if self._name.startswith(HARMLESS):
            return
        raise ImportError(f"{self._name} can't be used {self._reason}")


class OwnFiles(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the student's own Python files, which were compiled like cells.

    - names: of the imported modules
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a file or folder of the submission."""
        files = getattr(sys.modules.get("student_tools.notebook"), "IN_MEMORY", {})
        below = name.replace(".", "/")
        for file, is_package in ((f"{below}.py", False), (f"{below}/__init__.py", True)):
            if file in files:
                return importlib.machinery.ModuleSpec(name, self, origin=file, is_package=is_package)
        if any(file.startswith(f"{below}/") for file in files):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Execute the definitions of a file. Raises: ImportError if one fails."""
        from student_tools import notebook

        self.names.add(module.__name__)
        file = module.__spec__.origin if module.__spec__ else None
        problems = notebook.execute(notebook.IN_MEMORY[file], module.__dict__) if file else []
        if problems:
            raise ImportError(f"{file}, line {problems[0].line} failed: {problems[0].message}", name=module.__name__)


OWN_FILES = OwnFiles()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds packages that the import policy allows, and makes stand-ins for other known ones.

    Inputs: settings, a dict with
    - 'preload': modules that the worker imports before it forks
    - 'folders': name of an allowed package → the folder that holds it
    - 'student_packages': packages of which only some modules are allowed
    - 'modules': full names of these modules; the others are stand-ins
    - 'stand_ins': name of a module or package → [reason, its public names]
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.folders, self.stand_ins = settings["folders"], settings["stand_ins"]
        self.student_packages, self.modules = set(settings["student_packages"]), set(settings["modules"])

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find an allowed package, or a stand-in for a known one."""
        top = name.split(".")[0]
        if name in self.folders:
            return importlib.machinery.PathFinder.find_spec(name, [self.folders[name]])
        is_hidden = top in self.student_packages and name not in self.modules
        if is_hidden or name in self.stand_ins or top in self.stand_ins:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> StandIn:
        """Make a stand-in."""
        return StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Set the reason and the public names of a stand-in."""
        name = module.__name__
        top = name.split(".")[0]
        reason, names = self.stand_ins.get(name) or self.stand_ins.get(top) or [ELSEWHERE, []]
        module.__dict__["reason"] = reason
        if names:  # for `from package.module import *`
            module.__dict__["__all__"] = names


def install(settings: Mapping[str, Any]) -> None:
    """Install the import finders, and IPython's builtin `display`.

    Student code that imports a stand-in inside of a `try` gets an ImportError: it has an
    alternative.

    Inputs:
    - settings: see Finder
    """
    sys.meta_path[:0] = [Finder(settings), OWN_FILES]
    vars(builtins)["display"] = _NotHere(f"{HARMLESS}display", "")
    whole_import = builtins.__import__

    def import_for_students(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        if name.partition(".")[0] in settings["stand_ins"] and _is_ready_for_errors(sys._getframe(1)):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return whole_import(name, globals, locals, fromlist, level)

    builtins.__import__ = import_for_students


def _is_ready_for_errors(frame: FrameType) -> bool:
    """Return whether a frame runs student code inside of a `try`."""
    code = frame.f_code
    if not (code.co_filename.startswith("<") and ", " in code.co_filename):
        return False
    place, numbers = frame.f_lasti // 2, _numbers(code.co_exceptiontable)
    entries = zip(*[numbers] * 4, strict=False)  # start, length, and two more
    return any(start <= place < start + length for start, length, _, _ in entries)


def _numbers(table: bytes) -> Iterator[int]:
    """The numbers in an exception table: six bits per byte, big endian; bit 6: more follow."""
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0
