"""`make pictures`: takes the pictures of the documentation, of the real product in the tests' browser."""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from courses import CONTENT, copy_course, jupyter_server, unpack_bundle
from nbclient import NotebookClient
from PIL import Image

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.course.secret import SECRET_FILE
from autograder.gradebook.merge_notebook import stage_submission
from autograder.grading.command import grade_class
from autograder.report.command import write_report
from autograder.sample_class.command import changed_submission, write_sample_class

try:
    from chromium import leaves_this_machine, serve_mathjax, start_chromium
except pytest.skip.Exception as missing:
    print(f"pictures: {missing}", file=sys.stderr)
    raise SystemExit(2) from None

DOCS = Path(__file__).parent.parent / "docs"
CONVOLUTION = "ConvolutionalNetworks.ipynb"
EXERCISE, MISTAKE = "conv_forward_naive", "last-window-left-zero"
FIGURE = "picture_sliding_window"
CELLS = ("setup_convolution", FIGURE, EXERCISE, f"check_{EXERCISE}")
QUESTION = "question_dx_as_convolution"
ANSWER = (
    "With stride 1, each pixel gets a sum over the windows that it is in, so `dx` is a convolution of `dout`."
    " The filter must be turned somehow, because $dx_{h,l}$ belongs to $w_{h-i,\\,l-j}$. I don't know about stride 2."
)
STUDENTS = 30
MARGIN, COLOURS = 16, 128
CHECK_HEIGHT, FEEDBACK_HEIGHT = 330, 640  # at most, in pixels
PATIENCE = 60_000  # milliseconds


def main():
    with tempfile.TemporaryDirectory() as scratch:
        bundle, places = run_notebooks(Path(scratch) / "student")
        course = grade_sample_class(Path(scratch) / "course")
        with start_chromium() as browser:
            picture_notebook(browser, bundle, places)
            picture_class(browser, course)
            picture_formgrader(browser, course)
    return 0


def run_notebooks(folder):
    """Run cells of a released notebook, and of one with a mistake; returns the bundle and cell numbers by name."""
    folder.mkdir()
    bundle = unpack_bundle(folder)
    mistake = changed_submission(load_assignment(load_course(copy_course(folder / "kit"))), "ann", [_mistake()])
    wrong = next(cell.source for cell in mistake.notebooks[CONVOLUTION] if cell.grade_id == EXERCISE)
    notebook = nbformat.read(bundle / CONVOLUTION, as_version=4)
    places = {cell.metadata.get("nbgrader", {}).get("grade_id"): i for i, cell in enumerate(notebook.cells)}
    released = notebook.cells[places[EXERCISE]].source
    notebook.cells[places[EXERCISE]].source = wrong
    client = NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": bundle}})
    with client.setup_kernel():
        for name in CELLS:
            client.execute_cell(notebook.cells[places[name]], places[name])
    nbformat.write(notebook, bundle / "wrong.ipynb")
    notebook.cells[places[EXERCISE]].source = released
    for cell in notebook.cells[places[EXERCISE] :]:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, bundle / CONVOLUTION)
    # Otherwise JupyterLab shows no figures of a notebook that it has not run itself.
    subprocess.run([sys.executable, "-m", "jupyter", "trust", bundle / CONVOLUTION], check=True)
    return bundle, places


def picture_notebook(browser, bundle, places):
    """Take a released notebook with a figure, and a check that names what is wrong, both in JupyterLab."""
    folder = bundle.parent
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")}
    settings = folder / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab"
    (settings / "notebook-extension").mkdir(parents=True)
    (settings / "notebook-extension" / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    (settings / "apputils-extension").mkdir()
    (settings / "apputils-extension" / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    with jupyter_server(bundle, JUPYTERLAB_WORKSPACES_DIR=str(folder / "workspaces"), **own) as address:
        page = _page(browser, 1000, 760)
        page.goto(f"{address}/doc/tree/{CONVOLUTION}?token=secret")
        page.get_by_text("(ipykernel) | Idle").wait_for()
        cells = page.locator(".jp-Notebook .jp-Cell")
        cells.nth(places[FIGURE]).locator("svg[role=img]").wait_for()
        page.wait_for_timeout(2000)  # formulas
        _scroll_to(cells.nth(places[FIGURE]), 60)
        _keep(page.screenshot(), "notebook.png")
        page.set_viewport_size({"width": 1000, "height": 1200})  # the whole cell
        page.goto(f"{address}/doc/tree/wrong.ipynb?token=secret")
        page.get_by_text("(ipykernel) | Idle").wait_for()
        check = cells.nth(places[f"check_{EXERCISE}"])
        check.locator(".jp-Cell-outputArea").wait_for()
        page.wait_for_timeout(1000)
        check.scroll_into_view_if_needed()
        box = check.bounding_box()
        top = max(0, box["height"] - CHECK_HEIGHT)
        _keep(page.screenshot(clip=box | {"y": box["y"] + top, "height": box["height"] - top}), "check.png")
        page.close()


def grade_sample_class(folder):
    """Grade a made-up class, and one student with a known mistake and an answer; returns the course."""
    root = copy_course(folder)
    (root / SECRET_FILE).write_text("0" * 64)  # the same inputs, so the same pictures
    course = load_course(root)
    assignment = load_assignment(course)
    write_sample_class(course, count=STUDENTS)
    submission = changed_submission(assignment, "ann", [_mistake()])
    place = course.handed_in("ann", assignment.name)
    stage_submission(submission, assignment, place)
    _answer(place / CONVOLUTION)
    outcome = grade_class(course)
    assert not outcome.not_scored, outcome.not_scored
    write_report(course)
    return course


def picture_class(browser, course):
    """Take a feedback page and the report of a class."""
    assignment = load_assignment(course)
    page = _page(browser, 1000, 760)
    page.goto((course.feedback / "ann" / assignment.name / CONVOLUTION).with_suffix(".html").as_uri())
    box = page.locator(f"section#{EXERCISE}").bounding_box()
    rows = [row.bounding_box() for row in page.locator(f"section#{EXERCISE} tr").all()]
    ends = [row["y"] + row["height"] - box["y"] for row in rows]
    height = max(end for end in ends if end < FEEDBACK_HEIGHT)  # the picture ends between two rows
    _keep(page.screenshot(clip=_around(box, height), full_page=True), "feedback.png")
    page.goto((course.reports / assignment.name / "index.html").as_uri())
    section = page.locator("section:has(#lecture)")
    box, table = section.bounding_box(), section.locator("table").first.bounding_box()
    _keep(page.screenshot(clip=_around(box, table["y"] + table["height"] - box["y"]), full_page=True), "report.png")
    page.close()


def picture_formgrader(browser, course, student="ann"):
    """Take the page on which a grader reads an answer."""
    page = _page(browser, 1000, 760)
    with jupyter_server(course.root, program=("-m", "autograder.gradebook.formgrader_server")) as address:
        address = f"{address}/formgrader"
        page.goto(f"{address}/manage_assignments?token=secret")
        page.goto(f"{address}/gradebook/{load_assignment(course).name}/{Path(CONVOLUTION).stem}")
        page.wait_for_selector("a.name-hidden")
        page.click("#toggle_names")
        page.click(f"a.name-shown >> text={student}")
        question = page.locator(f"#{QUESTION}")
        question.wait_for()
        page.wait_for_function("document.querySelector('.MathJax_CHTML') && !MathJax.Hub.queue.pending")
        page.mouse.move(1, 1)
        page.wait_for_timeout(2000)  # formgrader scrolls by itself when the page is complete
        _scroll_to(question, 430)
        _keep(page.screenshot(), "formgrader.png")
    page.close()


def _mistake():
    return CONTENT.mutant(EXERCISE, MISTAKE)


def _answer(path):
    """Answer a question in a submitted notebook."""
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    cells[QUESTION].source = ANSWER
    nbformat.write(notebook, path)


def _page(browser, width, height):
    """Open a page that reaches no other host; MathJax comes from Debian's package."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE)
    page.route(leaves_this_machine, serve_mathjax)
    return page


def _scroll_to(locator, below):
    """Scroll until an element is that many pixels below the top of what scrolls."""
    locator.evaluate(
        """(element, below) => {
            let box = element.parentElement;
            while (box.parentElement && !(box.scrollHeight > box.clientHeight + 5
                   && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
            box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - below;
        }""",
        below,
    )
    locator.page.wait_for_timeout(500)


def _around(box, height):
    return {"x": box["x"] - MARGIN, "y": box["y"] + 1, "width": box["width"] + 2 * MARGIN, "height": height + 1}


def _keep(png, name):
    """Write a screenshot with few colours, so the file is small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(DOCS / name, optimize=True)
    print(f"picture: {DOCS / name}, {os.path.getsize(DOCS / name) / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
