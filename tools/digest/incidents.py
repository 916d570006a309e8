"""Open incidents in a digest: the dearest as things to decide, the rest and what ended as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from domain.evidence import Fact
from domain.metrics import METRICS
from domain.window import Window
from store.incidents import IncidentView
from store.performance import AccountDays
from tools.digest import words
from tools.digest.days import named
from tools.digest.model import Decision
from tools.digest.words import w
from tools.figures import Cited
from tools.incident_questions import why
from tools.labels import in_sentence, quoted
from tools.same_matter import ARRIVED, beside

NAMED_CAMPAIGNS = 3
LISTED = 5
LONGEST_SAID = 300
KINDS = frozenset({"spike", "level_shift", "zero", "tracking_break", "stale", "watch_failed"})


def to_decide(found: Iterable[IncidentView], now: datetime) -> list[IncidentView]:
    """Those that wait for a person: neither acknowledged nor snoozed; a matter of two accounts once, as the ads'."""
    known = list(found)
    visits = {one.id for one in known if one.metric == ARRIVED and beside(one, known)}
    return [one for one in known if one.status == "open" and not one.snoozed(now) and one.id not in visits]


def decision(one: IncidentView, account: AccountDays, cited: Cited) -> Decision:
    """One incident as something to decide; its button asks why."""
    return Decision("incident", said_of(one, account, cited), w("look"), question=why(one), subject=one.id)


def lines(
    found: Sequence[IncidentView], ended: Sequence[IncidentView], accounts: Mapping[int, AccountDays], cited: Cited
) -> list[str]:
    """A line an incident that is still open and not asked about, then those that ended."""
    said = [said_of(one, accounts[one.account_id], cited, status=True) for one in found[:LISTED]]
    said += [w("more incidents")] if len(found) > LISTED else []
    return said + [f"{named(accounts[one.account_id])}: {_what(one)}: {w(one.status)}" for one in ended[:LISTED]]


def said_of(one: IncidentView, account: AccountDays, cited: Cited, *, status: bool = False) -> str:
    """``Google Ads (Shop): conversions fell to nothing since 2024-06-28 ("Brand"): cause. €400.00 at stake``."""
    where = words.listed([f'"{quoted(name)}"' for name in one.campaigns[:NAMED_CAMPAIGNS]])
    more = w("and more") if len(one.campaigns) > NAMED_CAMPAIGNS else ""
    campaigns = f" ({where}{more})" if where else ""
    text = w("incident", name=named(account), what=_what(one), day=words.day(one.first_day), where=campaigns)
    if why_ := _cause(one):
        text += f": {quoted(why_)[:LONGEST_SAID].rstrip('.')}"
    if one.money is not None and one.currency is not None:
        text += w("at stake", figure=cited.cite(_money(one, one.money, account)))
    return f"{text} ({_standing(one)})" if status and _standing(one) else text


def _cause(one: IncidentView) -> str:
    """Why, in the digest's language; visits that are lost are no broken tag."""
    if _lost(one) and words.language() != "en":
        return w("lost visits")
    return words.cause(str(one.cause.get("kind", "unknown")), one.said)


def _lost(one: IncidentView) -> bool:
    return one.metric == ARRIVED and one.kind == "tracking_break"


def _standing(one: IncidentView) -> str:
    if one.snoozed_until is not None:
        return w("snoozed", day=words.day(one.snoozed_until.date()))
    return w("acknowledged") if one.status == "acknowledged" else ""


def _what(one: IncidentView) -> str:
    said = w("is lost" if _lost(one) else f"is {one.kind if one.kind in KINDS else 'spike'}")
    if one.kind in ("stale", "watch_failed"):
        return said
    direction = w(one.direction) if one.direction in ("up", "down") else ""
    return f"{_label(one)} {said}{'' if one.kind in ('zero', 'tracking_break') else direction}"


def _label(one: IncidentView) -> str:
    """The metric in a sentence; one that has no word of its own by its abbreviation."""
    if one.metric in ("spend", "conversions", "revenue", "sessions"):
        return w(f"{one.metric} in a sentence")
    return in_sentence(METRICS[one.metric].label) if one.metric in METRICS else one.metric


def _money(one: IncidentView, value: Decimal, account: AccountDays) -> Fact:
    return Fact(
        id="new",
        label="Money at stake",
        value=value,
        unit="money",
        currency=one.currency,
        entity=account.name,
        window=Window(one.first_day, one.last_day, one.timezone),
        source="the watch",
        how=one.money_how or "as the watch estimated it",
        form="level",
    )
