"""How people ask for what a shop's orders know."""

# ruff: noqa: E501 - phrases are read row by row

from __future__ import annotations

from dataclasses import dataclass

from agent.planner import entities, label_words, periods
from agent.planner.entities import Named
from agent.planner.intents import GROUPINGS
from agent.planner.text import CannotRead, Words
from agent.state import PlanContext

SHOP = r"(?:the |our |my |in |from )*(?:shopify|woo ?commerce|magento|(?:web ?)?shops?|store|back ?end)(?: orders?| sales| says?| shows?| reports?| numbers?| data)*|(?:shop|store|real|actual) orders?|orders (?:in|of) (?:the|our) (?:shop|store)"
RECONCILE = (
    r"(?:so )?(?:who|whos|which(?: (?:one|number|figure))?|what)(?: is| are)? (?:right|wrong|correct|true)|(?:who|which(?: one)?|what) (?:do|should|can) (?:i|we) (?:believe|trust)|"
    r"reconcil\w+|(?:over|double) ?-?(?:claim|count|report)\w*|(?:claims?|claimed) (?:vs|versus|against|and) (?:the |our |real |actual )*(?:orders|sales|truth)|truth"
)
SIDES = r"why|(?:so )?(?:different|differs?|off|higher|lower|more|less|fewer)(?: from| than| to)?|(?:vs|versus|against|compared? (?:to|with))|says?|claims?|claimed|reports?|reported|shows?|numbers?|figures?|match(?:es)?|do(?:es)? not match|mismatch|gap(?: between)?|difference(?: between)?"
CLAIMS_SIDE = r"why|differen\w+|says?|claim\w*|report\w*|shows?|numbers?|match(?:es)?|mismatch|gap"
FIGURES: dict[str, str] = {
    "mer": r"mer|marketing efficiency(?: ratio)?|blended(?: roas| return)?|tacos",
    "net_revenue": r"(?:net|real|true) (?:revenue|sales|turnover)|(?:revenue|sales) (?:net|after (?:all )?(?:returns?|refunds?|taxes?|tax))(?: and (?:returns?|refunds?|tax))*",
    "refunds": r"returns?(?! on)(?: rate)?|returned|refunds?(?: rate)?|refunded|(?:return|refund) rate",
    "gross": r"(?:shop|store|shopify|gross) (?:revenue|sales|turnover)|(?:revenue|sales) (?:of|in|from) (?:the |our )?(?:shop|store|shopify)",
    "orders": r"(?:shop|store|real|actual|shopify) orders?|(?:how many )?orders (?:of|in|from|did) (?:the |our )?(?:shop|store|shopify)(?: have| get| had| got)?",
}
CUSTOMERS = r"(?:new|first time) (?:vs|versus|against|and|or|to) (?:returning|repeat|existing)|(?:returning|repeat|existing) (?:vs|versus|against|and|or|to) (?:new|first time)|n ?cac|cac|(?:cost|price|spend) (?:per|of|for|of a|for a) (?:new|acquired) customers?|(?:customer )?acquisition costs?|(?:how many )?(?:new|first time|returning|repeat|existing)(?: (?:and|vs|versus|or) (?:new|returning|repeat|existing))? (?:customers?|buyers?)|first time buyers?|customers?"
CONTRIBUTION = (
    r"(?:are|were|did|do|is|was) (?:we|it|the shop|our shop) (?:still |actually |really )*(?:making|make|made|losing|lose|lost|earning|earn) (?:any |us )?money|making (?:any )?money|profits?|profitab\w+|"
    r"contribution(?: margin)?|what is left|bottom line"
)
AFTER = r"(?:after|net of|including|incl|less)(?: (?:and|the|all|our|ads?|ad spend|spend|cogs|costs?|goods|returns?|refunds?|taxes|tax|shipping|marketing))+"
MARGIN = r"(?:at|with|on|assuming|given|using)? ?(?:an? |our |the )?(?:(\d{1,2}(?:\.\d+)?)(?:%| percent) (?:gross |contribution |product )?margins?|(?:gross |contribution |product )?margins? (?:of |is |at )?(\d{1,2}(?:\.\d+)?)(?:%| percent))"
BARE_MARGIN = r"(?:at|with|assuming) (?:a )?(\d{1,2}(?:\.\d+)?)(?:%| percent)"
PER_AD = r"(?:platform|channel|campaign|account)s?|poas"  # what earned there is a platform's claim: no order knows its campaign
AOV = r"(?:the |our )?(?:aov|(?:average |avg |mean )?(?:order value|basket(?: size| value)?))"
_CLAIMED = ("platform", "campaign", "account")
BARE_ORDERS = r"^(?:how many |total |number of |the number of )?orders?(?: did we (?:have|get))?"
OTHER_SPLIT = r"(?:by|per) (?:platform|channel|campaign|account|day|week|month|weekday)s?"
SPLITS = {
    "country": r"(?:by|per|split by|in each|for each) (?:country|countries|market)",
    "category": r"(?:by|per|split by|in each|for each) (?:product )?(?:category|categories)",
}
CLAIMED_NUMBER = r"(?:about |only |just )?(?:eur |usd |gbp )?\d+(?:\.\d+)?k?(?: (?:purchases?|orders?|sales?|conversions?|convs?|revenue|eur|usd|gbp))*"


@dataclass(frozen=True, slots=True)
class ShopWish:
    """Which tool on the orders is asked, and with what. ``said``: the question names figures of its own."""

    tool: str  # "reconcile", "shop" or "customers"
    figures: tuple[str, ...] = ()
    margin: float | None = None
    by_source: bool = False
    said: bool = False
    by: str = ""  # "country" or "category"


def take(words: Words, context: PlanContext, named: Named) -> ShopWish | None:
    """What of a question the orders answer; None where none are loaded, or nothing of it is about them.

    Whether one platform or campaign makes money is a question to its claims, unless returns or the shop are named.
    """
    if not context.shops:
        return None
    whole = not (named.platforms or named.campaigns)
    returns = words.has(FIGURES["refunds"]) or words.has("cogs") or words.has(SHOP)
    if words.has(CONTRIBUTION) and (returns or (whole and not words.has(PER_AD))):
        words.take(CONTRIBUTION)
        margin = _margin(words)
        words.take(AFTER)
        words.take(f"{SHOP}|{FIGURES['refunds']}|cogs")
        by = next((key for key, said in SPLITS.items() if words.took(said)), "")
        return ShopWish("shop", ("contribution",), margin, by=by)
    two_periods = whole and words.has("|".join(FIGURES.values())) and not words.has(f"{CLAIMS_SIDE}|platforms?|ads?")
    sides = words.has(SIDES) and not two_periods
    if words.has(RECONCILE) or (words.has(SHOP) and named.platforms) or (words.has(SHOP) and sides):
        return _reconcile(words)
    if words.has(CUSTOMERS):
        words.take(CUSTOMERS)
        words.take(
            r"(?:did|have|has) (?:we|it|they)|buy|bought|acquired?|win|won|gain(?:ed)?|(?:by|per)(?! (?:day|week|month|weekday|platform|campaign|account)s?)|with|shop|store|many|cost"
        )
        return ShopWish("customers")
    claimed = of_claims(words, context, named)
    aov = not claimed and words.took(AOV)
    bare = whole and not words.has(OTHER_SPLIT) and words.took(BARE_ORDERS)
    figures = tuple(name for name, said in FIGURES.items() if words.took(said))
    figures = (*figures, *(("aov",) if aov else ())) or (("orders",) if bare else ())
    if not figures and not words.has(SHOP):
        return None
    words.take(SHOP)
    words.take(r"rate|share|revenue|sales|orders?|roas|total")
    by = next((key for key, said in SPLITS.items() if words.took(said)), "")
    return ShopWish("shop", figures or ("orders", "gross", "refunds", "net_revenue"), by=by)


def of_claims(words: Words, context: PlanContext, named: Named) -> bool:
    """Whether a platform, a campaign or a label is asked about, which only the platforms' own figures know."""
    if named or any(words.has(said) for by, said in GROUPINGS if by in _CLAIMED):
        return True
    ahead, found = Words(words.text), Named()
    ahead.rest = words.rest
    for own in (SHOP, AOV, *FIGURES.values(), *SPLITS.values(), CUSTOMERS, CONTRIBUTION):
        ahead.take(own)
    try:
        label_words.take_labels(ahead, context, found, words.text)
        entities.take_nicknames(ahead, context, found)
        periods.find(ahead, context, apart=False)
        entities.take_partial_names(ahead, context, found)
    except CannotRead:  # several names fit, or none does; said again where they are read
        return False
    return bool(found)


def take_numbers(words: Words, wish: ShopWish) -> ShopWish:
    """The figures that the question itself names, once its periods are read."""
    if wish.tool != "reconcile":
        return wish
    said = words.took(CLAIMED_NUMBER)
    words.take(r"purchases?|orders?|sales?|conversions?|convs?|revenue|roas|by(?= ·)|reality")
    return ShopWish(wish.tool, wish.figures, wish.margin, wish.by_source, said)


def patterns() -> list[str]:
    """Every pattern, so that the words in them are not taken for typos."""
    return [
        SHOP,
        RECONCILE,
        SIDES,
        *FIGURES.values(),
        BARE_ORDERS,
        AOV,
        *SPLITS.values(),
        CUSTOMERS,
        CONTRIBUTION,
        AFTER,
        MARGIN,
    ]


def _reconcile(words: Words) -> ShopWish:
    by_source = words.took(r"(?:by|per) (?:source|utm source|channel source)")
    words.take(RECONCILE)
    words.take(SHOP)
    words.take(SIDES)
    words.take("platforms?|too (?:many|much)|the(?: same)?|from|than|to|right|wrong|real(?:ly)?|actual(?:ly)?")
    return ShopWish("reconcile", by_source=by_source)


def _margin(words: Words) -> float | None:
    found = next(iter(words.take(MARGIN) or words.take(BARE_MARGIN)), None)
    if found is None:
        return None
    return round(float(next(number for number in found.groups() if number)) / 100, 6)
