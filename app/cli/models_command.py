"""``budgeteer models``: which version of each forecast is in use, how it did against its rival, and looks at drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from app import wiring

if TYPE_CHECKING:
    from store.model_versions import Look, Version

SHOWN = 5


@click.command("models", epilog="Example: budgeteer models --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """Say which version of each forecast is in use, how it did against its rival, and what drift was seen."""
    from domain.scope import Scope
    from store import accounts, model_versions
    from store.engine import read

    engine = wiring.open_store(wiring.settings())
    with read(engine) as session:
        owned = [(a.id, f"{a.name} ({a.platform})") for a in accounts.find(session)]
        scope = Scope(tuple(i for i, _ in owned))
        found = [
            (name, model_versions.versions(session, scope, i), model_versions.drift_checks(session, scope, i))
            for i, name in owned
        ]
    engine.dispose()
    if as_json:
        rows = [
            {"account": name, "versions": [_version(v) for v in versions], "drift_checks": [_look(c) for c in looks]}
            for name, versions, looks in found
        ]
        click.echo(json.dumps({"accounts": rows}, ensure_ascii=False, indent=2))
        return
    lines = [line for name, versions, looks in found for line in _lines(name, versions, looks)]
    none = "No version of a forecast was tried yet: the job 'retrain' does, daily, once an account has enough days."
    click.echo("\n".join(lines) or none)


def _lines(account: str, versions: list[Version], looks: list[Look]) -> list[str]:
    if not versions:
        return []
    lines = [f"{account}:"]
    for model in dict.fromkeys(v.model for v in versions):
        mine = [v for v in versions if v.model == model]
        used = next((v for v in mine if v.status == "current"), None)
        in_use = "the usual method is in use" if used is None else f"version {used.version} is in use"
        lines.append(f"  {model}: {in_use}; {len(mine)} tried")
        lines += [f"    {_told(v)}" for v in mine[:SHOWN]]
        if len(mine) > SHOWN:
            lines.append(f"    {len(mine) - SHOWN} earlier ones: --json")
        latest = {c.subject: c for c in reversed(looks) if c.model == model}
        lines += [f"    drift of {subject}: {_seen(look)}" for subject, look in latest.items()]
    return lines


def _told(v: Version) -> str:
    said = {"current": "in use", "retired": "replaced since", "refused": "not better, never used"}.get(
        v.status, v.status
    )
    rival = v.details.get("rival", "its rival")
    score = "unknown" if v.score is None else f"{v.score:.3f}"
    against = "" if v.rival_score is None else f" against {v.rival_score:.3f} of {rival}"
    days = "" if v.scored_from is None else f" on {v.scored_from} to {v.scored_to}"
    return f"version {v.version}, {v.created_at:%Y-%m-%d}, {said}: error (MASE, lower is better) {score}{against}{days}"


def _seen(look: Look) -> str:
    if look.drifted is None:
        return f"not told ({look.details.get('reason', 'no reason is kept')}), {look.at:%Y-%m-%d}"
    figures = [f"{name} {value:.2f}" for name, value in (("KS", look.ks), ("PSI", look.psi)) if value is not None]
    return f"{'seen' if look.drifted else 'none'} ({', '.join(figures)}), {look.at:%Y-%m-%d}"


def _version(v: Version) -> dict[str, object]:
    days = {key: None if (day := getattr(v, key)) is None else day.isoformat()
            for key in ("trained_from", "trained_to", "scored_from", "scored_to")}  # fmt: skip
    return {
        "model": v.model, "version": v.version, "status": v.status, **days, "score": v.score,
        "rival_score": v.rival_score, "params": v.params, "details": v.details, "at": v.created_at.isoformat(),
    }  # fmt: skip


def _look(c: Look) -> dict[str, object]:
    return {
        "model": c.model, "subject": c.subject, "at": c.at.isoformat(), "ks": c.ks, "ks_p": c.ks_p, "psi": c.psi,
        "drifted": c.drifted, "details": c.details,
    }  # fmt: skip
