"""Names that were read, put in relation: what "without" reaches, what stands side by side, which namesake is meant."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.planner.entities import MOST_CHOICES, Named, campaign_list
from agent.planner.text import TAKEN, CannotRead, Words
from agent.state import PlanContext
from tools.labels import join_words, platform_label

_BESIDE = r"(?:and|or|vs|versus|v|against|plus|than|compared (?:to|with)|\+)"


def settle_exclusions(words: Words, named: Named) -> None:
    """ "without display and youtube" leaves out both: what stands behind an excluded name goes with it, also behind a
    comma (which no longer stands in the words)."""
    for kept, excluded in named.kinds():
        for name in list(kept):
            at = named.where.get(name, 0)
            between = [words.rest[start:at].replace(TAKEN, " ") for start in named.excluded_at if start < at]
            if any(re.fullmatch(r"(?:\s|and|or|nor|the|our)+", gap) for gap in between):
                kept.remove(name)
                excluded.append(name)


def settle_differences(named: Named) -> None:
    """ "google minus meta" is two figures, and both are shown; "google minus youtube" leaves a campaign out."""
    for _, name in named.minus:
        for kept, excluded in named.kinds():
            if name in excluded and kept:
                excluded.remove(name)
                kept.append(name)
                named.notes.append("A difference of two names is not computed: both figures are shown side by side.")


def settle_namesakes(context: PlanContext, named: Named) -> None:
    """One campaign name on two platforms, or in two accounts, needs one word more. Raises CannotRead to ask."""
    for name in named.campaigns:
        places = [
            e
            for e in context.campaigns
            if e.name == name
            and (not named.platforms or e.platform in named.platforms)
            and e.platform not in named.exclude_platforms
            and (not named.accounts or e.account in named.accounts)
        ]
        platforms = list(dict.fromkeys(e.platform for e in places))
        accounts = list(dict.fromkeys(e.account for e in places))
        if len(platforms) > 1:
            raise CannotRead(
                f"'{name}' exists on several platforms. Which one do you mean?",
                tuple(f"{name} on {platform_label(p)}" for p in platforms),
            )
        if len(accounts) > 1:
            raise CannotRead(
                f"'{name}' exists in several accounts. Which one do you mean?",
                tuple(f"{name} in {account}" for account in accounts[:MOST_CHOICES]),
            )
        if not places:
            where = join_words([platform_label(p) for p in named.platforms] + named.accounts)
            raise CannotRead(f"There is no campaign {name} in {where}. {campaign_list(context)}", exact=True)


def side_by_side(words: Words, named: Named, context: PlanContext) -> tuple[Named, ...]:
    """ "search vs meta", "cpm on meta and youtube": a platform beside a campaign of another one is a side of its own.

    Nothing where one narrows the other ("youtube on google").
    """
    homes = {p: {e.name for e in context.campaigns if e.platform == p} for p in named.platforms}
    alone = [p for p in named.platforms if not homes[p] & set(named.campaigns)]
    if not alone or not named.campaigns or named.exclude_campaigns or named.accounts or named.labels:
        return ()
    places = sorted(named.where[name] for name in (*named.campaigns, *named.platforms))
    for platform in alone:
        at = named.where[platform]
        before = max((p for p in places if p < at), default=None)
        after = min((p for p in places if p > at), default=None)
        gaps = [words.text[before:at]] if before is not None else []
        gaps += [words.text[at:after]] if after is not None else []
        if not any(re.search(rf"\b{_BESIDE}\b", gap) for gap in gaps):
            return ()
    rest = [p for p in named.platforms if p not in alone]
    campaigns = replace(named, platforms=rest, at=[named.where[c] for c in (*named.campaigns, *rest)])
    return (campaigns, replace(named, platforms=alone, campaigns=[], at=[named.where[p] for p in alone], notes=[]))
