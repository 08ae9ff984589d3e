"""Compile C sources of a student package to WebAssembly, for Python in a browser."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from autograder.errors import UsageError

__all__ = ["compile_library"]

# Zig's clang has the headers of a C library. A shared library in position-independent code is what Pyodide's dynamic
# linker loads; the functions of the C library come from Python.
COMPILE = "cc -target wasm32-wasi -O3 -fPIC -fvisibility=hidden -msimd128 -fno-math-errno -fno-sanitize=all -c".split()
LINK = "wasm-ld --experimental-pic -shared --no-entry --gc-sections --strip-all --import-memory".split()
LINK += ["--unresolved-symbols=import-dynamic"]


def compile_library(source: Path, scratch: Path) -> bytes:
    """Compile a C file, with the headers in its folder, and return the library.

    Inputs:
    - scratch: existing folder for temporary files.

    Raises: UsageError if the compiler is missing or refuses the file.
    """
    if not find_spec("ziglang"):
        raise UsageError(
            "expected ziglang, which compiles the fast layers, got none: run `pip install ziglang==0.17.1`"
        )
    compiled, linked = scratch / f"{source.stem}.o", scratch / f"{source.stem}.wasm"
    for step in ((*COMPILE, str(source), "-o", str(compiled)), (*LINK, str(compiled), "-o", str(linked))):
        done = subprocess.run([sys.executable, "-m", "ziglang", *step], capture_output=True, text=True)
        if done.returncode:
            raise UsageError(f"{source} does not compile to WebAssembly:", done.stderr.strip().splitlines()[:10])
    return linked.read_bytes()
