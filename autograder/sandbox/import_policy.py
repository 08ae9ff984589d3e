"""What student code can see: interpreter, standard library, NumPy, the worker, `definitions` and the checks of
`student_tools`, and of the course's package what the exercise needs.

Everything is named one by one; whatever else lies on the machine is not there for student code.
"""

import functools
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy

from autograder.errors import SandboxError
from autograder.paths import STUDENT_PACKAGES

__all__ = ["IMPORT_POLICIES", "NAIVE", "WITH_FAST_LAYERS", "WORKER", "ImportPolicy", "RuntimeFiles", "runtime_files"]

WORKER = Path(__file__).with_name("worker")


@dataclass(frozen=True)
class ImportPolicy:
    """What one group of exercises may use.

    - modules: full names of those of the course's package; the others are stand-ins that raise an error when they are
      called.
    - packages: third-party packages beside NumPy, where they are installed; the others are stand-ins too.
    """

    name: str
    modules: tuple
    packages: tuple = ()


# What every view has: the reading of cells, with which the worker loads them, and checks that a student left in a
# function.
TOOLS = tuple(f"student_tools.{name}" for name in ("check", "code_cells", "newer_python", "notebook"))
# What every exercise may use: the provided losses, and the course's own names of the checks and of `definitions`.
COMMON = tuple(f"cs231n.{name}" for name in ("check", "gradient_check", "layers", "notebook"))
# The naive layers are to be written, not called from a library that has them.
NAIVE = ImportPolicy("naive", COMMON)
FAST = tuple(
    f"cs231n.{name}"
    for name in (
        *("_fast", "_fast_affine", "_fast_backend", "_fast_checks", "_fast_fused", "_fast_numpy", "_fast_relu"),
        *("_fast_threads", "fast_layers", "layer_utils"),
    )
)
# PyTorch is in no view: no student needs it, and it does not start without devices and threads.
WITH_FAST_LAYERS = ImportPolicy("fast layers", (*COMMON, *FAST), ("scipy",))
IMPORT_POLICIES = {view.name: view for view in (NAIVE, WITH_FAST_LAYERS)}

# What set-up cells import: a stand-in that is there before the fork costs nothing after it.
OFTEN_IMPORTED = ("matplotlib.pyplot", "matplotlib.cbook", "IPython.display")
# Imported by set-up cells, or known to have what an exercise asks for: the import works, using it is an error.
KNOWN_PACKAGES = ("matplotlib", "skimage", "IPython", "tqdm", "ipywidgets", "PIL", "scipy", "torch", "pandas")
NOT_IN_THIS_EXERCISE = "in this exercise: write the computation yourself"
NOT_WHILE_GRADED = "while your code is graded: use numpy"
NO_NOTEBOOK = "while your code is graded, without a notebook: delete the line"


@dataclass(frozen=True)
class RuntimeFiles:
    """Where the things in view lie on this machine.

    - interpreter: the program. - trees: folders that are seen whole. - masked: folders in these that are not seen.
    - files: single files.
    """

    interpreter: str
    trees: tuple
    masked: tuple
    files: tuple


@functools.cache
def package_folder(name):
    """The folder that holds an installed package or module, or None."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    folder = os.path.dirname(os.path.realpath(spec.origin))
    return os.path.dirname(folder) if spec.submodule_search_locations else folder


def package_trees(name):
    """What an installed package consists of: its folder or file, and the folder of libraries that its wheel brought."""
    folder = package_folder(name)
    if folder is None:
        return []
    found = [os.path.join(folder, part) for part in (name, f"{name}.libs", f"{name}.py")]
    return [path for path in found if os.path.exists(path)]


def module_files(view):
    """The files of the students' packages that a view shows: the modules in view, compiled ones included.

    Each package's own `__init__` belongs to them.
    """
    shown = {*TOOLS, *view.modules, *(f"{package}.__init__" for package in STUDENT_PACKAGES)}
    return [
        path
        for package, folder in STUDENT_PACKAGES.items()
        for path in sorted(folder.iterdir())
        if path.suffix in (".py", ".so") and f"{package}.{path.name.split('.')[0]}" in shown
    ]


def import_settings(view, folder_of):
    """The settings of the worker's import finder; see imports.Finder.

    Inputs:
    - folder_of: function of a package's name to the folder that holds it, as seen from inside.
    """
    packages = ["numpy", *(name for name in view.packages if package_folder(name))]
    stand_ins = {name: [NOT_WHILE_GRADED, []] for name in KNOWN_PACKAGES if name not in packages}
    for name in ("scipy", "torch"):
        if name in stand_ins:
            stand_ins[name] = [NOT_IN_THIS_EXERCISE, []]
    stand_ins["IPython"] = [NO_NOTEBOOK, []]
    for name in ("cs231n.fast_layers", "cs231n.layer_utils"):
        if name not in view.modules:
            stand_ins[name] = [NOT_IN_THIS_EXERCISE, list(importlib.import_module(name).__all__)]
    provided = [
        f"{package}.{path.stem}"
        for package, folder in STUDENT_PACKAGES.items()
        for path in sorted(folder.glob("[a-z]*.py"))
        if path.stem != "setup"
    ]
    return {
        "preload": [*provided, *(name for name in OFTEN_IMPORTED if name.split(".")[0] in stand_ins)],
        "folders": {name: folder_of(name) for name in (*packages, *STUDENT_PACKAGES)},
        "student_packages": list(STUDENT_PACKAGES),
        # One that is not there, such as an extension that was not compiled, can't be imported: no stand-in hides that.
        "modules": [*TOOLS, *view.modules],
        "stand_ins": stand_ins,
    }


@functools.cache
def _runtime_files():
    interpreter = os.path.realpath(sys.executable)
    base = os.path.realpath(sys.base_prefix)
    library = os.path.join(base, "lib")
    standard = os.path.dirname(os.path.realpath(os.__file__))
    if not os.path.isdir(standard):
        raise SandboxError(f"the standard library of {interpreter} is not where it should be: {standard}")
    dynamic = {os.path.realpath(path) for path in _folders_with_extensions(standard)}
    # Packages that others installed, and parts that no exercise needs: the folder is there, and empty.
    masked = [os.path.join(standard, name) for name in ("site-packages", "dist-packages", "test", "ensurepip")]
    masked += ["/usr/lib/python3/dist-packages"]
    shared = [os.path.join(library, name) for name in os.listdir(library) if ".so" in name] if base != "/usr" else []
    files = [*shared, "/etc/ld.so.cache"]
    trees = [standard, *sorted(dynamic - {standard}), *_system_libraries()]
    if "dist-packages" in numpy.__file__:  # Debian's NumPy finds its BLAS through links in there
        trees.append("/etc/alternatives")
    return RuntimeFiles(
        interpreter,
        tuple(dict.fromkeys(trees)),
        tuple(path for path in masked if os.path.isdir(path) and any(path.startswith(tree + "/") for tree in trees)),
        tuple(path for path in files if os.path.isfile(path)),
    )


def _folders_with_extensions(standard):
    """The folder of the standard library's compiled modules, where that is another one (lib64 on some systems)."""
    return [path for path in sys.path if path.endswith("lib-dynload") and not path.startswith(standard + os.sep)]


def _system_libraries():
    """The folders of the C library and its companions: those that this very process uses of the system's."""
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    system = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
    folders = {os.path.dirname(path) for path in mapped if ".so" in os.path.basename(path) and path.startswith(system)}
    # Packages of other programs' own (a Python extension in /usr/lib/python3, say) are no system libraries.
    return sorted(folder for folder in folders if "python" not in folder)


runtime_files = _runtime_files
