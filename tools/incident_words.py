"""An incident in words, the number first. Plain text: whoever shows it escapes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.formatting import format_count, format_money
from domain.metrics import METRICS
from store.incidents import IncidentView, Unusual
from tools.labels import join_words, platform_label, quoted
from tools.same_matter import said_beside

NAMES_SHOWN = 3
SEVERE = {"critical": "Critical", "warning": "Warning", "info": "News"}
KINDS = {"stale": "Data missing", "watch_failed": "The watch failed", "tracking_break": "Tracking"}


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured against what was expected, over the unusual days. ``last``: a ratio, of the last day only."""

    metric: str
    value: Decimal
    expected: Decimal
    last: bool

    @property
    def change(self) -> Decimal | None:
        return None if self.expected == 0 else self.value / self.expected - 1


def title(view: IncidentView) -> str:
    """``Conversions down · Acme EU · Google Ads``."""
    what = KINDS.get(view.kind) or f"{METRICS[view.metric].label} {view.direction}"
    if view.kind == "tracking_break":
        what = f"{METRICS[view.metric].label} {view.direction}, tracking"
    return f"{what} · {quoted(view.account)} · {platform_label(view.platform)}"


def headline(view: IncidentView, days: Sequence[Unusual]) -> str:
    """The number first: ``Conversions 24 against 80 expected (-70.0 %) 2024-06-22 to 2024-06-23, in Brand.``."""
    found = figure(view, days)
    if found is None:
        return (
            view.said if view.kind in ("stale", "watch_failed") else f"{title(view)}: unusual since {view.first_day}."
        )
    change = "" if found.change is None else f" ({found.change * 100:+.1f} %)"
    when = f"on {view.last_day}" if found.last or view.first_day == view.last_day else span(view)
    return (
        f"{METRICS[view.metric].label} {shown(view, found.value)} against {shown(view, found.expected)} expected"
        f"{change} {when}, {where(view)}."
    )


def figure(view: IncidentView, days: Sequence[Unusual]) -> Figure | None:
    """The root metric: a sum over the unusual days, a ratio on the last of them. None where nothing is measured.

    The account's own line where the account moved, else the campaigns'; of several campaigns' ratios the furthest off.
    """
    if view.metric not in METRICS:
        return None
    mine = [d for d in days if d.metric == view.metric and d.value is not None and d.expected is not None]
    whole, parts = [d for d in mine if d.campaign_id is None], [d for d in mine if d.campaign_id is not None]
    used = whole if whole and len({d.campaign_id for d in parts}) != 1 else parts
    if not used:
        return None
    if METRICS[view.metric].denominator is None:
        value, expected = sum(d.value or 0.0 for d in used), sum(d.expected or 0.0 for d in used)
        return Figure(view.metric, Decimal(str(value)), Decimal(str(expected)), last=False)
    last = [d for d in used if d.day == max(d.day for d in used)]
    far = max(last, key=lambda d: abs((d.value or 0.0) - (d.expected or 0.0)) / (d.expected or 1.0))
    return Figure(view.metric, Decimal(str(far.value)), Decimal(str(far.expected)), last=True)


def shown(view: IncidentView, value: Decimal) -> str:
    """A value of the incident's metric."""
    return value_of(view.metric, float(value), view.currency)


def value_of(metric: str, number: float, currency: str | None) -> str:
    """A value of any metric in its unit."""
    unit, value = METRICS[metric].unit, Decimal(str(number))
    if unit == "money":
        return format_money(value, currency or "")
    if unit == "percent":
        return f"{value * 100:.2f} %"
    return f"{value:.2f}" if unit == "ratio" else format_count(value)


def where(view: IncidentView) -> str:
    """``in Brand``, ``in Brand, Search, Shop and 4 more``, ``in the whole account``."""
    if view.reach == "account" or not view.campaigns:
        return "in the whole account"
    names = [quoted(name) for name in view.campaigns]
    if len(names) > NAMES_SHOWN:
        return f"in {', '.join(names[:NAMES_SHOWN])} and {len(names) - NAMES_SHOWN} more"
    return f"in {join_words(names)}"


def span(view: IncidentView) -> str:
    """``on 2024-06-22`` or ``2024-06-22 to 2024-06-25``."""
    return f"on {view.first_day}" if view.first_day == view.last_day else f"{view.first_day} to {view.last_day}"


def at_stake(view: IncidentView) -> str:
    """``€5,703.65 so far: conversions below what was expected, at their usual value``; the reason where unknown."""
    if view.money is None:
        return f"not known: {view.money_how}" if view.money_how else "not known"
    return f"{format_money(view.money, view.currency or '')} so far: {view.money_how}"


def also(view: IncidentView) -> str:
    """``CPA up, ROAS down``; empty where nothing else moved."""
    pairs = [key.partition(":") for key in view.symptoms]
    return join_words([f"{METRICS[m].label} {d}" for m, _, d in pairs if m in METRICS])


def told(view: IncidentView, through: date | None, others: Sequence[IncidentView] = ()) -> list[tuple[str, str]]:
    """(label, words) of everything that an alert says below its headline; ``others`` tell of the same matter."""
    lines = [("Cause", view.said or "not known")] if view.kind not in ("stale", "watch_failed") else []
    if view.kind not in ("stale", "watch_failed"):
        good = view.severity == "info" and view.money is not None
        lines.append(("How much" if good else "At stake", at_stake(view)))
    if moved := also(view):
        lines.append(("With it", moved))
    if others:
        lines.append(("Same matter", said_beside(others)))
    lines.append(("Unusual", f"{span(view)}; data through {through or 'no day yet'}"))
    return lines


def state(view: IncidentView) -> str:
    """``open``, ``acknowledged``, ``snoozed until 2024-07-02 09:00 UTC``, ``recovered``."""
    if view.open and view.snoozed_until is not None:
        return f"{view.status}, snoozed until {view.snoozed_until:%Y-%m-%d %H:%M} UTC"
    return view.status


def recovered(view: IncidentView) -> str:
    """What is said of an incident that is over by itself. ``last_day`` was still unusual."""
    if view.metric == "rows":
        return "Recovered: the rows are here, or the campaign has had none for two weeks and counts as ended."
    if view.kind == "stale":
        return "Recovered: the missing data are here."
    if view.kind == "watch_failed":
        return "Recovered: the watch sees this account again."
    return f"Recovered: back within what is usual since {view.last_day + timedelta(days=1)}."


NO_CAMPAIGN = (
    "it shows in the sum of the account and in no campaign of its own; a split of the whole is another question: "
    "recommend a budget"
)
_INSTEAD = {
    "disapproval_or_paused": "the platform does not show it: an ad has to be approved or a campaign switched on, on "
    "the platform itself",
    "promotion": "the calendar explains it; there is nothing to mend",
    "holiday": "the calendar explains it; there is nothing to mend",
    "promotion/holiday": "the calendar explains it; there is nothing to mend",
    "tracking_change": "the counting was changed, so before and after are not alike: compare again once it has run "
    "for two weeks",
    "late_conversions": "the days are young and what is missing usually still arrives: look again in a few days",
    "budget_change": "it follows from a budget that was changed through here: Undo stands on that change's card",
    "foreign_change": "somebody changed it outside of this tool: ask them whether it was meant, and set it back there "
    "where it was not; another change on top would hide both",
}
"""By kind of cause: why no budget mends it, and what does."""


def fixable(view: IncidentView) -> str | None:
    """Why no budget change would mend it, and what to do instead; None where one may be looked for."""
    cause = str(view.cause.get("kind", "unknown"))
    if not view.open:
        return f"it is over ({view.status}); there is nothing to mend"
    if view.kind in ("stale", "watch_failed"):
        return "the figures have to be readable first; a change on figures that nobody sees would be a guess"
    if view.kind == "tracking_break" or cause == "tracking_break":
        return (
            "the ads work and the counting does not: check the tag and the conversion action; money moved now would "
            "follow wrong figures"
        )
    if cause in _INSTEAD:
        return _INSTEAD[cause]
    if view.kind == "zero" and view.metric in ("spend", "impressions", "clicks"):
        return _INSTEAD["disapproval_or_paused"]
    if view.direction != "none" and view.severity == "info":
        return "it moved for the better, or hardly: there is nothing to mend"
    return None
