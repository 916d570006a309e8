"""Alerts: how grave an incident is, when it has become worse, and who is told. Pure.

What an amount means depends on the account, so it is weighed against what the account usually spends in a day: no
threshold in one currency fits a shop of 50 a day and one of 50,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.errors import BadInput

Severity = Literal["info", "warning", "critical"]
Direction = Literal["up", "down", "none"]
Reach = Literal["campaign", "several", "account"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
OFF = "off"
LEAST: Severity = "warning"  # what a channel gets where nobody said: what is merely unusual waits for the digest

WARNING_SHARE = Decimal("0.10")  # of a day's spend at stake: less is within what a day moves by itself
CRITICAL_SHARE = Decimal("0.50")  # half a day's spend: worth interrupting somebody
STOPPED_SHARE = Decimal("0.05")  # of the account that delivers nothing any more: stopping is no fluctuation
UNKNOWN_SHARE = Decimal("0.25")  # of the account that is affected, where no amount can be said
AGAIN = 2  # times what was at stake a day when the channel was last told: what merely goes on is in the digest
STALE_DAYS = 3  # days overdue from which missing data are grave: by then a weekend has passed unseen

WORSE: dict[str, Direction] = {
    "spend": "up", "clicks": "down", "conversions": "down", "revenue": "down", "cpa": "up", "roas": "down",
    "cpc": "up", "ctr": "down", "cvr": "down", "sessions": "down",
}  # fmt: skip
"""The direction that hurts, by metric."""
BROKEN = frozenset({"tracking_break", "zero"})
OUTCOMES = frozenset({"conversions", "revenue", "cvr"})
_REACHES: tuple[Reach, ...] = ("campaign", "several", "account")


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is known of an incident when it is weighed.

    ``money`` is at stake so far (None: it cannot be said), ``daily_spend`` what the account usually spends a day,
    ``affected`` the part of that spend, 0 to 1, which the incident touches, ``overdue_days`` how late data are.
    """

    kind: str
    metric: str
    direction: str
    money: Decimal | None
    daily_spend: Decimal | None
    affected: float | None = None
    overdue_days: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as a channel was last told of it, or as it is now; ``money`` is of all its ``days`` together."""

    severity: Severity
    money: Decimal | None
    reach: Reach
    days: int = 1

    @property
    def a_day(self) -> Decimal | None:
        return None if self.money is None else self.money / max(self.days, 1)


def severity(stakes: Stakes) -> Severity:
    """How grave it is: a watch that is blind first, then broken outcomes, then money against a usual day's spend.

    What moved for the better is never more than "info": it is news, and nobody has to act before the digest.
    """
    if stakes.kind == "watch_failed":
        return "critical"  # whatever else is wrong, nobody would hear of it
    if stakes.kind == "stale":
        return "critical" if stakes.overdue_days >= STALE_DAYS else "warning"
    if WORSE.get(stakes.metric) != stakes.direction and stakes.kind not in BROKEN:
        return "warning" if _stopped_delivering(stakes) else "info"
    by_money = _by_money(stakes)
    if stakes.kind in BROKEN and by_money == "info" and _touches(stakes, STOPPED_SHARE):
        return "warning"
    return by_money


def _by_money(stakes: Stakes) -> Severity:
    if stakes.money is None or not stakes.daily_spend:
        return "warning" if _large(stakes) else "info"
    share = stakes.money / stakes.daily_spend
    if share >= CRITICAL_SHARE:
        return "critical"
    return "warning" if share >= WARNING_SHARE else "info"


def _large(stakes: Stakes) -> bool:
    return _touches(stakes, UNKNOWN_SHARE)


def _touches(stakes: Stakes, share: Decimal) -> bool:
    return stakes.affected is None or Decimal(str(stakes.affected)) >= share


def _stopped_delivering(stakes: Stakes) -> bool:
    """Spend that falls saves money, but a good part of an account that no longer delivers is nobody's plan."""
    return (stakes.metric, stakes.direction) == ("spend", "down") and stakes.affected is not None and _large(stakes)


def worsened(told: Told, now: Told) -> bool:
    """Whether the channel has to hear of it again: graver, wider, or twice what was at stake a day when it was last
    told. What lasts costs more every day: that alone is nothing new."""
    if _rank(now.severity) > _rank(told.severity):
        return True
    if _rank(now.severity) < _rank(told.severity):
        return False
    if now.severity != "info" and _REACHES.index(now.reach) > _REACHES.index(told.reach):
        return True
    if now.a_day is None or now.a_day <= 0:
        return False
    return told.a_day is not None and now.a_day >= AGAIN * told.a_day


def goes_to(level: str, least: str | None) -> bool:
    """Whether a channel with the setting ``least`` (a severity, "off", or None for the default) is told."""
    chosen = checked_setting(least)
    return chosen != OFF and _rank(level) >= _rank(chosen or LEAST)


def checked_setting(least: str | None) -> str | None:
    """A channel's setting of alerts. Raises BadInput for anything but a severity, "off" or None."""
    if least is None or least == OFF or least in SEVERITIES:
        return least
    raise BadInput(f"alerts of a channel are from {', '.join(SEVERITIES)} on, or {OFF}; not {least[:40]!r}")


def _rank(level: str) -> int:
    if level not in SEVERITIES:
        raise BadInput(f"a severity is one of {', '.join(SEVERITIES)}, not {level[:40]!r}")
    return SEVERITIES.index(level)
