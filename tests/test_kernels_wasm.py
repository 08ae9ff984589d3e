"""The tests of the kernels in a browser, on the kernels that `autograder lite` compiles to WebAssembly."""

import io
import zipfile
from pathlib import Path

from chromium import start_chromium
from lite_student import served
from pyodide_files import pyodide_folder, wheels_of_pytest

from autograder.lite.kernels import compile_library

ROOT = Path(__file__).parent.parent
PAGE = "<!doctype html><html><head><script src='pyodide.js'></script></head></html>"
RUN = """async code => {
    const python = await loadPyodide();
    await python.loadPackage(["numpy", "packaging", "pygments"]);
    python.unpackArchive(await (await fetch("work.zip")).arrayBuffer(), "zip", { extractDir: "/work" });
    return python.runPython(code);
}"""
TESTS = """
import contextlib, io, os, sys
os.chdir("/work")
sys.path[:0] = ["/work"]
import pytest
from cs231n import fast_layers
with contextlib.redirect_stdout(io.StringIO()) as printed:
    status = pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:faulthandler", "tests"])
f"{fast_layers.backend().name} {int(status)} {printed.getvalue()}"
"""


def test_the_kernels_agree_with_numpy_in_a_browser(tmp_path):
    pyodide, archive = pyodide_folder(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as work:
        for folder in ("cs231n", "student_tools"):
            for file in (ROOT / folder).glob("*.py"):
                work.write(file, f"{folder}/{file.name}")
        for file in ("tests/test_kernels.py", "tests/test_winograd.py", "cs231n/kernels/winograd_tiles.h"):
            work.write(ROOT / file, file)
        work.writestr("cs231n/kernels.wasm", compile_library(ROOT / "cs231n" / "kernels" / "kernels_wasm.c", tmp_path))
        for wheel in wheels_of_pytest(tmp_path):
            with zipfile.ZipFile(wheel) as content:
                for name in content.namelist():
                    work.writestr(name, content.read(name))
    with served(pyodide) as address, start_chromium() as browser:
        page = browser.new_page()
        page.route("**/page.html", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.route("**/work.zip", lambda route: route.fulfill(body=archive.getvalue()))
        page.goto(f"{address}/page.html")
        name, status, printed = page.evaluate(RUN, TESTS).split(" ", 2)
    assert (name, status) == ("wasm", "0"), printed[-3000:]
    assert " passed" in printed
