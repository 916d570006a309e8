"""Which figures only analytics counts, and which accounts a question about them reads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.metrics import METRICS, Base
from domain.scope import Scope
from store import performance
from store.performance import AccountDays
from tools.arguments import Filters
from tools.labels import join_words, platform_label

OF_ANALYTICS = frozenset(m.slug for m in METRICS.values() if "sessions" in (m.numerator, m.denominator))
OF_ADS: frozenset[Base] = frozenset({"spend", "impressions", "clicks"})
"""What analytics does not count itself ("Ads cost" in it repeats what the ads platform says)."""
NOT_LOADED = (
    "Sessions are counted by analytics, and none is loaded. Load an export by day and campaign or source: "
    "budgeteer import FILE --platform ga4 --account NAME --currency CODE."
)


def asked(filters: Filters) -> bool:
    """Whether one of the figures is analytics'."""
    return bool(OF_ANALYTICS & set(_metrics(filters)))


def accounts(session: Session, scope: Scope, filters: Filters) -> list[AccountDays]:
    """The analytics accounts that a question about sessions reads, all of them where it names none.

    Raises:
        CannotAnswer: a figure of the ads is asked for as well, an ads platform is named, or nothing is loaded.
    """
    found = performance.accounts(session, scope, ("analytics",))
    if not found:
        raise CannotAnswer(NOT_LOADED)
    metrics = [METRICS[slug] for slug in _metrics(filters)]
    if other := [m.label for m in metrics if {m.numerator, m.denominator} & OF_ADS]:
        raise CannotAnswer(
            f"{join_words(other)} are the ads platforms', sessions are analytics': ask for each by itself"
        )
    known = sorted({a.platform for a in found})
    if ads := sorted(set(filters.platforms) - set(known)):
        named, counting = (join_words([platform_label(p) for p in some]) for some in (ads, known))
        raise CannotAnswer(f"{named} states no sessions; {counting} does: ask for its campaigns or sources")
    return found


def _metrics(filters: Filters) -> Sequence[str]:
    one = getattr(filters, "metric", None)
    return tuple(getattr(filters, "metrics", ())) or ((one,) if one is not None else ())
