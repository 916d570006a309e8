"""The fixed words of a digest by language, and days, months and lists as that language writes them.

A digest is worded in many small places; which language it is in belongs to the digest being made, as the current
locale does, and not to any of them. So it stands in a context variable, set for one digest by ``speaking``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta

from domain.errors import BadInput
from domain.window import Window
from tools.digest.words import de, en

CAUSES: Mapping[str, Mapping[str, str]] = {"de": de.CAUSES}
CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": en.WORDS, "de": de.WORDS}
_language: ContextVar[str] = ContextVar("language of a digest", default="en")
DAY = timedelta(days=1)
RANGES_SHOWN = 3


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Word what is made meanwhile in ``language``; None is English. Raises BadInput for one that there is not."""
    chosen = language or "en"
    if chosen not in CATALOGUES:
        raise BadInput(f"a digest can be written in {', '.join(CATALOGUES)}, not in {chosen!r}")
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    """The language of the digest being made."""
    return _language.get()


def w(key: str, **slots: object) -> str:
    """The words of ``key``, with their slots filled. Raises KeyError for a key that the language lacks."""
    words = CATALOGUES[_language.get()][key]
    return words.format(**slots) if slots else words


def cause(kind: str, said: str) -> str:
    """Why, in the language of the digest: in English the sentence as it was found, elsewhere that kind of cause."""
    return said if language() == "en" else CAUSES[language()].get(kind, "")


def day(at: date) -> str:
    """A day: ``2024-06-30`` in English, ``30. Juni 2024`` in German."""
    return at.isoformat() if language() == "en" else _babel(at, "long")


def days(window: Window) -> str:
    """A day, or the first and the last of several."""
    return day(window.start) if window.days == 1 else w("days", first=day(window.start), last=day(window.end))


def weekday(at: date) -> str:
    """``Sunday``."""
    return _babel(at, "EEEE")


def month(at: date) -> str:
    """``June 2024``."""
    return _babel(at, "MMMM y")


def short_day(at: date) -> str:
    """``Jun 30`` under a picture."""
    return _babel(at, "MMM d" if language() == "en" else "d. MMM")


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return w("and", first=", ".join(parts[:-1]), last=parts[-1])


def stretches(found: Sequence[date]) -> str:
    """``2024-03-05 to 2024-03-07 and 2024-03-12``; after three stretches that there are more."""
    runs: list[list[date]] = []
    for one in found:
        if runs and one - runs[-1][-1] == DAY:
            runs[-1].append(one)
        else:
            runs.append([one])
    said = [days(Window(run[0], run[-1])) for run in runs]
    return listed(said) if len(said) <= RANGES_SHOWN else w("more days", some=", ".join(said[:RANGES_SHOWN]))


def _babel(at: date, form: str) -> str:
    from babel.dates import format_date

    return str(format_date(at, form, locale=language()))
