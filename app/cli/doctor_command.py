"""``budgeteer doctor``: what is configured, reachable and missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import click

from app import wiring
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """Say what is configured, reachable and missing.

    Exits 1 where something that is configured does not work; what is not configured is no fault.
    """
    config = wiring.settings()
    findings = [part(config) for part in (_store, _approvers, _model, _slack, _google_ads)]
    if as_json:
        click.echo(json.dumps({"findings": [asdict(f) for f in findings]}, indent=2))
    else:
        for f in findings:
            click.echo(f"{MARKS[f.state]}  {f.part:<11} {f.detail}")
            if f.next_step:
                click.echo(f"{'':<15} {f.next_step}")
    sys.exit(1 if any(f.state == "broken" for f in findings) else 0)


def _store(config: Settings) -> Finding:
    from sqlalchemy import func, select
    from sqlalchemy.engine import make_url

    from store.engine import read
    from store.tables import Account, DailyMetric

    where = make_url(config.database_url.get_secret_value()).render_as_string(hide_password=True)
    try:
        with read(wiring.open_store(config)) as session:
            latest = select(Account.platform, Account.name, func.max(DailyMetric.day))
            rows = session.execute(
                latest.outerjoin(DailyMetric, DailyMetric.account_id == Account.id)
                .group_by(Account.id)
                .order_by(Account.id)
            ).all()
    except Exception as error:
        return Finding("store", "broken", f"{where}: {_first_line(error)}", "set DATABASE_URL")
    if not rows:
        return Finding("store", "ok", f"{where}, empty", "budgeteer import FILE --platform ... or budgeteer sync")
    accounts = ", ".join(f"{name} ({platform}, through {day or 'no day yet'})" for platform, name, day in rows)
    return Finding("store", "ok", f"{where}: {accounts}")


def _approvers(config: Settings) -> Finding:
    from sqlalchemy import select

    from store.engine import read
    from store.tables import Account, Approver

    try:
        with read(wiring.open_store(config)) as session:
            live = set(session.scalars(select(Account.name).where(Account.origin == "api")))
            named = set(session.scalars(select(Account.name).join(Approver, Approver.account_id == Account.id)))
    except Exception as error:
        return Finding("approvers", "broken", _first_line(error))
    if missing := sorted(live - named):
        step = f'budgeteer approvers add SLACK_USER_ID --account "{missing[0]}"'
        return Finding("approvers", "off", f"nobody may approve for {', '.join(missing)}", step)
    return Finding("approvers", "ok", ", ".join(sorted(named)) if named else "no connected account needs one yet")


def _model(config: Settings) -> Finding:
    key = config.openai_api_key
    if key is None:
        return Finding(
            "model", "off", "no key: the rules planner answers", "set OPENAI_API_KEY for free-form questions"
        )

    def models() -> str:
        from openai import OpenAI

        client = OpenAI(api_key=key.get_secret_value(), base_url=config.openai_base_url, timeout=5, max_retries=0)
        offered = {m.id for m in client.models.list()}
        note = "" if config.openai_model in offered else f", which the service does not list ({len(offered)} others)"
        return f"{config.openai_model}{note}"

    return _reach("model", models, "check OPENAI_API_KEY and OPENAI_BASE_URL")


def _slack(config: Settings) -> Finding:
    token = config.slack_bot_token
    if token is None or config.slack_signing_secret is None:
        missing = [
            n for n, v in (("SLACK_BOT_TOKEN", token), ("SLACK_SIGNING_SECRET", config.slack_signing_secret)) if not v
        ]
        return Finding("slack", "off", f"{' and '.join(missing)} not set: the command line works, the bot does not run")

    def identity() -> str:
        from slack_sdk import WebClient

        answer = WebClient(token=token.get_secret_value(), base_url=config.slack_api_url, timeout=5).auth_test()
        return f"@{answer['user']} in {answer['team']}"

    return _reach("slack", identity, "check SLACK_BOT_TOKEN")


def _google_ads(config: Settings) -> Finding:
    if config.google_ads_developer_token is None:
        return Finding("google_ads", "off", "not connected: import exports instead", "set the GOOGLE_ADS_* settings")

    def accounts() -> str:
        connector = wiring.connectors(config)["google_ads"]
        return ", ".join(f"{a.name} ({a.external_id}, {a.currency}, {a.timezone})" for a in connector.accounts())

    return _reach("google_ads", accounts, "check the GOOGLE_ADS_* settings")


def _reach(part: str, look: Callable[[], str], next_step: str) -> Finding:
    try:
        return Finding(part, "ok", look())
    except BudgeteerError as error:
        return Finding(part, "broken", str(error), next_step)
    except Exception as error:  # an SDK's own errors; only their kind is shown, since their text may hold a token
        return Finding(part, "broken", f"not reachable ({type(error).__name__})", next_step)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}" if not isinstance(error, BudgeteerError) else str(error).splitlines()[0]
