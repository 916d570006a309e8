"""Questions to analytics: its figures (sessions) and its names ("google / cpc"), which no ads platform has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.planner.entities import MOST_CHOICES, Named
from agent.planner.name_words import PLATFORM_WORDS
from agent.planner.reading import Reading
from agent.planner.text import CannotRead, normalise
from agent.planner.vocabulary import metric_words
from agent.state import PlanContext
from domain.metrics import METRICS
from domain.utm_sources import platform_of
from tools.labels import join_words, platform_label
from tools.of_analytics import NOT_LOADED, OF_ADS, OF_ANALYTICS


def seen(question: str, context: PlanContext) -> PlanContext:
    """The data as a question to analytics sees them: with the names that analytics has in place of the ads'."""
    if not context.analytics or not (_about_sessions(question, context) or _names_it(question, context)):
        return context
    return replace(
        context,
        campaigns=context.analytics_campaigns,
        accounts=context.analytics_accounts,
        platforms=tuple(dict.fromkeys((*context.platforms, *context.analytics))),
    )


def settled(reading: Reading, context: PlanContext) -> Reading:
    """The reading with what analytics counts asked of analytics. A platform that is named is read as its sources.

    Raises:
        CannotRead: no analytics is loaded, or a figure of the ads is asked for in the same breath.
    """
    asked = [METRICS[m] for m in reading.metrics]
    if not OF_ANALYTICS & set(reading.metrics) or reading.define:
        return reading
    if not context.analytics:
        raise CannotRead(NOT_LOADED, exact=True)
    if other := [m.label for m in asked if {m.numerator, m.denominator} & OF_ADS]:
        raise CannotRead(
            f"{join_words(other)} are the ads platforms', sessions are analytics': ask for each by itself.", exact=True
        )
    if reading.unusual or reading.ahead or reading.health:
        raise CannotRead(
            "Sessions are neither judged nor forecast, only told and compared. For example 'sessions last week "
            "against the week before'.", exact=True,
        )  # fmt: skip
    for side in reading.sides or (reading.named,):
        reading.notes += _settle(side, context)
    return reading


def _settle(named: Named, context: PlanContext) -> list[str]:
    """Ask analytics; what a named ads platform was read as."""
    notes = []
    ads = [p for p in named.platforms if p not in context.analytics]
    for platform in ads:
        of_it = list(dict.fromkeys(e.name for e in context.analytics_campaigns if platform_of(e.name) == platform))
        label = platform_label(platform)
        if not of_it:
            some = [e.name for e in context.analytics_campaigns][:MOST_CHOICES]
            there = f"; it has {', '.join(some)}" if some else ""
            raise CannotRead(
                f"{label} counts clicks and no sessions, and no source in analytics names it{there}.", exact=True
            )
        named.campaigns += [name for name in of_it if name not in named.campaigns]
        notes.append(f"{label} states no sessions: read as what analytics attributes to {join_words(of_it)}.")
    named.platforms[:] = list(context.analytics)
    return notes


def _about_sessions(question: str, context: PlanContext) -> bool:
    slugs = set(_metrics_in(question))
    asked: Mapping[str, Any] = context.earlier.asked if context.earlier else {}
    return bool(slugs & OF_ANALYTICS) or (not slugs and bool(set(asked.get("metrics", ())) & OF_ANALYTICS))


def _names_it(question: str, context: PlanContext) -> bool:
    """Whether analytics is named and, outside of its own names, no ads platform is."""
    left = f" {normalise(question)} "
    if not any(f" {word} " in left for slug in context.analytics for word in PLATFORM_WORDS.get(slug, (slug,))):
        return False
    own = {normalise(e.name) for e in context.analytics_campaigns}
    own |= {word for slug in context.analytics for word in PLATFORM_WORDS.get(slug, (slug,))}
    for name in sorted(own, key=lambda n: (-len(n), n)):
        left = left.replace(f" {name} ", " · ")
    return not any(f" {word} " in left for slug in context.platforms for word in PLATFORM_WORDS.get(slug, (slug,)))


def _metrics_in(question: str) -> Sequence[str]:
    """The metrics a text names, the longest words first."""
    left, found = f" {normalise(question)} ", []
    for phrase, slug in metric_words():
        if f" {phrase} " in left:
            found.append(slug)
            left = re.sub(rf" {re.escape(phrase)} ", " · ", left)
    return found
