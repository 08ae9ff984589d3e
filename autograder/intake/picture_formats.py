"""Detects picture formats and sizes by the first bytes of a file.

File names and declared types are untrusted. Only headers are read; nothing is decompressed.
"""

import struct
from collections.abc import Iterator

__all__ = ["DOWNLOAD", "picture_type"]

DOWNLOAD = "application/octet-stream"  # browsers neither show nor run this type
PNG, GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
# Pictures that browsers can't show, or that can contain scripts: first bytes → extension for the download.
OTHERS = ((b"%PDF-", "pdf"), (b"BM", "bmp"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"))
# Brands of photographs by phones, in a box at byte 4.
BRANDS = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif"}
SVG_HEAD = 4096  # bytes that contain the start of an SVG's first element
FRAMES = 10  # frames of an animation that count as one picture: browsers keep few of them
NO_SIZE = (0xC4, 0xC8, 0xCC)  # JPEG markers in the range of frames that start other segments


def picture_type(content: bytes) -> tuple[str, str, int] | None:
    """Return (MIME type, extension, pixels) of a picture, or None for any other file.

    Pictures that must not be shown, such as SVG, have the type DOWNLOAD and 0 pixels.
    """
    try:
        return _shown(content) or _for_download(content)
    except (struct.error, IndexError):  # truncated header
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
    """Pixels of a GIF: of its screen, which a frame can exceed, or of its frames."""
    width, height, flags = struct.unpack_from("<2HB", content, 6)
    position, frames = 13 + _colours(flags), 0
    while position < len(content) and content[position] != 0x3B:
        if content[position] == 0x2C:  # a frame
            left, top, wide, high, flags = struct.unpack_from("<4HB", content, position + 1)
            width, height, frames = max(width, left + wide), max(height, top + high), frames + wide * high
            position += 11 + _colours(flags)  # one more byte before its data
        elif content[position] == 0x21:
            position += 2
        else:
            break
        while position < len(content) and content[position]:
            position += content[position] + 1
        position += 1
    return max(width * height, frames // FRAMES)


def _colours(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _jpeg_sizes(content: bytes) -> Iterator[tuple[int, int]]:
    """(width, height) of a JPEG's frames; as in libjpeg, bytes between segments are skipped."""
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
            yield width, height or 0xFFFF  # a height of 0 is defined after the data
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
