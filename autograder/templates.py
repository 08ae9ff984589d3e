"""Jinja templates of HTML pages and of folders of files."""

import re
from collections.abc import Callable
from gettext import NullTranslations

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

__all__ = ["breakable", "filled_folder", "page_template"]

SUFFIX = ".j2"
JOINT = re.compile("(?<=_)(?=[^_])")


def breakable(name: str) -> Markup:
    """Allow line breaks after the underscores of a long name."""
    return Markup("<wbr>").join(map(escape, JOINT.split(name)))


def page_template(
    package: str, name: str, *, translations: NullTranslations | None = None, **filters: Callable[..., object]
) -> Template:
    """Return the template of a page. Values are escaped; an undefined name is an error.

    Inputs:
    - package: package that contains the template, such as "autograder.report".
    - name: file name of the template.
    - translations: for the sentences that the template gives to `_` and `ngettext`.
    - filters: functions that the template may use, in addition to `breakable`.
    """
    environment = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters, breakable=breakable)
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_translations(translations or NullTranslations(), newstyle=True)  # type: ignore[attr-defined]
    return environment.get_template(name)


def filled_folder(package: str, folder: str, /, **values: object) -> dict[str, str]:
    """Fill in a folder of templates of text files.

    A value replaces `<< name >>` in a text and `{name}` in a path. Jinja's usual markers would
    clash with Python, formulas in Markdown, Makefiles and workflows. An undefined name is an error.

    Inputs:
    - package: package that contains the folder.
    - folder: path relative to the package.
    - values: name → value.

    Returns: dict of path relative to the folder → text.
    """
    environment = Environment(
        loader=PackageLoader(package, folder),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
    )
    names = [name for name in environment.list_templates() if name.endswith(SUFFIX)]
    return {
        name.removesuffix(SUFFIX).format_map(values): environment.get_template(name).render(**values) for name in names
    }
