"""What a daily budget can cost at most: the platform's own rule, not ours."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from domain.money import Money


@dataclass(frozen=True, slots=True)
class Exposure:
    """The most that can be spent: ``today``, and from today to month end under the new and the old budget.

    A month figure is None where the platform has no such cap.
    """

    today: Money
    to_month_end: Money | None
    to_month_end_before: Money | None


def exposure(platform: str, before: Money, after: Money, day: date, highest: Money | None = None) -> Exposure | None:
    """The most that a change on ``day`` (in the account's zone) can cost, or None where no rule is known.

    ``highest`` is the highest budget that was set earlier on that day, where one was.

    Google Ads: a day costs at most twice the highest daily budget set on it; after a change
    the rest of the month is capped at the new budget times the days left, today counted.
    Meta: a day costs at most 1.75 times the daily budget; there is no monthly cap.
    Source: support.google.com/google-ads/answer/2375420 and /10702522; facebook.com/business/help/190490051321426
    """
    high = after if before < after else before
    if highest is not None and high < highest:
        high = highest
    if platform == "google_ads":
        days_left = monthrange(day.year, day.month)[1] - day.day + 1
        return Exposure(_times(high, 2), _times(after, days_left), _times(before, days_left))
    if platform == "meta":
        return Exposure(Money.from_micros(high.micros * 7 // 4, high.currency), None, None)
    return None


def total(parts: list[Exposure | None]) -> Exposure | None:
    """Several changes together; None where any of them has no known rule."""
    known = [p for p in parts if p is not None]
    if not known or len(known) < len(parts):
        return None
    result = known[0]
    for part in known[1:]:
        result = Exposure(
            result.today + part.today,
            _sum(result.to_month_end, part.to_month_end),
            _sum(result.to_month_end_before, part.to_month_end_before),
        )
    return result


def _times(money: Money, factor: int) -> Money:
    return Money(money.amount * factor, money.currency)


def _sum(a: Money | None, b: Money | None) -> Money | None:
    return None if a is None or b is None else a + b
