"""Templates: of HTML pages, each beside the module that fills it in, and of folders of files."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

__all__ = ["filled_folder", "page_template"]

SUFFIX = ".j2"


def page_template(package: str, name: str, **filters: Callable[..., str]) -> Template:
    """A template of a page. What goes into it is escaped, and a name that nothing was given for is an error.

    Inputs:
    - package: the one that it lies in, such as "autograder.report". - filters: functions that it may use.
    """
    environment = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters)
    return environment.get_template(name)


def filled_folder(package: str, folder: str, /, **values: object) -> dict[str, str]:
    """Fill in a folder of templates of text files.

    A value stands for `<< name >>` in a text and for `{name}` in a path: Python, Markdown with formulas, Makefiles and
    workflows use the usual marks themselves. A name that has no value is an error.

    Inputs:
    - package: the one that the folder lies in. - folder: relative to it.

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
