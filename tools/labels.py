"""Words for people: platforms, metrics, windows, entities."""

from __future__ import annotations

from calendar import month_name, monthrange
from collections.abc import Sequence
from datetime import date

from domain.window import Window

STRETCHES_SHOWN = 3
PLATFORM_LABELS = {
    "google_ads": "Google Ads",
    "meta": "Meta",
    "ga4": "GA4",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
}


def platform_label(slug: str) -> str:
    """``google_ads`` is shown as ``Google Ads``."""
    return PLATFORM_LABELS.get(slug, slug.replace("_", " ").title())


def window_label(window: Window) -> str:
    """``March 2024``, ``January to March 2024``, ``2024-06-12`` or ``2024-06-24 to 2024-06-30``."""
    start, end = window.start, window.end
    if start == end:
        return start.isoformat()
    if start.day != 1 or end.day != monthrange(end.year, end.month)[1]:
        return f"{start} to {end}"
    last = f"{month_name[end.month]} {end.year}"
    if (start.year, start.month) == (end.year, end.month):
        return last
    first = month_name[start.month] + (f" {start.year}" if start.year != end.year else "")
    return f"{first} to {last}"


def left_out_label(left_out: Sequence[Window]) -> str:
    """``2024-02-12 to 2024-02-18`` or ``March 2024``, joined; after three stretches ``and more days``."""
    said = [window_label(w) for w in left_out]
    return join_words(said) if len(said) <= STRETCHES_SHOWN else f"{', '.join(said[:STRETCHES_SHOWN])} and more days"


def when_label(window: Window, left_out: Sequence[Window]) -> str:
    """``February 2024 without 2024-02-12 to 2024-02-18``."""
    label = window_label(window)
    return f"{label} without {left_out_label(left_out)}" if left_out else label


def bucket_label(by: str, start: date) -> str:
    """A day, the week that starts on a day, a month, or a weekday's name."""
    match by:
        case "month":
            return f"{start:%B %Y}"
        case "weekday":
            return f"{start:%A}"
        case "week":
            return f"week of {start}"
        case _:
            return f"{start:%a} {start}"


def join_words(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def with_campaigns(budget: str, campaigns: Sequence[str]) -> str:
    """``Benelux shared (Search NL, Search BE)``: whom a budget feeds, where its own name does not say it."""
    fed = list(dict.fromkeys(campaigns))
    if fed in ([], [budget]):
        return budget
    more = f" and {len(fed) - 3} more" if len(fed) > 3 else ""
    return f"{budget} ({', '.join(fed[:3])}{more})"


def shown(entity: str) -> str:
    """An entity as a person reads it: a platform by its name, everything else as imported."""
    return PLATFORM_LABELS.get(entity, quoted(entity))


def dimension(by: str) -> str:
    """A grouping in a sentence: ``label:country`` is by country."""
    return by.rpartition(":")[2]


def plural(by: str) -> str:
    """``campaigns``, ``countries``."""
    word = dimension(by)
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in tuple("aeo") else f"{word}s"


def quoted(name: str) -> str:
    """A name from the data, so that it cannot pass for a reference to a fact."""
    return name.replace("{{", "{ {").replace("}}", "} }")


def in_sentence(label: str) -> str:
    """``spend``, but ``ROAS``."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
