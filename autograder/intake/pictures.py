"""Finds the pictures in students' Markdown: attachments, data URLs, and files next to the notebook.

Each picture becomes an attachment whose name is a hash of its content. So a text keeps its pictures
when its cell moves, and a picture of megabytes does not count as text. Nothing is decompressed, see
picture_formats.
"""

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from autograder.intake.adjacent_files import Place
from autograder.intake.archives import Unreadable
from autograder.intake.budgets import MAX_PICTURES, MAX_PIXELS, PICTURE_BYTES, PICTURE_PIXELS, PICTURES_BYTES
from autograder.intake.picture_formats import picture_type
from autograder.language import tr_later
from autograder.printable import clean
from autograder.reasons import Reason
from autograder.repairs import Repair, RepairKind

__all__ = ["ATTACHED", "Pictures", "attachments_of", "not_shown", "with_files", "without_pictures"]

NAME_BYTES = 6  # of the hash in a name
# An attachment with a name of this module.
ATTACHED = re.compile(r"attachment:(picture-[0-9a-f]{12}(?:\.[a-z]{3,4})?)")
SHORTEST = 32  # characters of a payload; a shorter one is an example in a text
PREFIX = r"attachment(?::|&#58;|&#x3a;|&colon;|%3A)"
# The name ends at the closing bracket or quotation mark, or else at a blank.
ATTACHMENT = re.compile(
    rf"(?<=<){PREFIX}(?P<bracket>[^>\n]{{1,500}})|(?<=\"){PREFIX}(?P<double>[^\"\n]{{1,500}})"
    rf"|(?<='){PREFIX}(?P<single>[^'\n]{{1,500}})"
    rf"|{PREFIX}(?P<bare>(?:[^\s()<>\"'\\]|\\.|\([^\s()]{{0,200}}\)){{1,500}})",
    re.IGNORECASE,
)
OPTIONS = r"data:(?P<type>[\w.+-]{1,40}/[\w.+-]{1,80})?(?:;[\w.+-]{1,40}(?:=[\w.+-]{1,40})?){0,5}?"
BASE64 = re.compile(
    rf"{OPTIONS};base64,(?P<payload>[\w+/=%-]*+(?:\s+[A-Za-z0-9+/]{{40,}}={{0,2}})*+)", re.IGNORECASE | re.ASCII
)
# An SVG as text. In quotation marks it may have blanks and brackets.
AS_TEXT = re.compile(
    r"(?:(?<=\")data:image/[\w.+-]{1,80}[^,\"]{0,80},(?P<double>[^\"]+)"
    r"|(?<=')data:image/[\w.+-]{1,80}[^,']{0,80},(?P<single>[^']+)"
    r"|data:image/[\w.+-]{1,80}[^,\s]{0,80},(?P<bare>[^\s)>\"']+))",
    re.IGNORECASE | re.ASCII,
)
# A file reference: an image in Markdown, a tag, or the definition of a reference.
ADDRESS = r"(?:<(?P<{0}angle>[^<>\n]{{1,500}})>|(?P<{0}bare>(?:[^\s()<>\\]|\\.|\([^\s()]{{0,200}}\)){{1,500}}))"
FILE = re.compile(
    r"!\[[^\n]{0,300}?\]\([ \t]*" + ADDRESS.format("image") + "|"
    r"<img\s[^>]{0,500}?\bsrc\s*=\s*(?:\"(?P<double>[^\"\n]{1,500})\"|'(?P<single>[^'\n]{1,500})'|(?P<tag>[^\s\"'>]{1,500}))"
    r"|^ {0,3}\[[^\]\n]{1,100}\]:[ \t]*" + ADDRESS.format("line"),
    re.IGNORECASE | re.MULTILINE,
)
# An address on another machine or in the page; file: and drive letters are local.
ELSEWHERE = re.compile(r"(?!file:)(?:[a-z][a-z0-9+.-]+:|//|#)", re.IGNORECASE)


Picture = tuple[str, str]  # its type, and its content as base64


class NotShown(Exception):
    """A picture is not shown. The text continues after its name."""


class Pictures:
    """The pictures of one submission, within limits.

    - found: name → picture; pictures that are not shown are missing
    """

    def __init__(self) -> None:
        self.found: dict[str, Picture] = {}
        self.refused: dict[str, str] = {}  # name → why
        self.bytes, self.pixels = PICTURES_BYTES, MAX_PIXELS

    def attached(self, text: str, attachments: object) -> tuple[str, list[Repair]]:
        """Keep the pictures in a cell, and replace them in its text by attachments.

        Inputs:
        - text: of the cell
        - attachments: of the cell, from its JSON

        Returns: (the text without data URLs, Repairs about pictures that are not shown).
        """
        problems: list[Repair] = []
        text = BASE64.sub(lambda match: self._replaced(match, _from_base64(match["payload"]), problems), text)
        text = AS_TEXT.sub(lambda match: self._replaced(match, _from_text(match), problems), text)
        if type(attachments) is dict:
            text = ATTACHMENT.sub(lambda match: self._pasted(match, attachments, problems), text)
        return text, problems

    def look_up(self, text: str, place: Place) -> dict[str, str | Repair]:
        """Keep the pictures in files that a text refers to.

        Inputs:
        - text: of a cell
        - place: of the notebook, see adjacent_files.Place

        Returns: address in the text → "attachment:…", or a Repair about a picture that is not
        shown.
        """
        found: dict[str, str | Repair] = {}
        for match in FILE.finditer(text) if any(mark in text for mark in ("![", "<", "]:")) else ():
            written, is_image = _address_in(match)
            pasted = re.match(PREFIX, written, re.IGNORECASE)
            if (pasted or not ELSEWHERE.match(written)) and not self._is_known(written):
                wanted = written[pasted.end() :] if pasted else written
                name = self._from_file(wanted, place)
                if isinstance(name, str) or is_image or pasted:  # a line like "[1]: text" may not refer to a file
                    found[written] = name
        return found

    def used_in(self, texts: Iterable[str]) -> dict[str, Picture]:
        """Return the pictures in texts: name → picture."""
        names = {name for text in texts for name in ATTACHED.findall(text)}
        return {name: self.found[name] for name in sorted(names & self.found.keys())}

    def _replaced(self, match: re.Match[str], content: bytes | None, problems: list[Repair]) -> str:
        if content is None:
            return match[0]
        return "attachment:" + self._kept(content, "", problems)

    def _pasted(self, match: re.Match[str], attachments: Mapping[str, Any], problems: list[Repair]) -> str:
        for name in _spellings(match[match.lastgroup or 0]):
            if name in attachments:
                content = _content_of(attachments[name])
                if content is not None:
                    return "attachment:" + self._kept(content, clean(name, limit=100), problems)
        return match[0]

    def _is_known(self, written: str) -> bool:
        known = ATTACHED.fullmatch(written)
        return known is not None and (known[1] in self.found or known[1] in self.refused)

    def _from_file(self, wanted: str, place: Place) -> str | Repair:
        called = clean(unquote(wanted), limit=100)
        problems: list[Repair] = []
        try:
            content = next((found for name in _spellings(wanted) if (found := place.read(name)) is not None), None)
        except Unreadable as why:
            return _not_shown(called, str(why))
        if content is None:
            return _not_shown(called, tr_later("was not handed in"))
        name = self._kept(content, called, problems)
        return problems[0] if problems else f"attachment:{name}"

    def _kept(self, content: bytes, called: str, problems: list[Repair]) -> str:
        """The name of a picture, which is kept if it is shown."""
        name = f"picture-{hashlib.sha256(content).hexdigest()[: 2 * NAME_BYTES]}"
        known = next((other for other in self.found if other.partition(".")[0] == name), None)
        if known:
            return known
        if name not in self.refused:
            try:
                kind, extension = self._allowed(content)
            except NotShown as why:
                self.refused[name] = str(why)
            else:
                name = f"{name}.{extension}"
                self.found[name] = (kind, base64.b64encode(content).decode())
                return name
        problems.append(_not_shown(called, self.refused[name]))
        return name

    def _allowed(self, content: bytes) -> Picture:
        """(type, extension) of a picture, which is subtracted from the limits. Raises: NotShown."""
        facts = picture_type(content)
        if facts is None:
            raise NotShown(tr_later("is not a PNG, JPEG, GIF or WebP picture"))
        kind, extension, pixels = facts
        if len(content) > PICTURE_BYTES:
            raise NotShown(Reason.LARGE_PICTURE.format(size=PICTURE_BYTES >> 20))
        if pixels > PICTURE_PIXELS:
            raise NotShown(Reason.MANY_PIXELS.format(count=PICTURE_PIXELS // 10**6))
        if len(self.found) >= MAX_PICTURES or len(content) > self.bytes or pixels > self.pixels:
            most = {"size": PICTURES_BYTES >> 20, "pixels": MAX_PIXELS // 10**6, "count": MAX_PICTURES}
            raise NotShown(Reason.MANY_PICTURES.format(**most))
        self.bytes -= len(content)
        self.pixels -= pixels
        return kind, extension


def _not_shown(picture: str, why: str) -> Repair:
    return Repair(RepairKind.PICTURE_NOT_SHOWN, {"picture": picture, "why": why, "number": 0})


def with_files(text: str, found: Mapping[str, str | Repair]) -> str:
    """Return a text in which attachments replace the addresses of files.

    Inputs:
    - text: of a cell
    - found: see Pictures.look_up
    """

    def named(match: re.Match[str]) -> str:
        written, _ = _address_in(match)
        name = found.get(written)
        if not isinstance(name, str):
            return match[0]
        start, end = (place - match.start() for place in match.span(match.lastgroup or 0))
        return match[0][:start] + name + match[0][end:]

    return FILE.sub(named, text)


def not_shown(texts: list[str], found: Mapping[str, str | Repair]) -> list[Repair]:
    """Return Repairs about the pictures in texts that are not shown.

    Inputs:
    - texts: of cells
    - found: see Pictures.look_up
    """
    written = {_address_in(match)[0] for text in texts for match in FILE.finditer(text)}
    missing = [repair for name, repair in found.items() if name in written and isinstance(repair, Repair)]
    return list({repair.words: repair for repair in missing}.values())


def _address_in(match: re.Match[str]) -> tuple[str, bool]:
    """(address in a match of FILE, whether it must be a picture)."""
    group = match.lastgroup or ""
    return match[group], not group.startswith("line")


def attachments_of(text: str, pictures: Mapping[str, Picture]) -> dict[str, dict[str, str]]:
    """Return the pictures in a text in nbformat's form of attachments.

    Inputs:
    - text: of a cell
    - pictures: see Pictures.found
    """
    names = sorted(set(ATTACHED.findall(text)) & pictures.keys())
    return {name: dict([pictures[name]]) for name in names}


def without_pictures(text: str) -> str:
    """Return a text with a placeholder for each picture, for comparison with released texts."""
    for pattern in (BASE64, AS_TEXT, ATTACHMENT):
        text = pattern.sub("attachment:", text)
    return text


def _spellings(written: str) -> dict[str, None]:
    """Spellings of a name in the notebook or on the disk, the most likely first."""
    plain = re.sub(r"\\([^\w\s])", r"\1", html.unescape(written))
    return dict.fromkeys((written, plain, unquote(plain)))


def _content_of(bundle: object) -> bytes | None:
    """The bytes of an attachment, a dict of type → base64 (text or lines); None without content."""
    if type(bundle) is not dict:
        return None
    kinds = sorted(bundle, key=lambda kind: kind == "image/svg+xml")  # a picture that can be shown comes first
    for kind in kinds:
        payload = bundle[kind]
        if type(payload) is list and all(type(line) is str for line in payload):
            payload = "".join(payload)
        if type(payload) is not str:
            continue
        if payload.lstrip().startswith("<"):
            return payload.encode("utf-8", "replace")  # SVG is text in notebooks
        if (content := _from_base64(payload)) is not None:
            return content
    return None


def _from_base64(payload: str) -> bytes | None:
    """The bytes of a payload; None if it is too short, b"" if it is damaged."""
    payload = "".join((unquote(payload) if "%" in payload else payload).split())
    payload = payload.replace("-", "+").replace("_", "/").rstrip("=")
    if len(payload) < SHORTEST:
        return None
    try:
        return base64.b64decode(payload + "=" * (-len(payload) % 4))
    except (binascii.Error, ValueError):
        return b""


def _from_text(match: re.Match[str]) -> bytes | None:
    payload = match[match.lastgroup or 0]
    return unquote_to_bytes(payload) if len(payload) >= SHORTEST else None
