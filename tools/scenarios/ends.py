"""Names to budgets: which account an end of a move belongs to, and which of its campaigns it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.errors import BadInput, CannotAnswer
from domain.scope import Scope
from store import performance, plans
from store.labels import labels_of
from store.performance import AccountDays, CampaignName
from store.plan_cover import Cover, cover
from tools.arguments import Filters
from tools.base import ToolContext
from tools.filters import select
from tools.labels import join_words, platform_label, quoted
from tools.scenarios.asked import End
from tools.scenarios.basis import Basis
from tools.scenarios.wishes import Group, everything, of_campaigns


@dataclass(frozen=True, slots=True)
class Place:
    """An end as the store knows it. ``campaigns`` None: the whole account."""

    name: str
    account_id: int
    campaigns: tuple[str, ...] | None

    def group(self, basis: Basis) -> Group:
        """The levers of the end. Raises CannotAnswer where a budget feeds others too."""
        return everything(basis) if self.campaigns is None else of_campaigns(basis, self.name, self.campaigns)


def place(session: Session, context: ToolContext, end: End) -> Place:
    """Where an end is.

    Raises:
        CannotAnswer: nothing here is called so, or it is in several accounts; names what there is.
    """
    if end.pool is not None:
        return _pool(session, context, end.pool)
    chosen = select(
        performance.accounts(session, context.scope),
        lambda ids: performance.campaigns(session, context.scope, ids),
        _filters(end),
        lambda: labels_of(session, context.scope),
    )
    name = _said(end)
    if len(chosen.accounts) != 1:
        raise CannotAnswer(
            f"{name} is in several accounts, and budgets are changed account by account: "
            f"{join_words([a.name for a in chosen.accounts])}; name one of them"
        )
    campaigns = None if chosen.chosen is None else tuple(c.name for c in chosen.campaigns if c.id in chosen.chosen)
    return Place(name, chosen.accounts[0].id, campaigns)


def end_of(session: Session, context: ToolContext, name: str) -> End:
    """What a typed name means: a platform, an account, a campaign, a label's value, or a pool of the plan.

    Raises:
        BadInput: nothing is called so, or more than one thing is.
    """
    wanted = name.strip().casefold()
    known = performance.accounts(session, context.scope)
    campaigns = performance.campaigns(session, context.scope)
    found = [End(platform=a.platform) for a in known if wanted in (a.platform, platform_label(a.platform).casefold())]
    found += [End(platform=a.platform) for a in known if wanted == platform_label(a.platform).split(" ")[0].casefold()]
    found += [End(account=a.name) for a in known if a.name.casefold() == wanted]
    found += [End(campaign=c.name) for c in campaigns if c.name.casefold() == wanted]
    found += [End(label=pair) for pair in _labels(session, context, campaigns, wanted)]
    found += [End(pool=pool) for pool in _pools(session, context) if pool.casefold() == wanted]
    distinct = list(dict.fromkeys(found))
    if len(distinct) == 1:
        return distinct[0]
    if distinct:
        raise BadInput(
            f"{name!r} may be {' or '.join(_said(end) for end in distinct)}; write it as key=value or in full"
        )
    names = join_words(sorted({a.name for a in known} | {c.name for c in campaigns})[:20])
    raise BadInput(f"nothing here is called {name!r}; there is {names}")


def _filters(end: End) -> Filters:
    said = end.said()
    return Filters(**{f"{key}s": (value,) for key, value in said.items()})


def _said(end: End) -> str:
    (key, value), *_ = end.said().items()
    if key == "platform":
        return platform_label(value)
    return quoted(value.partition("=")[2] if key == "label" else value)


def _labels(session: Session, context: ToolContext, campaigns: Sequence[CampaignName], wanted: str) -> list[str]:
    carried = labels_of(session, context.scope)
    pairs = {f"{key}={value}" for c in campaigns for key, value in carried.get(c.id, {}).items()}
    return sorted(p for p in pairs if wanted in (p.casefold(), p.partition("=")[2].casefold()))


def _cover(session: Session, scope: Scope, context: ToolContext, known: Sequence[AccountDays]) -> Cover | None:
    months = [m for a in known if (m := plans.month_in_force(session, a.id, context.today)) is not None]
    if not months:
        return None
    month = max(months)
    campaigns = performance.campaigns(session, scope)
    return cover(plans.lines(session, scope, month, month), campaigns, labels_of(session, scope))


def _pools(session: Session, context: ToolContext) -> list[str]:
    laid = _cover(session, context.scope, context, performance.accounts(session, context.scope))
    return [] if laid is None else sorted({line.pool for line in laid.lines if line.pool})


def _pool(session: Session, context: ToolContext, name: str) -> Place:
    laid = _cover(session, context.scope, context, performance.accounts(session, context.scope))
    campaigns = performance.campaigns(session, context.scope)
    own = [
        c
        for c in campaigns
        if laid is not None and (key := laid.pool(c.id)) and laid.pool_name(key).casefold() == name.casefold()
    ]
    accounts = {c.account_id for c in own}
    if len(accounts) != 1:
        there = join_words(_pools(session, context)) or "none"
        why = "is in several accounts" if accounts else "pays for no campaign here"
        raise CannotAnswer(f"the pool {quoted(name)} {why}; pools: {there}")
    return Place(quoted(name), accounts.pop(), tuple(c.name for c in own))
