"""Pictures in answers and notes: from the file that was handed in to autograded notebook, formgrader and feedback."""

import base64
import contextlib
import http.server
import io
import json
import shutil
import threading
import typing
import zipfile
from pathlib import Path

import pytest
from chromium import start_chromium
from courses import copy_course, jupyter_server
from in_process import nbgrader_here, run_here
from PIL import Image
from samples import others_slow
from sentences import repair_lines

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.intake.submission import read_submission

ROOT = Path(__file__).parent.parent
NAME, QUESTION = "Dropout.ipynb", "question_dropout"
COLOURS = {"PNG": (250, 10, 10), "JPEG": (10, 250, 10), "GIF": (10, 10, 250), "WEBP": (200, 200, 10)}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>document.title = "ran"</script></svg>'


def picture(kind, side=40):
    stream = io.BytesIO()
    Image.new("RGB", (side, side + 8), COLOURS[kind]).save(stream, kind)
    return stream.getvalue()


def base64_of(content):
    return base64.b64encode(content).decode()


def url_of(content, kind="image/png"):
    return f"data:{kind};base64,{base64_of(content)}"


def pasted(content, name="image.png", kind="image/png", *, lines=False):
    """A cell's attachments as JupyterLab writes them, or as some programs do, a payload in lines."""
    payload = base64_of(content)
    return {name: {kind: [f"{payload[:20]}\n", payload[20:]] if lines else payload}}


# student → (answer, attachments, files next to the notebook, sizes of the pictures on the page)
PNG, JPEG, GIF, WEBP = (picture(kind) for kind in COLOURS)
ANSWERS = {
    "pasted": ("See ![image.png](attachment:image.png) here.", pasted(PNG), {}, 1),
    "named": (
        "![a](attachment:my%20plot%20(1).png) ![b](<attachment:my plot (1).png>)\n"
        "<img src='attachment:my plot (1).png'>",
        pasted(JPEG, "my plot (1).png", lines=True),
        {},
        3,
    ),
    "colab": (
        f'![p]({url_of(PNG)}) <img src="{url_of(GIF, "image/gif")}" width=30/> ![][image1]\n\n'
        f"[image1]: <{url_of(WEBP)}>\n\nThe end.",
        None,
        {},
        3,
    ),
    "adjacent": (
        '![a](s.png) ![b](./img/Loss%20curve.PNG "t") <img src="img/deep/x.gif" alt="x">\n\n![][1]\n\n'
        "[1]: C:\\me\\W.webp",
        None,
        {"s.png": JPEG, "img/loss curve.png": PNG, "img/deep/x.gif": GIF, "W.webp": WEBP},
        4,
    ),
    "long": (f"{'So. ' * 2000} ![x](attachment:x.png)", pasted(PNG, "x.png"), {}, 1),
    "gone": ("Look: ![loss](attachment:loss.png) and ![other](plots/gone.png)", None, {}, 0),
    "remote": (
        "![x](http://ADDRESS/a.png) <img src='http://ADDRESS/b.png'> [![y](//ADDRESS/c.png)](http://ADDRESS/d)",
        None,
        {},
        0,
    ),
    "svg": (
        f"![v](attachment:v.svg) ![w]({url_of(SVG, 'image/svg+xml')})",
        {"v.svg": {"image/svg+xml": [SVG.decode()]}},
        {},
        0,
    ),
    "lying": (
        f"![v](attachment:v.png) ![w]({url_of(b'<html><script>1</script></html>' * 9)})",
        pasted(SVG, "v.png"),
        {},
        0,
    ),
}


def submission(student, address=""):
    """The released notebook with an answer and a note that have the same picture."""
    text, attachments, files, _ = ANSWERS[student]
    content = json.loads((ROOT / "release" / "assignment2" / NAME).read_text(encoding="utf-8"))
    cell = next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == QUESTION)
    cell["source"] = text.replace("ADDRESS", address.removeprefix("http://")).splitlines(keepends=True)
    if attachments:
        cell["attachments"] = attachments
    if student == "pasted":
        note = {"cell_type": "markdown", "id": "n", "metadata": {}, "source": "![](attachment:note.png)"}
        content["cells"].insert(2, note | {"attachments": pasted(GIF, "note.png", "image/gif")})
    return json.dumps(content), files


class Loaded(http.server.BaseHTTPRequestHandler):
    """Answers what a page should never ask for."""

    asked: typing.ClassVar = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Loaded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def course(tmp_path_factory, elsewhere):
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=["Dropout"])
    for path in (folder / "source" / "assignment2").glob("*.ipynb"):
        if path.name != NAME:  # nbgrader's own commands would take them all the same
            path.unlink()
    for student in ANSWERS:
        text, files = submission(student, elsewhere)
        for name, content in {NAME: text.encode(), **files}.items():
            path = folder / "submitted" / student / "assignment2" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    text, files = submission("adjacent")
    packed = folder / "submitted" / "zipped" / "assignment2" / "hw.zip"
    packed.parent.mkdir(parents=True)
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in {NAME: text.encode(), **files}.items():
            archive.writestr(f"hw2/{name}", content)
    run = run_here(folder, "grade")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


STUDENTS = [*ANSWERS, "zipped"]


def expected(student):
    return ANSWERS["adjacent" if student == "zipped" else student][3]


def cell_of(course, student):
    path = course / "autograded" / student / "assignment2" / NAME
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == QUESTION)


@pytest.mark.parametrize("student", STUDENTS)
def test_pictures_are_attachments_of_the_autograded_notebook(course, student):
    cell = cell_of(course, student)
    kinds = [kind for bundle in cell.get("attachments", {}).values() for kind in bundle]
    assert all(name in cell["source"] for name in cell.get("attachments", {}))
    assert "base64" not in cell["source"]
    if expected(student):
        assert len(kinds) == (1 if student == "named" else expected(student))
        assert set(kinds) <= {"image/png", "image/jpeg", "image/gif", "image/webp"}
    elif student in ("svg", "lying"):
        assert set(kinds) == {"application/octet-stream"}


def seen(page, selector):
    """(width, height) of each picture that the browser has drawn, as it is in its file."""
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return page.eval_on_selector_all(f"{selector} img", "all => all.map(i => [i.naturalWidth, i.naturalHeight])")


@pytest.fixture(scope="module")
def browser():
    with start_chromium() as started:
        yield started


@pytest.fixture(scope="module")
def formgrader(course):
    with jupyter_server(course, program=("-m", "autograder.gradebook.formgrader_server")) as address:
        yield f"{address}/formgrader"


@contextlib.contextmanager
def opened(browser, address):
    """A page without network of its own, but for the servers of this test."""
    context = browser.new_context()
    context.route("http*://**", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    page = context.new_page()
    page.goto(address, wait_until="domcontentloaded")
    yield page
    assert page.title() != "ran"
    context.close()


def submission_address(course, formgrader, student):
    with NbGrader(load_course(course)).open() as gradebook:
        part = gradebook.find_submission_notebook("Dropout", "assignment2", student)
        return f"{formgrader}/submissions/{part.id}/?token=secret"


@pytest.mark.parametrize("student", others_slow(STUDENTS, often=["pasted", "adjacent", "remote", "svg"]))
def test_a_grader_sees_them_in_formgrader_and_the_student_on_the_feedback_page(course, browser, formgrader, student):
    feedback = course / "feedback" / student / "assignment2" / "Dropout.html"
    answer = {"form": f".nbgrader_cell:has(#{QUESTION})", "page": f"section#{QUESTION}"}
    for address, box in (
        (submission_address(course, formgrader, student), answer["form"]),
        (feedback.as_uri(), answer["page"]),
    ):
        with opened(browser, address) as page:
            assert seen(page, box) == [[40, 48]] * expected(student)
            text = page.inner_text(box)
            if student == "gone":
                assert "(picture loss.png, which is not shown)" in text
                assert "(picture plots/gone.png, which is not shown)" in text
            if student == "remote":
                assert "/a.png, which is not loaded)" in text
            if student == "pasted":
                assert len(seen(page, "body")) == 2, "the note's picture"
            if student == "svg":
                with page.expect_download() as download:
                    page.locator(f"{box} a[download]").first.click()
                assert Path(download.value.path()).read_bytes() == SVG
                assert download.value.suggested_filename.endswith(".svg")
    assert Loaded.asked == []


def test_feedback_names_pictures_that_are_not_shown(course):
    notes = {
        student: (course / "feedback" / student / "assignment2" / "feedback.md").read_text() for student in ANSWERS
    }
    assert "the picture loss.png was not handed in" in notes["gone"]
    assert "the picture plots/gone.png was not handed in" in notes["gone"]
    assert "is not a PNG, JPEG, GIF or WebP picture" in notes["lying"]
    assert "picture" not in notes["adjacent"]


def test_nbgraders_own_commands_make_the_same_notebooks_and_pages(course, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(course, folder)
    made = {name: folder / name for name in ("autograded", "feedback")}
    for path in made.values():
        shutil.rmtree(path)
    for command in ("autograde", "generate_feedback"):
        done = nbgrader_here(folder, command, "assignment2", "--force")
        assert done.returncode == 0, done.stderr[-2000:]
    for student in ANSWERS:  # nbgrader alone opens no archive
        assert cell_of(folder, student).get("attachments") == cell_of(course, student).get("attachments")
        page, same = (top / "feedback" / student / "assignment2" / "Dropout.html" for top in (folder, course))
        texts = [path.read_text(encoding="utf-8").partition("<footer")[0] for path in (page, same)]
        assert texts[0] == texts[1]


def test_released_pictures_are_not_the_students(tmp_path):
    folder = copy_course(tmp_path / "course", notebooks=["Dropout"])
    path = folder / "source" / "assignment2" / NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    text = f"Look: ![a](attachment:image.png) ![b]({url_of(GIF)}) ![c](figures/c.png)"
    cell = {"cell_type": "markdown", "id": "p", "metadata": {}, "source": text, "attachments": pasted(PNG)}
    content["cells"].insert(1, cell)
    path.write_text(json.dumps(content), encoding="utf-8")
    assignment = load_assignment(load_course(folder))
    handed_in = tmp_path / "ann"
    handed_in.mkdir()
    (handed_in / NAME).write_text(json.dumps(content), encoding="utf-8")
    submission = read_submission(handed_in, assignment, student="ann")
    assert repair_lines(submission) == ()
    assert submission.pictures == {}
    assert not any(cell.source.startswith("Look") for cell in submission.notebooks[NAME])
    rebuilt = rebuild_notebook(submission, NAME, assignment)["cells"][1]
    assert (rebuilt["source"], rebuilt["attachments"]) == (text, pasted(PNG))
