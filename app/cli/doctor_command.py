"""``budgeteer doctor``: what is configured, reachable and missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import click

from app import wiring
from app.readiness import NOTHING, Gap
from app.settings import Settings
from domain.errors import BudgeteerError

State = Literal["ok", "off", "broken"]
MARKS: dict[State, str] = {"ok": "ok", "off": "--", "broken": "!!"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``next_step`` is what a person would do about it."""

    part: str
    state: State
    detail: str
    next_step: str | None = None


@click.command("doctor")
@click.option("--missing", "only_missing", is_flag=True, help="Only what cannot be answered yet; reaches nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(only_missing: bool, as_json: bool) -> None:
    """Say what is configured, reachable and missing, and what cannot be answered yet.

    Exits 1 where something that is configured does not work; what is not configured is no fault.
    """
    config = wiring.settings()
    findings = [] if only_missing else look(config)
    missing = missing_of(config) if only_missing or findings[0].state == "ok" else []
    if as_json:
        found = {"findings": [asdict(f) for f in findings], "cannot_answer": [asdict(gap) for gap in missing]}
        click.echo(json.dumps(found, indent=2))
    else:
        for f in findings:
            click.echo(f"{MARKS[f.state]}  {f.part:<11} {f.detail}")
            if f.next_step:
                click.echo(f"{'':<15} {f.next_step}")
        click.echo("\n".join(_missing_lines(missing, only_missing)), nl=bool(missing or only_missing))
    sys.exit(1 if any(f.state == "broken" for f in findings) else 0)


def look(config: Settings) -> list[Finding]:
    """Every finding, the store's first: without it nothing else in the store is asked."""
    store = _check("store", _store, config, "see DATABASE_URL in .env.example")
    kept = [_check(part, of, config, None) for part, of in _IN_THE_STORE] if store.state == "ok" else []
    return [store, *kept, *(_check(part, of, config, step) for part, of, step in _OUTSIDE)]


def _missing_lines(missing: list[Gap], alone: bool) -> list[str]:
    if not missing:
        return ["Everything that people ask can be answered."] if alone else []
    lines = [] if alone else ["", "What cannot be answered yet:"]
    for gap in missing:
        lines += [f'--  {gap.part:<11} "{gap.asks}": {gap.why}', f"{'':<15} {gap.fix}"]
    return lines


def missing_of(config: Settings) -> list[Gap]:
    """What people ask that the store cannot answer yet, the most valuable first."""
    from app.readiness import gaps
    from domain.scope import Scope
    from store import accounts
    from store.engine import read
    from store.readiness import held

    try:
        today = wiring.clock(config)().date()
    except BudgeteerError:  # said among the findings
        today = datetime.now(UTC).date()
    with read(wiring.open_store(config)) as session:
        known = tuple(a.id for a in accounts.find(session))
        return gaps(held(session, Scope(known)), today) if known else gaps(NOTHING, today)


def _store(config: Settings) -> Finding:
    from sqlalchemy import func, select

    from store.engine import read
    from store.in_use import account_in_use
    from store.tables import Account, DailyMetric

    engine = wiring.open_store(config)
    where = engine.url.render_as_string(hide_password=True)
    with read(engine) as session:
        latest = select(Account.platform, Account.name, func.max(DailyMetric.day))
        joined = latest.outerjoin(DailyMetric, DailyMetric.account_id == Account.id)
        rows = session.execute(joined.where(account_in_use()).group_by(Account.id).order_by(Account.id)).all()
    if not rows:
        return Finding("store", "ok", f"{where}, empty", "budgeteer import FILE --platform ... or budgeteer sync")
    accounts = ", ".join(f"{name} ({platform}, through {day or 'no day yet'})" for platform, name, day in rows)
    return Finding("store", "ok", f"{where}: {accounts}")


def _approvers(config: Settings) -> Finding:
    from sqlalchemy import select

    from store.engine import read
    from store.tables import Account, Approver

    with read(wiring.open_store(config)) as session:
        live = set(session.scalars(select(Account.name).where(Account.origin == "api")))
        named = set(session.scalars(select(Account.name).join(Approver, Approver.account_id == Account.id)))
    if missing := sorted(live - named):
        step = f'budgeteer approvers add SLACK_USER_ID --account "{missing[0]}"'
        return Finding("approvers", "off", f"nobody may approve for {', '.join(missing)}", step)
    return Finding("approvers", "ok", ", ".join(sorted(named)) if named else "no connected account needs one yet")


def _sources(config: Settings) -> Finding:
    from store import sources
    from store.engine import read

    with read(wiring.open_store(config)) as session:
        known = [(s.name, s.error) for s in sources.listed(session)]
    failing = [f"{name}: {error}" for name, error in known if error]
    if failing:
        name = next(name for name, error in known if error)
        return Finding("sources", "broken", "; ".join(failing), f"mend the sheet, then: budgeteer source check {name}")
    return Finding(
        "sources", "ok", f"{len(known)} published sheets are read" if known else "no published sheet is read"
    )


def _jobs(config: Settings) -> Finding:
    from app import job_words
    from scheduler.health import troubles
    from store.engine import read

    engine = wiring.open_store(config)
    listed, now = job_words.listed(engine, wiring.connected(config), config.timezone)
    if (asleep := job_words.asleep(listed, now, config.timezone)) is not None:
        return Finding(
            "jobs", "off", asleep.rstrip("."), "keep budgeteer run running, or run one: budgeteer jobs run NAME"
        )
    with read(engine) as session:
        found = troubles(session)
    if found:
        return Finding("jobs", "broken", "; ".join(t.said for t in found), f"budgeteer jobs show {found[0].job!r}")
    return Finding("jobs", "ok", f"{len(listed)} jobs do their work")


def _writes(config: Settings) -> Finding:
    from store.engine import read
    from store.switches import switches_on

    with read(wiring.open_store(config)) as session:
        stopped = switches_on(session)
    if not stopped:
        return Finding("writes", "ok", "allowed, once approved")
    scopes = ", ".join(f"{s.scope} (by {s.by})" for s in stopped)
    return Finding("writes", "off", f"stopped: {scopes}", "budgeteer stop-writes off")


def _model(config: Settings) -> Finding:
    key = config.openai_api_key
    if key is None:
        return Finding(
            "model", "off", "no key: the rules planner answers", "set OPENAI_API_KEY for free-form questions"
        )
    from openai import OpenAI

    client = OpenAI(api_key=key.get_secret_value(), base_url=config.openai_base_url, timeout=5, max_retries=0)
    offered = {m.id for m in client.models.list()}
    note = "" if config.openai_model in offered else f", which the service does not list ({len(offered)} others)"
    return Finding("model", "ok", f"{config.openai_model}{note}")


def _slack(config: Settings) -> Finding:
    token, secret, app_token = config.slack_bot_token, config.slack_signing_secret, config.slack_app_token
    if token is None or (secret is None and app_token is None):
        needed = [("SLACK_BOT_TOKEN", token)]
        needed += [] if app_token else [("SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN for Socket Mode)", secret)]
        missing = [n for n, v in needed if v is None]
        return Finding("slack", "off", f"{' and '.join(missing)} not set: the command line works, the bot does not run")
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    try:
        answer = WebClient(token=token.get_secret_value(), base_url=config.slack_api_url, timeout=5).auth_test()
    except SlackApiError as error:
        return Finding("slack", "broken", f"Slack says {error.response.get('error')}", "check SLACK_BOT_TOKEN")
    if lacking := _lacking(answer.headers):
        detail = f"@{answer['user']} in {answer['team']} lacks {', '.join(lacking)}"
        return Finding("slack", "broken", detail, "install the app again with what budgeteer slack manifest prints")
    if app_token is None:
        return Finding("slack", "ok", f"@{answer['user']} in {answer['team']}, over signed HTTP")
    try:
        client = WebClient(base_url=config.slack_api_url, timeout=5)
        client.apps_connections_open(app_token=app_token.get_secret_value())
    except SlackApiError as error:
        return Finding("slack", "broken", f"no Socket Mode: {error.response.get('error')}", "check SLACK_APP_TOKEN")
    return Finding("slack", "ok", f"@{answer['user']} in {answer['team']}, in Socket Mode")


def _lacking(headers: Mapping[str, str]) -> list[str]:
    """The scopes that the token was not granted; none where Slack does not say what was."""
    from app.slack.manifest import scopes

    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    granted = {scope.strip() for scope in (said or "").split(",")}
    return [] if said is None else [scope for scope in scopes() if scope not in granted]


def _google_ads(config: Settings) -> Finding:
    connector = wiring.connectors(config).get("google_ads")
    if connector is None:
        return Finding("google_ads", "off", "not connected: import exports instead", "set the GOOGLE_ADS_* settings")
    found = [f"{a.name} ({a.external_id}, {a.currency}, {a.timezone})" for a in connector.accounts()]
    return Finding("google_ads", "ok", ", ".join(found) or "the login reaches no account")


def _clock(config: Settings) -> Finding:
    now = wiring.clock(config)()
    whose = "the system's" if config.clock_url is None else f"an emulated market's, {config.clock_url}"
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC, {whose}; days as in {config.timezone}")


_Look = Callable[[Settings], Finding]
_IN_THE_STORE: tuple[tuple[str, _Look], ...] = (
    ("approvers", _approvers),
    ("sources", _sources),
    ("jobs", _jobs),
    ("writes", _writes),
)
_OUTSIDE: tuple[tuple[str, _Look, str], ...] = (
    ("clock", _clock, "unset CLOCK_URL"),
    ("model", _model, "check OPENAI_API_KEY and OPENAI_BASE_URL"),
    ("slack", _slack, "check SLACK_API_URL and the network"),
    ("google_ads", _google_ads, "check the GOOGLE_ADS_* settings"),
)


def _check(part: str, look_at: _Look, config: Settings, next_step: str | None) -> Finding:
    try:
        return look_at(config)
    except BudgeteerError as error:
        return Finding(part, "broken", str(error), next_step)
    except Exception as error:  # an SDK's own errors; only their kind is shown, since their text may hold a token
        return Finding(part, "broken", f"not reachable ({type(error).__name__})", next_step)
