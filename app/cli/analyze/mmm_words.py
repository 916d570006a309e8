"""A media mix as JSON and as lines for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.mediamix import Channel, Estimate, MediaMix
from analytics.mediamix.checks import figure
from app.cli.analyze.frames import printable

UNITS = {"revenue": "revenue per unit of spend", "conversions": "conversions per unit of spend"}


def as_json(mix: MediaMix, kind: str, notes: Sequence[str]) -> dict[str, Any]:
    """The whole result; what is unknown is null, with a reason beside it."""
    q = mix.quality
    later = q.later
    return {
        "channels": [_channel_json(c, mix) for c in mix.channels],
        "fit": {
            "engine": mix.engine, "unit": UNITS[kind], "periods": q.periods, "first_period": mix.first_period,
            "carryover_periods": mix.carryover, "draws": mix.draws, "level": 0.9, "r2": q.r2,
            "r2_controls": q.r2_controls, "mape": q.mape, "noise": q.noise,
            "residual_autocorrelation": q.residual_autocorrelation,
            "later": None if later is None else {
                "periods": later.periods, "error": later.error, "naive_error": later.naive_error,
                "controls_error": later.controls_error, "coverage": later.coverage, "naive": later.naive,
            },
            "later_reason": q.later_reason,
            "held_fixed": list(mix.holds),
            "baseline": float(mix.baseline.sum()),
        },
        "checks": [
            {"check": c.check, "ok": c.ok, "value": c.value, "channel": c.channel, "said": c.said} for c in mix.checks
        ],
        "notes": [*mix.notes, *notes],
        "refused": None,
    }  # fmt: skip


def _channel_json(c: Channel, mix: MediaMix) -> dict[str, Any]:
    return {
        "channel": c.name,
        "adstock": _shape_json(mix.adstock, c.adstock, {"l_max": mix.carryover}),
        "saturation": _shape_json(mix.saturation, c.saturation, {"scale": c.scale}),
        "roas": _value(c.roas),
        "roas_interval": _interval(c.roas),
        "marginal_roas": _value(c.marginal_roas),
        "marginal_roas_interval": _interval(c.marginal_roas),
        "contribution": _value(c.contribution),
        "contribution_interval": _interval(c.contribution),
        "share": c.share,
        "spend": c.spend,
        "recent_spend": c.recent_spend,
        "tried": list(c.tried),
        "shrinkage": c.shrinkage,
        "reason": c.reason,
        "marginal_reason": c.marginal_reason,
    }


def _shape_json(family: str, shape: Mapping[str, Estimate], more: dict[str, float]) -> dict[str, Any]:
    values = {name: e.value for name, e in shape.items()}
    return {"family": family, **values, **more, "intervals": {name: [e.low, e.high] for name, e in shape.items()}}


def _value(e: Estimate | None) -> float | None:
    return None if e is None else e.value


def _interval(e: Estimate | None) -> list[float] | None:
    return None if e is None else [e.low, e.high]


def lines(mix: MediaMix, kind: str, notes: Sequence[str]) -> list[str]:
    """What a person reads: a table of channels, how well it fits, what to mind."""
    q = mix.quality
    head = (
        f"Media mix by {'bounded least squares' if mix.engine == 'least_squares' else 'pymc-marketing'}: {q.periods} "
        f"periods, adstock {mix.adstock}, saturation {mix.saturation}; 90 % ranges from {mix.draws} draws."
    )
    warnings = [f"! {c.said}" for c in mix.checks if not c.ok]
    fine = [f"  {c.said}" for c in mix.checks if c.ok and c.check in ("later_data", "controls_alone", "lift")]
    unknown = [f"{c.name}: {c.reason}." for c in mix.channels if c.reason]
    unknown += [f"{c.name}: {c.marginal_reason}." for c in mix.channels if c.marginal_reason and not c.reason]
    said = [f"Fit: R² {q.r2:.2f}, without media {q.r2_controls:.2f}.", *fine]
    quiet = sum(c.ok for c in mix.checks)
    counted = f"Checks: {quiet} fine, {len(warnings)} to mind{':' if warnings else '.'}"
    held = f"Held fixed: {', '.join(mix.holds)}."
    out = [head, "", *_table(mix, kind), "", *unknown, *said, counted, *warnings, held]
    return [printable(line) for line in [*out, *(f"Note: {note}." for note in [*mix.notes, *notes])]]


def _table(mix: MediaMix, kind: str) -> list[str]:
    names = ("ROAS", "marginal ROAS") if kind == "revenue" else ("conversions per unit", "next unit brings")
    rows = [("Channel", "Spend", "Share of outcome", names[0], "", names[1], "", "Adstock", "Saturation")]
    rows.extend(_row(c) for c in mix.channels)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    left = {0, 4, 6, 7, 8}
    return [
        "  ".join(
            cell.ljust(w) if n in left else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _row(c: Channel) -> tuple[str, str, str, str, str, str, str, str, str]:
    return (
        c.name if len(c.name) <= 30 else f"{c.name[:29]}…",
        figure(c.spend),
        "unknown" if c.share is None else f"{c.share * 100:.1f} %",
        *_range(c.roas),
        *_range(c.marginal_roas),
        _shape(c.adstock),
        _shape(c.saturation),
    )


def _range(e: Estimate | None) -> tuple[str, str]:
    if e is None:
        return "unknown", ""
    middle = "unknown" if e.value is None else figure(e.value)
    return middle, f"({figure(e.low)} to {figure(e.high)})"


def _shape(shape: Mapping[str, Estimate]) -> str:
    return ", ".join(f"{name} {e.value:.2f}" for name, e in shape.items() if e.value is not None) or "unknown"
