"""Build the Cython extension in place: run ``python setup.py build_ext --inplace`` in this folder.

The extension is declared in ``[tool.setuptools]`` of the pyproject.toml in the parent folder.
"""

import os
import sys
import tempfile
import tomllib
from pathlib import Path


def main(arguments):
    """Build the extension; return the exit status: 0 done, 1 compiler failed, 2 cannot start."""
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
        return _complain(f"cannot read the declaration of the extension in {project / 'pyproject.toml'}: {error!r}")

    os.chdir(project)
    # The student asks for this build, so a failure must show: 'optional' is only for pip.
    # setuptools.setup() does not read pyproject.toml here: before version 74 it does not support ext-modules and
    # refuses newer fields, and Python 3.11 comes with an older version.
    extensions = [
        Extension(**{key.replace("-", "_"): value for key, value in entry.items() if key != "optional"})
        for entry in declared
    ]
    try:
        # Intermediate files go to a temporary folder, so that no old ones are used and none are left.
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
            f"setup.py: cannot build the extension: {error}. The fast layers use NumPy until it is built, which "
            "needs gcc or clang.",
            file=sys.stderr,
        )
        return 1
    return 0


def _complain(message):
    """Print one line on stderr and return exit status 2."""
    print(f"setup.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["build_ext", "--inplace"]))
