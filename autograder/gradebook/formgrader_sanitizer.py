"""A Jupyter server extension that protects formgrader from students' ids, names, texts and files.

nbgrader inserts ids and parts of URLs into its pages unescaped, and it sends students' files as its
own pages. So an id, or a link that a grader opens, could contain a script. And nbgrader reads the
course's settings only if the server was started in the course's folder.

The extension is loaded by formgrader_server.py (`make formgrader`), by formgrader_sanitizer.json,
which `make setup` installs, or by nbgrader_settings.py, which formgrader reads when it opens a
course. If formgrader can't be protected, for example in another version, it is switched off.
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
# Tags and the end of an attribute need these characters; a backslash could escape the end of a string in a script.
# Apostrophes delimit nothing in nbgrader's templates, and ids with one must stay unchanged for the page's own script.
HARMLESS = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&#34;", "\\": "&#92;", "\n": "&#10;", "\r": "&#13;"})
# Formulas can contain links too. MathJax reads this setting before the formulas; the original macro follows.
MATHJAX = """
{%- from "nbconvert/templates/base/mathjax.html.j2" import mathjax as original -%}
{%- macro mathjax() -%}
<script type="text/x-mathjax-config">MathJax.Hub.Config({Safe: {allow: {URLs: "none"}}});</script>
{{ original() }}
{%- endmacro -%}
"""
GUARDED = "autograder_formgrader_sanitizered"


class _NamesAsText(Preprocessor):
    """Escape the names above a submission."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = {name: html.escape(resources[name]) for name in FROM_STUDENTS if isinstance(resources.get(name), str)}
        resources.update(names)
        return nb, resources


class _SwitchedOff(RequestHandler):
    """Replace a formgrader that could not be protected by an error message."""

    def prepare(self) -> None:
        self.set_status(503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("formgrader is switched off, because it could not be protected: see the server's log\n")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Run after all extensions are loaded, including formgrader, and before the first request."""
    app.io_loop.add_callback(_guard_or_switch_off, app)


def guard_running_server() -> None:
    """Protect formgrader if this process is a Jupyter server."""
    if ServerApp.initialized() and GUARDED not in ServerApp.instance().web_app.settings:
        _load_jupyter_server_extension(ServerApp.instance())


def guard(app: ServerApp) -> None:
    """Protect the pages of a server's formgrader, and keep the server's files private.

    Raises: GraderError if no formgrader exists, or one of an unknown version.
    """
    settings = app.web_app.settings
    if GUARDED in settings:
        return
    if "nbgrader_jinja2_env" not in settings:
        raise GraderError("expected nbgrader's formgrader, got a server without it: run `make setup` again")
    replace_handlers(app.web_app)
    coursedir = settings["nbgrader_formgrader"].coursedir
    if Path(coursedir.root, CONFIG_FILE).exists():  # otherwise no course is open, and formgrader shows a message
        course = load_course(coursedir.root)
        keep_private(course)
        protect_gradebook(settings["nbgrader_db_url"], course)
    settings["nbgrader_jinja2_env"] = settings["nbgrader_jinja2_env"].overlay(finalize=_as_text)
    exporter = settings["nbgrader_exporter"]
    exporter.extra_loaders = [DictLoader({"mathjax.html.j2": MATHJAX}), *exporter.extra_loaders]
    exporter.filters = {**exporter.filters, **SAFE_FILTERS}  # read again for each notebook
    for name, convert in SAFE_FILTERS.items():
        exporter.register_filter(name, convert)
    exporter.register_preprocessor(_NamesAsText, enabled=True)
    settings[GUARDED] = True


def _guard_or_switch_off(app: ServerApp) -> None:
    if "nbgrader_formgrader" not in app.web_app.settings:
        return
    try:
        guard(app)
    except Exception as error:  # another version of nbgrader or nbconvert may lack anything
        app.log.critical("formgrader is switched off: %s", error)
        matcher = PathMatches(url_path_join(app.base_url, "formgrader") + ".*")
        app.web_app.default_router.rules.insert(0, Rule(matcher, _SwitchedOff))


def _as_text(value: object) -> object:
    return value.translate(HARMLESS) if isinstance(value, str) else value
