"""Tells by the first bytes of a file which picture it is, and how large it is once a browser unpacks it.

Names and declared types are a student's word. Nothing is unpacked here: only headers are read.
"""

import struct
from collections.abc import Iterator

__all__ = ["DOWNLOAD", "picture_type"]

DOWNLOAD = "application/octet-stream"  # no program shows, or runs, what has this type
PNG, GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
# Pictures that browsers can't show, or that can hold scripts: beginning → extension of the file to download.
OTHERS = ((b"%PDF-", "pdf"), (b"BM", "bmp"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"))
# Of the photographs that telephones make, in a box at byte 4.
BRANDS = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif"}
SVG_HEAD = 4096  # bytes in which the first element of an SVG begins
FRAMES = 10  # so many frames of an animation count as one picture: browsers keep few of them
NO_SIZE = (0xC4, 0xC8, 0xCC)  # JPEG's markers among those of frames that begin something else


def picture_type(content: bytes) -> tuple[str, str, int] | None:
    """Tell what a file is: (type, extension, pixels), or None when it is not a picture.

    The type is DOWNLOAD for pictures that are not to be shown, such as SVG, and the pixels are 0.
    """
    try:
        return _shown(content) or _for_download(content)
    except (struct.error, IndexError):  # it breaks off within its header
        return None


def _shown(content: bytes) -> tuple[str, str, int] | None:
    if content.startswith(PNG) and content[12:16] == b"IHDR":
        return "image/png", "png", _area(*struct.unpack_from(">2I", content, 16))
    if content.startswith(GIF):
        return "image/gif", "gif", _gif_area(content)
    if content.startswith(b"\xff\xd8\xff"):
        size = next(_jpeg_sizes(content), None)
        return size and ("image/jpeg", "jpg", _area(*size))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        size = _webp_size(content)
        return size and ("image/webp", "webp", _area(*size))
    return None


def _for_download(content: bytes) -> tuple[str, str, int] | None:
    head = content[:SVG_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"<") and b"<svg" in head and b"<html" not in head:
        return DOWNLOAD, "svg", 0
    if content[4:8] == b"ftyp" and content[8:12] in BRANDS:
        return DOWNLOAD, BRANDS[content[8:12]], 0
    return next(((DOWNLOAD, extension, 0) for begin, extension in OTHERS if content.startswith(begin)), None)


def _area(width: int, height: int) -> int:
    return width * height


def _gif_area(content: bytes) -> int:
    """Pixels of a GIF: its screen, which a frame can exceed, or many frames."""
    width, height, flags = struct.unpack_from("<2HB", content, 6)
    position, frames = 13 + _colours(flags), 0
    while position < len(content) and content[position] != 0x3B:
        if content[position] == 0x2C:  # a frame
            left, top, wide, high, flags = struct.unpack_from("<4HB", content, position + 1)
            width, height, frames = max(width, left + wide), max(height, top + high), frames + wide * high
            position += 11 + _colours(flags)  # its data begin with a byte more
        elif content[position] == 0x21:
            position += 2
        else:
            break
        while position < len(content) and content[position]:
            position += content[position] + 1
        position += 1
    return max(width * height, frames // FRAMES)


def _colours(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _jpeg_sizes(content: bytes) -> Iterator[tuple[int, int]]:
    """(width, height) of the frame of a JPEG, found as libjpeg finds it: bytes between segments are passed over."""
    position = 2
    while (position := content.find(b"\xff", position)) >= 0:
        while content[position] == 0xFF:
            position += 1
        marker = content[position]
        position += 1
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            continue
        if marker in (0xD9, 0xDA):  # the end, or the data
            return
        (length,) = struct.unpack_from(">H", content, position)
        if 0xC0 <= marker <= 0xCF and marker not in NO_SIZE:
            height, width = struct.unpack_from(">2H", content, position + 3)
            yield width, height or 0xFFFF  # a height of 0 is told behind the data
        position += max(length, 2)


def _webp_size(content: bytes) -> tuple[int, int] | None:
    kind, data = content[12:16], content[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<2H", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    return None
