"""A file's bytes as text, or a refusal that says what the file is instead."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import UntrustedFile

MAX_BYTES = 1 << 30
_SNIFF = 1 << 16
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPOILT = re.compile("\ufffd|[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0192\u02c6-\u2122]|\u00e2\u20ac")
"""A replacement character, or UTF-8 read as Windows-1252: ``Ã¼`` for ``ü``, ``â€`` for a quotation mark."""
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or zip archive; save it as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it with gunzip"),
    (b"%PDF", "a PDF; export the report as CSV"),
    (b"\x89PNG", "a picture; export the report as CSV"),
    (b"PAR1", "a Parquet file; export the report as CSV"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text without its byte order mark, its digest, and what a person should know of the reading."""

    text: str
    sha256: str
    notes: tuple[str, ...]


def read_file(path: Path) -> bytes:
    """A file's bytes; what is no export by its first bytes is refused before a large file is read.

    Raises:
        UntrustedFile: no regular file, empty, larger than 1 GiB, or binary.
    """
    try:
        if not path.is_file():
            raise UntrustedFile(f"{path} is {'a folder' if path.is_dir() else 'not there'}; name an exported file")
        if path.stat().st_size > MAX_BYTES:
            raise UntrustedFile(f"{path.name} is larger than 1 GiB; export a shorter period")
        with path.open("rb") as file:
            head = file.read(_SNIFF)
            _encoding(head)
            return head + file.read()
    except OSError as error:
        raise UntrustedFile(f"{path} cannot be read: {error.strerror}") from None


def decode(content: bytes) -> Decoded:
    """The text of a CSV or TSV: UTF-8, UTF-16 (what "CSV (Excel)" is) or Windows-1252.

    Raises:
        UntrustedFile: empty, larger than 1 GiB, binary, or cut off inside a character.
    """
    if len(content) > MAX_BYTES:
        raise UntrustedFile("the file is larger than 1 GiB; export a shorter period")
    text, notes = _text(content, _encoding(content[:_SNIFF]))
    if not text.strip():
        raise UntrustedFile("the file is empty")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise UntrustedFile(f"a control character ({control.group()!r}); this is not a text export", row=line)
    if spoilt := _SPOILT.search(text):
        line = text.count("\n", 0, spoilt.start()) + 1
        raise UntrustedFile(
            f"{spoilt.group()!r} is what is left of a letter that was saved in a wrong encoding; export the file again",
            row=line,
        )
    if text.count('"') % 2:
        line = next(n for n, part in enumerate(text.split("\n"), 1) if part.count('"') % 2)
        raise UntrustedFile(
            "the quotes or the line are broken or cut off: a quotation mark from here on has no partner", row=line
        )
    return Decoded(text, hashlib.sha256(content).hexdigest(), notes)


def _encoding(head: bytes) -> str:
    if not head:
        raise UntrustedFile("the file is empty")
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UntrustedFile(f"this is {what}")
    if head.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UntrustedFile("this is a web page or XML; export the report as CSV")
    if head.lstrip()[:1] in (b"{", b"["):
        raise UntrustedFile("this is JSON; export the report as CSV")
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if head.startswith(mark):
            return name
    if b"\x00" not in head:
        return "utf-8"
    # Without a mark: in UTF-16 the high bytes of a western header are zero, and nothing else is.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even == 0 and odd > len(head) // 4:
        return "utf-16-le"
    if odd == 0 and even > len(head) // 4:
        return "utf-16-be"
    raise UntrustedFile("the file is binary (it holds zero bytes), not a CSV export")


def _text(content: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or (error.start >= len(content) - 3 and content[-1] not in b"\r\n"):
            raise UntrustedFile("the file is cut off or damaged: its last character is incomplete") from None
        if not content[: error.start].isascii():
            line = content.count(b"\n", 0, error.start) + 1
            raise UntrustedFile("the text is UTF-8 up to here and something else after", row=line) from None
    try:
        note = "the file is not UTF-8; it was read as Windows-1252 (check names with accents)"
        return content.decode("cp1252"), (note,)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UntrustedFile("the text is neither UTF-8 nor Windows-1252; save it as CSV UTF-8", row=line) from None
