"""A question as words that recognisers take away, one kind of thing at a time."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from agent.state import Clarify, Plan

# A taken character. No pattern matches it, so no later recogniser reads across what is already understood.
TAKEN: Final = "·"

_CURRENCY_SIGNS = {"€": " eur ", "$": " usd ", "£": " gbp "}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_START = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"


class CannotRead(Exception):
    """The question cannot be planned. With ``choices`` it is one question back, without it is a reasoned no."""

    def __init__(
        self, message: str, choices: tuple[str, ...] = (), *, exact: bool = False, whole: bool = False
    ) -> None:
        super().__init__(message)
        self.message, self.choices, self.exact, self.whole = message, choices, exact, whole

    def plan(self) -> Plan:
        if self.choices:
            return Plan(clarify=Clarify(self.message, self.choices, self.whole), exact=self.exact)
        return Plan(refused=self.message, exact=self.exact)


def normalise(text: str) -> str:
    """Lower-case words with single spaces: no accents, no punctuation but what dates and percents need."""
    text = re.sub(r"<[@#!][^>]*>", " ", text)  # Slack's mentions
    text = re.sub(r"[’‘`´]", "'", text)
    text = re.sub(r"[–—−]", "-", text)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(r"\bw/o\b", " without ", text)
    text = re.sub(r"(?<=[a-z])\.? ?'(?=2\d\b)", " 20", text)  # "mar '24"
    text = re.sub(r"(?<!\S)-(?=[a-z])", " without ", text)
    text = re.sub(r"(?<=[a-z])\s-(?=\d+(?![\d.]*\s?%))", " minus ", text)
    text = re.sub(r"\bw/c\b", " week of ", text)
    text = re.sub(r"(?:&gt;|>) ?(=?)", lambda m: " at least " if m[1] else " over ", text)
    text = re.sub(r"(?:&lt;|<) ?(=?)", lambda m: " at most " if m[1] else " under ", text)
    text = text.replace("&", " and ")
    text = re.sub(r"(?<=\d)\s+%", "%", text)
    text = re.sub(r"(?<![\d%])%", " percent ", text)
    for sign, word in _CURRENCY_SIGNS.items():
        text = text.replace(sign, word)
    text = re.sub(r"n't\b", " not", text)
    text = re.sub(r"'(?:s|d|re|ll|ve|m)\b", "", text)
    text = re.sub(rf"\b({_MONTH_START})\s*-\s*({_MONTH_START})\b", r"\1 to \2", text)
    text = re.sub(r"\b(20\d\d)-(0[1-9]|1[0-2])(?![-\d])", r"\2/\1", text)  # the month "2024-03"
    text = re.sub(
        r"(?<![\d/.])(0?[1-9]|1[0-2])/(20\d\d)(?!\d)", lambda m: f"{_MONTH_NAMES[int(m[1]) - 1]} {m[2]}", text
    )
    text = re.sub(r"(?<=\d)\s*-\s*(?=\d)", "-", text)
    text = re.sub(r"\s-\s", " to ", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"[^\w%+./\-]|_", " ", text)
    text = re.sub(r"(?<!\d)[./\-%]|[./\-](?!\d)|\+(?!\d)", " ", text)
    return " ".join(text.split())


class Words:
    """A normalised question. ``rest`` is what nobody has taken yet, at its original positions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = text

    def take(self, pattern: str) -> list[re.Match[str]]:
        """Every match of ``pattern`` (whole words) in the rest, from left to right; they are then taken."""
        found = list(re.finditer(rf"(?<![\w%+]){'(?:' + pattern + ')'}(?![\w%])", self.rest))
        for match in found:
            self.mask(match.start(), match.end())
        return found

    def take_phrase(self, phrase: str) -> list[re.Match[str]]:
        """As ``take``, for words to be read literally; hundreds may be tried, and few are there."""
        return self.take(re.escape(phrase)) if phrase in self.rest else []

    def took(self, pattern: str) -> bool:
        return bool(self.take(pattern))

    def mask(self, start: int, end: int) -> None:
        masked = "".join(c if c == " " else TAKEN for c in self.rest[start:end])
        self.rest = self.rest[:start] + masked.replace(" ", TAKEN) + self.rest[end:]

    def has(self, pattern: str) -> bool:
        """Whether the rest holds ``pattern`` as whole words; takes nothing."""
        return re.search(rf"(?<![\w%+])(?:{pattern})(?![\w%])", self.rest) is not None

    def left(self) -> list[tuple[str, int]]:
        """The words that nobody took, each with its position."""
        return [(m.group(), m.start()) for m in re.finditer(rf"[^\s{TAKEN}]+", self.rest)]
