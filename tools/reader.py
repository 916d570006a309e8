"""What every performance tool does around its own idea: resolve the filters, clip the period, read, warn, hand over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import Chart, Table, ToolResult
from domain.metrics import Metric
from domain.window import Window
from store import labels, order_sums, performance
from store.engine import read
from store.performance import AccountDays, CampaignName, Key, Rows, Totals
from tools import of_analytics
from tools.arguments import Figures, Filters, Period
from tools.base import REASONS, ToolContext, refusal
from tools.figures import CLAIMED, MAY_DOUBLE, PLATFORM_CLAIMS, Books, Cited, Group
from tools.filters import ALL, Selection, across, campaign_names, select
from tools.labels import join_words, left_out_label, platform_label, quoted
from tools.spans import Span, day_ranges, gaps, span

F = TypeVar("F", bound=Filters)
CAMPAIGNS_WATCHED = 3


@dataclass(frozen=True, slots=True)
class Reader:
    """One question's view of the store: the selection is made, every read is within it."""

    context: ToolContext
    session: Session
    selection: Selection
    without: tuple[Period, ...] = ()  # days left out of every period

    def span(self, period: Period) -> Span:
        zones = {account.timezone for account in self.selection.accounts}
        zone = zones.pop() if len(zones) == 1 else self.context.timezone
        return span(self.selection.accounts, period, self.context.today, zone, self.without)

    def totals(self, days: Span, by: Collection[Key] = ()) -> list[Totals]:
        """One query; nothing where the span has no data."""
        return [] if days.reason else performance.totals(self.session, self.context.scope, self._rows(days), by)

    def books(self, *read_rows: Iterable[Totals]) -> Books:
        runs = {run for rows in read_rows for row in rows for run in row.runs}
        sources = performance.sources(self.session, self.context.scope, runs) if runs else {}
        return Books({a.id: a for a in self.selection.accounts}, sources)

    def where(self, rows: Iterable[Totals]) -> str:
        """Where in a sentence; of several platforms only those that have rows are named as added up."""
        chosen = self.selection
        if chosen.entity != ALL:
            return chosen.where
        owners = {row.account_id for row in rows}
        having = {a.platform for a in chosen.accounts if a.id in owners}
        if len(having) == 1 < len(chosen.platforms):
            return f" on {platform_label(*having)}"
        return across(having) if having else chosen.where

    def gaps(self, days: Span) -> tuple[str, ...]:
        """Caveats about days without any row, per account, and per campaign where a few were chosen."""
        if days.reason:
            return ()
        whole = self._days(days, self.selection.account_ids)
        found = performance.days_with_data(self.session, self.context.scope, whole)
        said = gaps(self.selection.accounts, days, found)
        chosen = self.selection.chosen
        if chosen is None or self.selection.notes or len(chosen) > CAMPAIGNS_WATCHED:
            return said
        silent = [self._silent(c, days, found) for c in self.selection.campaigns if c.id in chosen]
        return (*said, *(s for s in silent if s))

    def _silent(self, campaign: CampaignName, days: Span, found: Mapping[int, set[date]]) -> str:
        """Days on which the account has rows and this campaign none."""
        own = replace(self._days(days, {campaign.account_id}), campaigns={campaign.id})
        have = performance.days_with_data(self.session, self.context.scope, own).get(campaign.account_id, set())
        missing = sorted(found.get(campaign.account_id, set()) - have)
        if not missing or not have:
            return ""
        return f"{quoted(campaign.name)} has no rows for {day_ranges(missing)}: its platform reported nothing then"

    def campaigns(self) -> Sequence[CampaignName]:
        """Of the selected accounts."""
        accounts = self.selection.account_ids
        return self.selection.campaigns or performance.campaigns(self.session, self.context.scope, accounts)

    def campaign_names(self) -> dict[int, str]:
        """Names of the selected accounts' campaigns, by id."""
        return campaign_names(self.campaigns())

    def freshness(self) -> dict[str, date]:
        """The last usable day per platform: of its freshest account, and never today."""
        yesterday = self.context.today - timedelta(days=1)
        latest: dict[str, date] = {}
        for account in self.selection.accounts:
            if account.last_day is not None and account.first_day is not None and account.first_day <= yesterday:
                day = min(account.last_day, yesterday)
                latest[account.platform] = max(latest.get(account.platform, day), day)
        return latest

    def result(
        self,
        text: str,
        cited: Cited,
        spans: Sequence[Span],
        caveats: Iterable[str] = (),
        table: Table | None = None,
        chart: Chart | None = None,
    ) -> ToolResult:
        """The answer with what every answer carries: freshness, and the caveats of its windows before its own."""
        said = [c for s in spans for c in (*s.caveats, *self.gaps(s))] + self._outside(spans)
        said = [*self.selection.notes, *said]
        return ToolResult(
            facts=cited.facts,
            text=text,
            table=table,
            chart=chart,
            row_count=len(table.rows) if table else len(cited.facts),
            truncated=table.truncated if table else False,
            freshness=self.freshness(),
            caveats=tuple(self._pointed(c) for c in dict.fromkeys((*said, *caveats))),
        )

    def _pointed(self, caveat: str) -> str:
        """A caveat on platform claims says where the shop's own count is, once there is one."""
        if not caveat.endswith(MAY_DOUBLE) or not any(
            shop.first_day for shop in order_sums.shops(self.session, self.context.scope)
        ):
            return caveat
        return f"{caveat}; the shop's orders are loaded: ask for MER, or 'reconcile'"

    def _rows(self, days: Span) -> Rows:
        chosen = self.selection
        return replace(self._days(days, chosen.account_ids), campaigns=chosen.chosen, without=chosen.without)

    @staticmethod
    def _days(days: Span, accounts: Collection[int]) -> Rows:
        left_out = tuple((w.start, w.end) for w in days.left_out)
        return Rows(days.window.start, days.window.end, accounts, days_left_out=left_out)

    def _outside(self, spans: Sequence[Span]) -> list[str]:
        """Said of days to be left out that lie in none of the periods."""
        asked = [Window(w.start, w.end) for w in self.without]
        outside = [w for w in asked if all(w.clip(s.window.start, s.window.end) is None for s in spans)]
        return [f"nothing left out for {left_out_label(outside)}: not in the period"] if outside and spans else []


def answered(context: ToolContext, filters: F, answer: Callable[[Reader, F], ToolResult]) -> ToolResult:
    """Run one tool on one snapshot of the store; a reasoned no becomes a refused result."""
    with read(context.engine) as session:
        try:
            accounts = _accounts(session, context, filters)
            if of_analytics.asked(filters) and not filters.platforms:
                filters = filters.model_copy(update={"platforms": tuple(sorted({a.platform for a in accounts}))})
            if not any(account.first_day for account in accounts):
                raise CannotAnswer("there are no data yet for this account; import an export or connect the platform")
            selection = select(accounts, partial(performance.campaigns, session, context.scope), filters,
                               partial(labels.labels_of, session, context.scope))  # fmt: skip
            without = filters.without if isinstance(filters, Figures) else ()
            return answer(Reader(context, session, selection, without), filters)
        except REASONS as no:
            return ToolResult(refused=refusal(no), choices=no.choices if isinstance(no, CannotAnswer) else ())


def _accounts(session: Session, context: ToolContext, filters: Filters) -> list[AccountDays]:
    """The ads accounts, or the analytics accounts that are named or that alone have the figure: never both, they count
    the same conversions.

    Raises:
        CannotAnswer: a figure of both was asked for.
    """
    if of_analytics.asked(filters):
        return of_analytics.accounts(session, context.scope, filters)
    ads = performance.accounts(session, context.scope)
    counted = performance.accounts(session, context.scope, ("analytics",)) if filters.platforms else []
    analytics = [a for a in counted if a.platform in filters.platforms]
    if not analytics:
        return ads
    if others := sorted(set(filters.platforms) - {a.platform for a in analytics}):
        counters = join_words([platform_label(p) for p in sorted({a.platform for a in analytics})])
        raise CannotAnswer(
            f"{counters} counts again what {join_words([platform_label(p) for p in others])} claims: the two are "
            "never added up; ask for each by itself"
        )
    return analytics


def claims_caveats(metrics: Iterable[Metric], groups: Iterable[Group], books: Books) -> list[str]:
    """Said where conversions or revenue of several platforms stand in one figure."""
    claimed = [m.label for m in metrics if {m.numerator, m.denominator} & CLAIMED]
    several = any(len(books.platforms(group)) > 1 for group in groups)
    return [PLATFORM_CLAIMS.format(what=join_words(claimed))] if claimed and several else []


def partial_caveats(metrics: Iterable[Metric], groups: Iterable[Group]) -> list[str]:
    """Said where some rows do not state a base metric that is summed."""
    groups = list(groups)
    lacking = [m.label for m in metrics if m.denominator is None and any(m.numerator in g.partial for g in groups)]
    return [f"{join_words(lacking)} is not stated on some rows: the sum is of those that do"] if lacking else []
