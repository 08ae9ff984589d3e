"""Responses of Jupyter servers with formgrader: students' files are never pages, and only grading is possible."""

import contextlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
from courses import TWO, copy_course, jupyter_server
from in_process import run_here
from tornado import routing, web

from autograder.course.config import load_course
from autograder.errors import GraderError
from autograder.gradebook import formgrader_handlers
from autograder.gradebook.nbgrader_api import NbGrader

ROOT = Path(__file__).parent.parent
LAUNCHER = str(ROOT / "tests" / "served_routes.py")
GRADING = "autograder.gradebook.formgrader_server:FormgraderServer"
SERVERS = {"make formgrader": GRADING, "jupyter server": "jupyter_server.serverapp:ServerApp"}
MARKER = "EVIL-MARKER"
SCRIPT = f"<script>/*{MARKER}*/</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'
NOTEBOOK = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": SCRIPT}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
EVIL = {
    "evil.html": f"<!doctype html>{SCRIPT}",
    "evil.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}</html>',
    "evil.svg": SVG,
    "evil.xml": f'<x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>/*{MARKER}*/</h:script></x>',
    "evil.js": f"/*{MARKER}*/",
    "evil.pdf": f"%PDF-1.4 {MARKER}",
    "evil.ipynb": json.dumps(NOTEBOOK),
    "evil #?%41.html": f"<!doctype html>{SCRIPT}",
}
PASSIVE = ("application/json", "application/octet-stream", "text/plain", "image/png")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded course in which eve has files in all folders, and a settings file next to her notebooks."""
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=TWO)
    work = folder / "submitted" / "eve" / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", work)
    for name, text in EVIL.items():
        (work / name).write_text(text)
    (work / "timestamp.txt").write_text("no time at all")
    for place in (work, work.parent):
        (place / "nbgrader_config.py").write_text(f"open({str(folder / 'executed')!r}, 'w')\n")
    done = run_here(folder, "grade")
    assert done.returncode == 0, done.stdout + done.stderr
    for place in ("autograded", "feedback"):
        for name in EVIL:
            shutil.copy(work / name, folder / place / "eve" / "assignment2")
    own = folder / "autograded" / "eve" / "assignment2"
    (own / "out").symlink_to(work)
    (own / "out.html").symlink_to(work / "evil.html")
    (own / "loop").symlink_to("loop")
    (own / "folder").mkdir()
    return folder


@pytest.fixture(scope="module", params=["make formgrader", pytest.param("jupyter server", marks=pytest.mark.slow)])
def server(request, course):
    """(address, routes) of a server on the course."""
    settings = course / "jupyter" / "jupyter_server_config.d"
    settings.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "autograder" / "gradebook" / "formgrader_sanitizer.json", settings)
    with jupyter_server(
        course, program=(LAUNCHER, SERVERS[request.param]), JUPYTER_CONFIG_PATH=str(course / "jupyter")
    ) as address:
        yield address, json.loads((course / "routes.json").read_text())


@pytest.fixture(scope="module")
def grading_only(course):
    """(address, routes) of the server of `make formgrader`."""
    with jupyter_server(course, program=(LAUNCHER, GRADING)) as address:
        yield address, json.loads((course / "routes.json").read_text())


def submission_id(course):
    with NbGrader(load_course(course)).open() as gradebook:
        return gradebook.find_submission_notebook(TWO[0], "assignment2", "eve").id


@contextlib.contextmanager
def keep_alive(address):
    """Return `ask` without its first argument, for many requests."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)

    def ask_again(path, method="GET", **headers):
        body = "{}" if method in ("POST", "PUT", "PATCH") else None
        connection.request(method, path, body=body, headers={"Authorization": "token secret", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")

    try:
        yield ask_again
    finally:
        connection.close()


def ask(address, path, method="GET", **headers):
    """(status, headers, text); the path goes out as it is. Redirections are not followed."""
    with keep_alive(address) as ask_again:
        return ask_again(path, method, **headers)


def spellings(path):
    """Spellings of a path in a URL."""
    quoted = urllib.parse.quote(path)
    encoded = {quoted.replace("/", slash) for slash in ("/", "%2f", "%2F", "%252f", "%5c")}
    return encoded | {each.replace("..", "%2e%2E") for each in encoded}


def paths_to(name):
    """Paths that might lead to a file, as seen from the course and from a submission's own folder."""
    inside = f"submitted/eve/assignment2/{name}"
    upwards = f"../../../{inside}"
    if name == "evil.html":  # the one with which all spellings are tried
        copies = {inside.replace("submitted", folder) for folder in ("autograded", "feedback")}
        return copies | {name, f"out/{name}"} | spellings(inside) | spellings(upwards)
    return {urllib.parse.quote(inside), urllib.parse.quote(upwards, safe=""), urllib.parse.quote(name)}


def split_at_groups(pattern):
    """Return the texts of a pattern before, between and after its groups."""
    texts, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "(" and depth == 1:
            texts.append("")
        elif depth == 0 and sign != ")":
            texts[-1] += sign
    return [re.sub(r"^\?|/\?$|/\?\$$|\\|\.\*|\$$", "", text) for text in texts]


def addresses_of(pattern, paths, first):
    """URLs of a route, with the paths in its last group.

    - first: what goes into the groups before, and as a folder before the path.
    """
    *before, last, end = ["", *split_at_groups(pattern)]
    if not any(before) and not last:
        return [end]
    last = last.rstrip("/") + "/"
    if len(before) > 1:
        beginnings = [value.join(before[1:]) + value + last for value in first]
    else:
        beginnings = [last, *(f"{last}{value}/" for value in first)]
    return [beginning + path + end for beginning in beginnings for path in paths]


def could_execute(headers):
    """Return True if a browser might run the content with the rights of the origin."""
    sandbox = [part.split() for part in headers.get("Content-Security-Policy", "").split(";") if "sandbox" in part]
    confined = any(words[:1] == ["sandbox"] and "allow-same-origin" not in words for words in sandbox)
    download = headers.get("Content-Disposition", "").startswith("attachment")
    nosniff = headers.get("X-Content-Type-Options") == "nosniff"
    passive = headers.get("Content-Type", "").split(";")[0] in PASSIVE and nosniff
    return not (confined or download or passive)


def test_no_route_sends_a_students_file_as_active_content(course, server):
    address, routes = server
    first = [submission_id(course), "html"]
    patterns = [pattern for pattern, methods in routes if "GET" in methods]
    paths = {path for name in EVIL for path in paths_to(name)}
    sent, running = set(), set()
    with keep_alive(address) as ask_again:
        for path in {path for pattern in patterns for path in addresses_of(pattern, paths, first)}:
            status, headers, text = ask_again(path)
            if MARKER in text:
                sent.add(path)
                if could_execute(headers):
                    running.add((status, path, headers["Content-Type"]))
    assert running == set()
    assert any("/formgrader/submissions/" in path for path in sent), "the test found a route that sends files"


INSIDE = ["evil.html", "evil.svg", "./evil.html", "folder/../evil.html", "evil%20%23%3F%2541.html", f"{TWO[0]}.ipynb"]
OUTSIDE = [
    "out.html", "out/evil.html", "loop", "folder", "folder/", ".", "..", "%00", "evil.html%00", "x" * 5000,
    "/etc/passwd", "%2fetc%2fpasswd", "..%2f..%2f..%2fcourse_secret", "../../../course_secret", "%ff", "..%5cevil.html",
    "..%252f..%252f..%252fcourse_secret", "..%2f..%2f..%2fsubmitted%2feve%2fassignment2%2fevil.html",
    "..%2f..%2f..%2fgradebook.db", "../assignment2x/evil.html", "%2e%2e/%2e%2e/%2e%2e/course_config.py",
]  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_a_file_of_a_submission_is_a_download_in_a_sandbox(course, grading_only, name):
    path = f"/formgrader/submissions/{submission_id(course)}/{name}"
    for method, extra in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=3-9"})):
        status, headers, text = ask(grading_only[0], path, method, **extra)
        assert status in (200, 206)
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"] == "attachment"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert bool(text) == (method == "GET")


@pytest.mark.parametrize("name", OUTSIDE)
def test_only_files_in_the_submissions_own_folder_are_sent(course, grading_only, name):
    for method in ("GET", "HEAD"):
        status, headers, _ = ask(grading_only[0], f"/formgrader/submissions/{submission_id(course)}/{name}", method)
        assert status in (400, 403, 404)
        assert not headers["Content-Type"].startswith("application/octet-stream")


def test_files_of_a_submission_need_a_login(course, grading_only):
    path = f"/formgrader/submissions/{submission_id(course)}/evil.html"
    for method in ("GET", "HEAD"):
        status, _, text = ask(grading_only[0], path, method, Authorization="")
        assert status in (302, 403)
        assert MARKER not in text


@pytest.mark.parametrize("path", ["submitted/eve/assignment2", "source/../submitted/eve/", "{}/submitted/eve"])
def test_no_link_makes_formgrader_run_settings_of_a_student(course, server, path):
    status, _, _ = ask(server[0], "/formgrader?" + urllib.parse.urlencode({"path": path.format(course)}))
    assert not (course / "executed").exists()
    assert status == 403
    assert ask(server[0], "/formgrader")[0] == 302
    assert ask(server[0], "/formgrader?" + urllib.parse.urlencode({"path": str(course)}))[0] == 302


def test_the_server_of_make_formgrader_has_only_routes_for_grading(grading_only):
    beginnings = {re.match(r"[/\w-]*", pattern)[0] for pattern, _ in grading_only[1] if "formgrader" not in pattern}
    login = {"/login", "/logout", "/api/me"}
    facts = {"/api", "/api/spec", "/api/status", "/api/resolvePath", "/metrics"}
    assert beginnings <= login | facts | {"", "/", "/static/"}


REFUSED = [
    ("POST", "api/kernels"), ("GET", "api/kernels"), ("POST", "api/kernels/1/restart"), ("POST", "api/sessions"),
    ("GET", "api/sessions"), ("POST", "api/terminals"), ("GET", "api/terminals"), ("GET", "api/kernelspecs"),
    ("GET", "api/contents"), ("PUT", "api/contents/x.txt"), ("POST", "api/contents"), ("PATCH", "api/contents/source"),
    ("DELETE", "api/contents/gradebook.db"), ("POST", "api/contents/gradebook.db/checkpoints"),
    ("GET", "files/course_secret"), ("GET", "view/course_secret"), ("GET", "api/config/x"), ("PUT", "api/config/x"),
    ("GET", f"nbconvert/html/source/assignment2/{TWO[0]}.ipynb"), ("POST", "api/nbconvert"), ("POST", "api/shutdown"),
    ("GET", "api/kernels/1/channels"), ("GET", "terminals/websocket/1"), ("GET", "api/events/subscribe"),
    ("GET", "lab"), ("GET", "tree"), ("GET", "notebooks/x.ipynb"), ("POST", "assignments/validate"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_the_server_of_make_formgrader_has_no_kernels_terminals_and_files(course, grading_only, method, path):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    for extra in ({}, {**upgrade, "Sec-WebSocket-Key": "c2VjcmV0c2VjcmV0c2VjcmV0"}):
        status, _, text = ask(grading_only[0], f"/{path}", method, **extra)
        assert status == 404
        assert (course / "course_secret").read_text().strip() not in text
    assert not (course / "x.txt").exists()
    assert (course / "gradebook.db").exists()


def test_formgrader_scores_and_writes_feedback_without_kernels(course, grading_only):
    (course / "feedback" / "eve" / "assignment2" / f"{TWO[0]}.html").unlink()
    for path in ("submission/assignment2/eve/autograde", "assignment/assignment2/eve/generate_feedback"):
        status, _, text = ask(grading_only[0], f"/formgrader/api/{path}", "POST")
        assert status == 200
        assert json.loads(text)["success"], text
    assert (course / "feedback" / "eve" / "assignment2" / f"{TWO[0]}.html").exists()
    listed = json.loads(ask(grading_only[0], "/formgrader/api/submissions/assignment2")[2])
    assert [(entry["student"], entry["autograded"]) for entry in listed] == [("eve", True)]


def test_formgrader_is_protected_even_if_its_extension_is_switched_off(course):
    off = "--ServerApp.jpserver_extensions={'autograder.gradebook.formgrader_sanitizer': False}"
    with jupyter_server(course, program=("-m", "jupyter", "server", off)) as address:
        _, headers, _ = ask(address, f"/formgrader/submissions/{submission_id(course)}/{TWO[0]}.ipynb")
        assert ask(address, "/formgrader?path=submitted/eve/assignment2")[0] == 403
    assert headers["Content-Disposition"] == "attachment"
    assert not (course / "executed").exists()


# Versions of nbgrader as they might come: one without a handler that the guard replaces, one with another file server.
OTHER_VERSIONS = {
    "missing": "del handlers.default_handlers[0]",
    "added": "handlers.default_handlers.append(('/formgrader/work/(.*)', web.StaticFileHandler, {'path': '.'}))",
}
START = """
import sys
from tornado import web
from nbgrader.server_extensions.formgrader import handlers
{change}
from {module} import main
sys.exit(main())
"""


def other_version(folder, change, module):
    """Return the path of a program that changes nbgrader and starts a server."""
    path = folder / "start.py"
    path.write_text(START.format(change=OTHER_VERSIONS[change], module=module))
    return str(path)


@pytest.mark.parametrize("change", OTHER_VERSIONS)
def test_make_formgrader_refuses_an_unknown_formgrader(course, tmp_path, change):
    program = other_version(tmp_path, change, "autograder.gradebook.formgrader_server")
    command = [sys.executable, program, "--no-browser", "--allow-root"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("formgrader: expected ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("change", OTHER_VERSIONS)
def test_another_server_switches_off_an_unknown_formgrader(course, tmp_path, change):
    program = other_version(tmp_path, change, "jupyter_server.serverapp")
    with jupyter_server(course, program=(program,)) as address:
        own = f"/submissions/{submission_id(course)}/evil.html"
        for page in ("", "/", "/manage_assignments", own, "/work/course_secret", "/api/assignments"):
            status, _, text = ask(address, f"/formgrader{page}")
            assert status == 503
            assert text.startswith("formgrader is switched off, because it could not be protected: ")
    assert "formgrader is switched off: expected " in (course / "server.log").read_text()


def test_a_handler_that_is_not_chosen_by_its_path_is_refused():
    routes = [(f"/formgrader/{number}", handler) for number, handler in enumerate(formgrader_handlers.REPLACEMENTS)]
    formgrader_handlers.replace_handlers(web.Application(routes))
    unknown = routing.Rule(routing.AnyMatches(), web.RequestHandler)
    with pytest.raises(GraderError, match=r"expected handlers by path in nbgrader .*, got one by AnyMatches"):
        formgrader_handlers.replace_handlers(web.Application([*routes, unknown]))
