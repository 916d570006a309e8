"""A media mix as sentences whose every figure is a fact, a table, and what to mind before believing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy.orm import Session

from analytics.errors import BadSeries
from analytics.mediamix import Channel, Estimate, MediaMix, media_mix
from domain.evidence import Fact, Table, ToolResult, Unit
from domain.formatting import format_money
from domain.window import Window
from store import performance
from store.engine import read
from tools.base import REASONS, ToolContext, refusal
from tools.figures import Books, Cited, Group
from tools.labels import join_words, quoted, window_label
from tools.mix_data import MixData, read_mix

DRAWS = {"week": 300, "day": 120}  # days are many; fewer draws keep an answer within seconds
TOLD = 4
HOW = (
    "media mix: saturated geometric adstock beside trend, season and marked days, bounded least squares, block "
    "bootstrap; see docs/methods/mediamix.md"
)
PERIOD = {"week": "weeks", "day": "days"}


def answer(context: ToolContext, by: str) -> ToolResult:
    """Read, fit, say. A reasoned no becomes a refused result."""
    with read(context.engine) as session:
        try:
            data = read_mix(session, context, by)
            mix, more = _fitted(data)
            data = replace(data, window=_counted(data, mix))
            return _told(session, context, data, mix, more)
        except REASONS as no:
            return ToolResult(refused=refusal(no))


def _fitted(data: MixData) -> tuple[MediaMix, list[str]]:
    """The fit; without the experiments where they contradict what could be fitted, and that is said."""
    grain = data.series.grain
    seed = [data.window.end.toordinal(), len(data.series.channels)]  # the same question, the same answer
    draws = DRAWS[grain]
    try:
        return media_mix(data.series, np.random.default_rng(seed), lifts=data.lifts, draws=draws), []
    except BadSeries as no:
        if not data.lifts:
            raise
        mix = media_mix(data.series, np.random.default_rng(seed), draws=draws)
        return mix, [f"no experiment calibrates this: {no}"]


def _counted(data: MixData, mix: MediaMix) -> Window:
    """The days whose sales are split: the first periods only feed the carryover."""
    start = date.fromordinal(int(data.series.day[mix.first_period]))
    return Window(start, data.window.end, data.window.timezone)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Cites the figures of a mix."""

    data: MixData
    source: str
    cited: Cited

    def channel(self, c: Channel, period: str) -> str:
        """One channel as a sentence or two."""
        name, currency = quoted(c.name), self.data.currency
        spent = self._cite(c, "Spend", c.spend, "money")
        if c.roas is None or c.contribution is None:
            return f"{name} ({spent} spent): what it brought is not known: {c.reason}."
        roas = self._range(c, "ROAS (media mix)", c.roas, "ratio")
        brought = self._range(c, "Net revenue brought", c.contribution, "money")
        text = f"{name}: {spent} spent brought {brought}; each {currency} brought {roas}."
        if c.marginal_roas is None:
            return f"{text} What the next {currency} brings is not known: {c.marginal_reason}."
        marginal = self._range(c, "Marginal ROAS (media mix)", c.marginal_roas, "ratio")
        return f"{text} The next {currency} a {period} brings {marginal}."

    def _range(self, c: Channel, label: str, e: Estimate, unit: Unit) -> str:
        low, high = self._cite(c, f"{label}, low", e.low, unit), self._cite(c, f"{label}, high", e.high, unit)
        if e.value is None:
            return f"{low} to {high}"
        return f"{self._cite(c, label, e.value, unit)} (90 % range {low} to {high})"

    def _cite(self, c: Channel, label: str, value: float, unit: Unit) -> str:
        currency = self.data.currency if unit == "money" else None
        rounded = Decimal(str(round(value, 2 if unit == "money" else 6)))
        return self.cited.cite(Fact("new", label, rounded, unit, currency, c.name, self.data.window, self.source, HOW))


def _told(session: Session, context: ToolContext, data: MixData, mix: MediaMix, more: list[str]) -> ToolResult:
    teller = _Teller(data, _source(session, context, data), Cited())
    channels = sorted(mix.channels, key=lambda c: (c.contribution is None, -(_middle(c.contribution) or 0), c.name))
    period = data.series.grain
    lines = [teller.channel(c, period) for c in channels[:TOLD]]
    if len(channels) > TOLD:
        lines.append("The others are in the table.")
    yesterday = context.today - timedelta(days=1)
    fresh = {a.platform: min(a.last_day, yesterday) for a in (*data.ads, *data.shops) if a.last_day}
    return ToolResult(
        facts=teller.cited.facts,
        text="\n".join(lines),
        table=_table(channels, data),
        row_count=len(data.series.outcome),
        freshness=fresh,
        caveats=tuple(dict.fromkeys([*_caveats(data, mix), *more, *data.notes])),
    )


def _caveats(data: MixData, mix: MediaMix) -> list[str]:
    q = mix.quality
    shop = join_words([quoted(s.name) for s in data.shops])
    said = [
        f"learned from {q.periods} {PERIOD[data.series.grain]} of net revenue of {shop} ({data.net_how}), "
        f"{window_label(data.window)}; held fixed: {', '.join(mix.holds)}",
        "a model of ups and downs that went together is no experiment: what moved with spend for another reason is "
        "counted as its effect",
    ]
    said += [f"mind: {quoted(c.said)}" for c in mix.checks if not c.ok]
    fine = sum(c.ok for c in mix.checks)
    said.append(f"{fine} of {len(mix.checks)} checks are fine; R² {q.r2:.2f}, without media {q.r2_controls:.2f}")
    return said


def _table(channels: list[Channel], data: MixData) -> Table:
    columns = ("Channel", "Spend", "Net revenue brought", "ROAS", "Low", "High", "Marginal ROAS", "Low", "High", "Note")
    rows, shown = [], []
    for c in channels:
        roas, marginal = _numbers(c.roas), _numbers(c.marginal_roas)
        note = c.reason or c.marginal_reason or ""
        brought = _middle(c.contribution)
        rows.append((c.name, c.spend, brought, *roas, *marginal, note))
        money = [_money(v, data.currency) for v in (c.spend, brought)]
        shown.append((quoted(c.name), *money, *(_plain(v) for v in (*roas, *marginal)), note))
    return Table("Media mix", columns, tuple(rows), shown=tuple(shown))


def _numbers(e: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if e is None else (e.value, e.low, e.high)


def _middle(e: Estimate | None) -> float | None:
    return None if e is None else e.value


def _money(value: float | None, currency: str) -> str:
    return "unknown" if value is None else format_money(Decimal(str(round(value, 2))), currency)


def _plain(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"


def _source(session: Session, context: ToolContext, data: MixData) -> str:
    """The loads of the orders and of the spend."""
    spend = Group.of(data.spend_rows)
    ids = {run for pair in (*data.order_runs.values(), *spend.runs.values()) for run in pair}
    names = performance.sources(session, context.scope, ids) if ids else {}
    books = Books({a.id: a for a in (*data.shops, *data.ads)}, names)
    return books.source(replace(spend, runs={**data.order_runs, **spend.runs}))
