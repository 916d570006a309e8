"""Plans side by side in words: a line a plan, one table, and what stands against a plan."""

from __future__ import annotations

from decimal import Decimal

from domain.evidence import Fact, Table, ToolResult
from domain.formatting import format_chance, format_count, format_estimate, format_money, three_digits
from domain.recommendation import Range
from tools.budget import DRAWS
from tools.effect import HORIZON_DAYS, LEVEL, UNFLATTERED, margins_known
from tools.labels import join_words, platform_label
from tools.proposal import FactBook
from tools.scenarios.compare import EVEN, NEAREST, OWN, TODAY, Compared, Side
from tools.scenarios.estimate import Estimate, Scenario, place_holder

HOW = (
    f"{HORIZON_DAYS} days against today; {LEVEL * 100:.0f} % interval of {DRAWS} block-bootstrap draws, the same ones "
    "for every plan"
)
NOTHING = "-"
FIRST = "Budget a day"
Row = tuple[tuple[object, ...], tuple[str, ...]]
"""A row as numbers, and as a person reads it."""


def tell(compared: Compared) -> ToolResult:
    """The answer: facts in the order of the text, the table, and the reasons as caveats."""
    lines: list[str] = []
    facts: list[Fact] = []
    for side in compared.sides:
        book = FactBook(side.basis.levers, _source(side))
        book.facts = list(facts)
        lines += _lines(book, side, named=len(compared.sides) > 1)
        facts = book.facts
    if compared.both is not None:
        book = FactBook(compared.sides[0].basis.levers, " and ".join(_source(s) for s in compared.sides))
        book.facts = list(facts)
        lines.append(_both(book, compared, compared.both))
        facts = book.facts
    return ToolResult(
        facts=tuple(facts),
        text="\n".join(lines),
        table=table(compared),
        row_count=sum(len(lever.history) for s in compared.sides for lever in s.basis.levers.levers),
        freshness={s.basis.account.platform: s.basis.levers.last_day for s in compared.sides},
        caveats=caveats(compared),
    )


def _source(side: Side) -> str:
    return f"daily figures of {side.basis.account.name} on {platform_label(side.basis.account.platform)}"


def _lines(book: FactBook, side: Side, *, named: bool) -> list[str]:
    """What was asked for first, then the others; today's own amounts are in the table."""
    shown = [s for s in side.scenarios if s.key != TODAY]
    order = sorted(shown, key=lambda s: s.key not in (OWN, EVEN, NEAREST))
    lines = []
    read_as = next((s for s in order if s.understood), None)
    if read_as is not None:
        lines.append(f"Read as {_understood(book, side, read_as)}.")
    lines += [_line(book, side, plan, f"{side.basis.account.name}, " if named else "") for plan in order]
    if not shown:
        lines.append("Today's split is as good as any that the limits allow.")
    return lines


def _understood(book: FactBook, side: Side, plan: Scenario) -> str:
    text = plan.understood
    for number, (label, amount, how) in enumerate(plan.figures):
        ref = book.add(label, amount, "money", entity=side.basis.account.name, how=how,
                       currency=side.basis.account.currency)  # fmt: skip
        text = text.replace(place_holder(number), ref)
    return text


def _line(book: FactBook, side: Side, plan: Scenario, whose: str) -> str:
    if plan.amounts is None:
        return f"{whose}{plan.label}: no plan of this kind can be made; the note below says why."
    if plan.estimate is None:
        return f"{whose}{plan.label}: what it would bring is not known; the note below says why."
    found, account = plan.estimate, side.basis.account
    outcome = side.basis.levers.outcome
    name = f"{account.name}: {plan.label}"
    how = HOW + (UNFLATTERED if plan.flattery else "")
    mid, low, high = _range(book, found.gain, f"{outcome} a month against today, {plan.label}", account.name, how)
    text = f"{whose}{plan.label}: {mid} {outcome} a month against today, likely between {low} and {high}"
    added = ((plan.total or Decimal(0)) - side.basis.today.total_now) * HORIZON_DAYS
    if added:
        spend = book.add(f"change of the budgets a month, {plan.label}", added, "money", entity=account.name,
                         how=f"the plan's total less today's, times {HORIZON_DAYS} days",
                         currency=account.currency, form="signed")  # fmt: skip
        text += f", for {spend} of budget"
        if found.net is not None:
            net = book.add(f"revenue less added budget a month, {plan.label}", found.net.mid, "money",
                           entity=account.name, how=f"the change of revenue less that of the budgets; {how}",
                           currency=account.currency, form="estimate")  # fmt: skip
            text += f" ({net} net)"
    worse = book.add(f"chance of being worse than today, {plan.label}", Decimal(repr(found.chance_worse)), "percent",
                     entity=name, how=_how_worse(side, found), form="chance")  # fmt: skip
    text += f"; chance of being worse than today {worse}"
    text += _averages(book, side, plan) if plan.key == OWN else ""
    return f"{text}.{' It could not be proposed as it stands.' if _own_bars(side, plan) else ''}"


def _averages(book: FactBook, side: Side, plan: Scenario) -> str:
    """ROAS or CPA of all spend with the plan that was asked for, beside today's."""
    money = side.basis.levers.outcome == "revenue"
    today = side.of(TODAY)
    found = [p.estimate.average if p is not None and p.estimate is not None else None for p in (plan, today)]
    if found[0] is None or found[1] is None:
        return ""
    name = "ROAS" if money else "CPA"
    refs = [
        book.add(
            f"{name} of all spend, {whose}", value, "ratio" if money else "money", entity=side.basis.account.name,
            how="that of the last 28 mature days, moved along the fitted curves to these amounts",
            currency=None if money else side.basis.account.currency,
        )
        for value, whose in zip(found, (plan.label, "today"), strict=True)
    ]  # fmt: skip
    return f"; {name} of all spend {refs[0]}, today {refs[1]}"


def _how_worse(side: Side, found: Estimate) -> str:
    at_margins = " at the plan's margins" if margins_known(side.basis.today) else ""
    what = f"revenue{at_margins} less added budget" if found.net else "the outcome"
    return f"share of {DRAWS} draws in which {what} is below today's"


def _range(book: FactBook, gain: Range, label: str, entity: str, how: str = HOW) -> list[str]:
    return [
        book.add(f"{label}, {what}", value, gain.unit, entity=entity, how=how, currency=gain.currency, form="estimate")
        for what, value in (("mean", gain.mid), ("low", gain.low), ("high", gain.high))
    ]


def _both(book: FactBook, compared: Compared, both: Range) -> str:
    names = join_words([s.basis.account.name for s in compared.sides])
    outcome = compared.sides[0].basis.levers.outcome
    mid, low, high = _range(book, both, f"{outcome} a month against today, both accounts", names)
    text = f"Both accounts together: {mid} {outcome} a month against today, likely between {low} and {high}"
    if compared.both_worse is not None:
        worse = book.add("chance of being worse than today, both accounts", Decimal(repr(compared.both_worse)),
                         "percent", entity=names, how=f"share of {DRAWS} pairs of draws below today's",
                         form="chance")  # fmt: skip
        text += f"; chance of being worse than today {worse}"
    return f"{text}."


def caveats(compared: Compared) -> tuple[str, ...]:
    """Why a plan cannot be made, known or proposed, what lies outside the spend tried, what stays and why."""
    notes = list(compared.left_out)
    for side in compared.sides:
        notes += [f"None of these plans could be proposed: {why}" for why in _shared_bars(side)]
        for plan in side.scenarios:
            notes += _against(side, plan)
        notes += [f"{name} stays as it is: {why}" for name, why in sorted(side.basis.today.held.items())]
        notes += [f"{lever.name}: {bar}" for lever in side.basis.levers.levers for bar in lever.barred if bar.direction]
    if len(compared.sides) > 1:
        notes.append("Each account's plan is a recommendation of its own, approved by itself")
        labels = {platform_label(s.basis.account.platform) for s in compared.sides}
        if compared.both is not None and len(labels) > 1:
            notes.append("Revenue of two platforms together is what each claims for itself, and may count a sale twice")
    if compared.no_sum:
        notes.append(compared.no_sum)
    notes += [
        f"Worse than today counts revenue at the plan's margins of {side.basis.account.name}, less the added budget"
        for side in compared.sides
        if side.basis.levers.outcome == "revenue" and margins_known(side.basis.today) and _other_total(side)
    ]
    notes += [
        f"{s.basis.account.name} came from a file: there is no budget to change, so its plans are advice"
        for s in compared.sides
        if s.basis.account.origin == "file"
    ]
    first = compared.sides[0].basis
    notes.append(
        f"Learned from past ups and downs of spend between {first.levers.history.start} and "
        f"{first.levers.history.end}, not from an experiment; a month is {HORIZON_DAYS} days"
    )
    return tuple(dict.fromkeys(notes))


def _other_total(side: Side) -> bool:
    """Whether a plan spends another total than today's."""
    totals = {plan.total for plan in side.scenarios if plan.total is not None}
    return len(totals) > 1


def _shared_bars(side: Side) -> tuple[str, ...]:
    """What bars every plan that changes anything; nothing where the plans are advice anyway."""
    barred = [plan.forbidden for plan in side.scenarios if plan.amounts is not None and plan.key != TODAY]
    if len(barred) < 2 or side.basis.account.origin == "file":
        return ()
    return tuple(why for why in barred[0] if all(why in others for others in barred))


def _own_bars(side: Side, plan: Scenario) -> tuple[str, ...]:
    """What bars this plan and not every one."""
    if side.basis.account.origin == "file":
        return ()
    shared = _shared_bars(side)
    return tuple(why for why in plan.forbidden if why not in shared)


def _against(side: Side, plan: Scenario) -> list[str]:
    notes = []
    if plan.refused:
        notes.append(f"{plan.label}: {plan.refused}")
    if plan.not_estimated:
        notes.append(f"{plan.label}: {plan.not_estimated}")
    notes += [f"{plan.label} could not be proposed: {why}" for why in _own_bars(side, plan)]
    if plan.estimate is not None and plan.estimate.outside:
        names = join_words(list(plan.estimate.outside))
        notes.append(f"{plan.label}: {names} would spend outside what was tried so far; there the curve is a guess")
    return notes


def table(compared: Compared) -> Table:
    """A column a plan, a row a budget, and below them what the plan is expected to do."""
    if len(compared.sides) == 1:
        return _table(compared.sides[0])
    return _two(*(_table(side) for side in compared.sides), compared=compared)


def _table(side: Side) -> Table:
    plans = side.scenarios
    currency = side.basis.account.currency
    moving = [v for v in side.basis.levers.levers if any(_moves(p, v.entity, v.now) for p in plans)]
    still = [v for v in side.basis.levers.levers if v not in moving]
    cells = [(v.name, [None if p.amounts is None else p.amounts[v.entity] for p in plans]) for v in moving]
    if still:
        kept = sum((v.now for v in still), Decimal(0))
        cells.append((_others(len(still), bool(moving)), [None if p.amounts is None else kept for p in plans]))
    cells.append(("Total a day", [p.total for p in plans]))
    rows: list[Row] = [
        ((name, *map(_raw, values)), (name, *(_money_cell(v, currency) for v in values))) for name, values in cells
    ]
    rows += [_figures(name, plans, kind, side) for name, kind in _kinds(side)]
    title = f"{side.basis.account.name}: budget a day, and what is expected of it over {HORIZON_DAYS} days"
    return Table(
        title, (FIRST, *(p.label for p in plans)), tuple(raw for raw, _ in rows), shown=tuple(said for _, said in rows)
    )


def _kinds(side: Side) -> list[tuple[str, str]]:
    outcome = side.basis.levers.outcome.capitalize()
    currency = side.basis.account.currency
    money = side.basis.levers.outcome == "revenue"
    kinds = [(f"{outcome} against today", "mid"), ("  likely from", "low"), ("  to", "high")]
    differ = any(p.total not in (None, side.basis.today.total_now) for p in side.scenarios)
    kinds += [("Revenue less added budget", "net")] if money and differ else []
    kinds += [("Chance of being worse", "worse")]
    kinds += [("ROAS of all spend" if money else "CPA of all spend", "average")]
    per = "revenue" if money else "conversions"
    return [*kinds, (f"Next {currency} brings ({per})", "next")]


def _figures(
    name: str, plans: tuple[Scenario, ...], kind: str, side: Side
) -> tuple[tuple[object, ...], tuple[str, ...]]:
    values = [None if p.estimate is None else _value(p.estimate, kind) for p in plans]
    still = [p.key == TODAY and kind in ("mid", "low", "high", "net", "worse") for p in plans]
    said = [NOTHING if quiet else _said(v, kind, side) for v, quiet in zip(values, still, strict=True)]
    return (name, *map(_raw, values)), (name, *said)


def _value(found: Estimate, kind: str) -> Decimal | None:
    match kind:
        case "mid" | "low" | "high":
            return Decimal(getattr(found.gain, kind))
        case "net":
            return None if found.net is None else found.net.mid
        case "worse":
            return Decimal(repr(found.chance_worse))
        case "average":
            return found.average
        case _:
            return None if found.next_unit is None else Decimal(repr(found.next_unit.mid))


def _said(value: Decimal | None, kind: str, side: Side) -> str:
    if value is None:
        return "unknown"
    currency = side.basis.account.currency
    money = side.basis.levers.outcome == "revenue"
    match kind:
        case "worse":
            return format_chance(float(value))
        case "average":
            return f"{value:.2f}" if money else format_money(value, currency)
        case "next":
            return f"{value:.2f}" if money else f"{value:.3g}"
        case _:
            size = format_estimate(abs(value), currency) if money else format_count(three_digits(abs(value)))
            return f"{'+' if value > 0 else '-' if value < 0 else ''}{size}"


def _two(first: Table, second: Table, *, compared: Compared) -> Table:
    """Two accounts' plans below each other: they have the same number of columns, today's and the plan's."""
    width = max(len(first.columns), len(second.columns))
    rows, shown = [], []
    for side, part in zip(compared.sides, (first, second), strict=True):
        blank = [""] * (width - 1)
        name = side.basis.account.name
        pad = width - len(part.columns)
        rows += [(f"{name}: {row[0]}", *row[1:], *[None] * pad) for row in part.rows]
        shown += [(f"{name}: {row[0].strip()}", *row[1:], *blank[:pad]) for row in part.shown]
    labels = ("Today", "Plan", "Nearest that may be")
    title = f"Budget a day, and what is expected of it over {HORIZON_DAYS} days"
    return Table(title, (FIRST, *labels[: width - 1]), tuple(rows), shown=tuple(shown))


def _moves(plan: Scenario, entity: str, now: Decimal) -> bool:
    return plan.amounts is not None and plan.amounts[entity] != now


def _others(count: int, others: bool) -> str:
    return f"{'Other budgets' if others else 'Budgets'}, unchanged ({count})"


def _money_cell(value: Decimal | None, currency: str) -> str:
    return NOTHING if value is None else format_money(value, currency)


def _raw(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def filled(result: ToolResult) -> str:
    """The text as a person reads it."""
    from domain.formatting import format_value

    text = result.text
    for fact in result.facts:
        text = text.replace(f"{{{{{fact.id}}}}}", format_value(fact))
    return text
