"""Markdown and code of students as HTML that may be shown: nothing in it runs, loads or hides anything.

The libraries that make it take time with the square of some texts: what is longer than people write stays plain.
"""

import contextlib
import html
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar

import bleach
from nbconvert.filters import Highlight2HTML, markdown2html

__all__ = ["SAFE_FILTERS", "safe_code", "safe_markdown", "served_from"]

MAX_MARKDOWN, MAX_CODE = 5000, 8000  # characters; the longest cells of the source notebooks have 3000 and 4000
BLOCKS = ("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "div", "ul", "ol", "li")
TABLES = ("table", "thead", "tbody", "tr", "th", "td")
WORDS = ("a", "b", "i", "em", "strong", "del", "s", "sub", "sup", "code", "span")
# Those of highlighted code. Any other class could borrow the page's own looks, and lie over its buttons for instance.
CLASS = re.compile(r"highlight( hl-\w+)?|[a-z][a-z0-9]{0,2}")


def _is_of_code(tag, name, value):
    return name == "class" and CLASS.fullmatch(value) is not None


# A link leads to another machine, to a person or within the page. Browsers understand many other spellings
# ("http:/path", "https:\\host", tabs, user names, numbers for hosts), so only addresses that are written out in full
# stay. Hosts without a dot, numbers and names of the reader's own machine are dropped as well.
HOST = r"(?P<host>(?:[a-z0-9-]+\.)+(?!localhost\b|localdomain\b)[a-z][a-z0-9-]*[a-z0-9])"
REST = r"[\w.~:/?#\[\]@!$&'()*+,;=%-]*"
LINK = re.compile(
    rf"https?://{HOST}(?::[0-9]{{1,5}})?(?:[/?#]{REST})?|mailto:[\w.+-]+@[\w.-]+|\#{REST}", re.ASCII | re.IGNORECASE
)
_own_hosts: ContextVar[frozenset[str]] = ContextVar("own_hosts", default=frozenset())


@contextlib.contextmanager
def served_from(hosts: Iterable[str | None]) -> Iterator[None]:
    """Drop links to these hosts in the block: there a link would be followed with the reader's rights."""
    token = _own_hosts.set(frozenset(host.lower().rstrip(".") for host in hosts if host))
    try:
        yield
    finally:
        _own_hosts.reset(token)


def _is_of_link(tag, name, value):
    if name != "href":
        return name == "title"
    link = LINK.fullmatch(value)
    return link is not None and (link["host"] or "").lower() not in _own_hosts.get()


ATTRIBUTES = {"a": _is_of_link, "div": _is_of_code, "span": _is_of_code, "td": ["align"], "th": ["align"]}


def safe_markdown(source):
    """Convert Markdown; whatever could run, load something or hide something comes out as the text that it is."""
    if len(source) > MAX_MARKDOWN:
        return f"<pre>{html.escape(source)}</pre>"
    tags = {*BLOCKS, *TABLES, *WORDS}
    return bleach.clean(
        markdown2html(source), tags=tags, attributes=ATTRIBUTES, protocols={"http", "https", "mailto"}
    )


def safe_code(source, language="python3", metadata=None):
    """Highlight Python code."""
    if len(source) > MAX_CODE:
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'
    lines = [line.rstrip() for line in source.splitlines()]  # many blanks before a line's end are worst of all
    return Highlight2HTML(pygments_lexer="python3")("\n".join(lines))


# What nbconvert's templates call them by.
SAFE_FILTERS = {"markdown2html": safe_markdown, "highlight_code": safe_code}
