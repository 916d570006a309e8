"""``budgeteer recommend budget``: now and proposed, what to expect, why, what may go wrong, what else there is."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from app.cli import days
from app.cli.days import FORM
from app.cli.plan_options import plan_of, plan_options
from app.cli.shares import Number
from app.cli.tool_context import tool_context

if TYPE_CHECKING:
    from domain.recommendation import Range, Recommendation
    from tools.drafting import Draft

OLD_DAYS = 3


@click.group()
def command() -> None:
    """Recommend changes of budgets or bid targets, with the evidence for them."""


@command.command()
@click.option("--account", help="The account's name; needed where several could be meant.")
@click.option("--total", type=Number(min=0, min_open=True), help="Budget a day in the account's currency.")
@plan_options
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def budget(account: str | None, total: float | None, as_of: str | None, as_json: bool, **asked: Any) -> None:
    """Recommend a split of the daily budget: of today's total, of another, or of what a cut or a target allows.

    JSON: ``recommendation`` (changes with before and after, expected range, chance_worse, all unrounded numbers,
    confidence, why, risks, alternatives, tier, expires_at, advice_only) or null; ``refused``: the reason or null;
    ``answer``: the text; ``stored``: the draft's id where one is kept for approval; ``facts``, ``tables``,
    ``freshness``, ``caveats`` as in ``ask``. Where nothing needs changing, both ``recommendation`` and ``refused``
    are null and the answer says so.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays: threads only wait for each other
    from tools.drafting import draft
    from tools.recommend import RecommendArguments

    today = days.as_of(as_of)
    context = tool_context(account, today)
    made = draft(context, RecommendArguments(total=total, plan=plan_of(asked)))
    if as_json:
        click.echo(json.dumps(to_json(made), indent=2))
        return
    click.echo(to_text(made))
    last = max(made.result.freshness.values(), default=context.today)
    if today is None and made.result.refused and (context.today - last).days > OLD_DAYS:
        click.echo(f"The data end on {last}; to ask as of then: --as-of {last + timedelta(days=1)}")


@command.command(epilog="Example: budgeteer recommend bids --account 'Acme EU' --margin 0.4")
@click.option("--account", help="The account's name; needed where several could be meant.")
@click.option("--campaign", "campaigns", multiple=True, help="Only the targets that steer this campaign; repeatable.")
@click.option(
    "--margin",
    type=Number(0, 1, min_open=True),
    help="Margin as a fraction of revenue (0.4); where not given, the plan's margin or target.",
)
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def bids(
    account: str | None, campaigns: tuple[str, ...], margin: float | None, as_of: str | None, as_json: bool
) -> None:
    """Recommend target CPAs and target ROAS, or say why they stay.

    JSON as of `recommend budget`; a change's `field` is target_cpa or target_roas.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from tools.bids import draft
    from tools.recommend_bids import BidArguments

    made = draft(tool_context(account, days.as_of(as_of)), BidArguments(campaigns=campaigns, margin=margin))
    click.echo(json.dumps(to_json(made), indent=2) if as_json else to_text(made))


@command.command(epilog="Example: budgeteer recommend protection --account 'Acme EU'")
@click.option("--account", help="The account's name; needed where several could be meant.")
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def protection(account: str | None, as_of: str | None, as_json: bool) -> None:
    """Cut what is worse than its floor with certainty, its money to the best of the same pool.

    JSON as of `recommend budget`.
    """
    from tools.protect import draft
    from tools.recommend_protection import ProtectionArguments

    made = draft(tool_context(account, days.as_of(as_of)), ProtectionArguments())
    click.echo(json.dumps(to_json(made), indent=2) if as_json else to_text(made))


def to_json(made: Draft) -> dict[str, Any]:
    """The ``--json`` form."""
    result, recommendation = made.result, made.recommendation
    return {
        "recommendation": None if recommendation is None else _numbers(recommendation),
        "refused": result.refused,
        "answer": _filled(made),
        "stored": result.recommendation_id,
        "facts": [f.to_json() for f in result.facts],
        "tables": [] if result.table is None else [result.table.to_json()],
        "freshness": {p: d.isoformat() for p, d in sorted(result.freshness.items())},
        "caveats": list(result.caveats),
    }


def _numbers(recommendation: Recommendation) -> dict[str, Any]:
    """The stored form, which keeps amounts exact as text, with JSON's own numbers for a program to read."""
    from domain.recommendation_json import to_json as stored_form

    found = stored_form(recommendation)
    for part in (*found["changes"], found["expected"] or {}, *(a["expected"] or {} for a in found["alternatives"])):
        part.update({key: float(part[key]) for key in ("before", "after", "low", "mid", "high") if key in part})
    found["why"] = [fact.to_json() for fact in recommendation.why]
    return found


def to_text(made: Draft) -> str:
    """What a person reads in the terminal."""
    if made.result.refused is not None:
        return "\n".join([f"No recommendation: {made.result.refused}", *_bullets("Note", made.result.caveats)])
    if made.recommendation is None:
        return "\n".join([_filled(made), "", *_table_lines(made), *_bullets("Note", made.result.caveats)])
    r = made.recommendation
    alternatives = [
        f"{a.label}: {a.detail}" + (f"\n    expected {_range(a.expected)}" if a.expected else "")
        for a in r.alternatives
    ]
    return "\n".join(
        [
            r.title,
            "",
            *_table_lines(made),
            *_effect(r),
            *_bullets("Why", [_why(f) for f in r.why]),
            *_bullets("Risks", r.risks),
            *_bullets("Warnings", r.warnings),
            *_bullets("Instead", alternatives),
            *_bullets("Note", made.result.caveats),
            "",
            _next_step(r),
        ]
    )


def _filled(made: Draft) -> str:
    from domain.formatting import format_value

    text = made.result.text
    for fact in made.result.facts:
        text = text.replace(f"{{{{{fact.id}}}}}", format_value(fact))
    return text


def _effect(r: Recommendation) -> list[str]:
    """What is expected of the plan, or why that is not estimated."""
    from domain.formatting import format_chance

    if r.expected is None or r.chance_worse is None:
        return [f"Expected: {r.not_estimated}"]
    return [
        f"Expected over {r.expected.horizon_days} days: {_range(r.expected)}",
        *_cost(r, r.expected),
        f"Chance of being worse than today: {format_chance(r.chance_worse)}. Confidence: {r.confidence}.",
    ]


def _cost(r: Recommendation, expected: Range) -> list[str]:
    """What the plan spends over the same days, and what is left of the revenue, where spend changes at all."""
    from domain.formatting import format_estimate

    spent = sum((c.step for c in r.changes if not c.of_target), Decimal(0)) * expected.horizon_days
    if not spent:
        return []
    currency = r.changes[0].after.currency
    said = (
        f"Spend over {expected.horizon_days} days: {'+' if spent > 0 else '-'}{format_estimate(abs(spent), currency)}"
    )
    if expected.unit != "money":
        return [said]
    left = replace(expected, low=expected.low - spent, mid=expected.mid - spent, high=expected.high - spent)
    return [said, f"Net: {_range(left, 'revenue less spend')}"]


def _range(expected: Range, what: str = "") -> str:
    from domain.formatting import format_count, format_estimate, three_digits

    def written(value: Any) -> str:
        sign = "+" if value > 0 else "-" if value < 0 else ""
        size = (
            format_estimate(abs(value), expected.currency)
            if expected.currency
            else format_count(three_digits(abs(value)))
        )
        return f"{sign}{size}"

    what = what or ("revenue" if expected.unit == "money" else "conversions")
    if expected.low == expected.high == 0:
        return f"{what} unchanged"
    span = f"{written(expected.low)} to {written(expected.high)}"
    return f"{what} {written(expected.mid)}, likely {span} ({expected.level * 100:.0f} %)"


def _why(fact: Any) -> str:
    from domain.formatting import said

    return f"{fact.entity}: {said(fact)} ({fact.how}; {fact.window.start} to {fact.window.end})"


def _bullets(title: str, lines: Any) -> list[str]:
    return [f"{title}:", *(f"  - {line}" for line in lines)] if lines else []


def _table_lines(made: Draft) -> list[str]:
    table = made.result.table
    if table is None:
        return []
    from domain.formatting import table_cells

    grid = [list(table.columns[:4]), *([*row[:3], _between(*row[3:6])] for row in table_cells(table))]
    widths = [max(len(row[i]) for row in grid) for i in range(4)]
    lines = [
        "  ".join(c.ljust(w) if i in (0, 3) else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in grid
    ]
    return [lines[0], "-" * len(lines[0]), *lines[1:], ""]


def _between(mid: str, low: str, high: str) -> str:
    return f"{mid} ({low} to {high})" if low and high else mid


def _next_step(r: Recommendation) -> str:
    if r.advice_only is not None:
        return f"Advice only: the account {r.advice_only}."
    until = f"{r.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"Draft {r.id} (tier {r.tier}), valid until {until}. Nothing changes before a person approves it."
