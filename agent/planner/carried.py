"""What a thread carries on of a question: its reading as JSON primitives, with the days it came to, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from agent.planner.bounds import Bound
from agent.planner.entities import Named
from agent.planner.forecast_words import Ahead
from agent.planner.intents import Rank
from agent.planner.plan_words import Pace, Profit
from agent.planner.plans import FIGURES, OTHERS
from agent.planner.reading import Reading
from agent.planner.relative import unit_at
from agent.planner.shop_words import ShopWish
from agent.planner.what_if_words import WhatIf
from agent.planner.windows import ONE_DAY, Days, Unit
from agent.state import PlanContext, ToolCall

# Where names stand in one question says nothing in the next.
PLACES = frozenset({"minus", "notes", "at", "where", "excluded_at"})
FLAGS = ("per_day", "average", "together", "chart", "why", "overview", "share", "unusual")
LONGEST_TEXT = 600  # characters
_UNITS: tuple[Unit, ...] = ("week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Carried:
    """The reading, and whether its two periods are set against each other."""

    reading: Reading
    compared: bool
    several: bool  # it had parts of their own ("roas in june and cpa in may"), and cannot be carried on as one


def to_json(reading: Reading, calls: Sequence[ToolCall], context: PlanContext, *, several: bool) -> dict[str, Any]:
    """The reading as a thread keeps it. Its periods are those of the calls: "last week" stays the week it was."""
    own = [call for call in calls if call.name not in FIGURES]  # a plan's month has its comparison beside it
    days = periods_of(own or calls, context)
    said = {(p.start, p.end): p for p in reading.periods}
    return {
        "text": reading.text[-LONGEST_TEXT:],
        "metrics": list(reading.metrics),
        "named": {f.name: getattr(reading.named, f.name) for f in fields(Named) if f.name not in PLACES},
        "periods": [_days_json(said.get((p.start, p.end), p)) for p in days],
        "compared": _compared(reading, calls, days),
        "left_out": [_days_json(p) for p in reading.left_out],
        "promotions": [_days_json(p) for p in reading.promotions],
        "by": list(reading.by),
        "rank": asdict(reading.rank) if reading.rank else None,
        "bound": asdict(reading.bound) if reading.bound else None,
        "change": reading.change,
        "pace": asdict(reading.pace) if reading.pace else None,
        "profit": asdict(reading.profit) if reading.profit else None,
        "shop": asdict(reading.shop) if reading.shop else None,
        "ahead": _ahead_json(reading.ahead) if reading.ahead else None,
        "what_if": asdict(reading.what_if) if reading.what_if else None,
        "several": several,
        **{flag: bool(getattr(reading, flag)) for flag in FLAGS},
    }


def from_json(data: Mapping[str, Any]) -> Carried:
    """What ``to_json`` kept."""
    named = _named(data["named"])
    named.at = [0] if any(value for value in data["named"].values()) else []
    reading = Reading(
        text=data["text"],
        named=named,
        metrics=tuple(data["metrics"]),
        periods=[_days(p) for p in data["periods"]],
        left_out=[_days(p) for p in data["left_out"]],
        promotions=[_days(p) for p in data.get("promotions", ())],
        by=list(data["by"]),
        rank=Rank(**data["rank"]) if data["rank"] else None,
        bound=Bound(**data["bound"]) if data["bound"] else None,
        change=data["change"],
        **_other_kinds(data),
        **{flag: data.get(flag, False) for flag in FLAGS},
    )
    return Carried(reading, data["compared"], data["several"])


def from_calls(calls: Sequence[ToolCall], context: PlanContext) -> dict[str, Any] | None:
    """What a model's plan asked, read from its calls; None where they ask for no figure."""
    figures = [c for c in calls if c.name in FIGURES]
    if other := [c for c in calls if c.name in OTHERS]:
        return to_json(_other_reading(other[0], context), other, context, several=len(other) + len(figures) > 1)
    if not figures:
        return None
    args = figures[0].args
    named = _named({f.name: args.get(f.name, ()) for f in fields(Named)})
    metrics = list(args.get("metrics", ())) or [args["metric"]] if "metric" in args or "metrics" in args else []
    order = args.get("order")
    goodness = {"top": "good", "worst": "bad", "largest": "high", "smallest": "low"}.get(str(order))
    reading = Reading(
        text="",
        named=named,
        metrics=tuple(metrics),
        left_out=[as_days(p, context) for p in args.get("without", ())],
        by=[args["by"]] if args.get("by") and figures[0].name != "trend" else [],
        rank=Rank(goodness, args.get("limit"), args.get("by")) if goodness else None,  # type: ignore[arg-type]
        per_day=bool(args.get("per_day")),
        chart=figures[0].name == "trend",
        why=bool(args.get("explain")),
        share=bool(args.get("share")),
    )
    alike = {c.name for c in figures} == {figures[0].name}
    return to_json(reading, figures, context, several=len(figures) > 1 and not alike)


def _other_reading(call: ToolCall, context: PlanContext) -> Reading:
    """A forecast, a question of the plan, of profit or of the shop, from the call that answers it."""
    args = call.args
    by = args.get("by")
    reading = Reading("", _named({f.name: args.get(f.name, ()) for f in fields(Named)}))
    match call.name:
        case "forecast":
            reading.metrics = tuple(args.get("metrics", ()))
            reading.ahead = Ahead(as_days(args["period"], context), so_far=bool(args.get("so_far")))
            reading.by = [by] if by else []
        case "pacing":
            said = tuple((str(b.get("platform", "")), float(b["amount"])) for b in args.get("said", ()))
            reading.pace = Pace(args.get("about", "track"), said)
        case "what_if":
            reading.what_if = WhatIf(
                args.get("change"), tuple(args.get("totals", ())), None if "source" in args else args.get("amount"),
                args.get("per"), args.get("aim"), args.get("target_value"),
            )  # fmt: skip
        case "profit":
            reading.profit = Profit(args.get("margin"), "period" not in args)
            reading.by = [by] if by else []
        case _:
            figures = tuple(args.get("figures", ()))
            splits = by if call.name == "shop" and by else ""
            reading.shop = ShopWish(call.name, figures, args.get("margin"), by == "source", by=splits)
            reading.by = ["day"] if by == "day" else []
    if "baseline" in args:
        reading.versus = [0]
    return reading


def periods_of(calls: Sequence[ToolCall], context: PlanContext) -> list[Days]:
    """The periods of the calls, each once, the current one first."""
    found: dict[tuple[date, date], Days] = {}
    for call in calls:
        for key in ("period", "baseline"):
            if key in call.args:
                days = as_days(call.args[key], context)
                found.setdefault((days.start, days.end), days)
    return list(found.values())


def as_days(period: Mapping[str, Any], context: PlanContext) -> Days:
    """A period of dates with the calendar unit that it is, or of which it is the part until yesterday."""
    start, end = date.fromisoformat(str(period["start"])), date.fromisoformat(str(period["end"]))
    if start == end:
        return Days(start, end, "day")
    for unit in _UNITS:
        whole = unit_at(start, unit, context.week_start)
        if whole.start == start and end == whole.end:
            return whole
        if whole.start == start and end == context.today - ONE_DAY < whole.end:
            return Days(start, end, unit, so_far=True)
    months_whole = start.day == 1 and (end + ONE_DAY).day == 1
    return Days(start, end, "month" if months_whole else "days")


def _other_kinds(data: Mapping[str, Any]) -> dict[str, Any]:
    """A forecast, a question of the plan, of profit or of the shop; threads of before they were kept have none."""
    pace, profit, shop = (data.get(kind) for kind in ("pace", "profit", "shop"))
    ahead, what_if = data.get("ahead"), data.get("what_if")
    return {
        "what_if": WhatIf(**{**what_if, "totals": tuple(what_if["totals"])}) if what_if else None,
        "ahead": Ahead(_days(ahead["days"]), so_far=ahead["so_far"]) if ahead else None,
        "pace": Pace(pace["about"], tuple((slug, amount) for slug, amount in pace["said"])) if pace else None,
        "profit": Profit(**profit) if profit else None,
        "shop": ShopWish(**{**shop, "figures": tuple(shop["figures"])}) if shop else None,
    }


def _ahead_json(ahead: Ahead) -> dict[str, Any]:
    return {"days": _days_json(ahead.days), "so_far": ahead.so_far}


def _named(names: Mapping[str, Sequence[str]]) -> Named:
    named = Named()
    for name in (f.name for f in fields(Named) if f.name not in PLACES):
        setattr(named, name, list(names.get(name, ())))
    return named


def _compared(reading: Reading, calls: Sequence[ToolCall], days: Sequence[Days]) -> bool:
    if calls and all(call.name == "compare" for call in calls):
        return True
    return len(days) == 2 and bool(reading.versus or reading.compare or reading.baseline or reading.change)


def _days_json(days: Days) -> dict[str, Any]:
    named = {"occasion": days.occasion} if days.occasion else {}
    return {**days.to_json(), "unit": days.unit, "so_far": days.so_far, **named}


def _days(data: Mapping[str, Any]) -> Days:
    start, end = date.fromisoformat(data["start"]), date.fromisoformat(data["end"])
    return Days(start, end, data["unit"], so_far=data["so_far"], occasion=data.get("occasion", ""))
