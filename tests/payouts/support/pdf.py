"""Reading the text of a PDF back, so that a test believes the document and not whoever wrote it. Enough for what typst writes."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
# No optional carriage return: a compressed stream may end in that very byte.
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
# A literal string; parentheses that match are written as they are.
_LITERAL = rb"\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)"
_RUN = re.compile(
    rb"/(f\d+) [\d.]+ Tf|\[((?:" + _LITERAL.replace(b"((?:", b"(?:(?:", 1) + rb"|[^\]()])*)\]TJ", re.DOTALL
)
_STRING = re.compile(_LITERAL, re.DOTALL)
_ESCAPE = re.compile(rb"\\(\d{3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts_of(pdf: bytes) -> list[str]:
    """Return each run of text in the order of the pages, as a reader would copy it."""
    objects = dict(_OBJECT.findall(pdf))
    fonts = {
        name: _glyphs(objects[re.search(rb"/ToUnicode (\d+) 0 R", objects[number])[1]])
        for resources in re.findall(rb"/Font<<(.*?)>>", pdf, re.DOTALL)
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    contents = [objects[number] for number in re.findall(rb"/Contents (\d+) 0 R", pdf)]
    return [text for content in contents for text in _runs(_unpacked(content), fonts)]


def _runs(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    font, texts = b"", []
    for name, shown in _RUN.findall(content):
        if name:
            font = name
            continue
        codes = b"".join(_ESCAPE.sub(_unescaped, string) for string in _STRING.findall(shown))
        pairs = zip(codes[::2], codes[1::2], strict=True)
        texts.append("".join(fonts[font].get(high << 8 | low, "") for high, low in pairs))
    return texts


def _unescaped(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    return bytes([int(escaped, 8)]) if escaped.isdigit() and len(escaped) == 3 else _ESCAPED.get(escaped, escaped)


def _unpacked(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    return zlib.decompress(stream[1]) if stream else b""


def _glyphs(body: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", _unpacked(body).split(b"beginbfchar", 1)[1])
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
