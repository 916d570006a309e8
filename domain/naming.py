"""A campaign's name taken apart: the fields between its separators, and the words in them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SEPARATORS = ("|", "/", "_", " - ")
_BETWEEN_WORDS = re.compile(r"[^\w]+|_+|(?<=[a-z])(?=[A-Z])")
_NEGATED = re.compile(r"\b(?:non|no|un) (brand(?:ed|s|ing)?)\b")


@dataclass(frozen=True, slots=True)
class Name:
    """``separator`` stands between the ``fields`` (" " where a name has no other); words are folded."""

    separator: str
    fields: tuple[str, ...]
    words: tuple[str, ...]

    def has(self, phrase: str) -> bool:
        """Whether the words of ``phrase`` stand in the name, one behind the other."""
        return f" {phrase} " in f" {' '.join(self.words)} "

    def field(self, position: int) -> str | None:
        """The field at ``position``, from 1; -1 is the last one."""
        index = position - 1 if position > 0 else len(self.fields) + position
        return self.fields[index] if 0 <= index < len(self.fields) else None


def read_name(text: str) -> Name:
    """``DE_Search_NonBrand`` has the fields de, search and nonbrand."""
    separator = next((s for s in _SEPARATORS if s in text), None)
    if separator is None:
        separator = "-" if "-" in text and " " not in text.strip() else " "
    words = tuple(_words(text).split())
    if separator == " ":
        return Name(separator, words, words)
    fields = tuple(_words(part) for part in text.split(separator))
    return Name(separator, tuple(f for f in fields if f), words)


def _words(text: str) -> str:
    spaced = " ".join(part for part in _BETWEEN_WORDS.split(text) if part)
    folded = unicodedata.normalize("NFKD", spaced).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _NEGATED.sub("nonbrand", plain)
