"""A question read: every recogniser takes its words, and what remains is named, never dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from agent.planner import (
    bounds,
    calendar_words,
    entities,
    forecast_words,
    frequency_words,
    intents,
    label_refusal,
    label_words,
    leaning_words,
    mix_words,
    occasions,
    periods,
    plan_words,
    promise_words,
    refusals,
    response_words,
    settling,
    shop_words,
    tongues,
    typos,
    unknown,
    vocabulary,
    what_if_words,
)
from agent.planner.bounds import Bound, take_bound
from agent.planner.entities import Named
from agent.planner.filler import FILLER
from agent.planner.forecast_words import Ahead
from agent.planner.intents import By, Rank
from agent.planner.leaning_words import Added
from agent.planner.plan_words import Move, Pace, Profit
from agent.planner.shop_words import ShopWish
from agent.planner.text import CannotRead, Words, normalise
from agent.planner.what_if_words import WhatIf
from agent.planner.windows import Days
from agent.state import PlanContext
from domain.metrics import METRICS

# Words that point at an earlier question.
LEANING_WORDS = (
    r"same(?: thing| question| figures?)?|again|instead|too|earlier|though|additionally|in addition|added|add|also|"
    r"else|alone|on its own|including|include|incl"
)
LEANING_FORMS = r"(?:no|without (?:a|the)) (?:charts?|graphs?|tables?)|(?:(?:in|as|into) )?(?:a |the )?tables?"
_POINTING = ("that", "same", "again", "instead", "earlier", "without", "except", "excluding", "ex")


@dataclass
class Reading:
    """What a question says, part by part. ``notes`` tell the person how something was read."""

    text: str
    named: Named
    metrics: tuple[str, ...] = ()
    sides: tuple[Named, ...] = ()  # a platform beside a campaign: what is asked for each
    metrics_at: list[tuple[int, str]] = field(default_factory=list)  # where each stands
    periods: list[Days] = field(default_factory=list)
    left_out: list[Days] = field(default_factory=list)  # days not to be counted
    promotions: list[Days] = field(default_factory=list)  # all of the calendar's, where they are not to be counted
    baseline: str = ""  # "year", "previous", or the unit of "wow", "mom", "qoq", "dod"
    versus: list[int] = field(default_factory=list)
    compare: bool = False
    by: list[By] = field(default_factory=list)
    by_label: list[str] = field(default_factory=list)
    rank: Rank | None = None
    per_day: bool = False
    average: bool = False
    together: bool = False
    chart: bool = False
    why: bool = False
    unusual: bool = False  # whether days are out of the ordinary
    change: str = ""
    overview: bool = False
    define: bool = False
    fresh: bool = False
    calendar: bool = False  # what is in it
    share: bool = False
    bound: Bound | None = None
    digest: bool = False
    digest_form: str = ""  # daily, weekly, monthly where a digest is wanted
    alerts: bool = False  # what is open of the watch
    trouble: bool = False  # what is wrong with what is named
    names_of: str = ""  # "campaigns": their names are asked for, and nothing else
    recommend: bool = False
    promised: bool = False  # what came of applied changes
    bids: bool = False  # what the bid targets should be
    below_floor: bool = False  # which campaigns are worse than their floor
    shop: ShopWish | None = None  # what the shop's orders are asked for
    total: tuple[float, bool] | None = None  # (amount, whether it was said to be per day)
    direction: str = ""  # "less" or "more", of the budget for the campaigns that are named
    pace: Pace | None = None
    profit: Profit | None = None
    move: Move | None = None
    what_if: WhatIf | None = None  # other budgets whose effect is asked for
    health: bool = False
    frequency: bool = False  # how often each person sees the ads
    mix: bool = False  # a media mix of all channels
    response: str = ""  # what is asked of the response to spend: marginal, saturation, room
    creatives: str = ""  # "ad" or "ad_set": which of them to show more
    ahead: Ahead | None = None  # days to come that a forecast is wanted for
    follow_up: bool = False
    added: Added | None = None  # to a question of the plan, of profit or of the shop
    leaning: bool = False  # an earlier question may say what this one does not
    notes: list[str] = field(default_factory=list)
    exact: bool = True
    unknown: list[str] = field(default_factory=list)

    def nothing(self) -> bool:
        """Whether only filler was said."""
        wants = (
            self.share,
            self.bound,
            self.names_of,
            self.metrics,
            self.periods,
            self.left_out,
            self.promotions,
            self.baseline,
            self.by,
            self.rank,
            self.named,
            self.change,
            self.pace,
            self.profit,
            self.move,
            self.what_if,
            self.ahead,
            self.health,
            self.response,
            self.mix,
            self.frequency,
            self.creatives,
            self.added,
        )
        flags = (
            self.chart,
            self.why,
            self.unusual,
            self.overview,
            self.define,
            self.fresh,
            self.calendar,
            self.recommend,
            self.promised,
            self.bids,
            self.below_floor,
            self.shop,
            self.digest,
            self.alerts,
            self.trouble,
            self.compare,
            self.versus,
        )
        return not any(wants) and not any(flags)


def read(question: str, context: PlanContext, *, partly: bool = False, leaning: bool = False) -> Reading:
    """The question's parts. Raises CannotRead for what is refused or unclear, and for words not understood.

    ``partly`` keeps what is understood where words remain; they are then ``unknown``. ``leaning``: an earlier
    question may say what this one does not.
    """
    unquoted, quoted = entities.set_quoted_apart(question, context)
    text, changed = typos.correct(tongues.translate(normalise(unquoted)), context)
    words = Words(text)
    reading = Reading(text, Named(), leaning=leaning)
    if changed:
        reading.exact = False
        reading.notes += [f"'{typed}' is read as '{right}'." for typed, right in changed]
    entities.take_quoted(words, quoted, context, reading.named)
    entities.take_full_names(words, context, reading.named, label_words.phrases(context))
    _read_kinds(words, question, context, reading)
    _read_labels(words, question, context, reading)
    _read_times(words, context, reading)
    if reading.shop:
        reading.shop = shop_words.take_numbers(words, reading.shop)
    _read_wishes(words, reading)
    _read_last(words, context, reading)
    if partly:
        reading.unknown = _unknown(words, reading)
    else:
        _read_rest(question, words, context, reading)
    _settle(words, context, reading, partly=partly)
    return reading


def _read_kinds(words: Words, question: str, context: PlanContext, reading: Reading) -> None:
    """What is asked for that has words of its own, from the most particular to the plainest: the order decides."""
    leaning = reading.leaning
    reading.promised = promise_words.take(words)
    budgets = plan_words.take_said(words)
    entities.take_platforms(words, context, reading.named)
    reading.mix = mix_words.take(words)
    reading.frequency = frequency_words.take(words)
    reading.response = response_words.take(words)
    reading.move = plan_words.take_move(words)
    _read_what_if(words, question, context, reading)
    of_profit = leaning and context.earlier is not None and context.earlier.asked.get("profit")
    of_ads = plan_words.of_the_ads(words) or shop_words.of_claims(words, context, reading.named)
    if (
        not context.shops or of_profit or of_ads
    ):  # what a shop earned is in its orders; of campaigns only claims are known
        reading.profit = plan_words.take_profit(words)
    if leaning:
        words.take(LEANING_FORMS)
        reading.added = leaning_words.take(words, context.earlier.asked if context.earlier else {})
    _read_recommendation(words, reading)
    _read_digest(words, reading)
    reading.health = words.took(intents.HEALTH)
    _read_creatives(words, context, reading)
    reading.alerts = not reading.digest and words.took(intents.ALERTS)
    reading.trouble = not reading.alerts and words.took(intents.TROUBLE)
    if not reading.recommend and not reading.bids:
        reading.shop = shop_words.take(words, context, reading.named)
        reading.pace = plan_words.take_pace(words, budgets)
        _read_ahead(words, context, reading)
        reading.unusual = not words.has(intents.WHY) and words.took(intents.UNUSUAL)
        refusals.check(words, refusals.FIRST, refusals.of_data(context))


def _read_labels(words: Words, question: str, context: PlanContext, reading: Reading) -> None:
    """Labels and nicknames, and why one that is not known cannot be read."""
    reading.by_label = label_words.by_label(words, context)
    label_words.take_labels(words, context, reading.named, question)
    label_refusal.check_non_brand(words, context, reading.named)
    label_refusal.check_countries(words, context, reading.named)
    entities.take_nicknames(words, context, reading.named)


def _read_last(words: Words, context: PlanContext, reading: Reading) -> None:
    """Parts of names and small words, once everything longer is taken. Raises CannotRead for what is refused."""
    entities.take_partial_names(words, context, reading.named)
    if len(reading.named.platforms) + len(reading.named.campaigns) > 1:
        words.take(intents.COMPARATIVE)
    bounds.take_own_currency(words, context)
    by_label = label_refusal.reason(words, context, reading.named)
    refusals.check(words, refusals.LAST, {"labels": by_label, "countries": by_label, **refusals.of_data(context)})
    if words.took(r"(?:a |the )?(?:break ?downs?|split)") and not (reading.by or reading.rank):
        raise CannotRead("Broken down by what?", ("by platform", "by campaign", "by day"))
    if reading.metrics:
        words.take("that(?= ·| (?:had|has|have|got|were|was|we|is|are|did|brought|drove|made|cost|performed|spend))")


def _settle(words: Words, context: PlanContext, reading: Reading, *, partly: bool) -> None:
    """Names that were read, brought to what they mean together."""
    reading.named.in_order_named()
    settling.settle_exclusions(words, reading.named)
    settling.settle_differences(reading.named)
    reading.sides = settling.side_by_side(words, reading.named, context)
    for named in () if partly or reading.move else reading.sides or (reading.named,):
        settling.settle_namesakes(context, named)
    reading.notes += reading.named.notes
    if reading.shop:  # "purchases" and "revenue" are the shop's there, not a platform's
        reading.metrics, reading.metrics_at, reading.sides = (), [], ()


def _read_what_if(words: Words, question: str, context: PlanContext, reading: Reading) -> None:
    """Other budgets whose effect is asked for; behind such a question a bare figure is another one of them."""
    if reading.move:
        if reading.move.per is None:
            reading.move = replace(reading.move, per=what_if_words.take_chosen(words))
        return
    asked = context.earlier.asked.get("what_if") if reading.leaning and context.earlier else None
    if asked is not None:
        reading.what_if = what_if_words.take_behind(words, question, asked)
    else:
        reading.what_if = what_if_words.take(words, question)


def _read_recommendation(words: Words, reading: Reading) -> None:
    reading.below_floor = words.took(intents.BELOW_FLOOR)
    reading.bids = words.took(intents.BIDS)
    if reading.bids:
        words.take(intents.BIDS_REST)
        return
    reading.recommend = words.took(intents.RECOMMEND)
    if not reading.recommend:
        return
    match = next(iter(words.take(intents.RECOMMEND_TOTAL)), None)
    if match is not None:
        reading.total = (float(match[1]) * (1000 if match[2] else 1), match[3] is not None)
    words.take("per day|a day|daily")
    towards = next(iter(words.take(intents.RECOMMEND_FOR)), None)
    reading.direction = "" if towards is None else towards[1]


def _read_creatives(words: Words, context: PlanContext, reading: Reading) -> None:
    """Which ads to show more: only where figures by ad are loaded."""
    if context.by_ad and (asked := words.take(intents.CREATIVES)):
        reading.creatives = "ad_set" if re.search(intents.AD_SETS, asked[0].group()) else "ad"


def _read_ahead(words: Words, context: PlanContext, reading: Reading) -> None:
    """Days to come; what a shop, the plan, profit or a move is asked for has its own answer."""
    if reading.shop or reading.pace or reading.move or reading.profit or reading.what_if:
        return
    asked = context.earlier.asked if reading.leaning and context.earlier else {}
    if asked.get("ahead"):
        reading.ahead = forecast_words.take_behind(words, context)
    elif not any(asked.get(kind) for kind in ("pace", "profit", "shop")):
        reading.ahead = forecast_words.take(words, context)


def _read_digest(words: Words, reading: Reading) -> None:
    forms = {"weekly": intents.DIGEST_OF_WEEK, "monthly": intents.DIGEST_OF_MONTH, "daily": intents.DIGEST}
    form = next((form for form, pattern in forms.items() if words.took(pattern)), None)
    reading.digest, reading.digest_form = form is not None, form or ""


def _read_times(words: Words, context: PlanContext, reading: Reading) -> None:
    reading.fresh = words.took(intents.FRESH)
    reading.average = False
    if words.took(intents.YEAR_BASELINE):
        reading.baseline = "year"
    elif previous := words.take(intents.PREVIOUS_BASELINE):
        reading.baseline = "week" if re.search(r"week|wk", previous[0].group()) else "previous"
    else:
        reading.baseline = next((unit for unit, said in intents.SHORT_BASELINES.items() if words.took(said)), "")
    apart = words.has(f"{intents.CHANGE}|{intents.WHY}|{intents.COMPARE}")
    reading.calendar = words.took(calendar_words.ASKED)
    reading.promotions = occasions.take_promotions(words, context)
    reading.periods, reading.left_out = periods.find(words, context, apart=apart)
    if reading.ahead:
        reading.periods = [reading.ahead.days, *reading.periods]


def _read_wishes(words: Words, reading: Reading) -> None:
    words.take(r"(?:can|could) you share|share with (?:me|us)|^(?:please |pls |hey |hi )*share(?= (?!of))")
    words.take(r"(?:across |on )?(?:both|all) (?:the |our )?platforms")
    words.take(r"quick q")
    words.take(r"(?:as|in|into) (?:a |the )?table(?: form| format)?(?= ·|$)(?<!^as a table)")
    words.take(r"good (?:morning|afternoon|evening|day)")
    reading.why = words.took(intents.WHY) or reading.trouble
    words.take(r"(?:sum|wrap|round|catch|add|what|pull|bring|look|show|follow|come|came|ended?|heads) up")
    ordered = intents.take_ordered(words)
    mentions = vocabulary.take_metrics(words)
    reading.metrics_at = sorted(mentions.items())
    reading.metrics = tuple(dict.fromkeys(mentions[at] for at in sorted(mentions)))
    reading.bound = take_bound(words, mentions)
    if reading.bound is None and (asked := bounds.take_asked_bound(words, reading.metrics)):
        reading.notes.append(f"Whether it was '{asked}' is not judged here: the figure is shown.")
    reading.per_day = intents.take_average(words)
    reading.average = words.took(r"(?:on )?(?:an |the )?(?:avg|average)")
    counted = next(iter(words.take(r"(?:which|what) (\d{1,2}) (?=campaigns|platforms|days|weeks|months)")), None)
    mover = next(iter(words.take(intents.MOVERS)), None)
    reading.rank = ordered or (intents.take_mover(mover) if mover else intents.take_rank(words))
    if reading.rank and counted:
        reading.rank = Rank(reading.rank.goodness, int(counted[1]), reading.rank.by, reading.rank.hint)
    reading.by = [*reading.by_label, *_groupings(words, reading)]
    if reading.rank and reading.rank.by is None and not reading.by:
        reading.by = intents.take_noun_behind(words)
    _read_shares(words, reading)
    reading.chart = words.took(intents.CHART)
    reading.versus = intents.take_versus(words)
    reading.compare = intents.take_compare(words)
    if len(reading.periods) > 1 or len(reading.named.platforms) > 1 or reading.by:
        reading.compare |= words.took(intents.COMPARATIVE)
    reading.define = words.took(intents.DEFINE)
    changes = words.take(intents.CHANGE)
    reading.change = mover.group() if mover else changes[0].group() if changes else ""
    if reading.why or reading.change:
        words.take(intents.CLAIMED)
        words.take(intents.STATE)
    reading.together = words.took("together|combined|in total|in sum|altogether|all in|sum of")
    reading.overview = words.took(intents.OVERVIEW)
    _read_names_asked(words, reading)


def _read_shares(words: Words, reading: Reading) -> None:
    """ "share of spend" is a share; "in percent" is one only where the figure is a sum at one time."""
    reading.share = words.took(intents.SHARE)
    if words.took(intents.CONTRIBUTION):  # to a change, or to a sum
        changing = reading.baseline or words.has(f"{intents.CHANGE}|{intents.COMPARE}|vs|versus")
        reading.why, reading.share = reading.why or bool(changing), reading.share or not changing
    if reading.share or not words.has(intents.IN_PERCENT):
        return
    changing = reading.baseline or words.has(f"{intents.CHANGE}|{intents.WHY}|{intents.COMPARE}|vs|versus")
    percents = reading.metrics and all(METRICS[m].unit == "percent" for m in reading.metrics)
    if not changing and not percents and not (reading.by or reading.named or reading.leaning):
        raise CannotRead("Percent of what? For example 'share of spend by campaign last month'.")
    words.take(intents.IN_PERCENT)
    reading.share |= not changing and not percents


def _read_names_asked(words: Words, reading: Reading) -> None:
    """Whether the question is for names only: "list campaigns", "which campaigns are running"."""
    said = re.search(rf"(?:{intents.LISTED})", reading.text)
    others = (
        reading.metrics, reading.periods, reading.left_out, reading.baseline, reading.rank, reading.change,
        reading.why, reading.chart, reading.versus, reading.compare, reading.overview, reading.define, reading.fresh,
        reading.recommend, reading.share, reading.named.campaigns, reading.named.exclude_campaigns,
    )  # fmt: skip
    if said is None or any(others):
        return
    reading.names_of = said[1]
    words.take(intents.STATUS)


def _groupings(words: Words, reading: Reading) -> list[By]:
    picked = re.search(r" by (platform|campaign|account|day|week|month|weekday)$", reading.text)
    if picked:  # the answer to "by which?" stands at the end
        intents.take_groupings(words)
        return [picked[1]]
    if words.took(r"(?:by|per|which|what|each) campaign types?"):
        reading.notes.append("'campaign type' is read as campaign: the data have no types beside the imported names.")
        return ["campaign", *intents.take_groupings(words)]
    return intents.take_groupings(words)


def _read_rest(question: str, words: Words, context: PlanContext, reading: Reading) -> None:
    """Follow-up markers, filler, and what nobody understood. Raises CannotRead for the last."""
    reading.follow_up = re.search(intents.FOLLOW_UP_START, reading.text) is not None
    if (
        not reading.leaning
        and reading.follow_up
        and reading.nothing()
        and re.search(r"\b(?:number|table|chart|figure)s?\b", reading.text)
    ):
        raise ask_in_full()
    left = _unknown(words, reading)
    if not reading.leaning and any(word in _POINTING for word in left) and not reading.metrics:
        raise ask_in_full()
    if left:
        raise unknown.not_understood(question, left, context)


def _unknown(words: Words, reading: Reading) -> list[str]:
    if reading.leaning:
        words.take(LEANING_WORDS)
    return [word for word, _ in words.left() if word not in FILLER]


def ask_in_full() -> CannotRead:
    """What to say to "and meta?" where no earlier question of the thread was answered."""
    return CannotRead(
        "That leans on an earlier question, and none was answered in this thread. Ask it in one line with the "
        "figure and the period, for example 'roas of meta last week' or 'spend by week this quarter'."
    )
