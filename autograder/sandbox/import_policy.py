"""The files that student code can see, and the modules that it can import.

These are the interpreter, the standard library, NumPy, the worker, some modules of `student_tools`,
and the modules and packages of the assignment's import policy. Other files of the machine are not
visible in the sandbox.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from autograder.errors import SandboxError
from autograder.paths import TOOLS

__all__ = ["TOOLS_ONLY", "WORKER", "ImportPolicy", "RuntimeFiles", "import_policies", "package_folder", "runtime_files"]

WORKER = Path(__file__).with_name("worker")


@dataclass(frozen=True)
class ImportPolicy:
    """The imports that are allowed in the hidden tests that name this policy.

    - name: used by hidden tests
    - student_packages: (name, folder) of the packages that students get, student_tools among them
    - modules: full names of the allowed modules of these packages; the others are stand-ins, which
      raise an error when they are called
    - withheld: full names of modules that only other policies of the assignment allow
    - packages: allowed third-party packages in addition to NumPy, if installed; others are
      stand-ins
    """

    name: str
    student_packages: tuple[tuple[str, Path], ...]
    modules: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    @functools.cached_property
    def every_package(self) -> tuple[str, ...]:
        """NumPy, the packages and their dependencies, as far as they are installed."""
        found: dict[str, None] = {"numpy": None}
        new = [name for name in self.packages if package_folder(name)]
        while new:
            found |= dict.fromkeys(new)
            new = [other for name in new for other in _needed_by(name) if other not in found and package_folder(other)]
        return tuple(found)


# Allowed by every policy: they read cells, and a student may have left a check in a function.
NEEDED = ("check", "code_cells", "language", "newer_python", "notebook", "relations", "wording")
ALWAYS = tuple(f"{TOOLS.name}.{name}" for name in NEEDED)
TOOLS_ONLY = ImportPolicy("student tools only", ((TOOLS.name, TOOLS),))


def import_policies(
    package: str, folder: Path | None, table: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, ImportPolicy]:
    """Return the import policies of an assignment by name, the default one first.

    Inputs:
    - package: name of the package that students get; "" means none
    - folder: of that package, or None
    - table: policy → {"modules": modules of that package, "packages": other packages}; the first
      policy is the default. An empty table allows student_tools and NumPy
    """
    table = table or {TOOLS_ONLY.name: {}}
    student_packages = (TOOLS.name, TOOLS), *([(package, folder)] if package and folder else [])
    full = {name: tuple(f"{package}.{module}" for module in own.get("modules", ())) for name, own in table.items()}
    every = tuple(dict.fromkeys(module for modules in full.values() for module in modules))
    return {
        name: ImportPolicy(
            name,
            student_packages,
            modules,
            tuple(module for module in every if module not in modules),
            tuple(table[name].get("packages", ())),
        )
        for name, modules in full.items()
    }


# Imported by set-up cells: a stand-in that exists before the fork costs nothing after it.
OFTEN_IMPORTED = ("matplotlib.pyplot", "matplotlib.cbook", "IPython.display")
# Slow to import, and needed under each policy that allows it: imported once per worker, and not once per test.
PRELOADED = {"pandas": ("pandas", "wire_tables")}
# Imported by set-up cells, or known to solve an exercise: the import works, but a call raises an error.
KNOWN_PACKAGES = ("matplotlib", "skimage", "IPython", "tqdm", "ipywidgets", "PIL", "scipy", "torch", "pandas")
NOT_IN_THIS_EXERCISE = "in this exercise: write the computation yourself"
NOT_WHILE_GRADED = "while your code is graded: use numpy"
NO_NOTEBOOK = "while your code is graded outside of a notebook: delete the line"


@dataclass(frozen=True)
class RuntimeFiles:
    """The paths of the interpreter and its libraries on this machine.

    - interpreter: the program
    - trees: folders that are visible with all their content
    - masked: folders inside of trees that are hidden
    - files: single files
    """

    interpreter: str
    trees: tuple[str, ...]
    masked: tuple[str, ...]
    files: tuple[str, ...]


def package_folder(name: str) -> str | None:
    """Return the folder that holds a package or module, without importing it, or None."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    folder = os.path.dirname(os.path.realpath(spec.origin))
    return os.path.dirname(folder) if spec.submodule_search_locations else folder


@functools.cache
def _needed_by(package: str) -> list[str]:
    """The declared dependencies of an installed package, without extras."""
    distribution: importlib.metadata.Distribution | None
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:  # the distribution has another name: sklearn is from scikit-learn
        names = importlib.metadata.packages_distributions().get(package, ())
        distribution = importlib.metadata.distribution(names[0]) if names else None
    lines = distribution.requires or () if distribution else ()
    found = (re.match(r"[\w.-]+", line) for line in lines if "extra ==" not in line)
    return [module for name in found if name for module in _modules_of(name[0])]


def _modules_of(name: str) -> list[str]:
    """The import names of a distribution; none if it is not installed."""
    try:
        files = importlib.metadata.distribution(name).files or ()
    except importlib.metadata.PackageNotFoundError:
        return []
    tops = dict.fromkeys(file.parts[0] for file in files if file.suffix in (".py", ".so"))
    return [module for top in tops if (module := top.partition(".")[0]).isidentifier()]


def package_trees(name: str) -> list[str]:
    """Return the paths of an installed package: folder or file, and its wheel's libraries."""
    folder = package_folder(name)
    if folder is None:
        return []
    found = [os.path.join(folder, part) for part in (name, f"{name}.libs", f"{name}.py")]
    return [path for path in found if os.path.exists(path)]


def module_files(policy: ImportPolicy) -> list[Path]:
    """Return the allowed files of the student packages: modules and each `__init__`."""
    shown = {*ALWAYS, *policy.modules, *(f"{package}.__init__" for package, _ in policy.student_packages)}
    return [
        path
        for package, folder in policy.student_packages
        for path in sorted(folder.iterdir())
        if path.suffix in (".py", ".so") and f"{package}.{path.name.split('.')[0]}" in shown
    ]


def import_settings(policy: ImportPolicy, folder_of: Callable[[str], str | None]) -> dict[str, Any]:
    """Return the settings of the worker's import finder, see imports.Finder.

    Inputs:
    - policy: the allowed imports
    - folder_of: function that maps a package's name to the folder that holds it, inside the sandbox
    """
    packages = policy.every_package
    stand_ins: dict[str, list[Any]] = {name: [NOT_WHILE_GRADED, []] for name in KNOWN_PACKAGES if name not in packages}
    for name in ("scipy", "torch"):
        if name in stand_ins:
            stand_ins[name] = [NOT_IN_THIS_EXERCISE, []]
    stand_ins["IPython"] = [NO_NOTEBOOK, []]
    stand_ins |= {name: [NOT_IN_THIS_EXERCISE, _public_names(name)] for name in policy.withheld}
    provided = [
        f"{package}.{path.stem}"
        for package, folder in policy.student_packages
        for path in sorted(folder.glob("[a-z]*.py"))
        if path.stem != "setup"
    ]
    own = [package for package, _ in policy.student_packages]
    return {
        "preload": [
            *provided,
            *(name for name in OFTEN_IMPORTED if name.split(".")[0] in stand_ins),
            *(module for name, modules in PRELOADED.items() if name in packages for module in modules),
        ],
        "folders": {name: folder_of(name) for name in (*packages, *own)},
        "student_packages": own,
        # A missing module, such as an uncompiled extension, raises ImportError: no stand-in hides that.
        "modules": [*ALWAYS, *policy.modules],
        "stand_ins": stand_ins,
    }


@functools.cache
def _public_names(module: str) -> list[str]:
    """The `__all__` of a module that can be imported here."""
    try:
        return list(getattr(importlib.import_module(module), "__all__", []))
    except ImportError:
        return []  # such as an uncompiled extension


@functools.cache
def _runtime_files() -> RuntimeFiles:
    interpreter = os.path.realpath(sys.executable)
    base = os.path.realpath(sys.base_prefix)
    library = os.path.join(base, "lib")
    standard = os.path.dirname(os.path.realpath(os.__file__))
    if not os.path.isdir(standard):
        raise SandboxError(f"expected the standard library of {interpreter} in {standard}, which is not a folder")
    dynamic = {os.path.realpath(path) for path in _folders_with_extensions(standard)}
    # Installed packages, and parts that no exercise needs: these folders are visible, but empty.
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


def _folders_with_extensions(standard: str) -> list[str]:
    """The folder of the standard library's compiled modules, if it is another one (lib64)."""
    return [path for path in sys.path if path.endswith("lib-dynload") and not path.startswith(standard + os.sep)]


def _system_libraries() -> list[str]:
    """The folders of system libraries that this process has loaded, such as the C library's."""
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    system = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
    folders = {os.path.dirname(path) for path in mapped if ".so" in os.path.basename(path) and path.startswith(system)}
    # Python extensions, such as those in /usr/lib/python3, are not system libraries.
    return sorted(folder for folder in folders if "python" not in folder)


runtime_files = _runtime_files
