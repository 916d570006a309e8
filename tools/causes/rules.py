"""Which cause, in the order in which an expert rules them out: is it the counting, the calendar, somebody's hand, and
only then the market. Each rule answers a cause, or None with what it looked at as evidence."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from domain.account_change import AMOUNT
from tools.causes import beside
from tools.causes.arriving import AS_USUAL, Counted, counted
from tools.causes.beside import Changed, Counter
from tools.causes.case import Case
from tools.causes.model import Cause
from tools.causes.usual import Move
from tools.causes.words import Told, by_whom, cause, change_words
from tools.labels import quoted, window_label

GONE = 1 / 4  # of the usual conversions a click: fewer are lost at once by counting, hardly ever by selling
LOST = 0.6  # where most campaigns fall this far together
IN_ON_THE_FIRST_DAY = 0.45  # of a young day's conversions at least, as platforms usually report them
FEWEST = 5.0  # usual conversions: with fewer, none at all is chance
FEWEST_OF_MANY = 3.0
MOST = 0.8  # of an account's campaigns, by what they spend
SMALL = 0.1  # log: what moved less is as usual
SUMS = frozenset({"spend", "impressions", "clicks", "conversions", "revenue"})  # what more money makes more of
FELL_ELSEWHERE = "sales fell as well"
COUNTED = frozenset({"conversions", "revenue", "cvr", "cpa", "roas"})


def arriving(case: Case) -> Cause | None:
    """Clicks came and sessions did not: the page, its redirect or every tag on it is broken, however young the days."""
    if case.metric not in COUNTED or case.log("cvr") > -SMALL or case.log("clicks") < log(0.3):
        return None
    found = counted(case)
    for one in found:
        s = one.sessions
        said = "they do not arrive" if s.lost else "clicks arrive" if s.share >= AS_USUAL else "fewer than usual arrive"
        case.look(f"sessions in {quoted(one.account.name)}", f"{s.came:,.0f} of {s.expected:,.0f} due: {said}")
    return next((_not_arriving(case, one) for one in found if one.sessions.lost), None)


def _not_arriving(case: Case, one: Counted) -> Cause:
    told, site = Told(case), f"{one.account.platform}, {one.account.name}"
    how = f"{one.sessions.ratio:.2f} sessions a click, the median of the days before, times the clicks"
    came = told.counted("Sessions", one.sessions.came, site, one.whose, "sum(sessions)")
    due = told.counted("Sessions due", one.sessions.expected, site, one.whose, how)
    now, before = one.clicks
    moved = now / before - 1 if before else 0.0
    clicks = told.counted("Clicks", now, f"{case.account.platform}, {case.account.name}", one.whose, "sum(clicks)")
    verb = "held" if abs(moved) < 2 * SMALL else "rose" if moved > 0 else "fell less"
    text = (
        f"Tracking or the landing page looks broken: {came} sessions of {one.whose} in '{quoted(one.account.name)}', "
        f"where as many clicks usually bring {due}, while clicks {verb} ({clicks}; {case.when}); "
        f"{_where_to(case, one)}."
    )
    return cause(case, "tracking_break", told, text)


def _where_to(case: Case, one: Counted) -> str:
    total = case.sides.total("conversions")
    if one.everything:
        return "all other sessions are gone as well: the site is down or its tag is gone"
    if one.elsewhere:
        return "about as many arrive under other sources: click ids or utm parameters are lost, as in a redirect"
    if total is not None and _held(case, total)[0]:
        return "sales counted elsewhere held, so people do arrive, and the tags are what is gone"
    return "check the landing page, its redirect and the tags there"


def lateness(case: Case) -> Cause | None:
    """Conversions of young days that are as many as there are so early, or that nobody can judge yet."""
    if case.metric not in COUNTED:
        return None
    stated, clicks = case.as_stated.move("cvr"), case.log("clicks")
    if stated is None or stated.log > -SMALL or not _young(case):
        case.look("age of the days", "old enough for most conversions to have come" if not _young(case) else
                  "young, but not short of conversions")  # fmt: skip
        return None
    matured = case.moves.get("cvr")
    enough = stated.ratio >= IN_ON_THE_FIRST_DAY  # with few conversions chance is wide, and would excuse a dead tag
    fits = matured is not None and not case.raw and abs(matured.log) <= max(SMALL, 2 * matured.noise)
    as_expected = fits and enough
    unknown = case.raw and enough
    if not (as_expected or unknown) or abs(clicks) > 2 * SMALL:
        said = "more is missing than young days usually lack" if not unknown else "young, and clicks moved as well"
        case.look("age of the days", said)
        return None
    case.look("age of the days", "young: conversions still arrive")
    told = Told(case)
    sure = "that is as many as are in so early" if as_expected else "most of what is missing usually still arrives"
    text = f"Conversions of these days are not all in yet: {told.moved(stated)} so far ({case.when}); {sure}."
    return cause(case, "late_conversions", told, text)


def _young(case: Case) -> bool:
    from tools.levers import LAG_DAYS

    return (case.today - case.window.end).days - 1 < LAG_DAYS


def counting(case: Case) -> Cause | None:
    """Clicks came and conversions did not: for too few to be the site, or for too many campaigns at once."""
    rate = case.moves.get("cvr")
    total = case.sides.total("conversions")
    if case.metric not in COUNTED or rate is None or total is None or case.log("clicks") < log(0.3):
        return None
    if rate.log > -SMALL:
        case.look("conversions against clicks", f"conversion rate {_percent(rate)} against the usual: counting works")
        return None
    gone = total[1] >= FEWEST and rate.ratio <= GONE * (IN_ON_THE_FIRST_DAY if case.raw else 1) and _sure(total)
    hit = _falling(case)
    together = len(hit) >= 3 and rate.ratio <= LOST and _share(case, hit) >= MOST
    held, by = _held(case, total)
    case.look("conversions against clicks", f"conversion rate {_percent(rate)} against the usual")
    if held is False and total[0] > 0:
        return None
    if not (gone or together or (held and rate.ratio <= LOST)):
        case.look("tag or page", "some conversions are left, and not most campaigns fell at once: rather the page")
        return None
    told = Told(case)
    clicks = case.moves["clicks"]
    verb = "held" if abs(clicks.log) < 2 * SMALL else "rose" if clicks.log > 0 else "fell less"
    text = f"Tracking looks broken{_on(case, hit if together else ())}: {told.moved(case.moves['conversions'])} while "
    text += f"clicks {verb} ({told.change(clicks)}; {case.when})"
    if arrived := next((c for c in counted(case) if c.sessions.share >= AS_USUAL), None):
        text += ", and those who clicked arrived"
        text += f" ({_sessions(told, arrived)})"
    if held and by is not None:
        text += f", and {told.beside(by)} held"
    elif gone and not together:
        text += "; a page that sells worse still sells some"
    return cause(case, "tracking_break", told, f"{text}; check the tag and the conversion action.")


def _sessions(told: Told, one: Counted) -> str:
    site = f"{one.account.platform}, {one.account.name}"
    return f"{told.counted('Sessions', one.sessions.came, site, one.whose, 'sum(sessions)')} sessions"


def _sure(total: tuple[float, float]) -> bool:
    """Whether so few would be rare even at half of the usual rate."""
    from scipy.special import pdtr

    return bool(pdtr(np.floor(total[0]), total[1] / 2) < 0.1)


def _falling(case: Case) -> list[int]:
    """The account's campaigns that lost as much of their conversion rate; with fewer than three sales chance does."""
    found = []
    for campaign, side in case.each().items():
        rate, total = side.move("cvr"), side.total("conversions")
        if rate is not None and total is not None and total[1] >= FEWEST_OF_MANY and rate.ratio <= LOST:
            found.append(campaign)
    return found


def _share(case: Case, hit: Sequence[int]) -> float:
    """The part of the account's usual spend that campaigns have, among those that spend and usually convert."""
    spent = {c: (s.total("spend") or (0, 0))[1] for c, s in case.each().items()
             if (t := s.total("conversions")) is not None and t[1] >= FEWEST_OF_MANY}  # fmt: skip
    whole = sum(spent.values())
    return sum(spent.get(c, 0.0) for c in hit) / whole if whole else 0.0


def _held(case: Case, total: tuple[float, float]) -> tuple[bool | None, Counter | None]:
    """Whether others still count the sales that the platform lost, and who; None where that does not show."""
    verdicts = [(v, c) for c in beside.counters(case) if (v := _verdict(case, c, total)) is not None]
    return (None, None) if len({v for v, _ in verdicts}) != 1 else verdicts[0]


def _verdict(case: Case, counter: Counter, total: tuple[float, float]) -> bool | None:
    """Of a counter of fewer sales than the platform claims the same part would be missing, of one of more as many."""
    fell = counter.before - counter.now
    lost = min(total[1] - total[0], (1 - total[0] / total[1]) * counter.before)
    said = f"{counter.now:,.0f} against usually {counter.before:,.0f}"
    if lost < max(counter.before / 4, 2 * counter.before**0.5):
        case.look(quoted(counter.name), f"{said}: the difference would not show there")
        return None
    if fell <= 0.35 * lost:
        case.look(quoted(counter.name), f"{said}: sales held")
        return True
    case.look(quoted(counter.name), f"{said}: {FELL_ELSEWHERE}")
    return False if fell >= 0.65 * lost else None


def in_the_calendar(case: Case) -> Cause | None:
    """A promotion, a holiday or a change of tracking that covers at least half of the unusual days."""
    told = Told(case)
    for event in case.events:
        inside = case.window.clip(event.start, event.end)
        name = f"'{quoted(event.name)}'"
        if event.kind == "tracking":
            near = -3 <= (event.start - case.window.start).days <= case.window.days
            if near and case.metric in COUNTED | {"aov"} and abs(case.log("clicks")) < abs(case.log("cvr")) + SMALL:
                case.look("calendar", f"tracking change {name} on {event.start}")
                moved = moved_words(case, told)
                text = f"Tracking was changed ({name}, {event.start}): {moved}; what is counted is not alike."
                return cause(case, "tracking_change", told, text)
        if inside is None or inside.days * 2 < case.window.days:
            continue
        if event.kind == "promotion" and (case.up or case.metric in ("cpa", "cpc", "cpm", "aov", "roas")):
            case.look("calendar", f"promotion {name}, {event.start} to {event.end}")
            return cause(case, "promotion", told, f"The promotion {name} explains it: {moved_words(case, told)}.")
        if event.kind == "holiday":
            case.look("calendar", f"holiday {quoted(event.name)} on {event.start}")
            return cause(case, "holiday", told, f"{quoted(event.name)} was a holiday: {moved_words(case, told)}.")
    case.look("calendar", "nothing that covers these days")
    return None


def somebodys_hand(case: Case) -> Cause | None:
    """A change made shortly before, in the direction in which spend then went; or another change at the very onset."""
    found = beside.changed(case)
    said = f"{len(found)} around these days" if found else "none around these days"
    case.look("changes made here and on the platform", said)
    spend = case.moves.get("spend")
    moved = [c for c in found if c.field == AMOUNT and c.step]
    if spend is not None and spend.clear(SMALL) and moved:
        fits = case.metric not in SUMS or spend.log * case.log(case.metric) > 0
        with_it = [c for c in moved if fits and (c.step > 0) == (spend.log > 0)]
        total = case.sides.total("spend")
        gap = 0.0 if total is None else abs(total[0] - total[1]) / case.window.days
        if with_it and sum(abs(c.step) for c in with_it) >= 0.4 * gap:
            return _of_budget(case, with_it, spend)
    other = [c for c in found if c.field != AMOUNT and not c.ours and abs((c.day - case.window.start).days) <= 1]
    if other and case.move is not None and case.move.clear(SMALL):
        told = Told(case)
        text = f"Somebody changed {change_words(other[-1], told)}; since then {moved_words(case, told)}."
        return cause(case, "foreign_change", told, text)
    return None


def _of_budget(case: Case, steps: Sequence[Changed], spend: Move) -> Cause:
    told = Told(case)
    largest = max(steps, key=lambda c: abs(c.step))
    if largest.before is None or largest.after is None:
        raise AssertionError("a step has both amounts")
    how = "raised" if largest.step > 0 else "cut"
    more = f" (and {len(steps) - 1} more)" if len(steps) > 1 else ""
    amounts = told.amount("Budget before", largest.before), told.amount("Budget after", largest.after)
    text = (
        f"The daily budget of {quoted(largest.what)}{more} was {how} from {amounts[0]} to {amounts[1]} on {largest.day}"
    )
    text += f"{by_whom(largest)}; {told.moved(spend)}"
    if case.metric != "spend" and case.move is not None:
        text += f", and with it {told.moved(case.move)}"
    return cause(case, "budget_change" if largest.ours else "foreign_change", told, f"{text} ({case.when}).")


def moved_words(case: Case, told: Told, metric: str | None = None) -> str:
    """``clicks 350, usually 800 (-56.3 %) (2024-06-17 to 2024-06-21)``."""
    move = case.moves.get(metric or case.metric)
    return f"{told.moved(move)} ({case.when})" if move is not None else f"({window_label(case.window)})"


def _on(case: Case, hit: Sequence[int]) -> str:
    if hit and _share(case, hit) >= MOST:
        return f" for all of {quoted(case.account.name)} ({len(hit)} campaigns at once)"
    return f" for {case.who}"


def _percent(move: Move) -> str:
    return f"{(move.ratio - 1) * 100:+.0f} %"
