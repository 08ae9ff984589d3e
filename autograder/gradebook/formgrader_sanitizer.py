"""A Jupyter server extension that makes formgrader safe from students' ids, names, texts and files.

nbgrader puts ids and parts of addresses into its pages as they are, and it sends students' files
as pages of its own. An id, or a link that a grader follows, could bring a script along. And nbgrader
knows the kit's settings only if the server was started in the course's folder.

Three ways lead here: formgrader_server.py (`make formgrader`); formgrader_sanitizer.json, which
`make setup` installs; and nbgrader_settings.py, which formgrader reads when it opens a course.
If a formgrader can't be guarded, such as one of another version, it is switched off.
"""

import html
from pathlib import Path
from typing import Any

from jinja2 import DictLoader
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from tornado.routing import PathMatches, Rule
from tornado.web import RequestHandler

from autograder.course.config import CONFIG_FILE, load_course
from autograder.course.permissions import keep_private, protect_gradebook
from autograder.errors import GraderError
from autograder.feedback.safe_html import SAFE_FILTERS
from autograder.gradebook.formgrader_handlers import replace_handlers

__all__ = ["guard", "guard_running_server"]

FROM_STUDENTS = ("student", "first_name", "last_name", "notebook_path")
# Neither a tag nor the end of a value can be written without these; a backslash would take the end of a script's string
# away. An apostrophe ends nothing in nbgrader's templates, and ids that hold one must stay what they are where a page's
# own script reads them.
HARMLESS = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&#34;", "\\": "&#92;", "\n": "&#10;", "\r": "&#13;"})
# Formulas can hold links as well. MathJax reads this before the formulas; the original follows.
MATHJAX = """
{%- from "nbconvert/templates/base/mathjax.html.j2" import mathjax as original -%}
{%- macro mathjax() -%}
<script type="text/x-mathjax-config">MathJax.Hub.Config({Safe: {allow: {URLs: "none"}}});</script>
{{ original() }}
{%- endmacro -%}
"""
GUARDED = "autograder_formgrader_sanitizered"


class _NamesAsText(Preprocessor):
    """Escapes what formgrader shows above a submission."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = {name: html.escape(resources[name]) for name in FROM_STUDENTS if isinstance(resources.get(name), str)}
        resources.update(names)
        return nb, resources


class _SwitchedOff(RequestHandler):
    """Answers in the place of a formgrader that could not be guarded."""

    def prepare(self) -> None:
        self.set_status(503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("formgrader is switched off: it could not be made safe; the server's log says why\n")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Wait until all extensions are loaded, formgrader among them; the first request comes later still."""
    app.io_loop.add_callback(_guard_or_switch_off, app)


def guard_running_server() -> None:
    """Guard the formgrader of the Jupyter server that this process is, if it is one."""
    if ServerApp.initialized() and GUARDED not in ServerApp.instance().web_app.settings:
        _load_jupyter_server_extension(ServerApp.instance())


def guard(app: ServerApp) -> None:
    """Make safe what a server's formgrader answers, and keep what the server writes private.

    Raises: GraderError when there is no formgrader that this module knows how to guard.
    """
    settings = app.web_app.settings
    if GUARDED in settings:
        return
    if "nbgrader_jinja2_env" not in settings:
        raise GraderError("expected nbgrader's formgrader, got a server without it: run `make setup` again")
    replace_handlers(app.web_app)
    coursedir = settings["nbgrader_formgrader"].coursedir
    if Path(coursedir.root, CONFIG_FILE).exists():  # else no course is open, and formgrader says so
        course = load_course(coursedir.root)
        keep_private(course)
        protect_gradebook(settings["nbgrader_db_url"], course)
    settings["nbgrader_jinja2_env"] = settings["nbgrader_jinja2_env"].overlay(finalize=_as_text)
    exporter = settings["nbgrader_exporter"]
    exporter.extra_loaders = [DictLoader({"mathjax.html.j2": MATHJAX}), *exporter.extra_loaders]
    exporter.filters = {**exporter.filters, **SAFE_FILTERS}  # asked for again for each notebook
    for name, convert in SAFE_FILTERS.items():
        exporter.register_filter(name, convert)
    exporter.register_preprocessor(_NamesAsText, enabled=True)
    settings[GUARDED] = True


def _guard_or_switch_off(app: ServerApp) -> None:
    if "nbgrader_formgrader" not in app.web_app.settings:
        return
    try:
        guard(app)
    except Exception as error:  # whatever another version of nbgrader or nbconvert lacks
        app.log.critical("formgrader is switched off: %s", error)
        matcher = PathMatches(url_path_join(app.base_url, "formgrader") + ".*")
        app.web_app.default_router.rules.insert(0, Rule(matcher, _SwitchedOff))


def _as_text(value: object) -> object:
    return value.translate(HARMLESS) if isinstance(value, str) else value
