"""A grader clicks links in answers and opens addresses: no script of a student gets the grader's rights."""

import contextlib
import json
import shutil
import urllib.parse
from pathlib import Path

import pytest
from chromium import MATHJAX, playwright, serve_mathjax, start_chromium
from courses import TWO, copy_course, jupyter_server
from in_process import run_here
from samples import others_slow

ROOT = Path(__file__).parent.parent
QUESTION = "question_small_batches"
# Uses of a grader's rights by a script. Each is noted in the window's name, which outlives the page.
CANARY = """
window.name += " ran:" + location.origin;
const xsrf = (document.cookie.match(/_xsrf=([^;]*)/) || [])[1] || "";
for (const [method, path] of [["GET", "/formgrader/api/assignments"], ["GET", "/files/course_secret"],
                              ["POST", "/api/kernels"], ["POST", "/api/terminals"]])
    fetch(path, {method, credentials: "include", headers: {"X-XSRFToken": xsrf}})
        .then(answer => { if (answer.ok) window.name += ` ${method} ${path}`; });
"""
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[{CANARY}]]></script></svg>'
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><script><![CDATA[{CANARY}]]></script></html>'
FILES = {
    "evil.html": f"<!doctype html><script>{CANARY}</script>",
    "evil.svg": SVG,
    "evil.xml": f'<?xml version="1.0"?>{XHTML}',
    "evil.xhtml": XHTML,
    "evil.ipynb": json.dumps(
        {
            "cells": [{"cell_type": "raw", "id": "a", "metadata": {}, "source": f"<script>{CANARY}</script>"}],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    ),
}
SERVERS = {
    "make formgrader": ("-m", "autograder.gradebook.formgrader_server"),
    "jupyter server": ("-m", "jupyter", "server"),
}


def addresses(origin, files=tuple(FILES)):
    """Addresses of a student's links, for each of the files, and of pages that lead to them."""
    for name in files:
        inside = f"submitted/eve/assignment2/{name}"
        upwards = f"../../../{inside}"
        yield from (upwards.replace("/", "%2f"), upwards.replace("/", "%2F").replace("..", "%2e%2e"))
        yield from (upwards.replace("/", "%252f"), upwards.replace("/", "%5c"), upwards, name, f"attachment:{name}")
        yield from (f"/files/{inside}", f"files/{inside}", f"/view/{inside}", f"{origin}/files/{inside}")
        yield from (f"http:/files/{inside}", f"http:{name}", f"//{origin[7:]}/files/{inside}", f"http:\\\\{origin[7:]}")
        yield f"{origin}/formgrader/submissions/ID/{upwards.replace('/', '%2f')}"
    yield from ("/nbconvert/html/submitted/eve/assignment2/evil.ipynb", "/formgrader?path=submitted/eve/assignment2")
    yield f"{origin.replace('127.0.0.1', 'localhost')}/formgrader?path=submitted/eve/assignment2"
    yield f"{origin.replace('127.0.0.1', '2130706433')}/formgrader?path=submitted/eve/assignment2"


def answer_of(wanted):
    """Markdown with links to each of the addresses, also out of formulas."""
    markdown = [f"[link]({address})" for address in wanted] + [f'<a href="{address}">tag</a>' for address in wanted[:4]]
    escaped = [address.replace("%", "\\%") for address in wanted if "\\" not in address]
    formulas = [f"$\\href{{{address}}}{{\\text{{formula}}}}$" for address in escaped[:12]]
    return "\n\n".join(["before", *markdown, *formulas, "[elsewhere](https://example.org/paper.pdf)", "after"])


def cell_of(cells, grade_id):
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def grade(folder):
    done = run_here(folder, "grade")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which eve has handed in scripts next to her notebooks."""
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=TWO)
    work = folder / "submitted" / "eve" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", work)
    for name, text in FILES.items():
        (work / name).write_text(text)
    (work / "nbgrader_config.py").write_text(f"open({str(folder / 'executed')!r}, 'w')\n")
    settings = folder / "jupyter" / "jupyter_server_config.d"
    settings.mkdir(parents=True)
    shutil.copy(ROOT / "autograder" / "gradebook" / "formgrader_sanitizer.json", settings)
    return folder


@pytest.fixture(scope="module", params=["make formgrader", pytest.param("jupyter server", marks=pytest.mark.slow)])
def origin(request, course):
    """The address of a server on the course, which is graded; eve's links know it."""
    with jupyter_server(course, program=SERVERS[request.param], JUPYTER_CONFIG_PATH=str(course / "jupyter")) as address:
        path = course / "submitted" / "eve" / "assignment2" / f"{TWO[0]}.ipynb"
        content = json.loads(path.read_text(encoding="utf-8"))
        # Cells too long for Markdown are shown as they are: several short ones.
        wanted = list(addresses(address))
        cell_of(content["cells"], QUESTION)["source"] = answer_of(wanted[:20])
        content["cells"] = [cell for cell in content["cells"] if cell["metadata"].get("of_eve") is None]
        for first in range(20, len(wanted), 20):
            text = answer_of(wanted[first : first + 20])
            cell = {"cell_type": "markdown", "metadata": {"of_eve": True}, "source": text}
            content["cells"].insert(2, cell)
        path.write_text(json.dumps(content), encoding="utf-8")
        grade(course)
        yield address


@pytest.fixture(scope="module")
def chromium():
    with start_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium, origin):
    """A page that is logged in. Nothing outside of this machine is asked for."""
    with contextlib.closing(chromium.new_context(accept_downloads=False)) as context:
        context.route(lambda url: "127.0.0.1" not in url and "localhost" not in url, serve_mathjax)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{origin}/formgrader/manage_assignments?token=secret")
        page.goto(f"{origin}/formgrader/submissions/{submission_id_of(origin, page)}/")
        if MATHJAX.is_dir():
            page.wait_for_function("window.MathJax && MathJax.Hub && !MathJax.Hub.queue.pending")
        yield page


def submission_id_of(origin, page):
    answer = page.request.get(f"{origin}/formgrader/api/submitted_notebooks/assignment2/{TWO[0]}")
    return answer.json()[0]["id"]


LINKS = "[...document.querySelectorAll('#notebook-container [href]')]"
CLICK = f"link => {LINKS}.find(e => e.href === link).click()"


def links_of_eve(page):
    """The addresses of the links in the notebook, as the browser understands them."""
    return sorted(set(page.evaluate(f"{LINKS}.map(e => String(e.href))")))


def leads_to(link, origin):
    """Return True if a link leads to a server's own host, under any name and port."""
    names = ("localhost", urllib.parse.urlsplit(origin).hostname)
    return link.startswith("http") and urllib.parse.urlsplit(link).hostname in names


def test_no_link_of_a_student_leads_to_the_graders_own_server(page, origin):
    text = page.inner_text("#notebook-container")
    assert "before" in text
    assert "link" in text
    links = [link for link in links_of_eve(page) if not link.startswith(f"{page.url}#")]
    assert "https://example.org/paper.pdf" in links
    assert [link for link in links if leads_to(link, origin) or not link.startswith("http")] == []


def test_no_link_that_is_clicked_runs_a_script_with_the_graders_rights(page, origin, course):
    start = page.url
    page.evaluate("window.name = ''")
    for link in [link for link in links_of_eve(page) if leads_to(link, origin) and "#" not in link]:
        page.evaluate(CLICK, link)
        page.wait_for_timeout(300)
        assert page.evaluate("window.name") == "", link
        page.goto(start)
    assert not (course / "executed").exists()


@pytest.mark.parametrize("file", others_slow(FILES, often=["evil.html"]))
def test_no_address_of_the_server_runs_a_students_script_with_the_graders_rights(page, origin, course, file):
    """An address can be typed, and any page elsewhere can lead a browser to it."""
    submission = page.url
    own = submission.partition("?")[0].rstrip("/").rpartition("/")[2]
    page.goto(f"{origin}/api/status")  # a page that loads quickly
    for address in addresses(origin, [file]):
        page.evaluate("window.name = ''")
        target = urllib.parse.urljoin(submission, address.replace("ID", own))
        with contextlib.suppress(playwright.Error):  # a download is not a page
            page.goto(target)
        page.wait_for_timeout(150)
        name = page.evaluate("window.name")
        assert f"ran:{origin}" not in name, address
        assert " GET" not in name, address
        assert " POST" not in name, address
        page.goto(f"{origin}/api/status")
    assert not (course / "executed").exists()
