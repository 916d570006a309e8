"""``budgeteer promises``: what applied changes were expected to do, what came of them, and how the record scores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from app import wiring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.promise import Total
    from store.promises import PromiseView
    from tools.promise_scores import Score


@click.group("promises", invoke_without_command=True, epilog="Example: budgeteer promises show 5f07c363")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say what came of every applied change, predicted against realised, and how the record scores."""
    if context.invoked_subcommand is not None:
        return
    from tools.promise_scores import scores

    found = _read(None)
    record = scores(found)
    if as_json:
        said = {"promises": [_json(p) for p in found], "scores": [_score_json(s) for s in record]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(_lines(found, record)))


@command.command("show")
@click.argument("promise_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(promise_id: str, as_json: bool) -> None:
    """Say all that is kept of one change: of its id, or its approval's, the first characters are enough."""
    (found,) = _read(promise_id)
    click.echo(json.dumps(_json(found), ensure_ascii=False, indent=2) if as_json else "\n".join(_whole(found)))


def _read(promise_id: str | None) -> list[PromiseView]:
    from domain.errors import BadInput
    from domain.scope import Scope
    from store import accounts, promises
    from store.engine import read

    engine = wiring.open_store(wiring.settings())
    with read(engine) as session:
        ids = tuple(a.id for a in accounts.find(session))
        if promise_id is not None:
            if not ids:
                raise BadInput(f"there is no promise {promise_id!r}: the store is empty")
            found = [promises.get(session, Scope(ids), promise_id)]
        else:
            found = promises.listed(session, Scope(ids)) if ids else []
    engine.dispose()
    return found


def _lines(found: Sequence[PromiseView], record: Sequence[Score]) -> list[str]:
    from app.cli.tables import table_lines
    from domain.evidence import Table
    from tools.promise_words import changed_on
    from tools.promises import came_out

    if not found:
        return ["No change was applied yet, so nothing was promised. Applied changes keep their predictions here."]
    rows = tuple(
        (p.id[:8], str(changed_on(p)), p.title, _range(p, p.promised), _range(p, p.realised), came_out(p))
        for p in found
    )
    lines = table_lines(Table("", ("Id", "Applied", "Change", "Predicted", "Realised", "Came out"), rows))
    lines += ["", *(_scored(score) for score in record)] if record else []
    reasons = [f"{p.id[:8]}: {p.reason}" for p in found if p.reason]
    return [*lines, *(["", *reasons] if reasons else [])]


def _range(p: PromiseView, total: Total | None) -> str:
    from decimal import Decimal

    from domain.formatting import format_estimate, three_digits

    if total is None:
        return "unknown"
    money = p.outcome == "revenue" and p.currency is not None

    def amount(value: float) -> str:
        size = Decimal(repr(abs(value)))
        text = format_estimate(size, p.currency or "") if money else f"{three_digits(size):,f}"
        return f"{'-' if value < 0 else '+'}{text}"

    return f"{amount(total.mid)} ({amount(total.low)} to {amount(total.high)})"


def _scored(s: Score) -> str:
    ratio = "" if s.ratio is None else f"; realised over predicted {s.ratio:.2f}"
    learned = s.correction
    corrected = (
        "; too few to correct later predictions by"
        if learned is None
        else f"; later predictions are corrected by {learned.ratio:.2f} ± {learned.ratio_sd:.2f}, "
        f"ranges by {learned.widen:.2f}"
    )
    of = f"{s.outcome} in {s.currency}" if s.currency else s.outcome
    return (
        f"Record of {of}: {s.measured} measured, {s.held} as predicted, given both ranges "
        f"({s.level * 100:.0f} % ought to be), {s.inside} with the measured mean inside the predicted range; "
        f"{s.helped} surely helped, {s.hurt} surely hurt{ratio}{corrected}"
    )


def _whole(p: PromiseView) -> list[str]:
    from domain.ratio import amount_from_micros
    from tools.figures import Cited
    from tools.promise_words import name, plain, told

    cited = Cited()
    lines = [plain(f"{name(p)[:1].upper()}{name(p)[1:]}: {told(p, cited)}", cited), ""]
    for c in p.changes:
        before, after = (amount_from_micros(m, c.currency) for m in (c.before_micros, c.after_micros))
        lines.append(f"  {c.name}: {before} to {after} ({c.field.replace('_', ' ')})")
    lines += [f"  Window: {p.window_start} to {p.window_end} ({p.days} of {p.horizon_days} days)"]
    if p.model:
        lines.append(f"  Predicted by: {p.model}; data to {(p.data or {}).get('last_day', 'unknown')}")
    if p.correction:
        lines.append(f"  Corrected by: {p.correction['ratio']:.2f} from {p.correction['measured']} earlier outcomes")
    if weights := p.details.get("compared_with"):
        lines.append("  Compared with: " + ", ".join(f"{n} {w * 100:.0f} %" for n, w in weights))
        lines.append(
            f"  Fit before the change: {p.details['fit_days']} days, usual gap of a week "
            f"{p.details['weekly_miss'] * 100:.1f} %, p of no effect {p.details['p']:.3f}"
        )
    lines += [f"  Left out: {why}" for why in p.details.get("left_out", ())]
    lines.append(f"  Ids: promise {p.id}, approval {p.approval_id}")
    return lines


def _json(p: PromiseView) -> dict[str, object]:
    from tools.promises import came_out

    return {
        "id": p.id, "approval": p.approval_id, "account": p.account, "platform": p.platform, "kind": p.kind,
        "title": p.title, "outcome": p.outcome, "currency": p.currency, "applied_at": p.applied_at.isoformat(),
        "window": {"start": p.window_start.isoformat(), "end": p.window_end.isoformat(), "timezone": p.timezone},
        "days": p.days, "horizon_days": p.horizon_days,
        "changes": [
            {"entity": c.entity, "name": c.name, "field": c.field, "before": c.before_micros / 1e6,
             "after": c.after_micros / 1e6, "currency": c.currency, "campaigns": [n for _, n in c.campaigns]}
            for c in p.changes
        ],
        "predicted": _total(p.predicted, p.not_predicted), "predicted_for_days": _total(p.promised, p.not_predicted),
        "realised": _total(p.realised, p.reason or "not measured yet"), "status": p.status, "reason": p.reason,
        "came_out": came_out(p), "model": p.model, "data": p.data, "correction": p.correction, "method": p.method,
        "details": dict(p.details), "measured_at": None if p.measured_at is None else p.measured_at.isoformat(),
    }  # fmt: skip


def _total(total: Total | None, reason: str | None) -> dict[str, object]:
    if total is None:
        return {"mid": None, "low": None, "high": None, "reason": reason}
    return {"mid": total.mid, "low": total.low, "high": total.high, "level": total.level}


def _score_json(s: Score) -> dict[str, object]:
    return {
        "outcome": s.outcome, "currency": s.currency, "measured": s.measured, "as_predicted": s.held,
        "mean_inside_range": s.inside, "level": s.level, "surely_helped": s.helped, "surely_hurt": s.hurt,
        "predicted": s.predicted, "realised": {"mid": s.realised, "low": s.realised_low, "high": s.realised_high},
        "ratio": s.ratio, "bias": s.realised - s.predicted,
        "correction": None if s.correction is None else s.correction.to_json(),
    }  # fmt: skip
