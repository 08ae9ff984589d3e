"""Markdown and code of students as HTML that may be shown: nothing in it runs, loads or hides anything.

The libraries that make it take time with the square of some texts: what is longer than people write stays plain.
"""

import contextlib
import html
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar

import bleach
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["SAFE_FILTERS", "plain", "safe_code", "safe_markdown", "served_from"]

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


ATTACHMENT = "attachment:"
KEPT = "\n\t\u200c\u200d"  # the last two join letters in Persian, and pictures of people


class _Renderer(IPythonRenderer):
    def image(self, text, url, title=None):
        """Name a picture that was pasted into a cell: pictures stay in the student's file, and nbconvert raises an
        exception for a picture that it does not have."""
        if url.startswith(ATTACHMENT):
            return html.escape(f"(picture {url.removeprefix(ATTACHMENT)}, in the file that was handed in)")
        return super().image(text, url, title)


def safe_markdown(source):
    """Convert Markdown; whatever could run, load something or hide something comes out as the text that it is.

    Text that is too long, or that the libraries can't convert, stays plain.
    """
    if len(source) > MAX_MARKDOWN:
        return plain(source)
    tags = {*BLOCKS, *TABLES, *WORDS}
    try:
        # An anchor for a heading costs half a millisecond, and nothing of it would stay.
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        page = MarkdownWithMath(renderer=renderer).render(_printable(source))
        return bleach.clean(page, tags=tags, attributes=ATTRIBUTES, protocols={"http", "https", "mailto"})
    except Exception:  # a student's text never costs the page
        return plain(source)


def safe_code(source, language="python3", metadata=None):
    """Highlight Python code."""
    if len(source) > MAX_CODE:
        return plain(source)
    lines = [line.rstrip() for line in _printable(source).splitlines()]  # blanks before a line's end are worst of all
    try:
        return Highlight2HTML(pygments_lexer="python3")("\n".join(lines))
    except Exception:
        return plain(source)


def plain(source: str) -> str:
    """Return text as HTML that shows it as it is."""
    return f'<div class="highlight"><pre>{html.escape(_printable(source))}</pre></div>'


def _printable(text):
    """The text with a blank for each character that shows nothing: some reorder a line, and Pygments takes long."""
    return "".join(c if c.isprintable() or c in KEPT else " " for c in text)


# What nbconvert's templates call them by.
SAFE_FILTERS = {"markdown2html": safe_markdown, "highlight_code": safe_code}
