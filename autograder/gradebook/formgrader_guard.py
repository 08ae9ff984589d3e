"""A Jupyter server extension that makes formgrader harmless for what students chose: their ids, names and texts.

nbgrader puts ids and parts of addresses into its pages as they are, so that an id, or a link that a grader follows,
could bring a script along. And it knows of the kit's settings only if the server was started in the course's folder.
formgrader_guard.json, where `make setup` puts it, switches the extension on.
"""

import html

from nbconvert.preprocessors import Preprocessor

from autograder.feedback.safe_html import SAFE_FILTERS

__all__: list[str] = []

FROM_STUDENTS = ("student", "first_name", "last_name", "notebook_path")
# Neither a tag nor the end of a value can be written without these. An apostrophe ends nothing in nbgrader's templates,
# and ids that hold one have to stay what they are where a page's own script reads them.
HARMLESS = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&#34;"})


class _NamesAsText(Preprocessor):
    """Escapes what formgrader shows above a submission."""

    def preprocess(self, nb, resources):
        names = {name: html.escape(resources[name]) for name in FROM_STUDENTS if isinstance(resources.get(name), str)}
        resources.update(names)
        return nb, resources


def _as_text(value):
    return value.translate(HARMLESS) if isinstance(value, str) else value


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _load_jupyter_server_extension(app):
    """Wait until all extensions are loaded, formgrader among them; the first request comes later still."""
    app.io_loop.add_callback(_guard, app.web_app.settings)


def _guard(settings):
    """Make safe what formgrader renders pages with, if this server has it."""
    if "nbgrader_jinja2_env" not in settings:
        return
    settings["nbgrader_jinja2_env"] = settings["nbgrader_jinja2_env"].overlay(finalize=_as_text)
    exporter = settings["nbgrader_exporter"]
    exporter.filters = {**exporter.filters, **SAFE_FILTERS}  # asked for again for each notebook
    for name, convert in SAFE_FILTERS.items():
        exporter.register_filter(name, convert)
    exporter.register_preprocessor(_NamesAsText, enabled=True)
