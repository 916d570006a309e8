"""Why a metric changed, in a few plain lines: what moved, how much is rate and how much mix, and which campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from analytics.compare import Part, RatioEffect, contributions, mix_and_rate
from domain.evidence import Fact, Form, Table
from domain.formatting import format_value
from domain.metrics import METRICS, Base, Metric
from tools.figures import Cited, Group, relative_change
from tools.labels import in_sentence, join_words, shown

DRIVERS_SHOWN = 3  # with the one that worked against the change
NOT_WORTH_SAYING_FRAC = Decimal("0.005")  # of the total change: less does not show in two decimals
ZERO = Decimal(0)
WORTH_SAYING_FRAC = Decimal("0.1")  # of the total change


@dataclass(frozen=True, slots=True)
class Driver:
    """One cause: whose, in words, and its effect on the metric in the metric's unit."""

    entity: str
    words: str
    effect: Decimal
    how: str


def explain(
    metric: Metric, now: Mapping[str, Group], before: Mapping[str, Group], fact_now: Fact, fact_before: Fact,
    cited: Cited,
) -> str:  # fmt: skip
    """Lines to append to the sentence about the total; empty where a period is unknown or nothing changed.

    ``now`` and ``before`` are the sums per entity of both periods, ``fact_now`` and ``fact_before`` the
    metric's totals; the drivers' facts are added to ``cited``.
    """
    if fact_now.value is None or fact_before.value is None:
        return "\nWhat drove it cannot be said without both figures."
    total = fact_now.value - fact_before.value
    if total == 0:
        return ""
    lines = [_halves(metric, now, before, fact_now, fact_before, cited)] if metric.denominator else []
    entities = {*now, *before}
    if len(entities) > 1:
        if metric.denominator:
            effects = mix_and_rate(_parts(metric, before), _parts(metric, now)).effects
            lines.append(_rate_and_mix(effects, metric, fact_now, cited))
            drivers = [driver for effect in effects for driver in _drivers_of(effect, metric)]
        else:
            drivers = _sum_drivers(metric, now, before)
        lines.append(_said(drivers, total, metric, fact_now, cited))
    elif not metric.denominator:
        lines.append(f"All of it is {shown(next(iter(entities)))}.")
    return "".join(f"\n{line}" for line in lines if line)


def with_effects(
    table: Table, metric: Metric, sides: tuple[Mapping[str, Group], Mapping[str, Group]], whole: Fact
) -> Table:
    """The table of a ratio's change with each campaign's contribution, in rate and mix: they add up to the change.

    Of a campaign without a denominator in one of the periods only the contribution is known.
    """
    if not metric.denominator:
        return table
    now, before = sides
    found = {
        shown(e.entity): (e.net, e.rate, e.mix)
        for e in mix_and_rate(*(_parts(metric, s) for s in (before, now))).effects
    }
    rows, as_read = [], []
    for row, read in zip(table.rows, table.shown, strict=True):
        explained = "Metric" not in table.columns or row[1] == metric.label
        effects = found.get(row[0], (None,) * 3) if explained else (None,) * 3
        scaled = [None if effect is None else metric.scale * effect for effect in effects]
        rows.append((*row, *(None if effect is None else float(effect) for effect in scaled)))
        as_read.append((*read, *("" if e is None else _said_effect(e, metric, whole) for e in scaled)))
    columns = (*table.columns, "Contribution", "Rate", "Mix")
    return replace(table, columns=columns, rows=tuple(rows), shown=tuple(as_read))


def _said_effect(effect: Decimal, metric: Metric, whole: Fact) -> str:
    return format_value(_effect_fact(Driver(whole.entity, "", effect, "effect"), metric, whole))


def _halves(
    metric: Metric, now: Mapping[str, Group], before: Mapping[str, Group], fact_now: Fact, fact_before: Fact,
    cited: Cited,
) -> str:  # fmt: skip
    """Of a ratio: what its numerator and its denominator did."""
    said = []
    for base in (metric.numerator, metric.denominator):
        if base is None:
            continue
        moved = _moved(METRICS[base], now, before, fact_now, fact_before)
        said.append(f"{in_sentence(METRICS[base].label)} {cited.cite_with_reason(moved)}")
    return f"Behind it: {', '.join(said)}."


def _moved(
    part: Metric, now: Mapping[str, Group], before: Mapping[str, Group], fact_now: Fact, fact_before: Fact
) -> Fact:  # fmt: skip
    def of(side: Fact, groups: Mapping[str, Group]) -> Fact:
        total = sum((_sum(group, part.numerator) for group in groups.values()), ZERO)
        return replace(side, label=part.label, value=total, unit="count", currency=None, how=part.formula)

    return relative_change(of(fact_now, now), of(fact_before, before))


def _rate_and_mix(effects: Sequence[RatioEffect], metric: Metric, whole: Fact, cited: Cited) -> str:
    """The whole change in parts that add up to it; of an entity whose rate and mix nearly cancel only the net."""
    told_apart = [e for e in effects if not e.thin]
    parts = (
        (f"campaigns' own {metric.label} (rate)", "all rate effects", sum((e.rate or ZERO for e in told_apart), ZERO)),
        (f"the mix of campaigns (their shares of {metric.denominator})", "all mix effects",
         sum((e.mix or ZERO for e in told_apart), ZERO)),
        (f"campaigns with hardly any {metric.denominator}", "all net effects",
         sum((e.net for e in effects if e.thin), ZERO)),
    )  # fmt: skip
    least = abs(sum((effect for _, _, effect in parts), ZERO)) * NOT_WORTH_SAYING_FRAC
    said = []
    for words, how, effect in parts:
        if abs(effect) > least:
            driver = Driver(whole.entity, words, metric.scale * effect, how)
            said.append(f"{cited.cite(_effect_fact(driver, metric, whole))} from {words}")
    return f"Of the change, {join_words(said)}." if said else ""


def _drivers_of(effect: RatioEffect, metric: Metric) -> list[Driver]:
    """Rate and mix apart; together where the entity's share of the denominator is too small to tell them apart."""
    name, per = shown(effect.entity), metric.denominator or ""
    scale = metric.scale
    if effect.rate is None or effect.mix is None or effect.thin:
        words = f"{name}, which has hardly any {per} in one of the periods"
        if effect.share_now == 0 and effect.share_before == 0:
            words = f"{name}, {metric.numerator} without {per}"
        return [Driver(effect.entity, words, scale * effect.net, "net effect (finite differences)")]
    shift = "larger" if effect.share_now > effect.share_before else "smaller"
    direction = "rose" if effect.rate > 0 else "fell"
    return [
        Driver(effect.entity, f"the {metric.label} of {name} itself {direction}", scale * effect.rate, "rate effect"),
        Driver(effect.entity, f"a {shift} share of {per} came from {name}", scale * effect.mix, "mix effect"),
    ]


def _sum_drivers(metric: Metric, now: Mapping[str, Group], before: Mapping[str, Group]) -> list[Driver]:
    sums = [{name: _sum(group, metric.numerator) for name, group in side.items()} for side in (before, now)]
    return [Driver(c.entity, shown(c.entity), c.change, "this period minus the baseline") for c in contributions(*sums)]


def _said(drivers: Sequence[Driver], total: Decimal, metric: Metric, whole: Fact, cited: Cited) -> str:
    """The largest drivers in the direction of the change, then what worked against it."""
    big = [d for d in drivers if abs(d.effect) >= abs(total) * WORTH_SAYING_FRAC]
    big.sort(key=lambda d: -abs(d.effect))
    against = [d for d in big if (d.effect > 0) != (total > 0)][:1]
    along = [d for d in big if (d.effect > 0) == (total > 0)][: DRIVERS_SHOWN - len(against)]
    if not along:
        return "No single campaign stands out: many small changes add up to it."
    lead = "Most of it" if abs(along[0].effect) * 2 >= abs(total) else "The largest parts"
    lines = [f"{lead}: {_list(along, metric, whole, cited)}."]
    if against:
        lines.append(f"Against it: {_list(against, metric, whole, cited)}.")
    return "\n".join(lines)


def _list(drivers: Sequence[Driver], metric: Metric, whole: Fact, cited: Cited) -> str:
    return "; ".join(f"{d.words} ({cited.cite(_effect_fact(d, metric, whole))})" for d in drivers)


def _effect_fact(driver: Driver, metric: Metric, whole: Fact) -> Fact:
    form: Form = "points" if metric.unit == "percent" else "signed"
    name = driver.how.split(" (")[0]
    label = f"Effect on {metric.label}: {name}" if metric.denominator else f"{metric.label} change"
    return replace(
        whole, label=label, value=driver.effect, entity=driver.entity, form=form,
        how=f"{driver.how} of {metric.formula}; midpoint weights; all effects sum to the total change"
        if metric.denominator else f"{metric.formula}, {driver.how}",
    )  # fmt: skip


def _parts(metric: Metric, groups: Mapping[str, Group]) -> dict[str, Part]:
    bottom = metric.denominator or metric.numerator
    return {name: Part(_sum(g, metric.numerator), _sum(g, bottom)) for name, g in groups.items()}


def _sum(group: Group, base: Base) -> Decimal:
    return group.sums.get(base) or ZERO
