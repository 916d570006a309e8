"""Why a question by label cannot be answered: what is not known, what to ask instead, what would make it possible."""

from __future__ import annotations

import re

from agent.planner.entities import MOST_CHOICES, Named
from agent.planner.text import CannotRead, Words, normalise
from agent.planner.unknown import metric_named, platform_words
from agent.state import Entity, PlanContext
from domain import countries
from tools.labels import join_words, platform_label

NON_BRAND = r"(?:non|not|un) ?brand(?:ed|s)?|nonbrand(?:ed)?"
_A_YEAR = 330  # days; a month's bare name is read as its last one


def check_non_brand(words: Words, context: PlanContext, named: Named) -> None:
    """Raises CannotRead for "non-brand" that no label and no name says, before a name takes its "brand" away."""
    names = [set(normalise(e.name).split()) for e in (*context.campaigns, *context.accounts)]
    if words.has(NON_BRAND) and not any("nonbrand" in name or {"non", "brand"} <= name for name in names):
        raise CannotRead(reason(words, context, named), exact=True)


def check_countries(words: Words, context: PlanContext, named: Named) -> None:
    """Raises CannotRead for "DE vs AT" where one of them is in no label and no name: "at" would pass for a preposition,
    and "de" for the one campaign that is named so."""
    match = re.search(r"(?<![\w+-])([a-z]{2}) (?:vs|versus|or) ([a-z]{2})(?![\w+-])", words.text)
    if match is None or not all(countries.code_of(code) for code in match.groups()):
        return
    held = {word for e in (*context.campaigns, *context.accounts) for word in normalise(e.name).split()}
    spots = [(match[group], match.start(group)) for group in (1, 2)]
    if any(words.rest[at : at + 2] == code and code not in held for code, at in spots):
        raise CannotRead(reason(words, context, named), exact=True)


def reason(words: Words, context: PlanContext, named: Named) -> str:
    """One paragraph about the campaigns that the question can be about."""
    asked = _asked(context, named)
    real = [e for e in asked if e.name != e.account]
    there = "; ".join(f"{key} ({', '.join(values[:8])})" for key, values in context.labels.items())
    if real:
        known = (
            f" and by these labels: {there}" if there else "; nothing labels them as brand, country, funnel or category"
        )
        what = f"I know the campaigns of {_platforms(real)} by their imported names{known}."
    else:
        what = (
            f"The data of {_platforms(asked)} name no campaigns, so nothing labels them as brand, country or category."
        )
    return (
        f"{what} {_instead(words, asked, context)} Labels would make it possible: read them from the names of "
        "campaigns and confirm them (budgeteer labels propose), or set them by hand (budgeteer "
        "labels set CAMPAIGN brand=non-brand)."
    )


def _asked(context: PlanContext, named: Named) -> list[Entity]:
    """The campaigns, or accounts without any, that the names read so far leave; all where they leave none."""
    platforms = named.platforms or [e.platform for e in context.campaigns if e.name in named.campaigns]
    left = [
        e
        for e in context.campaigns
        if (not platforms or e.platform in platforms)
        and (not named.accounts or e.account in named.accounts)
        and e.platform not in named.exclude_platforms
        and e.account not in named.exclude_accounts
    ]
    return left or list(context.campaigns)


def _instead(words: Words, asked: list[Entity], context: PlanContext) -> str:
    """What can be asked: by campaign, or without one. A file without campaigns leaves its account in their place."""
    if not asked:
        return "There are no campaigns in the data yet."
    names = list(dict.fromkeys(e.name for e in asked if e.name != e.account))
    more = f" and {len(names) - MOST_CHOICES} more" if len(names) > MOST_CHOICES else ""
    listed = f"They are {', '.join(names[:MOST_CHOICES])}{more}. " if names else ""
    last = names[:MOST_CHOICES][-1] if len(names) > 1 else None
    example = next(e for e in asked if last is None or e.name == last)
    question = f"{metric_named(words.text).lower()} of {platform_words(example.platform)[-1]} in {_month(context)}"
    if last is None:
        return f"{listed}Ask for all of it instead: '{question}'."
    return f"{listed}Ask by campaign instead, or leave one out: '{question} without {last}'."


def _platforms(entities: list[Entity]) -> str:
    return join_words(list(dict.fromkeys(platform_label(e.platform) for e in entities))) or "the accounts"


def _month(context: PlanContext) -> str:
    last = context.last_day or context.today
    return f"{last:%B}".lower() if (context.today - last).days < _A_YEAR else f"{last:%B %Y}".lower()
