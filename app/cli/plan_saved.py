"""Saved plans as a person and a program read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.scenarios import Saved

MOVES_SHOWN = 3
Since = Mapping[str, tuple[str, ...]]


def listed_text(found: Sequence[Saved]) -> list[str]:
    """A line a plan."""
    if not found:
        return ["No plan is saved. Save one with: budgeteer plan scenarios --save NAME"]
    lines = []
    for saved in found:
        done = f", proposed as {saved.recommendation_id}" if saved.recommendation_id else ""
        lines.append(
            f"{saved.name}: {saved.content['account']}, {_money(saved)} a day ({_moves(saved)}), as of {saved.as_of}, "
            f"by {saved.created_by}{done}"
        )
    return lines


def _moves(saved: Saved) -> str:
    """The changes, the largest first."""
    moved = [a for a in saved.content["plan"]["amounts"] if a["now"] != a["amount"]]
    order = sorted(moved, key=lambda a: (-abs(a["amount"] - a["now"]), a["name"]))
    said = [f"{a['name']} {_written(a['now'], saved)} -> {_written(a['amount'], saved)}" for a in order[:MOVES_SHOWN]]
    more = len(order) - MOVES_SHOWN
    return ", ".join(said + ([f"{more} more"] if more > 0 else [])) or "as today"


def listed_json(saved: Saved) -> dict[str, Any]:
    """A saved plan with all that it holds."""
    return {
        "id": saved.id,
        "name": saved.name,
        "as_of": saved.as_of.isoformat(),
        "saved_by": saved.created_by,
        "saved_at": saved.created_at.isoformat(),
        "recommendation": saved.recommendation_id,
        **saved.content,
    }


def compared_json(found: Sequence[Saved], since: Since) -> dict[str, Any]:
    """The saved plans, and what changed since each was saved."""
    return {"plans": [{**listed_json(s), "changed_since": list(since[s.id])} for s in found]}


def compared_text(found: Sequence[Saved], since: Since) -> list[str]:
    """A column a plan; below it as of which day it is, and what is not as it was then."""
    from app.cli.tables import table_lines
    from domain.evidence import Table

    names = sorted({a["name"] for s in found for a in s.content["plan"]["amounts"] if a["now"] != a["amount"]})
    rows = [(name, *(_amount(s, name) for s in found)) for name in names]
    rows.append(("Total a day", *(_money(s) for s in found)))
    rows += [(label, *(_figure(s, kind) for s in found)) for label, kind in _FIGURES]
    heads = [s.name if len({o.account_id for o in found}) == 1 else f"{s.name} ({s.content['account']})" for s in found]
    lines = table_lines(Table("Saved plans: budget a day, and what was expected of it", ("", *heads), tuple(rows)))
    notes = [f"! {s.name}: computed as of {s.as_of}; {_since(since[s.id])}" for s in found]
    if len({(s.as_of, s.account_id, s.content["figures"]) for s in found}) > 1:
        notes.append("! these plans do not rest on the same figures, so small differences between them mean nothing")
    return [*lines, "", *dict.fromkeys(notes)]


_FIGURES = (
    ("Against today", "mid"),
    ("  likely from", "low"),
    ("  to", "high"),
    ("Chance of being worse", "worse"),
    ("Average return", "average"),
    ("Next unit brings", "next"),
)


def _since(notes: tuple[str, ...]) -> str:
    return "; ".join(notes) if notes else "the figures are the same still"


def _figure(saved: Saved, kind: str) -> str:
    from domain.formatting import format_chance

    plan = saved.content["plan"]
    if plan["expected"] is None:
        return "unknown"
    match kind:
        case "mid" | "low" | "high":
            return _change(saved, plan["expected"][kind])
        case "worse":
            return format_chance(plan["chance_worse"])
        case "average":
            return "undefined" if plan["average"] is None else f"{plan['average']:.2f}"
        case _:
            return "unknown" if plan["next_unit"] is None else f"{plan['next_unit']['mid']:.3g}"


def _change(saved: Saved, value: float) -> str:
    from decimal import Decimal

    from domain.formatting import format_count, format_estimate, three_digits

    size = abs(Decimal(repr(value)))
    money = saved.content["outcome"] == "revenue"
    said = format_estimate(size, saved.content["currency"]) if money else format_count(three_digits(size))
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{said}"


def _amount(saved: Saved, name: str) -> str:
    found = next((a for a in saved.content["plan"]["amounts"] if a["name"] == name), None)
    return "-" if found is None else _written(found["amount"], saved)


def _money(saved: Saved) -> str:
    return _written(saved.content["plan"]["total"], saved)


def _written(amount: float, saved: Saved) -> str:
    from decimal import Decimal

    from domain.formatting import format_money

    return format_money(Decimal(repr(amount)), saved.content["currency"])
