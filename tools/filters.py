"""From the names in a question to the accounts and campaigns that are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import CannotAnswer
from store.labels import Labels
from store.performance import AccountDays, CampaignName
from tools import labelled
from tools.arguments import Filters
from tools.labels import join_words, platform_label, quoted, shown

NAMES_SHOWN, PLATFORMS_NAMED = 10, 4
ALL = "all"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a question reads. ``entity`` names it as imported, ``where`` says it in a sentence, ``narrowed`` is
    the filter by campaign or label, empty without one; ``on`` the platforms that were named. ``labels`` is what each
    campaign carries, where something was asked by label; ``notes`` say what a filter by label read.

    ``campaigns`` are those of the accounts where the filters name any, to save reading thousands of names.
    """

    accounts: tuple[AccountDays, ...]
    campaigns: tuple[CampaignName, ...]
    chosen: frozenset[int] | None
    without: frozenset[int]
    entity: str
    where: str
    narrowed: str = ""
    on: str = ""
    labels: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def within(self, by: str, name: str) -> str:
        """The entity of one platform's, account's or label's figure: with the filter that left only a part of it."""
        if labelled.key_of(by) is not None:
            return f"{name} ({self.on})" if self.on else name
        return f"{self.narrowed} ({shown(name)})" if self.narrowed and by in ("platform", "account") else name

    @property
    def account_ids(self) -> frozenset[int]:
        return frozenset(account.id for account in self.accounts)

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(sorted({account.platform for account in self.accounts}))


def select(
    accounts: Sequence[AccountDays],
    campaigns_of: Callable[[Collection[int]], list[CampaignName]],
    filters: Filters,
    labels_of: Callable[[], Labels] = dict,
) -> Selection:
    """The accounts and campaigns that the filters leave. ``campaigns_of`` lists those of some accounts, ``labels_of``
    says what each campaign carries.

    Raises:
        CannotAnswer: a filter names what is not there; the message names what is.
    """
    kept = [a for a in accounts if not filters.platforms or a.platform in _platforms(accounts, filters.platforms)]
    kept = [a for a in kept if not filters.accounts or a.name in _accounts(accounts, filters.accounts)]
    if not kept:
        raise CannotAnswer("no account matches both the platform and the account that were named")
    key = labelled.key_of(getattr(filters, "by", None))
    by_label = filters.labels or filters.exclude_labels
    named = filters.campaigns or filters.exclude_campaigns or by_label
    known = campaigns_of({a.id for a in kept}) if named or key else []
    labels = labels_of() if by_label or key else {}
    if key is not None:
        labelled.require_key(key, labels, known)
    chosen, without = _chosen(known, filters, labels)
    notes = labelled.notes(known, labels, filters, chosen or frozenset(), without) if by_label else ()
    if chosen is not None:
        owners = {c.account_id for c in known if c.id in chosen}
        kept = [a for a in kept if a.id in owners]
    entity, where = _described(filters)
    if entity == ALL:
        where = across({a.platform for a in kept})
    parts = filters.model_copy(update={"platforms": ()})
    narrowed = _described(parts)[0] if named else ""
    on = " + ".join(filters.platforms)
    return Selection(tuple(kept), tuple(known), chosen, without, entity, where, narrowed, on, labels, notes)


def _chosen(
    known: Sequence[CampaignName], filters: Filters, labels: Labels
) -> tuple[frozenset[int] | None, frozenset[int]]:
    """(the campaigns that are read, None for all; those that are left out). Raises CannotAnswer where none is left."""
    chosen = _campaigns(known, filters.campaigns) if filters.campaigns else None
    if filters.labels:
        carrying = labelled.carrying(known, labels, filters.labels)
        chosen = carrying if chosen is None else chosen & carrying
    without = _campaigns(known, filters.exclude_campaigns) | labelled.left_out(known, labels, filters.exclude_labels)
    if chosen is not None and not chosen - without:
        raise CannotAnswer("no campaign is left: what is named and what is left out are the same")
    return chosen, without


def campaign_names(campaigns: Sequence[CampaignName]) -> dict[int, str]:
    """Each campaign's name; with its platform and account where two campaigns share one."""
    repeated = {name for name, count in Counter(c.name for c in campaigns).items() if count > 1}
    return {
        c.id: f"{c.name} ({platform_label(c.platform)}, {c.account})" if c.name in repeated else c.name
        for c in campaigns
    }


def _platforms(accounts: Sequence[AccountDays], wanted: Sequence[str]) -> set[str]:
    known = {a.platform for a in accounts}
    _all_known("data of platform", [platform_label(w) for w in wanted], {platform_label(k) for k in known})
    return set(wanted)


def _accounts(accounts: Sequence[AccountDays], wanted: Sequence[str]) -> set[str]:
    by_folded = {a.name.casefold(): a.name for a in accounts}
    _all_known("account", wanted, {a.name for a in accounts})
    return {by_folded[w.casefold()] for w in wanted}


def _campaigns(known: Sequence[CampaignName], wanted: Sequence[str]) -> frozenset[int]:
    _all_known("campaign", wanted, {c.name for c in known})
    folded = {w.casefold() for w in wanted}
    return frozenset(c.id for c in known if c.name.casefold() in folded)


def _all_known(kind: str, wanted: Sequence[str], known: set[str]) -> None:
    folded = {k.casefold() for k in known}
    missing = [w for w in wanted if w.casefold() not in folded]
    if missing:
        there = sorted(known)[:NAMES_SHOWN]
        more = " and more" if len(known) > NAMES_SHOWN else ""
        raise CannotAnswer(f"there is no {kind} {join_words(missing)}; there is {', '.join(there)}{more}")


def across(platforms: set[str]) -> str:
    """Several platforms in one figure are named, so that nobody takes it for one of them."""
    names = [platform_label(p) for p in sorted(platforms)]
    return f" across {join_words(names)}" if 1 < len(names) <= PLATFORMS_NAMED else ""


def _described(filters: Filters) -> tuple[str, str]:
    names: list[str] = []
    where = ""
    if filters.campaigns:
        names += filters.campaigns
        where += f" for {quoted(join_words(filters.campaigns))}"
    if filters.labels:
        said = labelled.said(filters.labels)
        names = [f"{' + '.join(names)} ({said})" if names else said]
        where += f" ({said})" if where else f" for {said}"
    if filters.platforms:
        named = " + ".join(filters.platforms)
        names = [f"{names[0]} ({named})"] if filters.labels and not filters.campaigns else names
        names += [] if filters.campaigns or filters.labels else filters.platforms
        where += f" on {join_words([platform_label(p) for p in filters.platforms])}"
    if filters.accounts:
        names += [] if names else [f"account {name}" for name in filters.accounts]
        where += f" in {quoted(join_words(filters.accounts))}"
    entity = " + ".join(names) or ALL
    if filters.exclude_campaigns or filters.exclude_labels:
        labels = [labelled.said(filters.exclude_labels)] if filters.exclude_labels else []
        left_out = join_words([*filters.exclude_campaigns, *labels])
        entity, where = f"{entity} without {left_out}", f"{where} without {quoted(left_out)}"
    return entity, where
