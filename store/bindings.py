"""Which accounts a Slack channel (or, in direct messages, a person) sees."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.errors import BadInput, NotConfigured
from domain.scope import Scope
from store.tables import Account, ChannelBinding

SECOND_COUNTERS = ("analytics", "shop")
MOST_SCOPES = 4


def bind(session: Session, channel: str, account_ids: Sequence[int]) -> None:
    """Let ``channel`` (a channel's id, or a person's for direct messages) see exactly these accounts."""
    known = set(session.scalars(select(Account.id).where(Account.id.in_(account_ids))))
    unknown = sorted(set(account_ids) - known)
    if unknown or not account_ids:
        raise BadInput(f"no account with id {unknown}" if unknown else "name at least one account to bind")
    session.execute(delete(ChannelBinding).where(ChannelBinding.channel == channel))
    session.add_all(ChannelBinding(channel=channel, account_id=i) for i in sorted(known))


def scopes_beside(session: Session, account_id: int, given: Scope) -> list[Scope]:
    """The scopes in which somebody sees the account beside a second counter (orders, analytics), the largest first.

    Those of the channels and people bound to it, and ``given``. Where nobody is bound to it, only who operates the
    store sees it, and sees all of it. At most ``MOST_SCOPES``, for each costs a search.
    """
    here = select(ChannelBinding.channel).where(ChannelBinding.account_id == account_id)
    bound: dict[str, set[int]] = {}
    for channel, seen in session.execute(
        select(ChannelBinding.channel, ChannelBinding.account_id).where(ChannelBinding.channel.in_(here))
    ):
        bound.setdefault(channel, set()).add(seen)
    sets = {frozenset(s) for s in bound.values()} | {frozenset(given.account_ids)}
    if not bound:
        sets.add(frozenset(session.scalars(select(Account.id))))
    seconds = set(session.scalars(select(Account.id).where(Account.kind.in_(SECOND_COUNTERS))))
    found = sorted((sorted(s) for s in sets if account_id in s and s & seconds), key=lambda s: (-len(s), s))
    return [Scope(tuple(s)) for s in found[:MOST_SCOPES]]


def scope_for_channel(session: Session, channel: str, person: str | None = None) -> Scope:
    """The accounts that ``channel`` sees; ``person`` is who writes in a direct message.

    Without a binding: the store's only account where there is exactly one, else nothing at
    all. Never "all accounts": a channel of one client must not see another's.

    Raises:
        NotConfigured: no binding and several accounts, or no account yet.
    """
    for name in (channel, person):
        if name is None:
            continue
        query = select(ChannelBinding.account_id).where(ChannelBinding.channel == name)
        bound = tuple(session.scalars(query.order_by(ChannelBinding.account_id)))
        if bound:
            return Scope(bound)
    accounts = list(session.scalars(select(Account.id).limit(2)))
    if len(accounts) == 1:
        return Scope(tuple(accounts))
    if not accounts:
        raise NotConfigured("there is no data yet; load some with: budgeteer import FILE, or budgeteer sync")
    target = person or channel
    raise NotConfigured(
        f"this {'conversation' if person else 'channel'} is not bound to an account, so I show nothing here; "
        f"bind it on the server with: budgeteer channel bind {target} --account NAME"
    )
