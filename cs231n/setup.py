"""Build the Cython extension in place: run ``python setup.py build_ext --inplace`` in this folder.

What to build stands in ``[tool.setuptools]`` of the pyproject.toml one folder up; nothing is repeated here.
"""

import os
import sys
import tempfile
import tomllib
from pathlib import Path


def main(arguments):
    """Build what pyproject.toml declares; return the exit status: 0 done, 1 the compiler failed, 2 cannot start."""
    try:
        from setuptools import Distribution, Extension
        from setuptools.errors import BaseError, CompileError, LinkError
    except ImportError:
        return _complain("setuptools is missing or very old; run: python -m pip install --upgrade setuptools")
    try:
        from Cython.Build import cythonize
        from Cython.Compiler.Errors import CompileError as TranslationError
    except ImportError:
        return _complain("Cython is missing; run: python -m pip install cython")

    project = Path(__file__).resolve().parent.parent
    try:
        with (project / "pyproject.toml").open("rb") as file:
            declared = tomllib.load(file)["tool"]["setuptools"]["ext-modules"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        return _complain(f"cannot read the extension's declaration from {project / 'pyproject.toml'}: {error!r}")

    os.chdir(project)
    # Here the student asks for the build, so a failure must show: 'optional' is for pip alone.
    # pyproject.toml is read above and not by setuptools.setup(), which before version 74 knows no ext-modules
    # and refuses newer fields; the setuptools that comes with Python 3.11 is such a one.
    extensions = [
        Extension(**{key.replace("-", "_"): value for key, value in entry.items() if key != "optional"})
        for entry in declared
    ]
    try:
        # Intermediate files go to a folder that vanishes: nothing stale is reused, nothing lies around.
        with tempfile.TemporaryDirectory() as scratch:
            modules = cythonize(extensions, quiet=True, build_dir=scratch)
            distribution = Distribution(
                {"name": "cs231n", "ext_modules": modules, "script_name": "setup.py", "script_args": arguments}
            )
            distribution.get_option_dict("build").update(build_base=("setup.py", scratch))
            if not distribution.parse_command_line():
                return 0
            distribution.run_commands()
    except TranslationError:
        return _complain("Cython could not translate the extension; see its message above")
    except (BaseError, CompileError, LinkError) as error:
        print(
            f"setup.py: the extension was not built: {error}. The NumPy twin goes on serving; gcc or clang "
            "is needed for the fast layers.",
            file=sys.stderr,
        )
        return 1
    return 0


def _complain(message):
    """Print one line on stderr; return exit status 2."""
    print(f"setup.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["build_ext", "--inplace"]))
