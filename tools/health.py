"""How healthy campaigns are: a score of 0 to 100 for each, what costs it points, and what is not known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from analytics.errors import NotEnoughData
from analytics.health import Health, Part, Signs, health
from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from domain.metrics import METRICS, Metric
from domain.window import Window
from store import incidents, performance, plans
from store.labels import labels_of
from store.performance import CampaignName, Rows, Totals
from store.plan_cover import Cover, cover
from store.plans import Line
from tools.arguments import Filters
from tools.base import Tool, ToolContext
from tools.figures import Books, Cited, Group
from tools.labels import in_sentence, join_words, quoted, window_label
from tools.levers import LAG_DAYS
from tools.months import month_of
from tools.reader import Reader, answered

DAYS = 28
PAST_DAYS = 56
WEEK = 7
LISTED = 3
DAY = timedelta(days=1)


class HealthArguments(Filters):
    """Whose health."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """One campaign, and its health or why there is none."""

    campaign: CampaignName
    metric: Metric
    against: str  # what its efficiency was held against
    found: Health | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Days:
    """The days that are looked at: conversions count up to ``mature``, everything else up to ``last``."""

    last: date
    mature: date
    timezone: str

    @classmethod
    def of(cls, reader: Reader) -> _Days:
        yesterday = reader.context.today - DAY
        ends = [a.last_day for a in reader.selection.accounts if a.last_day is not None]
        if not ends:
            raise CannotAnswer("there are no figures yet")
        last = min(max(ends), yesterday)
        return cls(last, min(last, yesterday - LAG_DAYS * DAY), reader.context.timezone)

    @property
    def first(self) -> date:
        return self.mature - (DAYS + PAST_DAYS - 1) * DAY

    @property
    def window(self) -> Window:
        return Window(self.mature - (DAYS - 1) * DAY, self.mature, self.timezone)


def run(context: ToolContext, arguments: HealthArguments) -> ToolResult:
    """The score of each campaign that ran in the last four weeks, the worst first."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, _arguments: HealthArguments) -> ToolResult:
    days = _Days.of(reader)
    rows = _rows(reader, days)
    laid = _laid(reader, days)
    chosen = reader.selection.chosen
    campaigns = [c for c in reader.campaigns() if (chosen is None or c.id in chosen) and rows.get(c.id)]
    checked = [_check(reader, c, rows[c.id], days, laid) for c in campaigns if _ran(rows[c.id], days)]
    if not checked:
        since = days.last - (DAYS - 1) * DAY
        raise CannotAnswer(f"nothing of that ran from {since} to {days.last}; there is no health to speak of")
    checked.sort(key=lambda c: (c.found is None, c.found.score if c.found else 0.0, c.campaign.name))
    books = reader.books([r for c in campaigns for r in rows[c.id]])
    cited = Cited()
    shown = checked if len(checked) == 1 else [c for c in checked if c.found][:LISTED] or checked[:LISTED]
    lines = [_said(c, rows[c.campaign.id], days, books, cited) for c in shown]
    if len(checked) > 1:
        lines.insert(0, "Health by campaign, the worst first:")
    caveats = [
        f"the score is a weighted mean of the parts that are known, by stated scales: it orders attention and predicts "
        f"nothing; conversions of the last {LAG_DAYS} days still arrive and are not in it"
    ]
    if _open(reader, checked):
        caveats.append("something unusual is open now and is not in the score either: any alerts?")
    return reader.result("\n".join(lines), cited, [], caveats, _table(checked) if len(checked) > 1 else None)


def _open(reader: Reader, checked: Sequence[_Checked]) -> bool:
    """Whether the watch has something of these campaigns open, which an older mean cannot show."""
    found = {(one.campaign.account_id, one.campaign.name) for one in checked}
    open_ = incidents.open_incidents(reader.session, reader.context.scope)
    return any((view.account_id, name) in found for view in open_ for name in view.campaigns)


def _rows(reader: Reader, days: _Days) -> Mapping[int, Sequence[Totals]]:
    chosen = reader.selection.chosen
    wanted = Rows(days.first, days.last, reader.selection.account_ids, chosen, reader.selection.without)
    found: dict[int, list[Totals]] = defaultdict(list)
    for row in performance.totals(reader.session, reader.context.scope, wanted, ("campaign", "day")):
        if row.campaign_id is not None:
            found[row.campaign_id].append(row)
    return found


def _ran(rows: Sequence[Totals], days: _Days) -> bool:
    recent = _within(rows, days.last - (DAYS - 1) * DAY, days.last)
    return any((r.sums["impressions"] or 0) > 0 or (r.sums["spend"] or 0) > 0 for r in recent)


def _laid(reader: Reader, days: _Days) -> Cover:
    """The plan's lines of the month that the last day with figures lies in."""
    scope, first = reader.context.scope, days.last.replace(day=1)
    names = performance.campaigns(reader.session, scope, reader.selection.account_ids)
    return cover(plans.lines(reader.session, scope, first, first), names, labels_of(reader.session, scope))


def _check(reader: Reader, campaign: CampaignName, rows: Sequence[Totals], days: _Days, laid: Cover) -> _Checked:
    line = laid.line_of.get(campaign.id)
    earned = Group.of(_within(rows, days.window.start, days.mature)).sums.get("revenue")
    by_cost = not earned or (line is not None and line.target_cpa is not None and line.target_roas is None)
    metric = METRICS["cpa" if by_cost else "roas"]
    target = _target(metric, line)
    account = next(a for a in reader.selection.accounts if a.id == campaign.account_id)
    past = _value(metric, rows, days.first, days.window.start - DAY)
    spent, planned = _to_plan(rows, line, laid, days)
    group = Group.of(_within(rows, days.window.start, days.mature))
    conversions = group.sums.get("conversions")
    signs = Signs(
        better=metric.better, spent=spent, planned=planned,
        value=_value(metric, rows, days.window.start, days.mature), reference=past if target is None else target,
        recent=_value(metric, rows, days.mature - (WEEK - 1) * DAY, days.mature),
        earlier=_value(metric, rows, days.mature - (DAYS + WEEK - 1) * DAY, days.mature - WEEK * DAY),
        days_behind=None if account.last_day is None else max(0, (reader.context.today - DAY - account.last_day).days),
        conversions=None if conversions is None else float(conversions),
        stopped=_stopped(reader, campaign, rows, days), days=DAYS,
    )  # fmt: skip
    against = "the eight weeks before" if target is None else "the plan's target"
    try:
        return _Checked(campaign, metric, against, health(signs))
    except NotEnoughData as no:
        return _Checked(campaign, metric, against, None, str(no))


def _value(metric: Metric, rows: Sequence[Totals], start: date, end: date) -> float | None:
    value, _reason = metric.value(Group.of(_within(rows, start, end)).sums)
    return None if value is None else float(value)


def _within(rows: Sequence[Totals], start: date, end: date) -> list[Totals]:
    return [r for r in rows if r.day is not None and start <= r.day <= end]


def _target(metric: Metric, line: Line | None) -> float | None:
    if line is None:
        return None
    if metric.slug == "roas":
        return None if line.target_roas is None else float(line.target_roas)
    return None if line.target_cpa is None else float(line.target_cpa.amount)


def _to_plan(rows: Sequence[Totals], line: Line | None, laid: Cover, days: _Days) -> tuple[float | None, float | None]:
    """Spent and planned to date, in even days; unknown where the plan's line pays for other campaigns too."""
    if line is None or line.budget is None or sum(x is line for x in laid.line_of.values()) > 1:
        return None, None
    month = month_of(days.last, days.timezone)
    spent = Group.of(_within(rows, month.start, days.last)).sums.get("spend")
    share = ((days.last - month.start).days + 1) / month.days
    return None if spent is None else float(spent), float(line.budget.amount) * share


def _stopped(reader: Reader, campaign: CampaignName, rows: Sequence[Totals], days: _Days) -> int | None:
    """Days without an impression among those on which the account has figures; None where impressions are unknown."""
    start = days.last - (DAYS - 1) * DAY
    recent = _within(rows, start, days.last)
    if any(r.sums["impressions"] is None for r in recent):
        return None
    wanted = Rows(start, days.last, {campaign.account_id})
    have = performance.days_with_data(reader.session, reader.context.scope, wanted).get(campaign.account_id, set())
    ran = {r.day for r in recent if r.sums["impressions"]}
    return len(have - ran)


def _said(one: _Checked, rows: Sequence[Totals], days: _Days, books: Books, cited: Cited) -> str:
    name = quoted(one.campaign.name)
    if one.found is None:
        return f"Health of {name}: not known. {one.why[:1].upper()}{one.why[1:]}."
    source = books.source(Group.of(rows))

    def fact(label: str, value: float) -> str:
        how = "weighted mean of the known parts (analytics/health.py)"
        return cited.cite(
            Fact("new", label, Decimal(round(value)), "count", None, one.campaign.name, days.window, source, how)
        )

    said = f"Health of {name}: {fact('Health score', one.found.score)} of {fact('Highest health score', 100)}."
    costly = [p for p in one.found.parts if round(p.cost) >= 1]
    if costly:
        parts = join_words(
            [
                f"{_words(p, one)} ({fact(f'Points lost: {p.name}', p.cost)} point{'' if round(p.cost) == 1 else 's'})"
                for p in costly
            ]
        )
        said += f" It loses by {parts}."
    else:
        said += " No known part costs it a point."
    if one.found.unknown:
        said += f" Not known and left out: {'; '.join(f'{part} ({why})' for part, why in one.found.unknown)}."
    return f"{said} Conversions counted: {window_label(days.window)}."


def _words(part: Part, one: _Checked) -> str:
    """The part and its direction; the figures are in the facts."""
    worse = "above" if one.metric.better < 0 else "below"
    match part.name:
        case "efficiency":
            return f"{in_sentence(one.metric.label)} {worse} {one.against}"
        case "trend":
            return f"{in_sentence(one.metric.label)} worse in the last week than in the four before"
        case "pacing":
            return f"spend {'ahead of' if part.measure > 1 else 'behind'} the plan to date"
        case "stops":
            return "days without an impression"
        case "volume":
            return "few conversions to judge by"
        case _:
            return "figures that are behind"


def _table(checked: Sequence[_Checked]) -> Table:
    names = ("efficiency", "pacing", "trend", "stops", "volume", "freshness")
    rows, shown = [], []
    for one in checked:
        scores = {p.name: p.score for p in one.found.parts} if one.found else {}
        score = one.found.score if one.found else None
        cells = [score, *(scores.get(n) for n in names)]
        rows.append((one.campaign.name, *cells))
        shown.append((quoted(one.campaign.name), *("unknown" if c is None else f"{c:.0f}" for c in cells)))
    columns = ("Campaign", "Health", *(n.capitalize() for n in names))
    return Table("Health by campaign, each part 0 to 100", columns, tuple(rows), shown=tuple(shown))


TOOL = Tool(
    "health",
    "How healthy campaigns are: a score of 0 to 100 each, the worst first, with what costs points and what is unknown.",
    HealthArguments,
    run,
)
