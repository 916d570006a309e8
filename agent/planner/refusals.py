"""What cannot be answered, why, and what would make it possible. Each kind is a row: a name, how it sounds, what to say."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.planner.text import CannotRead, Words
from agent.state import PlanContext

LONGEST = 1000  # characters; a question longer than this is a document


@dataclass(frozen=True, slots=True)
class Refusal:
    """``pattern`` is matched as whole words in what names and periods left over."""

    kind: str
    pattern: str
    reason: str


# Orders stand at the start; "what drove the increase of spend" is a question.
_POLITE = r"^(?:[·]+ )*(?:(?:hey|hi|ok|please|pls|plz|lets|let us|now|just|go|you|ahead|and) )*"
_CHANGE = r"(?:raise|increase|lower|decrease|reduce|cut|set|bump|boost|double|triple|halve|scale|shift|move|reallocate|trim|slash)"
_SWITCH = r"(?:pause|stop|unpause|resume|restart|enable|disable|activate|deactivate|kill|launch|turn (?:off|on)|switch (?:off|on)|shut (?:off|down))"

_TYPED = "Typed text never changes or approves anything."
_ACTION = (
    f"{_TYPED} A change starts from a recommendation card (ask: recommend a budget) "
    "and happens only after an approver presses its Approve button."
)
_FORECAST = (
    "I cannot say what would happen: this needs a forecast of a decision that I do not read in these words. I can set plans of the daily "
    "budgets side by side: 'what if we cut 15 %', 'what if we move 5k a month from google to meta', 'where should the next 5000 a month "
    "go', 'get cpa under 30', 'same results for less'. What comes if all goes on as before: 'forecast spend for next month'."
)
NO_PLAN = (
    "I know no plan, budget target or goal, so I cannot say how you stand against one or where you land. It needs a plan "
    "file with budgets and targets by month: budgeteer plan template prints one to fill in, budgeteer plan import FILE loads "
    "it. For one answer the budgets may stand in the question: 'where do we land, finance gave 180k google / 60k meta'. I can "
    "tell spend so far, for example 'spend month to date'."
)
_PLAN = (
    "I did not understand what you want to know of the plan. Ask 'are we on track', 'where do we land', 'how much can we "
    "still spend this month', 'spend vs budget june' or 'what is our target'. A plan is loaded by budgeteer plan import FILE."
)
_SHOP = (
    "That needs the orders of your shop (with refunds and customers), and none are loaded that could tell it. Load them with "
    "'budgeteer import orders.csv --platform shopify --account NAME --currency CODE' (or --platform orders for another system). "
    "I can tell the platforms' own conversions, revenue and ROAS."
)
_OF_SHOP = (
    "I did not understand what you want to know of the shop's orders. Ask 'net revenue last month', 'orders by country last month', "
    "'mer last month', 'new customers last month', 'are we making money after returns' or 'why is meta different from the shop'."
)
_LABEL = (
    "The data know campaigns only by their imported names; nothing labels them as brand, non-brand, country, category, "
    "prospecting or the like. Campaigns named that way, or labels confirmed for them, would make it possible."
)
_DETAIL = (
    "The loaded exports have one row per campaign and day, without devices, ages, places, hours, keywords, creatives or "
    "audiences. An export segmented that way would be needed; I can break figures down by platform, campaign, account, "
    "day, week, month or weekday."
)

_DETAIL_BY_AD = (
    "Of single ads and ad sets I say which to show more: ask 'which ad should get more' or 'which ad set works best'. Their other "
    "figures I break down by platform, campaign, account, day, week, month or weekday only, and devices, ages, places, hours, "
    "keywords are not in the loaded exports."
)

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_OR = r"(?:vs|versus|v|against|and|or|than|compared? (?:to|with|against))"
WEEKDAYS = (
    "I cannot pick weekdays out of a period. Ask for the figure by weekday, for example 'spend by weekday in may': it has a "
    "line for each of the seven."
)

# Read first: these ask for something other than a figure, whatever else they name.
FIRST: tuple[Refusal, ...] = (
    Refusal(
        "instructions",
        r"ignore (?:all |any |the |your |my )*(?:previous|prior|above|earlier|instructions|rules)|system prompt|you are now|"
        r"jailbreak|developer mode|disregard (?:all|the|your|previous)|pretend (?:to be|you)|reveal your|drop table|act as",
        "I answer questions about ad performance from the loaded data and follow no other instructions. "
        "Ask for example 'roas of google last month'.",
    ),
    Refusal(
        "undo",
        r"undo|revert|roll ?back|take (?:it|that|this) back",
        f"{_TYPED} An applied change is taken back by the Undo button on its card, which proposes the amounts from before for an "
        "approver; a load of a file by budgeteer import undo NUMBER (budgeteer import list shows them).",
    ),
    Refusal(
        "freeze",
        r"do not (?:touch|change)|dont (?:touch|change)|hands off|freeze|(?:leave|keep) (?:it|everything|them) alone|no changes? (?:until|till|before)",
        f"{_TYPED} Nothing is changed without an approver anyway. To have no change drafted, approved or written on some days, add "
        "a freeze: budgeteer calendar add freeze NAME START END, with --account for one account only.",
    ),
    Refusal(
        "proposing",
        r"(?:make|turn) (?:it|that|this|the (?:plan|best split))(?: in)?(?:to)?(?: into)? (?:a |the )?(?:recommendation|proposal)|(?:propose|draft) (?:it|that|this)",
        f"{_TYPED} Press 'Make it a recommendation' under the plan that you mean; on the command line keep the plan with budgeteer plan "
        "scenarios ... --save NAME and propose it with budgeteer plan propose NAME. An approver then decides on its card.",
    ),
    Refusal(
        "action",
        rf"{_POLITE}{_CHANGE} (?:[\w·]+ ){{0,4}}?(?:to|by|from|of) (?:\w+ )?\d[\w.%+-]*|{_POLITE}(?:move|shift|put|add) (?:\w+ )?\d+k?|"
        rf"{_POLITE}(?:{_CHANGE}|change|adjust)(?! of| in| from) (?:[\w·]+ ){{0,3}}?(?:budgets?|bids?|spend)|{_POLITE}{_SWITCH} [\w·]+|"
        rf"(?:can|could|would) you (?:please )?(?:{_CHANGE}|{_SWITCH}) [\w·]+|"
        r"approved?|reject(?:ed)?|sign (?:it )?off|"
        r"apply (?:it|that|this|the)|go ahead|do it|"
        r"(?:create|make|build|start) (?:a |an |new )+(?:new )?(?:campaign|ad|ad set|audience)|delete",
        _ACTION,
    ),
    Refusal(
        "counts",
        r"(?:top|bottom|best|worst|first|last|past|previous) (?:minus \d+|0)",
        "A count is a whole number from 1 up. For example 'top 3 campaigns by roas last month' or 'spend last 5 days'.",
    ),
    Refusal(
        "averages",
        r"(?:vs|versus|v|against|compared? (?:to|with|against)|than|relative to) (?:the |our |its |an |my )?(?:usual|normal|typical|averages?|avg|mean|median)"
        r"(?! (?:order|basket|cp[acm]|ctr|cvr|roas|position))|"
        r"(?:average|avg|mean) (?:[\w·]+ )?(?:weekly|monthly|quarterly)|(?:weekly|monthly|quarterly) (?:average|avg|mean)|"
        r"(?:average|avg|mean) (?:[\w·]+ ){1,3}(?:per|a|each|every|by) (?:week|month|quarter)",
        "I compute averages per day only, and compare one period with another, not with an average. Ask for example "
        "'average spend per day in q2', 'spend by week in q2' or 'spend june vs may'.",
    ),
    Refusal(
        "running totals",
        r"running (?:totals?|sums?)|cumulative(?:ly)?|cumulated|accumulated|(?:rolling|moving) (?:averages?|means?|totals?|sums?)",
        "I have no running totals or moving averages: I can give each day or week by itself, for example 'spend by day in june', "
        "or one total, for example 'spend month to date'.",
    ),
    Refusal(
        "detail",
        r"(?:by|per|each|every|which|top|best|worst|single|individual|top \d+|best \d+|worst \d+) ads?"
        r"(?! (?:campaigns?|platforms?|accounts?|channels?|spend|costs?|performance|budgets?|types?))|ads (?:with|by|having)|ad level|"
        r"(?:list|rank|sort|compare) (?:\w+ )?ads(?! (?:campaigns?|platforms?|accounts?|channels?|spend|costs?))",
        _DETAIL,
    ),
    Refusal(
        "competitors",
        r"competitors?|competitions?|competing|auction insights?|market shares?|impression shares?|share of voice|benchmarks?|industry (?:average|avg|standard)|rivals?",
        "I have only your own accounts' figures: nothing on competitors, auctions, impression share or the market. "
        "An auction-insights export would be needed, and there is no reader for one.",
    ),
    Refusal(
        "forecast",
        r"what if|what would|what will|what happens? if|how (?:much|many) (?:will|would)|will (?:we|i|it|the|our)|"
        r"got \d+k? (?:extra|more)|extra (?:budget|money)|\d+k? (?:extra|more)|(?:get|bring|push|drive|keep) (?:\w+ )?(?:cpa|roas|cpc|cpm|ctr|cvr|spend) "
        r"(?:under|below|above|over|to|down|up|at)|least (?:damage|harm|pain)|without (?:killing|hurting|losing)|simulat\w+|scenarios?|"
        r"forecasts?|predict\w*|projections?|projected|next (?:week|month|quarter|year|weekend|day|few|\d+)|tomorrow|"
        r"(?:if|should) (?:we|i) (?:\w+ )?(?:spend|spent|move|moved|cut|raise|raised|shift|shifted|double|doubled|add|added|put|stop|pause|increase|scale)|(?:move|shift|moving|shifting|moved) (?:\w+ )?\d+k?",
        _FORECAST,
    ),
    Refusal(
        "standing orders",
        r"remind me|alert (?:me|us)|notify (?:me|us)|(?:send|tell|give|report|mail|post|ping)(?: [\w·]+)* every (?:morning|[a-z]+day|week)|every (?:morning|day at|week at)|subscribe|schedule|send (?:me|us|it) (?:\w+ )?(?:daily|weekly|every)",
        "I cannot set up reminders, alerts or scheduled messages from a typed question. Ask for the figures when you need them, "
        "for example 'how did we do last week'.",
    ),
    Refusal(
        "weekdays",
        rf"(?:every|each|per) {_WEEKDAY}|week ?ends? {_OR} (?:the )?(?:week ?days?|week(?! of| \d))|(?:week ?days?|the week) {_OR} (?:the )?week ?ends?|"
        rf"(?:without|excluding|exclude|excl|except(?: for)?|ex|minus|not counting|not including|outside(?: of)?) (?:the |all |on )*(?:week ?ends?|week ?days?|{_WEEKDAY}s?)",
        WEEKDAYS,
    ),
    Refusal(
        "documents",
        r"slides?|deck|power ?points?|pptx?|presentations?|pdf|excel|xlsx|spreadsheets?|google sheets?|csv|dashboards?|write (?:me )?(?:a|an) \w+",
        "I make no slides or documents. I can give a table or a chart to paste into one, for example 'spend by platform last "
        "month' or 'chart of roas last month'; on the command line --json gives the figures.",
    ),
    Refusal(
        "reach",
        r"reach(?:ed)?|how many (?:people|users|persons|unique\w*)|unique (?:people|users|visitors|reach)|frequency|audience size|people (?:saw|see|seen|reached)",
        "Daily reach does not add up over days: the same person is counted again each day. It needs reach reported by the platform "
        "for exactly that period. I can tell impressions, which do add up, and how often a day each person sees a campaign's ads, where an "
        "import states reach by day: 'frequency of CAMPAIGN'.",
    ),
    Refusal(
        "lag",
        r"always (?:look|looks|looked|seem|seems|are|is) (?:\w+ )?(?:bad|worse|low|lower|weak|off|terrible)|conversion (?:lag|delay)|"
        r"(?:still|yet) (?:come|coming|arrive|arriving|attributed)|late conversions?",
        "Conversions are counted on the day of the click and keep arriving for days, so the last days usually look worse than "
        "they end. How much is missing cannot be told from a single export: the same days loaded again later would show it. "
        "Until then compare periods that end about a week ago.",
    ),
    Refusal(
        "shop",
        r"shopify|shop orders?|woo ?commerce|magento|returns?(?! on)|returned|refunds?|refunded|cogs|profits?|profitab\w+|(?:gross |net |contribution )?margins?|"
        r"break ?-?even\w*|(?:making|make|made|losing|lose|lost) (?:any |us )?money|ncac|cac|ltv|clv|lifetime value|new customers?|returning customers?|"
        r"customers?|first time buyers?|repeat (?:buyers?|purchases?|orders?)|mer|blended|net (?:revenue|sales)|stripe|poas|"
        r"(?:who|which one|what) (?:is )?right|real (?:revenue|sales|orders)|roi",
        _SHOP,
    ),
    Refusal(
        "cause",
        r"incremental\w*|incrementality|lift|uplift|attribution|attributed|attribute|causal\w*|mmm|media mix|assisted|cannibali[sz]\w*|view through|halo",
        "That asks what the ads caused, which the platforms' own counts cannot show. It needs an experiment (a holdout or a "
        "geo test) or journey data, and neither is loaded. I can tell what the platforms claim.",
    ),
    Refusal(
        "plan",
        r"on track|on pace|pacing|pace|plan|plans|planned|targets?|goals?|(?:are|am) (?:we|i) (?:ahead|behind)|ahead of|behind (?:or|plan|on|schedule)|land|landing|run ?rate|"
        r"(?:can|could) (?:we|i) (?:still |yet )?spend|left to spend|budgets? (?:left|remaining)|remaining budgets?|still (?:spend|have)|"
        r"over ?spen\w+|under ?spen\w+|pools?|purchase orders?|(?:our|the|my|current|daily|monthly|what) budgets?|budgets?|quota|kpi targets?",
        _PLAN,
    ),
    Refusal(
        "detail",
        r"(?:search )(?:terms?|queries|query)|match types?|ad ?groups?|ad ?sets?|landing pages?|quality scores?|conversion actions?|time of (?:the )?day",
        _DETAIL,
    ),
    Refusal(
        "odd things",
        r"anomal\w+|unusual|weird|suspicious|outliers?|strange|fraud|tracking (?:broken|issue|problem)s?|anything (?:wrong|broken|off)",
        "I can tell what the watch has open ('any alerts?'), or judge one figure ('is yesterday's spend unusual?'), or say what moved "
        "it, for example 'why did cpa change last week'.",
    ),
    Refusal(
        "advice",
        r"what (?:should|shall|can|could) (?:we|i) (?:\w+ )?(?:do|change|improve|fix|focus)|"
        r"how (?:to|can|could|should|do) (?:we |i )?(?:improve|fix|optimi[sz]e|lower|reduce|increase)|optimi[sz]e|optimi[sz]ation|advice|ideas?(?! why| what| how)|suggest(?:ions?)?|tips?",
        "I give no general advice. I can recommend a budget split from your data (ask: recommend a budget), or say which "
        "campaign did worst and what changed.",
    ),
)

# Read last, among the words that no campaign's name accounts for.
LAST: tuple[Refusal, ...] = (
    Refusal(
        "currency",
        r"(?:in )?(?:eur|euros?|usd|us dollars?|dollars?|gbp|pounds?|chf|francs?|jpy|yen|sek|nok|dkk|pln|cad|aud|inr|rupees?|pesos?)|currency|"
        r"convert(?:ed)? (?:to|into)|exchange rates?",
        "Figures are in the account's own currency, and I have no exchange rates to turn them into another. "
        "Ask without naming a currency.",
    ),
    Refusal(
        "holidays",
        r"(?:over |during |on |at |around )?(?:sales? period|black friday|cyber monday|cyber week|bfcm|(?:bank |public )?holidays?|easter|christmas|xmas|"
        r"prime day|thanksgiving|halloween|new years?(?: eve| day)?|valentines?(?: day)?|(?:mothers?|fathers?) day)",
        "I do not know the days of that. Name them, for example 'revenue from march 29 to april 1', or keep them in the calendar: "
        "budgeteer calendar add promotion NAME START END (holidays need the country: budgeteer calendar country ACCOUNT DE).",
    ),
    Refusal(
        "labels",
        r"(?:non|un)? ?-?brand(?:ed|s|ing)?|nonbrand|nb|generics?|prospecting|retargeting|remarketing|retention|acquisition|"
        r"tofu|mofu|bofu|upper funnel|lower funnel|funnel|category|categories|products?|skus?|(?:by |per )?types?|kategorien?|lines?|collections?|"
        r"women|womens|men|mens|kids|promos?|promotions?|"
        r"labels?|tags?|segments?|segment(?:ed)?|region(?:s|al)?|objectives?|funnels?",
        _LABEL,
    ),
    Refusal(
        "countries",
        r"(?:by |per )?(?:countr(?:y|ies)|markets?|geos?|cit(?:y|ies)|states?|laender|lander|pais(?:es)?)|de|uk|fr|es|nl|ch|pl|eu|emea|dach|apac|latam|"
        r"germany|austria|switzerland|france|spain|italy|poland|netherlands|england|europe|usa|canada|australia",
        _LABEL,
    ),
    Refusal(
        "detail",
        r"(?:by |per |on )?(?:devices?|mobile|desktop|tablets?|phones?|ios|android|ages?|age groups?|genders?|male|female|hours?|hourly|time of day|dayparts?|"
        r"keywords?|search terms?|queries|query|match types?|ad ?groups?|ad ?sets?|creatives?|videos?|banners?|assets?|headlines?|placements?|"
        r"audiences?|lookalikes?|interests?|landing pages?|urls?|language|os|browsers?|stories|reels|feed)",
        _DETAIL,
    ),
    Refusal(
        "other figures",
        r"views?|viewable|vtr|leads?|cpl|sign ?ups?|installs?|cpi|sessions?|visits?|visitors?|traffic|bounces?|engagements?|likes?|followers?|comments?|"
        r"add to carts?|atc|checkouts?|quality score|rank(?:ing)? position|average position|acos|tacos|ers|cost of sales?|statistical\w*|significan\w+",
        "That figure is not in the loaded data. I know spend, impressions, clicks, conversions, revenue, CTR, CPC, CPM, "
        "conversion rate, CPA, ROAS and average order value.",
    ),
    Refusal(
        "weekdays",
        r"(?:on |only |for |during |at |in )*(?:the )?(?:week ?days?|weekends|week ?ends only|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|business days|work(?:ing)? ?days)(?: only)?",
        WEEKDAYS,
    ),
    Refusal(
        "thresholds",
        r"(?:more|less|fewer|higher|lower|better|worse|greater) than (?:\w+ )?\d[\w.%]*|(?:over|under|above|below|at least|at most) (?:\w+ )?\d[\w.%]*",
        "I can list what lies above or below one bound, for example 'campaigns with cpa over 50 last month' or 'days with spend under 1000 "
        "in may', but not this. I can rank too: 'top 5 campaigns by roas last month'.",
    ),
)


def of_data(context: PlanContext) -> dict[str, str]:
    """Reasons that say more because of what is loaded, by kind."""
    detail = {"detail": _DETAIL_BY_AD} if context.by_ad else {}
    if context.shops:
        return {**detail, "shop": _OF_SHOP}
    if not context.analytics:
        return detail
    return {
        **detail,
        "shop": f"{_SHOP} Google Analytics is loaded and counts purchases of its own: ask 'ga4 conversions last week' or 'ga4 "
        "revenue last week'. It is no shop either: it knows no customers and misses people who refused tracking.",
    }


def patterns() -> list[str]:
    """Every pattern, so that the words in them are not taken for typos."""
    return [refusal.pattern for refusal in (*FIRST, *LAST)]


def check(words: Words, table: tuple[Refusal, ...], reasons: Mapping[str, str] | None = None) -> None:
    """Raises CannotRead with the reason of the first row that fits; ``reasons`` by kind know the data at hand."""
    for refusal in table:
        if words.has(refusal.pattern):
            raise CannotRead((reasons or {}).get(refusal.kind, refusal.reason), exact=True)
