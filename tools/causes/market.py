"""The market's causes: which factor of the figure moved, for whom, and whether the mix did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from analytics.compare import Part, mix_and_rate
from analytics.errors import CannotEstimate
from analytics.rootcause import Dimension, adtributor
from domain.metrics import METRICS
from tools.causes import beside
from tools.causes.case import Case
from tools.causes.model import Cause, Kind
from tools.causes.rules import FELL_ELSEWHERE, MOST, SMALL
from tools.causes.usual import POWERS, Move
from tools.causes.words import Told, cause
from tools.labels import in_sentence, quoted

KINDS: Mapping[str, Kind] = {
    "impressions": "demand", "ctr": "click_rate", "cpc": "cpc", "cvr": "conversion_rate", "aov": "order_value",
}  # fmt: skip
MAIN = 0.4  # of the change, for one factor to be called its cause
RISEN = 0.15


def mix(case: Case) -> Cause | None:
    """Of a ratio of several campaigns: their shares moved more than their own ratios did."""
    metric = METRICS[case.metric]
    if metric.denominator is None or len(case.chosen()) < 2 or case.move is None or abs(case.move.log) < SMALL:
        return None
    parts: tuple[dict[str, Part], dict[str, Part]] = ({}, {})
    for campaign, side in case.chosen().items():
        top, bottom = side.total(metric.numerator), side.total(metric.denominator)
        if top is None or bottom is None:
            continue
        for n, into in enumerate(parts):
            into[case.named([campaign])] = Part(Decimal(str(top[n])), Decimal(str(bottom[n])))
    now, before = parts
    try:
        found = mix_and_rate(before, now)
    except CannotEstimate:
        return None
    shifts = {e.entity: e.mix or Decimal(0) for e in found.effects}
    moved = sum(shifts.values(), Decimal(0))
    own = found.change - moved
    if not found.change or moved * found.change <= 0 or abs(moved) <= abs(own):
        case.look("mix of campaigns", "the campaigns' own figures moved more than their shares did")
        return None
    most = max(found.effects, key=lambda e: abs(shifts[e.entity]))
    case.look("mix of campaigns", "the campaigns' shares moved more than their own figures did")
    told = Told(case)
    larger = "larger" if most.share_now > most.share_before else "smaller"
    text = (
        f"The mix moved, not the campaigns: {told.moved(case.move)} ({case.when}), most of it as a {larger} share of "
        f"{metric.denominator} came from {most.entity}."
    )
    return cause(case, "mix", told, text)


def factor(case: Case) -> Cause | None:
    """The factor that makes up most of the change: how often ads are shown, how often clicked, at what price ..."""
    move = case.move
    if move is None or not move.clear(SMALL):
        case.look("the figure itself", "within what chance and the weekdays make of it" if move else "not known")
        return None
    name = _main(case, move)
    if name is None:
        case.look("its factors", "no single one makes up most of the change")
        return None
    case.look("its factors", f"mostly {in_sentence(METRICS[name].label)}")
    wide = _wide(case, name)
    if name in ("impressions", "cvr") and _like_a_sale(case):
        return _unentered_sale(case)
    told = Told(case)
    text = f"{_opening(case, name)}: {told.moved(case.moves[name])}"
    if name != case.metric:
        text += f", and with it {told.moved(move)}"
    text += f" ({case.when})"
    if name == "cvr" and case.log(name) < 0:
        text += _page_or_tag(case)
    kind = KINDS[name]
    if wide and len(case.each()) >= 3:
        elsewhere = _elsewhere(case, name)
        text += f"; {wide}"
        if elsewhere is not None:
            text += ", and other accounts moved with it" if elsewhere else ", and no other account moved with it"
        if name == "impressions" and elsewhere is False:
            kind = "platform_wide"
    elif (shared := _shared_label(case, name)) is not None:
        text += f"; it is all of {shared}"
    return cause(case, kind, told, f"{text}.")


def _main(case: Case, move: Move) -> str | None:
    """By log changes, which add up; None where no factor makes up enough of it, or the data lack one."""
    logs = {f: p * case.log(f) for f, p in POWERS[case.metric].items() if f in case.moves}
    if not logs:
        return None
    best = max(logs, key=lambda f: logs[f] * np.sign(move.log))
    price, spend = case.log("cpc"), case.log("spend")
    dearer = price * move.log < 0 and abs(price) >= RISEN and abs(spend) <= abs(price) / 2
    if best in ("impressions", "ctr") and "cpc" in case.moves and case.metric != "spend" and dearer:
        return "cpc"  # about the same money buys fewer clicks, or more
    return best if logs[best] * np.sign(move.log) >= MAIN * abs(move.log) else None


def _wide(case: Case, name: str) -> str | None:
    """In words, where most of the account moved alike."""
    hit, part = _alike(case, name)
    if part < MOST:
        return None
    case.look("the account's other campaigns", f"{len(hit)} of {len(case.each())} moved alike")
    return f"{len(hit)} of {len(case.each())} campaigns of {quoted(case.account.name)} moved alike"


def _alike(case: Case, name: str) -> tuple[list[int], float]:
    half = case.log(name) / 2
    spent = {c: t[1] for c, s in case.each().items() if (t := s.total("spend")) is not None}
    hit = [c for c, s in case.each().items() if (m := s.move(name)) is not None and m.log * half >= half * half]
    whole = sum(spent.values())
    return hit, sum(spent.get(c, 0.0) for c in hit) / whole if whole else 0.0


def _elsewhere(case: Case, name: str) -> bool | None:
    """Whether other ads accounts moved alike; None where there are none to look at."""
    half = case.log(name) / 2
    moves = [m for s in beside.others(case).values() if (m := s.move(name)) is not None]
    if not moves:
        case.look("other accounts", "none to compare with")
        return None
    with_it = any(m.log * half >= half * half for m in moves)
    case.look("other accounts", "moved alike" if with_it else "as usual")
    return with_it


def _like_a_sale(case: Case) -> bool:
    """More of those who click buy, in most of the account, and more people come or other accounts see it too.

    Where budgets are spent whole, more people do not show: they only cost impressions elsewhere.
    """
    if case.log("cvr") < RISEN or len(case.each()) < 3 or _alike(case, "cvr")[1] < MOST:
        return False
    if case.log("impressions") >= RISEN and _alike(case, "impressions")[1] >= MOST:
        return True
    return _elsewhere(case, "cvr") is True


def _unentered_sale(case: Case) -> Cause:
    told = Told(case)
    text = f"It looks like a promotion that is not in the calendar: {told.moved(case.moves['cvr'])}"
    if "impressions" in case.moves:
        text += f", impressions {told.change(case.moves['impressions'])}"
    text += f" ({case.when}), for most campaigns of {quoted(case.account.name)} at once."
    return cause(case, "promotion", told, text)


def _shared_label(case: Case, name: str) -> str | None:
    """The one label whose campaigns explain the account's change of what the factor counts, by Adtributor."""
    base = METRICS[name].numerator
    each = {c: t for c, s in case.each().items() if (t := s.total(base)) is not None}
    labelled = beside.labelled(case)
    keys = sorted({k for c in each for k in labelled.get(c, {})})
    dimensions = [d for k in keys if (d := _dimension(k, each, labelled)) is not None]
    if not dimensions or len(case.chosen()) < 2:
        return None
    try:
        found = adtributor(dimensions)
    except CannotEstimate:
        return None
    best = next((c for c in found.candidates if len(c.elements) == 1), None)
    if best is None:
        case.look("labels", "no one label explains it")
        return None
    case.look("labels", f"{quoted(best.dimension)}={quoted(best.names[0])} explains most of it")
    return f"{quoted(best.dimension)} {quoted(best.names[0])}"


def _dimension(
    key: str, each: Mapping[int, tuple[float, float]], labelled: Mapping[int, Mapping[str, str]]
) -> Dimension | None:
    values = sorted({labelled.get(c, {}).get(key, "") for c in each})
    if len(values) < 2:
        return None

    def sums(side: int) -> Sequence[float]:
        return [sum(t[side] for c, t in each.items() if labelled.get(c, {}).get(key, "") == v) for v in values]

    return Dimension(key, tuple(v or "no label" for v in values), np.array(sums(1)), np.array(sums(0)))


def _page_or_tag(case: Case) -> str:
    if any(e.found.endswith(FELL_ELSEWHERE) for e in case.evidence):
        return "; sales counted elsewhere fell as well"
    return "; some still convert, so rather the page or the offer than the tag, which is quickest to check"


def _opening(case: Case, name: str) -> str:
    up = case.log(name) > 0
    openings = {
        "impressions": (
            "Ads were shown more often",
            "Ads were shown less often: fewer people looked, or less could run",
        ),
        "ctr": ("More of those who saw the ads clicked", "Fewer of those who saw the ads clicked"),
        "cpc": ("Clicks got dearer", "Clicks got cheaper"),
        "cvr": ("More of the clicks converted", "Fewer of the clicks converted"),
        "aov": ("A conversion is worth more", "A conversion is worth less"),
    }
    return f"{openings[name][0 if up else 1]} ({case.who})"
