"""Formgrader and feedback in a real browser: what a grader does there, and what students must not be able to do."""

import contextlib
import http.server
import json
import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from axe import violations
from chromium import MATHJAX, keep_picture, leaves_this_machine, serve_mathjax, start_chromium
from courses import copy_course, jupyter_server
from in_process import run_here
from samples import others_slow

from autograder.course.config import load_course
from autograder.gradebook.nbgrader_api import NbGrader

ROOT = Path(__file__).parent.parent
NOTEBOOK, OTHER, QUESTION = "BatchNormalization", "ConvolutionalNetworks", "question_small_batches"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
FIRED = "document.title=window.name='fired'"
BAD_ID = f"<img src=x onerror={FIRED}>"
ANSWER = "Every feature becomes **+1** or **-1**, so $\\partial L / \\partial x = 0$."
COMMENT = "Right, and *well* put."
# What the grader brings into formgrader: rendered cells, and the text of the hidden tests. All around it, and the
# colours of links and code, are nbgrader's.
IN_FORMGRADER = ("#notebook-container .text_cell_render", "#notebook-container .output_area")
OF_NBGRADER = ("link-in-text-block",)


def hostile_text(address):
    """Markdown that wants to run, load or hide something. - address: where a request would be counted."""
    run = f"{FIRED};new Image().src='{address}/script'"
    return f"""<script>{run}</script> <img src="{address}/img" onerror="{run}">
<svg onload="{run}"><script>{run}</script></svg>
<iframe src="{address}/iframe" srcdoc="<script>parent.{run}</script>"></iframe>
<details open ontoggle="{run}"></details>
<style>body {{ display: none }} @import url({address}/css);</style> <link rel="stylesheet" href="{address}/link">
<div class="modal-backdrop navbar-fixed-top" style="position:fixed;inset:0" id="notebook">over everything</div>
<a href="javascript:{run}">one</a> [two](javascript:{run.replace(" ", "%20")}) [three](JaVaScRiPt&colon;{FIRED})
<a href="data:text/html,<script>{run}</script>">four</a> [five](data:text/html;base64,PHNjcmlwdD4=)
![six]({address}/picture)
<object data="{address}/object"></object> <embed src="{address}/embed"> <base href="{address}/base/">
<form action="{address}/form"><button>seven</button></form> <input autofocus onfocus="{run}">
<meta http-equiv="refresh" content="0;url={address}">
<math href="javascript:{run}"><mi>x</mi></math> </div></div></textarea></pre><script>{run}</script>

$\\href{{javascript:{FIRED}}}{{\\text{{eight}}}}$ $\\mmlToken{{mi}}[href="javascript:{FIRED}"]{{9}}$
$\\require{{{address}/x}} 1$ $\\unicode{{x3c}}img src=x onerror={FIRED}\\unicode{{x3e}}$
$\\style{{position:fixed;top:0}}{{10}}$ $\\class{{modal}}{{11}}$

```html
<script>{run}</script>
```

```mermaid
graph LR; A["<img src=x onerror={FIRED}>"] --> B; click B "javascript:{FIRED}"
```
"""


class Canary(http.server.BaseHTTPRequestHandler):
    """Counts what anybody asks for."""

    hits: list = []  # noqa: RUF012 - one list for all that this server is asked

    def do_GET(self):
        self.hits.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def canary():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def grade(folder, *options):
    done = run_here(folder, "grade", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def find(cells, grade_id):
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, canary):
    """A course folder with three graded students: one who does the work, and two with bad intentions."""
    folder = tmp_path_factory.mktemp("course")
    copy_course(folder)
    text = hostile_text(canary)
    for student in ("ann", "mallory", BAD_ID):
        target = folder / "submitted" / student / "assignment2"
        shutil.copytree(ROOT / "release" / "assignment2", target)
        path = target / f"{NOTEBOOK}.ipynb"
        content = json.loads(path.read_text(encoding="utf-8"))
        code, answer = "def layernorm_forward(*args):\n    return 'the work of ann'", ANSWER
        if student != "ann":
            lines = "\n".join(f"# {line}" for line in text.splitlines())
            code = f'{lines}\ndef layernorm_forward(*args):\n    raise ValueError("""{text[:300]}""")'
            answer = text
            content["cells"].insert(2, {"cell_type": "markdown", "metadata": {}, "source": text})
        find(content["cells"], "layernorm_forward")["source"] = code
        find(content["cells"], QUESTION)["source"] = answer
        path.write_text(json.dumps(content), encoding="utf-8")
        if student == "mallory":
            path.rename(target / f"<img src=x onerror={FIRED}>.ipynb")
    assert "answers to grade by hand in 3 submissions" in grade(folder)
    return folder


@pytest.fixture(scope="module")
def formgrader(graded):
    """The address of formgrader on the course, up to the name of a page."""
    with jupyter_server(graded, program=("-m", "autograder.gradebook.formgrader_server")) as address:
        yield f"{address}/formgrader"


@pytest.fixture(scope="module")
def chromium():
    with start_chromium() as browser:
        yield browser


class Watched:
    """A page, and all that went wrong on it. Nothing outside of this machine is asked for."""

    def __init__(self, context):
        self.errors = []
        context.route(leaves_this_machine, serve_mathjax)
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        self.page.on("console", self._console)
        self.page.on("dialog", lambda dialog: (self.errors.append("dialog"), dialog.dismiss()))

    def _console(self, message):
        away = message.location.get("url", "")
        if message.type == "error" and (not away or away.startswith(("http://127.0.0.1", "file:"))):
            self.errors.append(f"console: {message.text} {away}")

    def typeset(self):
        """Wait until formulas are set, where they can be."""
        if MATHJAX.is_dir():
            self.page.wait_for_function("document.querySelector('.MathJax_CHTML') && !MathJax.Hub.queue.pending")

    def assert_harmless(self):
        """No script of a student ran, and none waits for a click; nothing was loaded from where they said."""
        page = self.page
        assert page.title() != "fired"
        assert page.evaluate("window.name") != "fired"
        assert Canary.hits == []
        assert page.evaluate("document.querySelectorAll('iframe, object, embed, base, svg [onload]').length") == 0
        waiting = """[...document.querySelectorAll('*')].filter(e =>
            ['href', 'src', 'xlink:href', 'action'].some(a => /^\\s*(javascript|data):/i.test(e.getAttribute(a) || ''))
            && !/^data:image/.test(e.getAttribute('src') || '')).map(e => e.outerHTML)"""
        assert page.evaluate(waiting) == []
        assert page.evaluate("getComputedStyle(document.body).display") != "none"

    def assert_clean(self):
        """No error of the page itself. Without MathJax, which is not on this machine, its absence is one."""
        assert [error for error in self.errors if MATHJAX.is_dir() or "MathJax" not in error] == []


@pytest.fixture
def open_page(chromium):
    """Function of options of a browser context → Watched page; all are closed at the end."""
    with contextlib.ExitStack() as stack:

        def open_one(**options):
            context = stack.enter_context(chromium.new_context(**{"viewport": DESK, **options}))
            return Watched(context)

        yield open_one


@pytest.fixture
def grader(open_page, formgrader):
    """A page that is logged in."""
    watched = open_page()
    watched.page.goto(f"{formgrader}/manage_assignments?token=secret")
    return watched


def submission_page(grader, formgrader, student):
    """Open a student's notebook from the list."""
    grader.page.goto(f"{formgrader}/gradebook/assignment2/{NOTEBOOK}")
    grader.page.wait_for_selector("a.name-hidden")
    grader.page.click("#toggle_names")
    grader.page.click(f"a.name-shown >> text={json.dumps(student)}")
    grader.page.wait_for_selector(f"#{QUESTION}")
    if student != BAD_ID:  # formulas take seconds
        grader.typeset()


def answer_in_gradebook(folder, student):
    with NbGrader(load_course(folder)).open() as gradebook:
        where = (QUESTION, NOTEBOOK, "assignment2", student)
        grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
        return grade.manual_score, bool(grade.needs_manual_grade), comment.manual_comment


def test_a_grader_gives_points_and_a_comment_and_the_student_sees_them(graded, formgrader, grader, open_page):
    page = grader.page
    page.goto(f"{formgrader}/manage_submissions/assignment2")
    page.wait_for_selector("td.student-id >> text=ann")
    assert sorted(page.locator("td.student-id").all_inner_texts()) == sorted(["ann", "mallory", BAD_ID])
    assert page.locator("text=needs manual grading").count() == 3
    keep_picture(page, "1-submissions.png")

    submission_page(grader, formgrader, "ann")
    text = page.inner_text("#notebook-container")
    assert "the work of ann" in text
    assert "✘" in text
    assert "layernorm_forward: 0 of 5 points" in text
    box = page.locator(".nbgrader_cell", has=page.locator(f"#{QUESTION}"))
    assert "Every feature becomes +1 or -1" in box.inner_text()
    score, comment = box.locator("input.score"), box.locator("textarea.comment")
    page.wait_for_selector(f"#{QUESTION}.needs_manual_grade")
    box.scroll_into_view_if_needed()
    keep_picture(page, "2-before.png")
    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT") as saved:
        score.fill("3.5")
        score.press("Tab")
    assert saved.value.ok
    with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT") as saved:
        comment.fill(COMMENT)
        comment.blur()
    assert saved.value.ok
    page.wait_for_function(f"!document.querySelector('#{QUESTION}').classList.contains('needs_manual_grade')")
    page.wait_for_timeout(300)
    keep_picture(page, "3-graded.png")
    keep_picture(page, "3-graded-whole.png", full_page=True)
    assert answer_in_gradebook(graded, "ann") == (3.5, False, COMMENT)
    assert violations(page, include=IN_FORMGRADER, off=OF_NBGRADER) == []
    page.emulate_media(color_scheme="dark")
    keep_picture(page, "3-graded-dark.png")
    assert violations(page, include=IN_FORMGRADER, only=["color-contrast"]) == []
    page.emulate_media(color_scheme="light")
    grader.assert_harmless()
    grader.assert_clean()

    page.goto(f"{formgrader}/gradebook/assignment2/{NOTEBOOK}")
    page.wait_for_selector("a.name-hidden")
    page.click("#toggle_names")
    row = page.locator("tr", has=page.locator("a.name-shown >> text='ann'"))
    assert row.locator("td.needs-manual-grade .glyphicon-ok").count() == 0
    assert row.locator("td.written-score").inner_text() == "3.5 / 5"
    keep_picture(page, "4-list.png")

    grade(graded, "--student", "ann", "--force")
    assert answer_in_gradebook(graded, "ann") == (3.5, False, COMMENT), "the answer is the one that was graded"
    reader = open_page()
    reader.page.goto((graded / "feedback" / "ann" / "assignment2" / f"{NOTEBOOK}.html").as_uri())
    box = reader.page.locator(f"section#{QUESTION}")
    assert "3.5 of 5 points" in box.inner_text()
    assert "Right, and well put." in box.inner_text()
    box.scroll_into_view_if_needed()
    keep_picture(reader.page, "5-feedback.png")
    assert box.locator("math").count() == 1
    assert violations(reader.page) == []
    reader.assert_harmless()
    reader.assert_clean()


def test_nothing_that_a_student_hands_in_runs_in_formgrader(formgrader, grader):
    submission_page(grader, formgrader, "mallory")
    assert "over everything" in grader.page.inner_text("#notebook-container"), "shown as the text that it is"
    box = grader.page.locator(f"#{QUESTION}")
    box.scroll_into_view_if_needed()
    box.click()  # nothing lies over it
    keep_picture(grader.page, "6-hostile.png")
    keep_picture(grader.page, "6-hostile-whole.png", full_page=True)
    grader.page.wait_for_timeout(300)
    grader.assert_harmless()
    grader.assert_clean()


def test_a_student_s_id_is_shown_as_text(formgrader, grader):
    submission_page(grader, formgrader, BAD_ID)
    grader.page.evaluate("toggle_name(true)")
    keep_picture(grader.page, "6-id.png")
    assert grader.page.locator("li.live-notebook a.name-shown").inner_text().strip() == BAD_ID
    grader.assert_harmless()


@pytest.mark.parametrize("notebook", [NOTEBOOK, OTHER])
def test_nothing_that_a_student_hands_in_runs_on_a_feedback_page(graded, open_page, notebook):
    reader = open_page()
    reader.page.goto((graded / "feedback" / "mallory" / "assignment2" / f"{notebook}.html").as_uri())
    if notebook == NOTEBOOK:
        assert f"was found as <img src=x onerror={FIRED}>.ipynb" in reader.page.inner_text("body")
    for details in reader.page.locator("details:not([open]) > summary").all():
        details.click()
    reader.page.wait_for_timeout(300)
    keep_picture(reader.page, f"7-{notebook}.png", full_page=True)
    reader.assert_harmless()
    reader.assert_clean()


PLACES = ["manage_submissions/assignment2", "manage_students", "gradebook", "gradebook/assignment2", "gradebook/{id}",
          "manage_students/{id}", "manage_students/{id}/assignment2", "gradebook/{id}/{id}", "manage_submissions/{id}",
          "submissions/{id}"]  # fmt: skip
BREAKING_OUT = ["eve\\", "eve\\\n{}//", '"><img src=x onerror={}>', '";{};"', "</script><script>{}</script>"]


@pytest.mark.parametrize("place", others_slow(PLACES, often=["manage_students", "gradebook/{id}", "submissions/{id}"]))
def test_no_address_of_formgrader_runs_what_it_says(formgrader, grader, place):
    """A link that a grader follows, or a redirection from anywhere, leads where a student wants it to."""
    for text in BREAKING_OUT if "{id}" in place else [""]:
        bad = text.replace("{}", FIRED)
        grader.page.goto(f"{formgrader}/{place.format(id=urllib.parse.quote(bad, safe=''))}")
        grader.page.wait_for_timeout(150)
        grader.assert_harmless()
        assert [error for error in grader.errors if error.startswith("page:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("phone", PHONE), ("desk", DESK)])
def test_a_feedback_page_can_be_read_without_scripts_on_every_device(graded, open_page, scheme, device, size):
    reader = open_page(viewport=size, color_scheme=scheme, java_script_enabled=False)
    reader.page.goto((graded / "feedback" / "ann" / "assignment2" / f"{NOTEBOOK}.html").as_uri())
    keep_picture(reader.page, f"8-{device}-{scheme}.png")
    assert "0 of 5 points" in reader.page.locator("section#layernorm_forward").inner_text()
    assert reader.page.locator(f"a[href='#{QUESTION}']").is_visible()
    wide = reader.page.locator("body").bounding_box()["width"]
    assert wide <= size["width"]
    for part in reader.page.locator("section, table, td, th, header, footer").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"] + 1, part.inner_text()[:80]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_class_report_opens_sorts_and_runs_nothing_of_students(graded, open_page, scheme):
    assert run_here(graded, "report").returncode == 0
    reader = open_page(viewport=DESK, color_scheme=scheme)
    page = reader.page
    page.goto((graded / "reports" / "assignment2" / "index.html").as_uri())
    keep_picture(page, f"9-report-{scheme}.png", full_page=True)
    students = page.locator("table.students")
    assert "mallory" in students.inner_text()
    assert BAD_ID in students.inner_text()
    first = lambda: students.locator("tbody tr").first.inner_text()  # noqa: E731
    before = first()
    for _ in range(2):
        students.locator("thead th").first.locator("button").click()
    assert first() != before, "sorted the other way round"
    reader.assert_harmless()
    reader.assert_clean()
    students.locator("td.links a").first.click()
    assert "feedback" in page.title()
