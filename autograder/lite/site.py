"""`lite`: make a static site from a student bundle, with JupyterLite and Pyodide."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat

from autograder.atomic_io import write_bytes
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.course.translations import README
from autograder.errors import UsageError
from autograder.feedback.language import TRANSLATIONS, html_language
from autograder.language import ENGLISH, in_language, tr
from autograder.lite.kernels import compile_library
from autograder.lite.pyodide import CDN, copy_pyodide, packages_to_load, read_packages
from autograder.paths import TOOLS
from autograder.release.bundle import package_files, zip_bytes
from autograder.release.checks_record import bundle_path, read_proof, released_name
from autograder.release.command import STUDENT_FILES
from autograder.release.leaks import find_leaks
from autograder.release.validate import hidden_test_names
from autograder.templates import page_template
from student_tools.atomic_write import unfinished_folder
from student_tools.browser import HAND_IN

__all__ = ["make_site"]

PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"
KERNEL = ("jupyterlite-pyodide-kernel", "labextensions/@jupyterlite/pyodide-kernel-extension/package.json")
SITE_ROOT = "../../../../"  # from the script of the kernel, which resolves the addresses of wheels
PYODIDE_MEGABYTES = 40
REMEDY = "run `python -m pip install -e '.[lite]'` in the folder of the grader"


def make_site(
    course: Course, name: str | None = None, *, language: str | None = None, pyodide: str | None = None
) -> Path:
    """Write `dist/<assignment>-lite/`, and return that folder.

    Inputs:
    - name: name of the assignment; by default the course's default assignment.
    - language: code of a released translation.
    - pyodide: folder of Pyodide, which is copied into the site, or address from which browsers load
      it; by default Pyodide's own server.

    Raises: UsageError if the assignment is not released, a tool or Pyodide is missing, or the site
    would leak a solution; then nothing is published.
    """
    pyodide = pyodide or CDN
    assignment = load_assignment(course, name)
    bundle = bundle_path(course, assignment.name, language)
    if read_proof(bundle) is None:
        raise UsageError(f"expected {bundle} and the record of its checks, got none: run `autograder release` first")
    with zipfile.ZipFile(bundle) as archive:
        released = {path.partition("/")[2]: archive.read(path) for path in archive.namelist()}
    for path, content in package_files(assignment, language or ENGLISH).items():
        if released.get(path) != content:
            raise UsageError(f"{path} has changed since the release of {bundle}: run `autograder release` again")
    project = tomllib.loads(released.get("pyproject.toml", b"").decode()).get("project", {})
    address = "" if "://" not in pyodide else f"{pyodide.rstrip('/')}/"
    packages = read_packages(address or pyodide)
    to_load = packages_to_load(packages, project.get("dependencies", []))
    extension = _kernel_extension()
    target = course.dist / f"{released_name(assignment.name, language)}-lite"
    with unfinished_folder(course.dist) as temporary, in_language(language or ENGLISH):
        scratch = temporary.resolve()
        lite, site = scratch / "lite", scratch / "site"
        wheels = [_wheel(assignment, released, project, scratch), _download_comm(scratch)]
        # A folder for each content: browsers keep files that they know by their address.
        folder = f"static/{hashlib.sha256(wheels[0].read_bytes()).hexdigest()[:12]}"
        settings = {
            "pyodideUrl": f"{address or './static/pyodide/'}pyodide.js",
            "disablePyPIFallback": True,
            "loadPyodideOptions": {"packages": [*to_load, *(f"{SITE_ROOT}{folder}/{file.name}" for file in wheels)]},
        }
        contents = {path: content for path, content in released.items() if path in (*assignment.notebooks, README)}
        _build(lite, site, extension, contents | {HAND_IN: _hand_in_notebook(assignment)}, settings, assignment.name)
        (site / folder).mkdir(parents=True)
        for file in wheels:
            shutil.copy(file, site / folder)
        if not address:
            copy_pyodide(Path(pyodide), site / "static" / "pyodide", packages, to_load)
        (site / "index.html").write_text(_page(assignment, contents), encoding="utf-8")
        _prove(assignment, released, site, site / folder / wheels[0].name)
        if target.exists():
            target.rename(scratch / "old")
        site.rename(target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) / 1e6
    print(f"site: {target} ({size:.0f} MB)")
    print(f"try it: {Path(sys.executable).name} -m http.server --directory {target}")
    return target


def _kernel_extension() -> Path:
    """Return the folder of the Pyodide kernel for JupyterLab. Raises: UsageError."""
    try:
        found = [file.locate() for file in metadata.files(KERNEL[0]) or () if str(file).endswith(KERNEL[1])]
        metadata.files("jupyterlite-core")
        return Path(str(found[0])).resolve().parent
    except (metadata.PackageNotFoundError, IndexError):
        raise UsageError(f"expected jupyterlite-core and {KERNEL[0]}, got none: {REMEDY}") from None


def _wheel(assignment: Assignment, released: Mapping[str, bytes], project: Mapping[str, Any], scratch: Path) -> Path:
    """Write the student packages as a wheel in pure Python, with their libraries of WebAssembly."""
    content = {path: data for path, data in released.items() if path.partition("/")[0] in assignment.student_packages}
    package = assignment.settings.package or TOOLS.name
    for library, source in assignment.settings.browser_libraries.items():
        print(f"compiling {source} …", file=sys.stderr, flush=True)
        content[f"{package}/{library}"] = compile_library(assignment.student_packages[package] / source, scratch)
    name, version = re.sub(r"[-_.]+", "_", project.get("name", assignment.name)), project.get("version", "0")
    info = f"{name}-{version}.dist-info"
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"]).encode()
    wheel = scratch / f"{name}-{version}-py3-none-any.whl"
    wheel.write_bytes(zip_bytes(content))
    return wheel


def _download_comm(scratch: Path) -> Path:
    """Download the wheel of comm, which the kernel imports and Pyodide does not have."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(scratch), "comm==0.2.3"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UsageError("pip cannot download comm 0.2.3, which the site needs:", done.stderr.splitlines()[-3:])
    return next(scratch.glob("comm-*.whl"))


def _build(
    lite: Path, site: Path, extension: Path, contents: Mapping[str, bytes], settings: Mapping[str, object], title: str
) -> None:
    """Let JupyterLite write the site. Extensions of this machine's JupyterLab do not get into it.

    Inputs:
    - lite: new folder, for what JupyterLite reads.
    - site: new folder.
    - extension: folder of the kernel.
    - contents: path → content of the files that students see.
    - settings: of the kernel.
    - title: name of the site.
    """
    page_config = {"appName": title, "litePluginSettings": {PLUGIN: settings}}
    page = {"jupyter-lite-schema-version": 0, "jupyter-config-data": page_config}
    build = {
        "apps": ["lab"],
        "federated_extensions": [str(extension)],
        "ignore_sys_prefix": ["federated_extensions"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    written = {f"files/{path}": content for path, content in contents.items()}
    written["jupyter-lite.json"] = json.dumps(page).encode()
    written["jupyter_lite_config.json"] = json.dumps({"LiteBuildConfig": build}).encode()
    for path, content in written.items():
        write_bytes(lite / path, content)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", str(site)]
    done = subprocess.run(command, cwd=lite, capture_output=True, text=True)
    if done.returncode:
        raise UsageError("JupyterLite cannot build the site:", (done.stdout + done.stderr).splitlines()[-10:])


def _hand_in_notebook(assignment: Assignment) -> bytes:
    """Make the notebook with which students check, hand in and keep their work."""
    package, first = assignment.settings.package or TOOLS.name, next(iter(assignment.notebooks))
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        text(
            tr(
                "# Check, hand in and keep your work\n\nSave your notebooks first (Ctrl-S). Your work is in this"
                " browser on this computer only."
            )
        ),
        code("from student_tools.browser import back_up, check, hand_in, restore"),
        text(
            tr(
                "**Check.** The next cell runs a notebook from the first cell to the last and lists what is left to do."
                " Write the name of the notebook that you want to check. Its long cells take minutes."
            )
        ),
        code(f'check("{package}", "{first}")'),
        text(
            tr(
                "**Hand in.** The next cell looks for mistakes that would cost points and makes the zip. Download it"
                " with the link, and hand it in as your course tells you."
            )
        ),
        code(f'hand_in("{package}")'),
        text(
            tr(
                "**Keep.** The next cell packs all your files into one zip. Download it with the link, once a day and"
                " before you clear the data of your browser."
            )
        ),
        code("back_up()"),
        text(
            tr(
                "**Restore.** To go on in another browser, upload `backup.zip` there (the arrow above the list of"
                " files) and run the next cell without the `#`. A file that differs is kept under a name that"
                " begins with `old-`."
            )
        ),
        code("# restore()"),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"hand-in-{number}"  # the same site from the same release
    kernel = {"kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=kernel)).encode()


def _page(assignment: Assignment, contents: Mapping[str, bytes]) -> str:
    page = page_template("autograder.lite", "page.html.j2", translations=TRANSLATIONS)
    heading = re.search(r"^# (.+)$", contents.get(README, b"").decode(), re.MULTILINE)
    notebooks = [name for name in assignment.notebooks if name in contents]
    title = heading[1] if heading else assignment.name
    return page.render(title=title, language=html_language(), notebooks=notebooks, megabytes=PYODIDE_MEGABYTES)


def _prove(assignment: Assignment, released: Mapping[str, bytes], site: Path, wheel: Path) -> None:
    """Read the site's own files back, and search them for solutions and hidden tests as a release does.

    Raises: UsageError if one leaks.
    """
    found = {path.relative_to(site / "files").as_posix(): path.read_bytes() for path in (site / "files").rglob("*.*")}
    with zipfile.ZipFile(wheel) as archive:
        found |= {path: archive.read(path) for path in archive.namelist() if ".dist-info/" not in path}
    own = {HAND_IN, *(name for name in found if name.endswith(".wasm"))}
    changed = [name for name, content in found.items() if name not in own and released.get(name) != content]
    files = {f"{assignment.name}/{name}": content for name, content in found.items()}
    expected = [name for name in STUDENT_FILES if name in found]
    leaks, proven = find_leaks(
        files, assignment, hidden_test_names(assignment.content), extra_files=(*expected, HAND_IN)
    )
    leaks += [f"{name} differs from the released file" for name in changed]
    if leaks:
        raise UsageError(f"the site of {assignment.name} was not written because it would leak:", leaks)
    for line in proven:
        print(f"✔ {line}")
