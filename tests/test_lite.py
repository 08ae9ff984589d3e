"""The site that runs the notebooks in a browser, opened in Chromium without any other host."""

import json
import shutil
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from axe import DESK, PHONE, tab_stops, violations
from chromium import start_chromium
from courses import ASSIGNMENT, copy_course, solved_sources
from in_process import run_here
from lite_student import expose_app, served, student_at
from pyodide_files import pyodide_folder

from autograder.lite import pyodide, site

SOURCE = Path(__file__).parent.parent / "source" / "assignment2"
NOTEBOOK = "FullyConnectedNets.ipynb"


@pytest.fixture(scope="module")
def python():
    """The folder of Pyodide."""
    return pyodide_folder()


@pytest.fixture(scope="module")
def course(tmp_path_factory, python):
    """A course with a released assignment and its site, with Pyodide in it."""
    folder = copy_course(tmp_path_factory.mktemp("course") / "course")
    for command in (("release", "--no-run"), ("lite", "--pyodide", python)):
        done = run_here(folder, *command)
        assert done.returncode == 0, done.stderr
    expose_app(folder / "dist" / "assignment2-lite")
    return folder


@pytest.fixture(scope="module")
def folder(course):
    return course / "dist" / "assignment2-lite"


@pytest.fixture(scope="module")
def address(folder):
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as browser:
        yield browser


@pytest.mark.slow
def test_from_the_first_exercise_to_the_mark(course, address, browser, tmp_path):
    with student_at(browser, address) as me:
        me.open(NOTEBOOK)
        assert "wasm" in me.ask("from cs231n import fast_layers; print(fast_layers.backend().name)")
        assert "Error" not in me.run("setup_fully_connected")
        me.write("affine_forward", "def affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w, (x, w, b)")
        assert me.run("affine_forward") == ""
        assert "✘ out error: relative error" in me.run("check_affine_forward")
        assert "expected" in me.ask('hint("affine_forward")')
        me.write("affine_forward", solved_sources(SOURCE / NOTEBOOK)["affine_forward"])
        me.run("affine_forward")
        assert me.run("check_affine_forward").count("✔") == 2
        me.open("HandIn.ipynb")
        me.run("hand-in-1")
        printed = me.run("hand-in-5")
        assert "affine_backward" in printed
        assert "download assignment2-submission.zip" in printed
        with me.page.expect_download() as download:
            me.page.click("a[download='assignment2-submission.zip']")
        download.value.save_as(tmp_path / "work.zip")
        assert not me.blocked
        assert not me.errors
    scored = run_here(course, "score", tmp_path / "work.zip", "--student", "s1", "--json", tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text())
    full = [name for name, one in result["exercises"].items() if one["score"] == one["points"]]
    assert scored.returncode in (0, 1)
    assert full == ["affine_forward"]


@pytest.mark.slow
def test_a_backup_moves_the_work_to_another_browser(address, browser, tmp_path):
    with student_at(browser, address) as me:
        me.open("HandIn.ipynb")
        me.run("hand-in-1")
        me.ask("open('mine.py', 'w').write('number = 231')")
        me.save_solved("Dropout.ipynb", {"dropout_forward": "# my work"})
        assert "download backup.zip" in me.run("hand-in-7")
        with me.page.expect_download() as download:
            me.page.click("a[download='backup.zip']")
        download.value.save_as(tmp_path / "backup.zip")
    names = zipfile.ZipFile(tmp_path / "backup.zip").namelist()
    assert "mine.py" in names
    assert NOTEBOOK in names
    assert "HandIn.ipynb" not in names
    with student_at(browser, address) as other:
        other.open("HandIn.ipynb")
        other.run("hand-in-1")
        with other.page.expect_file_chooser() as chooser:
            other.page.click("[data-command='filebrowser:upload'], [data-jp-item-name='uploader']")
        chooser.value.set_files(tmp_path / "backup.zip")
        other.page.wait_for_selector(".jp-DirListing-item:has-text('backup.zip')")
        other.write("hand-in-9", "restore()")
        assert "files restored" in other.run("hand-in-9")
        assert "231" in other.ask("print(open('mine.py').read())")
        assert "YOUR CODE HERE" in other.ask("print(open('old-Dropout.ipynb').read())")
        other.open("Dropout.ipynb")
        cells = other.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells")
        assert "# my work" in [cell["source"] for cell in cells]


@pytest.mark.slow
def test_two_tabs_do_not_overwrite_each_other_silently(address, browser):
    with student_at(browser, address) as me:
        me.open("Dropout.ipynb", kernel=False)
        other = me.new_tab()
        me.open("Dropout.ipynb", other, kernel=False)
        first, me.page = me.page, other
        me.write("dropout_forward", "# of the second tab")
        me.save()
        me.page = first
        me.write("dropout_forward", "# of the first tab")
        me.page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:save')")
        me.page.wait_for_selector(".jp-Dialog:has-text('changed on disk')")


@pytest.mark.slow
def test_a_training_can_be_stopped(address, browser):
    endless = (
        "from cs231n.training_bar import TrainingBar\n"
        "with TrainingBar(10**9) as bar:\n"
        "    for i in range(10**9): bar.show(i, {})"
    )
    with student_at(browser, address) as me:
        me.open("Dropout.ipynb")
        me.page.evaluate(
            """code => { const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            const future = kernel.requestExecute({ code }); window.printed = '';
            future.onIOPub = ({ content }) => { window.printed += (content.text ?? '') + (content.ename ?? ''); };
            future.done.then(() => { window.ended = true; }); }""",
            endless,
        )
        me.page.wait_for_function("() => window.printed.includes('make a new text file')")
        me.page.evaluate("() => window.jupyterapp.commands.execute('fileeditor:create-new')")
        me.page.wait_for_function("() => window.ended")
        assert "KeyboardInterrupt" in me.page.evaluate("() => window.printed")


@pytest.mark.slow
@pytest.mark.parametrize("notebook", ASSIGNMENT.notebooks)
def test_every_check_holds_in_the_browser(address, browser, notebook):
    """All cells run, those that train too; the convolutional network trains an epoch."""
    with student_at(browser, address) as me:
        me.open("HandIn.ipynb", kernel=False)
        for name in ASSIGNMENT.notebooks:
            me.save_solved(name, solved_sources(SOURCE / name))
        me.open(notebook)
        printed = {name: me.run(name) for name in me.code_cells()}
        assert {name: text for name, text in printed.items() if "✘" in text or "Error" in text} == {}
        checks = {f"check_{one.name}" for one in ASSIGNMENT.exercises.values() if one.notebook == notebook}
        assert checks <= printed.keys()
        assert not me.blocked


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_the_first_page(address, browser, scheme, size):
    page = browser.new_page(color_scheme=scheme, viewport=size)
    page.goto(address)
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    names = [stop["name"] for stop in tab_stops(page)]
    assert names[0] == "FullyConnectedNets"
    assert "How to work (README)" in names
    page.close()


def test_axe_finds_nothing_in_our_cells(address, browser):
    with student_at(browser, address) as me:
        me.page.goto(f"{address}/lab/index.html?path=HandIn.ipynb&reset")
        me.page.wait_for_selector(".jp-RenderedMarkdown h1")
        off = ("page-has-heading-one", "landmark-one-main", "region", "document-title", "html-has-lang")
        assert violations(me.page, include=(".jp-RenderedMarkdown",), off=off) == []


def test_the_site_holds_the_released_files_and_nothing_of_the_machine(course, folder):
    with zipfile.ZipFile(course / "dist" / "assignment2-student.zip") as archive:
        released = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert {path.name for path in (folder / "files").iterdir()} == {
        *(name for name in released if name.endswith(".ipynb")),
        "README.md",
        "HandIn.ipynb",
    }
    for path in (folder / "files").iterdir():
        assert path.name == "HandIn.ipynb" or path.read_bytes() == released[path.name]
    (wheel,) = (folder / "static").glob("*/cs231n*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert {"cs231n/kernels.wasm", "cs231n/handed_out.json", "student_tools/check.py"} < packed
    assert [path.parent.name for path in folder.glob("extensions/*/*/package.json")] == ["pyodide-kernel-extension"]


def test_another_assignment_without_libraries(python, tmp_path):
    first = Path(__file__).parent / "courses" / "assignment1"
    folder = copy_course(tmp_path / "course")
    shutil.copytree(first / "source", folder / "source" / "assignment1")
    shutil.copytree(first / "content", folder / "assignments" / "assignment1")
    for command in (("release", "assignment1", "--no-run"), ("lite", "assignment1", "--pyodide", python)):
        done = run_here(folder, *command)
        assert done.returncode == 0, done.stderr
    made = folder / "dist" / "assignment1-lite"
    notebooks = sorted(path.name for path in (folder / "release" / "assignment1").glob("*.ipynb"))
    assert sorted(path.name for path in (made / "files").glob("*.ipynb")) == sorted([*notebooks, "HandIn.ipynb"])
    (wheel,) = (path for path in made.glob("static/[0-9a-f]*/*.whl") if not path.name.startswith("comm"))
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".wasm")]
    assert 'href="lab/index.html?path=' + notebooks[0].replace(" ", "%20") in (made / "index.html").read_text()


def test_a_leak_stops_the_site_and_keeps_the_old_one(course, folder, monkeypatch, python):
    monkeypatch.setattr(site, "_hand_in_notebook", lambda assignment: (SOURCE / NOTEBOOK).read_bytes())
    done = run_here(course, "lite", "--pyodide", python)
    assert done.returncode == 2
    assert "would leak" in done.stderr
    assert "HandIn.ipynb: a line of a solution" in done.stderr
    assert (folder / "index.html").exists()


def test_pyodide_from_an_address(course, tmp_path, browser, monkeypatch, python):
    with served(python) as server:
        monkeypatch.setattr(site.Course, "dist", property(lambda self: tmp_path))
        shutil.copytree(course / "dist", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*-lite"))
        done = run_here(course, "lite", "--pyodide", server)
        assert done.returncode == 0, done.stderr
        new = tmp_path / "assignment2-lite"
        assert not (new / "static" / "pyodide").exists()
        settings = json.loads((new / "jupyter-lite.json").read_text())["jupyter-config-data"]["litePluginSettings"]
        assert settings[site.PLUGIN]["pyodideUrl"] == f"{server}/pyodide.js"


def test_without_a_release_there_is_no_site(tmp_path, python):
    folder = copy_course(tmp_path / "course")
    done = run_here(folder, "lite", "--pyodide", python)
    assert done.returncode == 2
    assert "run `autograder release` first" in done.stderr
    assert not (folder / "dist").exists()


def test_a_release_of_another_kit_is_refused(course, python, monkeypatch):
    changed = {"student_tools/browser.py": b"# newer"}
    monkeypatch.setattr(site, "package_files", lambda assignment, language: changed)
    done = run_here(course, "lite", "--pyodide", python)
    assert done.returncode == 2
    assert "student_tools/browser.py has changed since the release" in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "expected pyodide-lock.json of Pyodide 0.27.7 in "),
        ('{"info": {"version": "0.26.0"}, "packages": {}}', "got 0.26.0"),
        ("[]", "expected pyodide-lock.json of Pyodide 0.27.7 in "),
        ('{"info": {"version": "0.27.7"}, "packages": {}}', "expected pyodide.js in "),
    ],
)
def test_another_folder_than_pyodides_is_refused(course, tmp_path, content, message):
    if content:
        (tmp_path / "pyodide-lock.json").write_text(content)
    done = run_here(course, "lite", "--pyodide", tmp_path)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_server_that_does_not_answer_is_one_line(course):
    done = run_here(course, "lite", "--pyodide", "http://127.0.0.1:9/")
    assert done.returncode == 2
    assert "in http://127.0.0.1:9/" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_missing_tools_are_named(course, monkeypatch, python):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(site.metadata, "files", missing)
    done = run_here(course, "lite", "--pyodide", python)
    assert done.returncode == 2
    assert "expected jupyterlite-core and jupyterlite-pyodide-kernel, got none: run `" in done.stderr


def test_requirements_that_pyodide_has_are_loaded():
    packages = {name: {} for name in ("numpy", "matplotlib", "pandas", "scikit-learn")}
    wanted = ["matplotlib>=3.8", "jupyterlab", "Pandas ~= 2.2", "scikit-learn[all]"]
    assert pyodide.packages_to_load(packages, wanted) == ["numpy", "matplotlib", "pandas", "scikit-learn"]
