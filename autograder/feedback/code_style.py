"""Colours of highlighted code on feedback pages.

Every colour has a contrast of at least 4.5 : 1 on the background of code and of marked lines, as
WCAG 2.1 AA demands. A test computes it.
"""

import functools

import markupsafe
from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, Operator, String

__all__ = ["DarkStyle", "LightStyle", "code_styles"]


class LightStyle(Style):
    """Colours on a light background."""

    styles = {  # noqa: RUF012 - Pygments reads it from the class
        Comment: "italic #4f5a68",
        Keyword: "bold #7b1f5c",
        Keyword.Constant: "bold #0a4a8f",
        Name.Builtin: "#6b3d00",
        Name.Class: "bold #0a4a8f",
        Name.Decorator: "#5a3fa0",
        Name.Exception: "#6b3d00",
        Name.Function: "#0a4a8f",
        Number: "#0a4a8f",
        Operator.Word: "bold #7b1f5c",
        String: "#1b5530",
    }


class DarkStyle(Style):
    """Colours on a dark background."""

    styles = {  # noqa: RUF012
        Comment: "italic #a9b4c2",
        Keyword: "bold #ffa6cf",
        Keyword.Constant: "bold #8cc4ff",
        Name.Builtin: "#f0b676",
        Name.Class: "bold #8cc4ff",
        Name.Decorator: "#c9b3ff",
        Name.Exception: "#f0b676",
        Name.Function: "#8cc4ff",
        Number: "#8cc4ff",
        Operator.Word: "bold #ffa6cf",
        String: "#96dba8",
    }


@functools.cache
def code_styles() -> markupsafe.Markup:
    """Return the styles as CSS: light colours, and dark ones on a dark screen. Paper is light."""
    light, dark = (HtmlFormatter(style=style).get_token_style_defs(".highlight") for style in (LightStyle, DarkStyle))
    lines = [*light, "@media screen and (prefers-color-scheme: dark) {", *dark, "}"]
    return markupsafe.Markup("\n".join(lines))
