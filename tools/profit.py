"""The tool ``profit``: what is left of revenue after the goods and the ads, and the ROAS at which nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult, Unit
from domain.formatting import format_value
from domain.metrics import METRICS
from domain.window import Window
from store import plans
from store.labels import labels_of
from store.performance import Totals, campaigns
from store.plan_cover import Cover, cover
from tools.arguments import Filters, Period
from tools.base import Tool, ToolContext
from tools.figures import Books, Cited, Group, fact, refuse_mixed_money
from tools.labels import join_words, platform_label, quoted, window_label
from tools.months import month_words, months_in
from tools.reader import Reader, answered, claims_caveats, partial_caveats
from tools.spans import Span

MONEY_METRICS = [METRICS["revenue"], METRICS["spend"]]
EARNED = "sum(revenue) * margin - sum(spend)"
NO_MARGIN = (
    "What is the margin? {why} Say it in this thread ('35%') or in the question ('at 35% margin'), or load a plan "
    "with a margin column: budgeteer plan import FILE (budgeteer plan template prints a sheet)."
)
MARGINS = ("at 30% margin", "at 35% margin", "at 40% margin")
CLAIMED_REVENUE = (
    "revenue is what {platforms} claims for itself, before returns; what the ads caused may be less, and the "
    "contribution with it"
)


class ProfitArguments(Filters):
    """Contribution (revenue * margin - spend) and break-even ROAS (1 / margin)."""

    period: Period | None = Field(default=None, description="without a period: the break-even ROAS of the margin only")
    margin: float | None = Field(
        default=None,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="fraction of revenue; the plan's if not said",
    )
    by: Literal["platform", "campaign", "account"] | None = Field(default=None, description="one line per entity")


@dataclass(frozen=True, slots=True)
class Earned:
    """Sums of one entity and what its margins make of them. ``kept`` is revenue times margin."""

    name: str
    group: Group
    kept: Decimal | None
    margin: Decimal | None  # one for all of it; None where it differs by line or month

    @property
    def spend(self) -> Decimal | None:
        return self.group.sums.get("spend")

    @property
    def revenue(self) -> Decimal | None:
        return self.group.sums.get("revenue")

    @property
    def contribution(self) -> Decimal | None:
        return None if self.kept is None or self.spend is None else self.kept - self.spend

    @property
    def break_even(self) -> Decimal | None:
        """The ROAS at which spend takes all that the goods leave."""
        if self.margin is not None:
            return 1 / self.margin
        return None if not self.kept or self.revenue is None else self.revenue / self.kept


def run(context: ToolContext, arguments: ProfitArguments) -> ToolResult:
    """Contribution over everything the filters leave, or per entity."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: ProfitArguments) -> ToolResult:
    said = None if arguments.margin is None else Decimal(repr(arguments.margin))
    if arguments.period is None:
        return _break_even_only(reader, said)
    days = reader.span(arguments.period)
    if days.reason:
        raise CannotAnswer(f"there is nothing to earn from in {window_label(days.window)}: {days.reason}")
    months = [(m, _totals(reader, m)) for m in months_in(days.window)]
    rows = [row for _, found in months for row in found]
    books = reader.books(rows)
    whole = Group.of(rows)
    refuse_mixed_money(MONEY_METRICS, whole, books)
    priced = _priced(reader, months, said)
    everything = _earned(reader.selection.entity, priced)
    teller = _Teller(reader, days, books, arguments.by, said is not None)
    if arguments.by is None:
        text = teller.sentence(everything)
        return reader.result(text, teller.cited, [days], _caveats([whole], books))
    parts = _parts(reader, priced, arguments.by)
    text = f"{teller.sentence(everything)} {teller.listing(parts, arguments.by)}".strip()
    table = _table(parts, arguments.by, days, books)
    return reader.result(text, teller.cited, [days], _caveats([whole, *(p.group for p in parts)], books), table)


Priced = tuple[Totals, Decimal | None]  # a campaign's month, and the margin of its revenue


def _totals(reader: Reader, window: Window) -> list[Totals]:
    return reader.totals(Span(window, None, ()), by={"campaign"})


def _priced(reader: Reader, months: Sequence[tuple[Window, list[Totals]]], said: Decimal | None) -> list[Priced]:
    """Each row's margin: the question's, else that of the plan's line for its campaign and month.

    Raises:
        CannotAnswer: a campaign that spent or earned has none; the message names it.
    """
    if said is not None:
        return [(row, said) for _, rows in months for row in rows]
    session, scope = reader.session, reader.context.scope
    names = campaigns(session, scope, reader.selection.account_ids)
    labels = labels_of(session, scope)
    called = {c.id: c.name for c in names}
    priced: list[Priced] = []
    for window, rows in months:
        laid: Cover = cover(plans.lines(session, scope, window.start, window.start), names, labels)
        lacking = []
        for row in rows:
            line = laid.margin(row.campaign_id or 0)
            priced.append((row, None if line is None else line.margin))
            if line is None and (row.sums["spend"] or row.sums["revenue"]):
                lacking.append(called[row.campaign_id or 0])
        if lacking:
            which = f" for {join_words([quoted(n) for n in lacking[:4]])}" if len(lacking) < len(rows) else ""
            why = f"The plan has none{which} in {month_words(window.start)}."
            raise CannotAnswer(NO_MARGIN.format(why=why), MARGINS)
    return priced


def _earned(name: str, priced: Sequence[Priced]) -> Earned:
    group = Group.of([row for row, _ in priced])
    kept = None
    if group.sums.get("revenue") is not None and "revenue" not in group.partial:
        kept = sum((row.sums["revenue"] * m for row, m in priced if row.sums["revenue"] and m is not None), Decimal(0))
    used = {margin for _, margin in priced if margin is not None}
    return Earned(name, group, kept, used.pop() if len(used) == 1 else None)


def _parts(reader: Reader, priced: Sequence[Priced], by: str) -> list[Earned]:
    """One entry per entity, the largest contribution first; what has none stands last."""
    names = reader.campaign_names()
    accounts = {a.id: a for a in reader.selection.accounts}

    def of(row: Totals) -> str:
        if by == "campaign":
            return names[row.campaign_id or 0]
        account = accounts[row.account_id]
        return account.name if by == "account" else account.platform

    groups: dict[str, list[Priced]] = {}
    for row, margin in priced:
        groups.setdefault(of(row), []).append((row, margin))
    found = [_earned(name, own) for name, own in groups.items()]
    return sorted(found, key=lambda e: (e.contribution is None, -(e.contribution or Decimal(0)), e.name))


class _Teller:
    """Words what was earned, fact by fact."""

    def __init__(self, reader: Reader, days: Span, books: Books, by: str | None, said: bool) -> None:
        self.reader, self.days, self.books, self.cited = reader, days, books, Cited()
        self.by = by
        self.source_of_margin = "the question" if said else "the plan"

    def sentence(self, e: Earned) -> str:
        """ "-$2,383.53 contribution on Google Ads, June 2024": whether money was made, then how it comes about."""
        when, where = window_label(self.days.window), self.reader.selection.where
        if e.contribution is None:
            lost = self._cite(e, "Contribution", None, "money", reason=_unknown(e))
            return f"Contribution{where}, {when}, is {lost}: {_unknown(e)}."
        verdict = "Yes" if e.contribution > 0 else "No" if e.contribution < 0 else "Neither"
        made = self._cite(e, "Contribution", e.contribution, "money", EARNED)
        text = f"{'' if self.by else f'{verdict}: '}{made} contribution{where}, {when}."
        revenue, spend, roas = (self.cited.cite(fact(METRICS[m], e.group, e.name, self.days, self.books))
                                for m in ("revenue", "spend", "roas"))  # fmt: skip
        margin = self._margin(e)
        even = self._cite(
            e, "Break-even ROAS", e.break_even, "ratio", _even_how(e), reason="no revenue to weigh margins by"
        )
        return (
            f"{text} Revenue {revenue} at a margin of {margin} less spend {spend}; ROAS {roas} against a break-even of "
            f"{even}."
        )

    def _margin(self, e: Earned) -> str:
        if e.margin is not None:
            return self._cite(e, "Margin", e.margin, "percent", f"from {self.source_of_margin}")
        value = e.kept / e.revenue if e.kept is not None and e.revenue else None
        how = "the plan's margins, weighted by revenue"
        return self._cite(e, "Margin", value, "percent", how, reason="no revenue to weigh margins by") + " (weighted)"

    def listing(self, parts: Sequence[Earned], by: str) -> str:
        if not parts:
            return ""
        said = []
        for e in parts[:8]:
            made = self._cite(
                e, "Contribution", e.contribution, "money", "sum(revenue) * margin - sum(spend)", reason=_unknown(e)
            )
            said.append(f"{platform_label(e.name) if by == 'platform' else quoted(e.name)} {made}")
        more = "; the others are in the table" if len(parts) > len(said) else ""
        return f"By {by}: {', '.join(said)}{more}."

    def _cite(
        self, e: Earned, label: str, value: Decimal | None, unit: Unit, how: str = "", *, reason: str | None = None
    ) -> str:
        claimed = label == "Contribution"
        return self.cited.cite(
            Fact(
                id="new",
                label=label,
                value=value,
                unit=unit,
                entity=e.name,
                window=self.days.window,
                how=how,
                currency=self.books.currencies(e.group)[0] if unit == "money" else None,
                source=self.source_of_margin if unit == "percent" else self.books.source(e.group),
                reason=None if value is not None else reason or "unknown",
                basis="as each platform attributes conversions, by its own rules" if claimed else None,
            )
        )


def _unknown(e: Earned) -> str:
    if "revenue" in e.group.partial:
        return "revenue is missing on some rows of this period"
    return "revenue is not in the data" if e.revenue is None else "spend is not in the data"


def _even_how(e: Earned) -> str:
    return "1 / margin" if e.margin is not None else "sum(revenue) / sum(revenue * margin)"


def _break_even_only(reader: Reader, said: Decimal | None) -> ToolResult:
    if said is None:
        raise CannotAnswer(NO_MARGIN.format(why="A break-even ROAS is 1 / margin."), MARGINS)
    today = reader.context.today
    cited, window = Cited(), Window(today, today, reader.context.timezone)
    margin = Fact("new", "Margin", said, "percent", None, reader.selection.entity, window, "the question", "as asked")
    even = replace(margin, label="Break-even ROAS", value=1 / said, unit="ratio", source="computed", how="1 / margin")
    text = (
        f"The break-even ROAS is {cited.cite(even)} at a margin of {cited.cite(margin)}: below it the ads cost more "
        "than the goods leave."
    )
    return ToolResult(facts=cited.facts, text=text, row_count=2, freshness=reader.freshness())


def _caveats(groups: Sequence[Group], books: Books) -> Iterable[str]:
    platforms = sorted({p for g in groups for p in books.platforms(g)})
    several = claims_caveats(MONEY_METRICS, groups, books)
    claim = CLAIMED_REVENUE.format(platforms=join_words([platform_label(p) for p in platforms]) or "the platform")
    claim = claim.replace("claims for itself", "claim for themselves") if len(platforms) > 1 else claim
    return [claim, *several, *partial_caveats(MONEY_METRICS, groups)]


def _table(parts: Sequence[Earned], by: str, days: Span, books: Books) -> Table | None:
    if len(parts) < 2:
        return None

    def numbers(e: Earned) -> tuple[tuple[Decimal | None, Unit], ...]:
        roas = e.revenue / e.spend if e.revenue is not None and e.spend else None
        return ((e.contribution, "money"), (e.revenue, "money"), (e.spend, "money"), (roas, "ratio"),
                (e.break_even, "ratio"))  # fmt: skip

    def written(e: Earned) -> list[str]:
        cells = []
        for value, unit in numbers(e):
            currency = books.currencies(e.group)[0] if unit == "money" else None
            cells.append(
                "unknown" if value is None
                else format_value(Fact("x", "", value, unit, currency, e.name, days.window, "", ""))
            )  # fmt: skip
        return cells

    names = [platform_label(e.name) if by == "platform" else e.name for e in parts]
    return Table(
        f"Contribution by {by}",
        (by.title(), "Contribution", "Revenue", "Spend", "ROAS", "Break-even ROAS"),
        tuple(
            (n, *(None if v is None else float(v) for v, _ in numbers(e))) for n, e in zip(names, parts, strict=True)
        ),
        shown=tuple((n, *written(e)) for n, e in zip(names, parts, strict=True)),
    )


TOOL = Tool(
    "profit",
    "What the ads earned after the goods: contribution (revenue * margin - spend) and ROAS against break-even (1 / "
    "margin), in total or per platform, campaign or account. The margin is the question's, else the plan's.",
    ProfitArguments,
    run,
)
