"""Convert Markdown and code of students to safe HTML: it runs, loads and hides nothing.

Pictures are attachments of a cell, which intake has checked. They are shown, or offered as a
download. The conversion takes quadratic time for some texts, so very long texts stay plain.
"""

import contextlib
import html
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import NamedTuple
from urllib.parse import unquote

import bleach
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.feedback.formulas import mathml
from autograder.language import tr

__all__ = ["SAFE_FILTERS", "markdown_of_cell", "numbered", "plain", "safe_code", "safe_markdown", "served_from"]

Attachments = Mapping[str, Mapping[str, str]]  # of a cell, as nbformat has them: name → type → base64

MAX_MARKDOWN, MAX_CODE = 5000, 8000  # characters; the longest cells of the source notebooks have 3000 and 4000
BLOCKS = ("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "div", "ul", "ol", "li")
TABLES = ("table", "thead", "tbody", "tr", "th", "td")
WORDS = ("a", "b", "i", "em", "strong", "del", "s", "sub", "sup", "code", "span")
# Classes of highlighted code. Another class could use the page's own styles, and cover its buttons for example.
CLASS = re.compile(r"highlight( hl-\w+)?|[a-z][a-z0-9]{0,2}")


def _is_of_code(tag: str, name: str, value: str) -> bool:
    return name == "class" and CLASS.fullmatch(value) is not None


# Links lead to another machine, to a person, or within the page. Browsers understand many other spellings
# ("http:/path", "https:\\host", tabs, user names, numbers for hosts), so only complete addresses are kept. Hosts
# without a dot, numbers, and names of the reader's own machine are dropped.
HOST = r"(?P<host>(?:[a-z0-9-]+\.)+(?!localhost\b|localdomain\b)[a-z][a-z0-9-]*[a-z0-9])"
REST = r"[\w.~:/?#\[\]@!$&'()*+,;=%-]*"
LINK = re.compile(
    rf"https?://{HOST}(?::[0-9]{{1,5}})?(?:[/?#]{REST})?|mailto:[\w.+-]+@[\w.-]+|\#{REST}", re.ASCII | re.IGNORECASE
)
_own_hosts: ContextVar[frozenset[str]] = ContextVar("own_hosts", default=frozenset())


@contextlib.contextmanager
def served_from(hosts: Iterable[str | None]) -> Iterator[None]:
    """Context manager: drop links to hosts where the reader is logged in."""
    token = _own_hosts.set(frozenset(host.lower().rstrip(".") for host in hosts if host))
    try:
        yield
    finally:
        _own_hosts.reset(token)


def _is_of_link(tag: str, name: str, value: str) -> bool:
    if name != "href":
        return name == "title"
    link = LINK.fullmatch(value)
    return link is not None and (link["host"] or "").lower() not in _own_hosts.get()


def _is_of_picture(tag: str, name: str, value: str) -> bool:
    return name in ("src", "alt") or (name in ("width", "height") and re.fullmatch("[0-9]{1,4}", value) is not None)


ATTRIBUTES = {"a": _is_of_link, "div": _is_of_code, "span": _is_of_code, "td": ["align"], "th": ["align"]}
ATTRIBUTES |= {"img": _is_of_picture}
ATTACHMENT = "attachment:"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")
# A tag as bleach writes it: in a value or a text, "<" is "&lt;".
PICTURE = re.compile(r"<img\b(?P<values>(?: [a-z]+=\"[^\"]*\")*)\s*/?>|<img\b")
VALUE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
HEADING = re.compile(r"(</?h)[1-6]>")
TAG = re.compile(r"<[^>]*>")
BLOCK = re.compile(r"<div[^>]*><pre>(?:<span></span>)?(.*?)\n*</pre></div>\s*", re.DOTALL)
KEPT = "\n\t\u200c\u200d"  # the last two join letters in Persian, and pictures of people


class _Formula(NamedTuple):
    """A formula: its MathML, and its source as HTML."""

    mathml: str
    source: str


class _Renderer(IPythonRenderer):
    """Renderer that writes a plain tag for each image and each formula, to be replaced afterwards.

    So the sanitizer sees neither MathML nor data of pictures, and allows nobody to write them.

    - formulas: name of the tag → _Formula; None to keep formulas as text.
    """

    def __init__(self, formulas: dict[str, _Formula] | None) -> None:
        # The anchor of a heading takes half a millisecond, and bleach would remove it.
        super().__init__(escape=False, exclude_anchor_links=True)
        self.formulas = formulas
        self.secret = secrets.token_hex(8)  # a tag of the student's own stands for no formula

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Write a plain tag: nbconvert raises an exception for a missing picture."""
        text = PICTURE.sub(lambda tag: self._source_of(tag), text)
        return f'<img src="{html.escape(url)}" alt="{html.escape(html.unescape(TAG.sub("", text)))}">'

    def inline_math(self, body: str) -> str:
        """Write a formula in a line. "$5 and $10" is none."""
        source = str(super().inline_math(body))
        return source if body[:1].isspace() != body[-1:].isspace() else self._formula(body, source, False)

    def block_math(self, body: str) -> str:
        """Write a formula on a line of its own."""
        return self._formula(body, str(super().block_math(body)), True)

    def latex_environment(self, name: str, body: str) -> str:
        """Write an environment, such as align."""
        source = str(super().latex_environment(name, body))
        return self._formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", source, True)

    def _formula(self, latex: str, source: str, is_display: bool) -> str:
        shown = None if self.formulas is None else mathml(latex, is_display=is_display)
        if self.formulas is None or shown is None:
            return source
        name = f"{self.secret}-{len(self.formulas)}"
        self.formulas[name] = _Formula(shown, source)
        return f'<img alt="{name}">'

    def _source_of(self, tag: re.Match[str]) -> str:
        name = dict(VALUE.findall(tag["values"] or "")).get("alt", "")
        return self.formulas.pop(name).source if self.formulas and name in self.formulas else tag[0]


def safe_markdown(source: str, pictures: Attachments | None = None, *, on_page: bool = False) -> str:
    """Convert Markdown. Tags that could run, load or hide something are shown as text.

    Text that is too long, or that the libraries can't convert, stays plain, with the pictures
    below.

    Inputs:
    - source: Markdown text.
    - pictures: attachments of the cell.
    - on_page: True for a feedback page: formulas become MathML, and all headings are at level 3.
      Otherwise formulas stay text between dollar signs, for MathJax.
    """
    if len(source) > MAX_MARKDOWN:
        return plain(source, pictures)
    tags = {*BLOCKS, *TABLES, *WORDS, "img"}
    try:
        found: dict[str, _Formula] = {}
        renderer = _Renderer(found if on_page else None)
        page = MarkdownWithMath(renderer=renderer).render(_printable(source))
        page = bleach.clean(page, tags=tags, attributes=ATTRIBUTES, protocols={"http", "https", "mailto", "attachment"})
        page = HEADING.sub(r"\g<1>3>", page) if on_page else page
        return PICTURE.sub(lambda tag: _replacement_of(tag, found, pictures or {}), page)
    except Exception:  # a student's text must not break the page
        return plain(source, pictures)


def _replacement_of(tag: re.Match[str], formulas: dict[str, _Formula], pictures: Attachments) -> str:
    """Return the replacement of a tag: a formula, once, or an image."""
    formula = formulas.pop(dict(VALUE.findall(tag["values"] or "")).get("alt", ""), None)
    return formula.mathml if formula else _picture_of(tag, pictures)


def _picture_of(tag: re.Match[str], pictures: Attachments) -> str:
    """Return the replacement of an image: an attached picture, or text.

    No external address is loaded.
    """
    if tag["values"] is None:
        return "&lt;img"
    values = {name: html.unescape(value) for name, value in VALUE.findall(tag["values"])}
    address = values.get("src", "")
    name = address[len(ATTACHMENT) :] if address.lower().startswith(ATTACHMENT) else None
    bundle = name is not None and (pictures.get(name) or pictures.get(unquote(name)))
    if name is not None and bundle:
        return _embedded(unquote(name), bundle, values)
    if address.lower().startswith(("http:", "https:")):
        return html.escape(tr("(picture at {address}, which is not loaded)", address=address))
    what = unquote(name or address) or values.get("alt") or tr("without a name")
    return html.escape(tr("(picture {name}, which is not shown)", name=what))


def _embedded(name: str, bundle: Mapping[str, str], values: Mapping[str, str]) -> str:
    kind = next((kind for kind in SHOWN if kind in bundle), None)
    if kind:
        size = "".join(f' {side}="{values[side]}"' for side in ("width", "height") if side in values)
        text = html.escape(values.get("alt") or tr("picture {name}", name=name))
        source = f"data:{kind};base64,{html.escape(bundle[kind])}"
        return f'<img src="{source}" alt="{text}"{size} style="max-width:100%;height:auto">'
    # As a type that no browser shows, whatever the content.
    source = f"data:application/octet-stream;base64,{html.escape(next(iter(bundle.values())))}"
    words = html.escape(tr("{name} (a picture to download)", name=name))
    return f'<a download="{html.escape(name)}" href="{source}">{words}</a>'


def safe_code(source: str, language: str = "python3", metadata: object = None) -> str:
    """Highlight Python code. Code that is too long, or that Pygments can't convert, stays plain."""
    if len(source) > MAX_CODE:
        return plain(source)
    lines = [line.rstrip() for line in _printable(source).splitlines()]  # trailing blanks are slowest for Pygments
    try:
        return Highlight2HTML(pygments_lexer="python3")("\n".join(lines))
    except Exception:
        return plain(source)


def numbered(
    source: str,
    convert: Callable[[str], str] = safe_code,
    *,
    marked: Collection[int] = (),
    anchor: str = "code",
    name: str = "code",
) -> str:
    """Convert code to HTML with a number before each line. The numbers are not copied with the code.

    Inputs:
    - source: the code.
    - convert: safe_code or plain. Both close each element at the end of its line.
    - marked: lines to mark.
    - anchor: start of the ids of marked lines: "f" gives "f-line-3".
    - name: name of the region, which a keyboard can scroll.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    code = text.lstrip()
    skipped = text[: len(text) - len(code)].count("\n")  # highlighting omits blank lines at the start
    block = BLOCK.fullmatch(convert(code))
    if block is None:
        return plain(source)
    spoken = f'<span class="unseen">{tr("marked:")} </span>'
    lines = [
        f'<mark class="line" id="{html.escape(anchor)}-line-{number}">{spoken}{line}</mark>'
        if number in marked
        else f'<span class="line">{line}</span>'
        for number, line in enumerate(block[1].split("\n"), start=skipped + 1)
    ]
    region = f'tabindex="0" role="region" aria-label="{html.escape(name)}"'
    start = f'<div class="highlight numbered" {region} style="counter-reset: line {skipped}"><pre>'
    return start + "\n".join(lines) + "</pre></div>"


def plain(source: str, pictures: Attachments | None = None) -> str:
    """Return HTML that shows a text unchanged, with pictures below it."""
    text = f'<div class="highlight"><pre>{html.escape(_printable(source))}</pre></div>'
    below = (f"<p>{_embedded(name, bundle, {})}</p>" for name, bundle in (pictures or {}).items())
    return text + "".join(below)


@pass_context
def markdown_of_cell(context: Context, source: str) -> str:
    """Convert the Markdown of a cell in a template of nbconvert."""
    return safe_markdown(source, (context.get("cell") or {}).get("attachments"))


def _printable(text: str) -> str:
    """Replace invisible characters by blanks: some reorder a line, and they make Pygments slow."""
    return "".join(c if c.isprintable() or c in KEPT else " " for c in text)


# Names of the filters in nbconvert's templates.
SAFE_FILTERS = {"markdown2html": markdown_of_cell, "highlight_code": safe_code}
