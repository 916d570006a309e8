"""The kill switch: global, per platform, per account. On stops the next operation, wherever a batch stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.lifecycle import Status
from store import audit
from store.tables import Account, Approval, KillSwitch
from store.transitions import redraw

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that is on."""

    scope: str
    by: str
    at: datetime
    reason: str | None

    def __str__(self) -> str:
        what = "everything" if self.scope == GLOBAL else self.scope.replace(":", " ")
        return f"{what}, by @{self.by} at {self.at:%Y-%m-%d %H:%M} UTC" + (f" ({self.reason})" if self.reason else "")


def account_scope(account_id: int) -> str:
    """The name of one account's switch."""
    return f"account:{account_id}"


def platform_scope(platform: str) -> str:
    """The name of one platform's switch."""
    return f"platform:{platform}"


def set_kill_switch(
    session: Session, scope: str, *, on: bool, by: str, now: datetime, reason: str | None = None
) -> None:
    """Turn a switch on or off, audited. Raises BadInput where ``scope`` names none."""
    if scope != GLOBAL and scope.partition(":")[0] not in ("platform", "account"):
        raise BadInput(f"{scope!r} is no kill switch; use global, platform:NAME or account:ID")
    session.merge(KillSwitch(scope=scope, on=on, by=by, at=now, reason=reason))
    session.flush()
    _redraw_cards(session, scope, now)
    action = "writes.stopped" if on else "writes.resumed"
    audit.append(session, by, action, scope, {"reason": reason}, now)


def _redraw_cards(session: Session, scope: str, now: datetime) -> None:
    """Let the cards that wait for an approval say that writes are stopped, or no more."""
    kind, _, name = scope.partition(":")
    query = select(Approval).join(Account, Account.id == Approval.account_id).where(Approval.status == Status.PENDING)
    if kind == "account":
        query = query.where(Approval.account_id == int(name))
    elif kind == "platform":
        query = query.where(Account.platform == name)
    for approval in session.scalars(query.order_by(Approval.id)).all():
        redraw(session, approval, now)


def switches_on(session: Session, *, platform: str | None = None, account_id: int | None = None) -> tuple[Switch, ...]:
    """Every switch that is on, or only those that stop this platform and account."""
    query = select(KillSwitch).where(KillSwitch.on).order_by(KillSwitch.scope)
    if platform is not None and account_id is not None:
        query = query.where(KillSwitch.scope.in_([GLOBAL, platform_scope(platform), account_scope(account_id)]))
    query = query.execution_options(populate_existing=True)
    return tuple(Switch(s.scope, s.by, s.at, s.reason) for s in session.scalars(query))
