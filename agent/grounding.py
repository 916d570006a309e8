"""Grounding: whether a model's text states only what the evidence states.

No digit and no number word outside quoted names, the person's own quoted words and
dates of the evidence; figures come as ``{{f1}}`` references. The check fails closed:
what it cannot read (another script, a disguised letter) is a problem, and the tools'
own wording is shown instead.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from agent.claims import unsupported_claims
from agent.number_words import fold, is_number_word
from domain.evidence import Fact

REFERENCE = re.compile(r"\{\{(f[0-9]+)\}\}")
MAX_CHARACTERS = 1_500
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”')
_LINK = re.compile(r"https?:|www\.|mailto:|\]\s*\(|[\w-]+\.[a-z]{2,}\b|[<>@]|//", re.IGNORECASE)
_IN_PLAIN_WORDS = re.compile(
    r"\bno (?:\w+ )?(?:spend|cost|clicks?|conversions?|revenue|impressions?|sales|orders?)\b"
    r"|\b(?:a|by|one|another) quarter\b|\bquarters\b|\bquarter of\b"
)
_SPELLED = re.compile(r"\b(?:\w[\s.\-_*·]+){2,}\w\b")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def problems(
    text: str, facts: Sequence[Fact], *, names: Collection[str], question: str, days: Iterable[date] = ()
) -> tuple[str, ...]:
    """Everything in ``text`` that the evidence does not carry, worded for the model; empty when it may be shown.

    ``names`` may stand in double quotes as they are; so may words of ``question``.
    ``days`` are dates beside those of the facts' windows that may be written (today, last day of data).
    """
    found = [*_bad_references(text, facts), *_links(text)]
    if len(text) > MAX_CHARACTERS:
        found.append(f"longer than {MAX_CHARACTERS} characters")
    bare = REFERENCE.sub(" ", _without_quotes(text, names, question))
    bare = _without_dates(bare, [*days, *(d for f in facts for d in (f.window.start, f.window.end))])
    found += _figures(bare)
    if facts:
        found += unsupported_claims(bare_claims(text), facts, REFERENCE)
    return tuple(dict.fromkeys(found))


def bare_claims(text: str) -> str:
    """The text without what stands in quotes: a campaign named "Best sellers" claims nothing."""
    return _QUOTED.sub(' ""', text)


def _bad_references(text: str, facts: Sequence[Fact]) -> list[str]:
    known = {f.id for f in facts}
    used = REFERENCE.findall(text)
    found = [f"{{{{{name}}}}} is not a fact of this answer" for name in used if name not in known]
    if "{" in (rest := REFERENCE.sub("", text)) or "}" in rest:
        found.append("a brace that is not a {{fact}} reference")
    if facts and not used:
        found.append("no fact is referenced, so nothing was answered")
    return found


def _links(text: str) -> list[str]:
    plain = REFERENCE.sub("", unicodedata.normalize("NFKC", html.unescape(text)))
    return ["a link, an address, a mention or an angle bracket; write none"] if _LINK.search(plain) else []


def _without_quotes(text: str, names: Collection[str], question: str) -> str:
    """Drop quoted names of the data and quoted words of the person; every other quotation stays and is checked."""
    asked = question.casefold()

    def replace(match: re.Match[str]) -> str:
        quoted = match[1] if match[1] is not None else match[2]
        own_words = quoted.casefold() in asked
        # A "name" that is itself a figure ("4.2", "12 %") would print as one.
        return " " if (quoted in names or own_words) and re.search(r"[^\W\d_]{3}", quoted) else match[0]

    return _QUOTED.sub(replace, text)


def _without_dates(text: str, days: Iterable[date]) -> str:
    """Drop complete dates of the evidence. "March 31" stays: beside a noun it would be a figure."""
    allowed: set[str] = set()
    for day in days:
        month = _MONTHS[day.month - 1]
        allowed |= {
            day.isoformat(),
            f"{month} {day.year}",
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            f"Q{(day.month + 2) // 3} {day.year}",
        }
    if not allowed:
        return text
    longest_first = "|".join(re.escape(a) for a in sorted(allowed, key=len, reverse=True))
    return re.sub(rf"(?<![\w.,/+-])(?:{longest_first})(?![\w%€$£°]|[.,:/+-]\w|\s*[%€$£])", " ", text)


def _figures(text: str) -> list[str]:
    plain = _plain(text)
    found = [f"the figure {c!r}; use a {{{{fact}}}} reference" for c in plain if _is_numeral(c)]
    found += [f"the sign {c!r}; a reference brings its own unit" for c in plain if c in "%‰‱" or _is_currency(c)]
    found += [
        f"the number word {w!r}; use a {{{{fact}}}} reference" for w in sorted(_words(plain)) if is_number_word(w)
    ]
    if other := sorted({c for c in plain if c.isalpha() and not unicodedata.name(c, "?").startswith("LATIN")}):
        found.append(f"letters that cannot be checked: {''.join(other[:5])!r}; quote names exactly")
    if match := _IN_PLAIN_WORDS.search(plain):
        found.append(f"{match[0]!r} states a figure; use a {{{{fact}}}} reference")
    return found


def _words(plain: str) -> set[str]:
    """Words as they stand, with hyphens closed, and spelled out letter by letter; without l', d', 'll."""
    whole = re.sub(r"\b[dljnstm]['’]|['’](?:d|ll|m)\b", " ", plain)
    return {w for variant in (whole, whole.replace("-", ""), _joined(whole)) for w in re.findall(r"[^\W_]+", variant)}


def _plain(text: str) -> str:
    """The text folded and without mark-up. Numerals that folding would take apart (¼, ⅻ) are kept at the end."""
    unescaped = html.unescape(text)
    numerals = "".join(c for c in unescaped if _is_numeral(c) and not c.isascii())
    return fold(re.sub(r"[*_~`]", "", unescaped)) + (f" {numerals}" if numerals else "")


def _is_numeral(c: str) -> bool:
    return unicodedata.category(c) in {"Nd", "Nl", "No"} or unicodedata.numeric(c, None) is not None


def _is_currency(c: str) -> bool:
    return unicodedata.category(c) == "Sc"


def _joined(plain: str) -> str:
    """Letters spelled out one by one ("t h r e e"), put together."""
    return " ".join(re.sub(r"[\s.\-_*·]+", "", m[0]) for m in _SPELLED.finditer(plain))
