"""Whether ads are still shown, and what the platform itself says of those that are not: its status and its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.account_change import STATUS
from domain.scope import Scope
from store import serving
from store.serving import Stands
from tools.causes import beside
from tools.causes.case import DAY, Case
from tools.causes.model import Cause
from tools.causes.rules import SMALL, SUMS, moved_words
from tools.causes.usual import Sides
from tools.causes.words import Told, by_whom, cause
from tools.labels import join_words, platform_label, quoted

OFF = frozenset({"PAUSED", "REMOVED"})
STOPPED = 0.02  # of the usual impressions
RUNNING = frozenset({"ELIGIBLE", "LEARNING"})
LASTING = frozenset(
    {"BUDGET_CONSTRAINED", "BIDDING_STRATEGY_LEARNING", "BIDDING_STRATEGY_LIMITED", "BIDDING_STRATEGY_CONSTRAINED",
     "SEARCH_VOLUME_LIMITED"}
)  # fmt: skip
"""Reasons that a campaign lives with: they say why it could be larger, not why it became smaller."""
READ_WITHIN = timedelta(days=2)  # of the days: a sync reads the status of now, not of then


def stopped(case: Case) -> Cause | None:
    """Nothing is shown any more, of what makes up most of the fall."""
    if case.metric not in SUMS or case.up:
        return None
    still = [c for c, s in case.chosen().items() if _is_still(s)]
    if not _most_of_the_fall(case, still):
        case.look("delivery", "ads are still shown")
        return None
    told = Told(case)
    who = case.named(still)
    case.look("delivery", f"no impressions of {who}")
    text = f"{who} stopped being shown: {moved_words(case, told, 'impressions')}; {_why(case, still)}."
    return cause(case, "disapproval_or_paused", told, text)


def held_back(case: Case) -> Cause | None:
    """Less is shown since the platform itself began to hold something back, of what makes up most of the fall."""
    fell = case.moves.get("impressions")
    if case.metric not in SUMS or case.up or fell is None or fell.log > -SMALL or not fell.clear(SMALL):
        return None
    hit = {c: s for c, s in _said(case, case.chosen()).items() if _began(case, s)}
    if not hit or not _most_of_the_fall(case, hit):
        return None
    told = Told(case)
    text = f"{case.named(hit)} is shown less: {moved_words(case, told, 'impressions')}; {_in_words(case, hit)}."
    case.look("delivery", f"{platform_label(case.account.platform)} holds back {case.named(hit)}")
    return cause(case, "disapproval_or_paused", told, text)


def _why(case: Case, still: Collection[int]) -> str:
    halted = [c for c in beside.changed(case) if c.field == STATUS and c.new in OFF and c.campaigns & frozenset(still)]
    if halted:
        c = halted[-1]
        return f"{quoted(c.what)} was set to {c.new} on {c.day}{by_whom(c)}"
    said = _said(case, still) if (case.today - case.window.end) <= READ_WITHIN else {}
    held = {c: s for c, s in said.items() if s.status not in OFF}
    if held:
        return _in_words(case, held)
    if said or beside.switched_off(case) & frozenset(still):
        return "it was paused on the platform"
    return "nobody is known to have paused it; look for a disapproved ad, a billing problem or an ended schedule"


def _said(case: Case, among: Collection[int]) -> dict[int, Stands]:
    """What the platform said of the campaigns when it was last read, where that keeps them from being shown."""
    known = serving.of_account(case.session, Scope((case.account.id,)), case.account.id)
    return {
        c: s
        for c, s in known.items()
        if c in among and s.status not in RUNNING and (s.status in OFF or set(s.reasons) - LASTING)
    }


def _began(case: Case, stands: Stands) -> bool:
    """Whether it was read to be so from about the first unusual day on."""
    if stands.since is None or stands.status in OFF:
        return False
    day = stands.since.astimezone(ZoneInfo(case.account.timezone)).date()
    return case.window.start - DAY <= day <= case.window.end + READ_WITHIN


def _in_words(case: Case, said: Mapping[int, Stands]) -> str:
    """``Google Ads says of it: LIMITED (HAS_ADS_DISAPPROVED)``, each different word once."""
    each = dict.fromkeys(f"{s.status} ({', '.join(r for r in s.reasons if r not in LASTING)})" for s in said.values())
    whose = "it" if len(said) == 1 else "them"
    words = join_words([quoted(e.replace(" ()", "")) for e in each])
    return f"{platform_label(case.account.platform)} says of {whose}: {words}"


def _most_of_the_fall(case: Case, hit: Collection[int]) -> bool:
    falls = {c: t[1] - t[0] for c, s in case.chosen().items() if (t := s.total("impressions")) is not None}
    whole = sum(f for f in falls.values() if f > 0)
    return bool(hit) and whole > 0 and sum(falls.get(c, 0.0) for c in hit) >= whole / 2


def _is_still(side: Sides) -> bool:
    last = side.on(side.window[-1:]).total("impressions") or side.on(side.window[-1:]).total("spend")
    return last is not None and last[1] > 0 and last[0] <= STOPPED * last[1]
