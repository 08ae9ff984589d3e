"""The templates of HTML pages: each lies beside the module that fills it in."""

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["page_template"]


def page_template(package, name, **filters):
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
