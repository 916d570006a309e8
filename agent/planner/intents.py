"""What a question wants: grouping, ranking, comparing, explaining, defining. Each is recognised on its own."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.planner.dates import MONTH
from agent.planner.relative import NUMBERS
from agent.planner.text import Words

By = str  # a dimension of tools.arguments: platform, campaign, account, day, week, month, weekday or label:KEY
Goodness = Literal["good", "bad", "high", "low"]
Hint = Literal["cost", "waste", "size", "spend", ""]

_VS = r"(?:vs|versus|v|against|(?:as )?compared? (?:to|with|against)|in comparison (?:to|with)|relative to|than(?: in| on)?)"
_UNIT = r"(?:week|wk|month|quarter|qtr|year|day|weekend)"

YEAR_BASELINE = (
    rf"(?:{_VS} )?(?:the )?same (?:period|time|days?|dates?|month|week|quarter|weekdays?|point)(?: of| in| from)? (?:the )?(?:ly|last year|previous year|prior year|year before)|"
    rf"{_VS} (?:the )?(?:ly|last year|previous year|prior year|py|(?:the )?year (?:before|earlier|ago))|"
    r"yoy|year (?:over|on) year|(?:from |than |vs )?(?:a|one) year (?:ago|earlier|before)|ly"
)
PREVIOUS_BASELINE = (
    rf"(?:{_VS} )?(?:the )?same (?:number of )?(?:period|time|days?|dates?|weekdays?|point)(?: of| in| from)? (?:the )?(?:last|previous|prior) {_UNIT}|"
    rf"(?:{_VS} )?(?:the )?(?:previous|prior|preceding|last|prev|earlier) (?:period|one|timeframe|time)|"
    rf"{_VS} (?:the )?(?:previous|prior|preceding|prev) (?:{_UNIT}|\d+(?: ?d| days?)?|\w+ (?:days|weeks|months))|"
    rf"(?:{_VS} )?(?:the )?(?:{_UNIT}|\d+ days|one) (?:before|prior|earlier|previously)(?! last| yesterday| \d| {MONTH})|{_VS} (?:the )?(?:previous|before|prior)|"
    rf"{_VS} (?:(?:last|previous|prior) month (?:mtd|to date)|mtd last month)|period (?:over|on) period|pop"
)
SHORT_BASELINES: dict[str, str] = {
    "week": r"wow|week (?:over|on) week|w w",
    "month": r"mom|month (?:over|on) month",
    "quarter": r"qoq|quarter (?:over|on) quarter",
    "day": r"dod|day (?:over|on) day",
}

_PER = r"(?:by|per|for each|for every|each|every|across(?: all)?|split(?: up)? (?:by|into|per)|broken (?:down|out) (?:by|per|into)|break ?down (?:by|per|of)|grouped by|group by|which|what|compare(?: all)?(?: our| the)?|list(?: all)?(?: our| the)?)"
GROUPINGS: tuple[tuple[By, str], ...] = (
    ("weekday", rf"(?:on )?{_PER} (?:weekdays?|days? of (?:the )?week)|days? of (?:the )?week"),
    ("platform", rf"(?:on )?{_PER} (?:ad )?(?:platforms?|channels?)|(?:platform|channel)(?= shares?)|platform split|channel split|platform breakdown|channel breakdown|(?:platform|channel)(?: |-)?wise"),
    ("campaign", rf"(?:in |on |of )?{_PER} (?:ad )?campaigns?|campaign(?= shares?)|campaign breakdown|campaign split|all(?: the| our)? campaigns"),
    ("account", rf"{_PER} (?:accounts?|clients?)|account breakdown"),
    ("day", rf"(?:on )?{_PER} (?:single )?(?:days?|dates?)|daily|day by day|day to day"),
    ("week", rf"(?:in )?{_PER} (?:weeks?|wks?)|weekly|week by week"),
    ("month", rf"(?:in )?{_PER} months?|monthly|month by month"),
)  # fmt: skip

HEALTH = (
    r"(?:how )?healthy(?= |$)|unhealthy|(?:campaigns?(?:'s)? )?health(?: (?:scores?|checks?|status))?(?: (?:of|for))?"
)
UNUSUAL = (
    r"(?:(?:is|are|was|were) (?:that|this|it|these|those|they) )?(?:un ?usual|ab ?normal|out of the ordinary|anomal(?:y|ies|ous)|an? (?:anomaly|outlier)|outliers?)"
    r"(?:ly (?:high|low|much|many|few|little|good|bad|expensive|cheap))?(?: (?:or (?:not|normal|usual)|at all))?|"
    r"(?:is|are|was|were) (?:that|this|it|these|those|they) (?:normal|usual|ordinary|expected)(?: or (?:not|un ?usual))?(?= ·|$)|"
    r"(?:normal|usual|ordinary) or (?:un ?usual|not|an anomaly)|(?:within|outside|out of) (?:the )?(?:usual|normal|ordinary|expected) range"
)
TROUBLE = (
    r"(?:what(?: is| are|s)?|(?:is |are )?(?:there )?(?:anything|something|everything|sth)) (?:up|wrong|off|not right|the matter|going on|broken|ok|okay|fine|all right|alright) with|"
    r"(?:(?:are|is) there |do we have |have we got |got |what are (?:the )?)?(?:any |some )?(?:problems?|issues?|troubles?) (?:with|on|in)|"
    r"(?:what )?(?:problems?|issues?|trouble) (?:does|do|are there with|is there with)"
)
WHY = (
    r"(?:any idea |any clue )?why|what(?: is| are| was)? (?:up|wrong|going on|happening|the matter) with|what (?:drove|changed|caused|happened|explains?|explained|made|moved|is driving|is behind|was behind|led to|is up with|went wrong)|how come|"
    r"(?:the )?reasons? (?:for|behind|of)|drivers? (?:of|behind|for)|root causes?(?: of)?|because of what|who drove|"
    r"(?:drove|pushed|dragged|pulled)(?= (?:[\w·]+ ){1,3}(?:up|down)(?!\w)| (?:the |our )?(?:[\w·]+ )?(?:increases?|decreases?|drops?|rise|decline|changes?|growth|fall|jump|spike)(?!\w))|mix (?:vs|versus|and|against|or) rate|rate (?:vs|versus|and|against|or) mix|explain|explanation(?: of| for)?|due to what|behind"
)
CHANGE = (
    r"changes?|changed|jumps?|jumped|drops?|dropped|dips?|dipped|spikes?|spiked|falls?|fell|fallen|falling|rise|rises|rose|risen|rising|decline[ds]?|declining|"
    r"increase[ds]?|increasing|decrease[ds]?|decreasing|surged?|crash(?:ed)?|tank(?:ed|ing)?|collapsed?|lost|loses?|gain(?:ed|s)?|grow|grows|grew|grown|growth|growing|went (?:up|down)|"
    r"go(?:es|ing)? (?:up|down)|gone (?:up|down)|down|up or down|up(?! to)|moved|improved?|improving|worsen(?:ed|ing)?|shift(?:ed)?|swing|differ|developed"
)
_ADJECTIVES = r"so |that |this |much |too |suddenly |really |such "
STATE = rf"(?:{_ADJECTIVES})*(?:high|low|bad|good|expensive|cheap|weak|strong|poor|terrible|great|off|different|higher|lower|worse|better)"
CLAIMED = r"(?:by )?[+-]?\d+(?:\.\d+)?%|[+]\d+(?:\.\d+)?|by (?:half|a third|a lot|so much)|a lot|so much|suddenly"

# Market and impression shares are refused before this is read.
SHARE = r"(?:what |which |the )*(?:shares?|percentages?|proportions?|fractions?|percents?(?= (?:share|of)))(?: share)?(?: of(?: the| our| my| total| all| overall)*)?"
IN_PERCENT = r"(?:as |in |by )?(?:how many |how much |what )?(?:a )?(?:percents?|percentages?|%)(?: of (?:the )?total)?"
LISTED = r"\b(?:list|show|name|which|what|how many|all|do you have|have)(?: me| us)?(?: all| of)*(?: the| our| my| your| different| ad)* (campaigns?|accounts?|clients?|platforms?|channels?)\b"

COMPARATIVE = r"(?:the )?(?:higher|lower|better|worse|bigger|smaller|cheaper|more|less|fewer)"
CONTRIBUTION = r"contribut(?:ed|es?|ing|ions?)"
STATUS = "there|exist|active|live|connected|enabled|loaded|imported|running|paused|stopped"

COMPARE = r"compare[ds]?|comparing|comparison(?: of| between)?|(?:the )?differences?(?: between| in)?|diff(?: between)?|side by side|gap between"
# "biggest losers": entities ranked by their change.
MOVERS = r"(?:the )?(?:biggest|largest|top|main) (?:losers?|drops?|declines?|decliners?|falls?|decreases?|(winners?|gains?|gainers?|increases?|growth|jumps?|movers? up|risers?))"

OVERVIEW = (
    r"how (?:did|do|are|is|was|were|have|has|about)? ?(?:(?:we|things|it|i|everything|all|the|our|my|campaigns?|ads|numbers|stuff|performance) )*(?:do|doing|did|done|perform|performed|performing|going|go|gone|looking|look|looked)|"
    r"how (?:did|do|is|are|was|were)|performance|performing|performed|perform|overview|recap|summary|summari[sz]e|kpis?|key (?:metrics|figures|numbers)|all metrics|headline(?:s| numbers)?|results?|report|status|stats|update|standings?|how good|doing"
)
CHART = r"(?:as |in |with )?(?:a |an |the )?(?:line )?(?:charts?|graphs?|plot(?:ted)?|trends?|trending|trend ?lines?|time ?lines?|visuali[sz]e|visuali[sz]ation|curve|history|time series)|over time|develop(?:ed|ment|ing)?(?: of)?|evol(?:ve|ved|ution)(?: of)?"
DEFINE = r"comput(?:e|es|ed|ing)|calculat(?:e|es|ed|ing|ion|ions)|defin(?:e|es|ed|ition|itions|ing)|formulas?|mean|means|meaning|stands? for|work(?:ed)? out"
FRESH = (
    r"(?:can|should|could|do) (?:i|we) (?:really )?trust(?: (?:this|it|these|that|the (?:data|numbers|figures)|your (?:data|numbers|figures)))?|trust(?:worthy)?|how (?:fresh|recent|current|old|stale|complete|up to date|reliable|accurate)(?: (?:is|are))?|"
    r"fresh(?:ness)?|up to date|data (?:through|until|as of)|last (?:sync|synced|import|imported|update|updated|refresh|refreshed|load|loaded)|"
    r"latest (?:data|day|date)|how far|when (?:was|were|did) .*(?:update|updated|import|imported|sync|synced|load|loaded|refresh|refreshed)|stale|reliable|accurate|"
    r"what (?:data|dates|days|period) (?:do|is|are)(?: you| we)?(?: have| loaded| there| covered)?|which (?:data|dates) (?:do you have|are loaded)"
)
DIGEST_OF_WEEK = r"(?:the |my |our |a |last )*(?:weekly|weeks?|week's) (?:digest|briefing)"
DIGEST_OF_MONTH = r"(?:the |my |our |a |last )*(?:monthly|months?|month's) (?:digest|briefing)"
DIGEST = (
    r"(?:the |my |our |a |todays? |daily |morning )*(?:digest|briefing)(?: for today)?|"
    r"(?:is there |do you have |got )?(?:anything|something|what)(?: else| new| important)?(?: that)? (?:i|we) (?:should|must|need to|ought to|have to) know(?: about)?|"
    r"what (?:did|have) (?:i|we) miss(?:ed)?|what happened(?= (?:yesterday|over the weekend|since friday|on the weekend) (?:and )?(?:anything|something) (?:i|we))|what happened(?= (?:yesterday|over the weekend)$)|"
    r"what needs (?:me|us|my attention|our attention)(?: today)?|(?:anything|something)(?: else)? (?:that )?needs (?:me|us|my attention|our attention)(?: today)?"
)
_ADS = r"(?:ads?|creatives?|videos?|banners?|ad ?sets?|ad ?groups?|audiences?)"
AD_SETS = r"ad ?sets?|ad ?groups?|audiences?"
CREATIVES = (
    rf"(?:which|what) (?:of (?:the|our|my) )?{_ADS} (?:should (?:get|have|be (?:shown|served|given)|(?:i|we) (?:show|push|scale|run|use|give))(?: (?:more|most|next|the most))*(?: impressions)?|(?:is|are) (?:the )?(?:best|better|winning|winners?|strongest)|(?:works?|wins?|performs?|does) (?:best|better|most))(?: (?:impressions|now|right now))?|"
    rf"(?:show |list |what (?:is|are) )?(?:me |us )?(?:the |our |my )*(?:best|winning|strongest|top) {_ADS}(?! (?:by|with|having|campaigns?|platforms?|accounts?|channels?|spend|costs?|performance|budgets?|types?|networks?))|"
    rf"how (?:should|do|can|could) (?:i|we) (?:split|share|divide|rotate)(?: out)?(?: the)? (?:impressions|traffic|delivery) (?:across|among|between|over) (?:the |our |my )?{_ADS}"
)
"""What a bandit answers; other questions about ads have no answer."""
ALERTS = (
    r"(?:(?:are|is) there |do we have |have we got |got |show (?:me |us )?|list |what are )?(?:any |all |the |our |my |current |new |open |active )*(?:alerts?|incidents?|anomal(?:y|ies)|alarms?)(?: (?:are |is )?(?:open|active|now|today|right now|at the moment|currently))*|"
    r"(?:is |was |has )?(?:anything|something|what)(?: is|s)? (?:gone |going )?(?:wrong|broken|unusual|off|on fire|abnormal|odd)(?: (?:now|today|right now|at the moment|currently))?(?! with)|"
    r"anything (?:unusual|wrong|broken|off|odd)(?: today| now)?(?! with)|"
    r"(?:are there |is there |do we have |have we got |got )?any (?:problems?|issues?|troubles?)(?: (?:open|now|today|right now|at the moment|currently))?(?! with| on| in)|"
    r"(?:is |are )?(?:the |our |my )*(?:conversion )?(?:tracking|tags?|tracking tags?|pixels?) (?:broken|down|ok|okay|fine|working|gone)|"
    r"(?:(?:are|is) there |do we have |have we got |got )?(?:any )?(?:conversion )?tracking (?:problems?|issues?|breaks?|troubles?)|"
    r"(?:do|are) (?:the |our |my |all )*clicks? (?:still )?(?:arrive|arriving)|(?:are there )?(?:any )?clicks? (?:without (?:any )?(?:sessions?|visits?)|that do not arrive)"
)
RECOMMEND = (
    r"(?:recommend|suggest|propose|optimi[sz]e|draft|give (?:me|us) a|show (?:me|us) a|need a|want a) (?:me |us )?(?:a |an |the |our |my |new |better |best |optimal |daily )*(?:budgets?|allocation|split)(?: (?:split|allocation|recommendations?|plan|change|changes))?|"
    r"budget recommendations?|recommend budgets?|(?:best|optimal|ideal) (?:budget )?(?:split|allocation|budgets?)|"
    r"(?:how|where) (?:should|shall|do|would|could) (?:we|i|you|my|our)? ?(?:best )?(?:split|allocate|distribute|spread|put|place|spend|reallocate|shift) (?:the |our |my |more |this |a )*(?:next )?(?:budgets?|money|euros?|dollars?|spend|eur|usd)|"
    r"where (?:should|does|would|do|could) (?:the |my |our )?(?:next|extra|additional|marginal) (?:euro|dollar|eur|usd|pound|money|budget|cent)s? (?:go|be spent|work best)|"
    r"(?:re)?allocate (?:the |our |my )?budgets?|budget allocation"
)
RECOMMEND_FOR = r"(?:(?:that|which) (?:spends?|gives?|puts?|moves?)|to spend|spending|with) (less|more)(?: (?:money|budget|spend))? (?:on|for|to|in)"
_TARGETS = r"(?:bids?|bid(?:ding)? (?:targets?|strategy|strategies)|bidding|target (?:cpas?|roas)|t(?:cpa|roas))"
BIDS = (
    rf"(?:recommend|suggest|propose|optimi[sz]e|draft|give (?:me|us)|show (?:me|us)|need|want|any) (?:me |us )?(?:a |an |the |our |my |new |better |best |optimal )*{_TARGETS}(?: (?:recommendations?|suggestions?|changes?|targets?))?|"
    rf"{_TARGETS} (?:recommendations?|suggestions?|changes?)|"
    rf"(?:how |when )?(?:should|shall|could) (?:i|we|you) (?:change|raise|lower|increase|decrease|adjust|loosen|tighten|touch|move|set|bid|reduce|cut) ?(?:the |our |my )*{_TARGETS}|"
    rf"what (?:should|would|could) (?:the |our |my )*(?:best |right |optimal )?{_TARGETS}(?= )|what is the (?:best|right|optimal) {_TARGETS}|"
    rf"(?:is|are) (?:the |our |my )*{_TARGETS}(?= (?:[\w·]+ ){{0,6}}(?:right|too (?:high|low|tight|loose|strict)|ok|okay|fine|optimal))"
)
BELOW_FLOOR = (
    r"(?:(?:which|what|any|are(?: there)?|is|show(?: me| us)?|list) )*(?:the |our |my |any )*(?:campaigns? )?(?:that |which )?(?:are |is |perform(?:s|ing)? |run(?:s|ning)? )?"
    r"(?:below|under|beneath|worse than) (?:its |their |the |our |my )?(?:floors?|break ?even(?: points?)?)|"
    r"(?:recommend|suggest|propose) (?:a |some )?protection|what (?:should|must) (?:we|i) (?:cut|protect)"
)
BIDS_REST = r"right|too (?:high|low|tight|loose|strict)|ok|okay|fine|optimal|be"
RECOMMEND_TOTAL = r"(?:of |with |for |at |total |to )*(?:a total of )?(?:eur |usd |gbp )?(\d+(?:\.\d+)?)(k?)(?: eur| usd| gbp| euros?| dollars?)?( (?:per|a|each) day| daily|/day)?(?: total| in total)?"

FOLLOW_UP_START = r"^(?:and|what about|how about|same|but|or|ok and|now|then|also|only|just|instead|as a|ex|without|excluding|vs|versus|compared|by|per)\b"
_RANKED = r"(?:platforms?|channels?|campaigns?|accounts?|clients?|days?|weeks?|months?|weekdays?|days? of (?:the )?week|ones?|performers?|spenders?|performing)"
_COUNT = rf"(\d{{1,2}}|{'|'.join(NUMBERS)})"


@dataclass(frozen=True, slots=True)
class Rank:
    """Which end of a ranking, and how many entries; ``limit`` None where several were asked for without a number."""

    goodness: Goodness
    limit: int | None
    by: By | None = None
    hint: Hint = ""


def patterns() -> list[str]:
    """Every pattern, so that the words in them are not taken for typos."""
    return [
        YEAR_BASELINE, PREVIOUS_BASELINE, *SHORT_BASELINES.values(), WHY, CHANGE, STATE, CLAIMED, OVERVIEW, CHART,
        DEFINE, FRESH, ALERTS, RECOMMEND, RECOMMEND_TOTAL, DIGEST, *(pattern for _, pattern in GROUPINGS), _RANKED, _VS,
        *(pattern for pattern, _, _ in ENDS), COMPARE, MOVERS, ORDERED, SHARE, IN_PERCENT, LISTED, STATUS, CONTRIBUTION, "average compare compared comparing difference together combined",
    ]  # fmt: skip


ORDERED = r"(?:rank|order|sort)(?:ed|ing)?(?: all)?(?: the| our| my)? (platforms|channels|campaigns|accounts|days|weeks|months|weekdays)"
LIST_ORDERED = r"(platforms|channels|campaigns|accounts|days|weeks|months|weekdays)(?: are)? (?:ranked|ordered|sorted)"
ORDERED_AT_MOST = 10

ENDS: tuple[tuple[str, Goodness, Hint], ...] = (
    (r"(?:is |are )?(?:burning|burn|burns|wasting|waste|wastes|wasted|bleeding|eating|draining)(?: up| through)?(?: the most| most)?(?: the| our| my)? (?:money|cash|budget|spend|(?=·))", "bad", "waste"),
    (r"(?:the )?most expensive|priciest|costliest", "high", "cost"),
    (r"(?:the )?cheapest|(?:the )?least expensive", "low", "cost"),
    (r"(?:the )?(?:most efficient(?:ly)?|best performing|top performing|strongest|most successful|best|top|winning|winners?)", "good", ""),
    (r"(?:the )?(?:least efficient(?:ly)?|worst performing|lowest performing|poorest performing|worst|bottom|weakest|poorest|under ?performing|under ?performers?|losers?)", "bad", ""),
    (r"(?:the )?(?:highest|maximum|max|greatest|(?<!at )most)", "high", ""),
    (r"(?:the )?(?:biggest|largest)", "high", "size"),
    (r"(?:the )?(?:lowest|minimum|min|(?<!at )least|fewest)", "low", ""),
    (r"(?:the )?smallest", "low", "size"),
)  # fmt: skip
_NOUNS: tuple[tuple[By, str], ...] = (
    ("weekday", r"weekdays?|days? of (?:the )?week"),
    ("platform", r"platforms?|channels?"),
    ("campaign", r"campaigns?|performers?|spenders?"),
    ("account", r"accounts?|clients?"),
    ("day", r"days?"),
    ("week", r"weeks?"),
    ("month", r"months?"),
)

_NOUN = "platform|channel|campaign|account|client|day|week|month|weekday"


def take_rank(words: Words) -> Rank | None:
    """The first ranking word with its number and what is ranked: "top 3 campaigns", "worst cpa"."""
    for pattern, goodness, hint in ENDS:
        noun = r"(?: (?:ad )?" + _RANKED + ")?"
        match = next(iter(words.take(rf"(?:the )?(?:{_COUNT} )?(?:{pattern})(?: {_COUNT})?{noun}")), None)
        if match is None:
            continue
        said = match.group()
        count = match[1] or match[2]
        by = next((by for by, name in _NOUNS if re.search(rf"\b(?:{name})$", said)), None)
        plural = (said.endswith("s") and by is not None) or hint == "waste"
        limit = (NUMBERS.get(count) or int(count)) if count else None if plural else 1
        if re.search(r"spenders?$", said):
            hint = "spend"
        return Rank(goodness, limit if limit is None else min(max(limit, 1), 50), by, hint)
    return None


def take_ordered(words: Words) -> Rank | None:
    """ "rank campaigns by revenue": all of them, the best first. Read before metrics, since orders are one."""
    match = next(iter(words.take(f"{ORDERED}|{LIST_ORDERED}")), None)
    if match is None:
        return None
    return Rank("good", ORDERED_AT_MOST, next(by for by, name in _NOUNS if re.fullmatch(name, match[1] or match[2])))


def take_mover(match: re.Match[str]) -> Rank:
    """ "biggest losers", "top gainers": by their change."""
    return Rank("high" if match[1] else "low", None if match.group().endswith("s") else 1)


def take_groupings(words: Words) -> list[By]:
    """What to break down by, in the order of the table above."""
    two = rf"(?:by|per|for each|broken down by|split by) ({_NOUN})s? (?:(?:and|then|plus) )?(?:(?:by|per|each) )?({_NOUN})s?(?! shares?)"
    if both := next(iter(words.take(two)), None):
        return [by for by, name in _NOUNS if any(re.fullmatch(name, both[i]) for i in (1, 2))]
    return [by for by, pattern in GROUPINGS if words.took(pattern)]


def take_noun_behind(words: Words) -> list[By]:
    """ "lowest cpc platform": the noun right behind the figure that ranks."""
    match = next(iter(words.take(rf"(?<=· )({_NOUN})s?")), None)
    return [by for by, name in _NOUNS if match is not None and re.fullmatch(name, match[1])]


def take_average(words: Words) -> bool:
    """Whether the average per day is asked for."""
    average = r"(?:avg|average|averaged|mean)"
    if words.took(
        rf"{average}(?: \w+)? (?:per|a|each|by) day|{average} daily|daily {average}|(?:on )?{average} (?:per|a) day"
    ):
        return True
    if words.has(average) and words.took(r"per day|a day|daily|each day|by day"):
        return words.took(rf"(?:on )?(?:an )?{average}")
    return words.has("how much") and words.took(r"(?:a|per) day")


def take_versus(words: Words) -> list[int]:
    """Where "vs" or "compared with" stands."""
    return [match.start() for match in words.take(_VS)]


def take_compare(words: Words) -> bool:
    """Whether two things are set side by side without a "vs": compare a and b, the difference between a and b."""
    return words.took(COMPARE)
