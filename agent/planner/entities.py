"""Names in a question: platforms, accounts and campaigns that the data hold, and those that they do not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.planner.filler import FILLER
from agent.planner.name_words import CAMPAIGN_NICKNAMES, PLACEMENT_WORDS, PLATFORM_WORDS
from agent.planner.text import CannotRead, Words, normalise
from agent.planner.vocabulary import metric_words
from agent.state import PlanContext
from tools.labels import join_words, platform_label

_WITHOUT = (
    r"(?:(?:and |but )?(?:everything but|anything but|all but|without|excluding|exclude|excl|ex|except(?: for)?|minus|"
    r"not counting|not including|"
    r"leaving out|not|other than|apart from|ohne|sin)(?: the| our)?) *$"
)
MOST_CHOICES = 8
_MARK = "qzname"  # no word, and too far from any for a typo
_NATIVE = ("google_ads", "meta")


@dataclass
class Named:
    """What the names in a question narrow it to; ``campaigns`` and ``platforms`` in the order named."""

    platforms: list[str] = field(default_factory=list)
    campaigns: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    exclude_campaigns: list[str] = field(default_factory=list)
    exclude_platforms: list[str] = field(default_factory=list)
    exclude_accounts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # "key=value", confirmed ones
    exclude_labels: list[str] = field(default_factory=list)
    minus: list[tuple[int, str]] = field(default_factory=list)  # where "minus" stands, and the name after it
    notes: list[str] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    where: dict[str, int] = field(default_factory=dict)
    excluded_at: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.at)

    def kinds(self) -> tuple[tuple[list[str], list[str]], ...]:
        """(names kept, names left out) of each kind."""
        return (
            (self.platforms, self.exclude_platforms),
            (self.campaigns, self.exclude_campaigns),
            (self.accounts, self.exclude_accounts),
            (self.labels, self.exclude_labels),
        )

    def in_order_named(self) -> None:
        """Names in the order in which the question names them."""
        self.campaigns.sort(key=lambda name: self.where.get(name, 0))
        self.labels.sort(key=lambda label: self.where.get(label, 0))

    def filters(self, context: PlanContext) -> dict[str, list[str]]:
        """The filter arguments of a tool; what narrows nothing is left out."""
        platforms = self.platforms or (
            [p for p in context.platforms if p not in self.exclude_platforms] if self.exclude_platforms else []
        )
        accounts = self.accounts
        if self.exclude_accounts and not accounts:
            accounts = list(dict.fromkeys(e.name for e in context.accounts if e.name not in self.exclude_accounts))
            if not accounts:
                raise CannotRead("That leaves no account: the data hold only what you exclude.", exact=True)
        named = {
            "platforms": platforms,
            "campaigns": self.campaigns,
            "accounts": accounts,
            "exclude_campaigns": self.exclude_campaigns,
            "labels": self.labels,
            "exclude_labels": self.exclude_labels,
        }
        return {key: value for key, value in named.items() if value}


def set_quoted_apart(question: str, context: PlanContext) -> tuple[str, list[str]]:
    """(the question with a mark for each quoted name, the names): 'spend of "May"' is about a campaign, not a month.

    Only plain words need their quotes; a picked choice at the end of the question keeps them.
    """
    plain = {e.name.casefold(): e.name for e in (*context.campaigns, *context.accounts) if " " not in e.name.strip()}
    found: list[str] = []

    def mark(match: re.Match[str]) -> str:
        name = plain.get(match[2].strip().casefold())
        if name is None:
            return match[0]
        found.append(name)
        return f" {_MARK}{'x' * len(found)} "

    return re.sub(r"(?<!\w)([\"'“‘„])([^\"'”’“]{1,120})[\"'”’“](?!\w)", mark, question), found


def take_quoted(words: Words, quoted: list[str], context: PlanContext, named: Named) -> None:
    """The names that were set apart."""
    for number, name in enumerate(quoted, start=1):
        for match in words.take(_MARK + "x" * number):
            _note(words, match.start(), name, context, named)


def take_full_names(words: Words, context: PlanContext, named: Named, waiting: frozenset[str] = frozenset()) -> None:
    """Campaigns and accounts written out in full, the longest first; a name that is also a plain word waits, and one
    that says no more than a label (``waiting``), for labels win."""
    plain = waiting | {phrase for phrase, _ in metric_words()} | set(_platform_words()) | FILLER
    names = {normalise(e.name): e.name for e in (*context.campaigns, *context.accounts)}
    names |= {n.replace(" ", ""): name for n, name in names.items() if " " in n and len(n) > 7}  # "crossnetwork"
    for said in sorted(names, key=lambda n: (-len(n), n)):
        if len(said) < 2 or said in plain or (" " not in said and not said.isalpha()):
            continue
        for match in words.take_phrase(said):
            _note(words, match.start(), names[said], context, named)


def take_platforms(words: Words, context: PlanContext, named: Named) -> None:
    """Platforms by any of their names. Raises CannotRead for one that the data do not hold."""
    held = (*context.platforms, *context.analytics)
    spoken = _platform_words() | {normalise(slug.replace("_", " ")): slug for slug in held}
    found: list[tuple[int, str, bool]] = []
    for said in sorted(spoken, key=lambda w: (-len(w), w)):
        if said not in words.rest:
            continue
        for match in words.take(re.escape(said) + "(?: ads)?(?: accounts?)?"):
            slug = spoken[said]
            if slug not in held:
                raise CannotRead(_not_connected(slug, context), exact=True)
            found.append((match.start(), slug, excluded(words, match.start(), slug, named)))
            if said in PLACEMENT_WORDS:
                named.notes.append(f"The data do not split out placements: '{said}' is read as {platform_label(slug)}.")
    for at, slug, left_out in sorted(found):
        target = named.exclude_platforms if left_out else named.platforms
        if slug not in target:
            target.append(slug)
        named.at.append(at)
        named.where.setdefault(slug, at)


def take_nicknames(words: Words, context: PlanContext, named: Named) -> None:
    """Campaign types by what people call them: "pmax" is what Google's reports call Cross-network."""
    for said in sorted(CAMPAIGN_NICKNAMES, key=lambda w: -len(w)):
        for match in words.take_phrase(said):
            meant = next(
                (hits for alias in CAMPAIGN_NICKNAMES[said] if (hits := _holding(alias.split(), context, named))), []
            )
            if not meant:
                raise CannotRead(f"No campaign in the data is called '{said}'. {campaign_list(context)}", exact=True)
            name = _one_of(said, meant, words, match.end(), named)
            if name is None:
                continue
            if normalise(said) not in normalise(name):
                named.notes.append(f"'{said}' is read as the campaign {name}.")
            _note(words, match.start(), name, context, named)


def take_partial_names(words: Words, context: PlanContext, named: Named) -> None:
    """Parts of names among the words nobody took: "search" is Search Network where only one campaign has the word."""
    left = words.left()
    index = 0
    while index < len(left):
        word, at = left[index]
        run, end = [word], at + len(word)
        hits = [] if word in FILLER or len(word) < 2 else _holding(run, context, named)
        while hits and index + 1 < len(left) and left[index + 1][1] == end + 1:
            wider = _holding([*run, left[index + 1][0]], context, named)
            if not wider:
                break
            index += 1
            run, end, hits = [*run, left[index][0]], left[index][1] + len(left[index][0]), wider
        if hits:
            name = _one_of(" ".join(run), hits, words, end, named)
            words.mask(at, end)
            if name is not None:
                _note(words, at, name, context, named)
            else:
                named.at.append(at)
        index += 1


def campaign_list(context: PlanContext) -> str:
    """The campaigns in the data as a sentence, cut where they are many."""
    names = list(dict.fromkeys(e.name for e in context.campaigns))
    if not names:
        return "There are no campaigns in the data yet."
    more = f" and {len(names) - MOST_CHOICES} more" if len(names) > MOST_CHOICES else ""
    return f"The campaigns in the data: {', '.join(names[:MOST_CHOICES])}{more}."


def _platform_words() -> dict[str, str]:
    return {word: slug for slug, words in PLATFORM_WORDS.items() for word in words} | PLACEMENT_WORDS


def _not_connected(slug: str, context: PlanContext) -> str:
    layout = slug if slug in _NATIVE else "generic"
    held = join_words([platform_label(p) for p in context.platforms]) or "nothing yet"
    return (
        f"{platform_label(slug)} is not connected here; the data hold {held}. To ask about it, load an export: "
        f"budgeteer import FILE --platform {layout} --account NAME --currency CODE."
    )


def excluded(words: Words, at: int, name: str, named: Named) -> bool:
    """Whether "without" stands right before; it is then taken."""
    match = re.search(r"(?<![\w·])" + _WITHOUT, words.rest[:at])
    if match is None:
        return False
    words.mask(match.start(), match.start() + len(match.group().rstrip()))
    named.excluded_at.append(at)
    if "minus" in match.group():
        named.minus.append((match.start(), name))
    return True


def _holding(run: list[str], context: PlanContext, named: Named) -> list[str]:
    """Names that hold all the words, on the platforms named where any there does."""
    held = [e for e in (*context.campaigns, *context.accounts) if set(run) <= set(normalise(e.name).split())]
    narrowed = [e for e in held if not named.platforms or e.platform in named.platforms]
    return list(dict.fromkeys(e.name for e in narrowed or held))


def _one_of(said: str, names: list[str], words: Words, end: int, named: Named) -> str | None:
    """The one name meant. All of them for "search campaigns" (then None). Raises CannotRead to ask which."""
    if len(names) == 1:
        return names[0]
    chosen = [name for name in names if name in named.campaigns or name in named.accounts]
    if len(chosen) == 1:  # the answer to a question back stands beside the question
        return chosen[0]
    if re.match(r" campaigns\b", words.text[end:]) or words.has(rf"all(?: the| our)? {re.escape(said)}"):
        named.campaigns.extend(name for name in names if name not in named.campaigns)
        for name in names:
            named.where.setdefault(name, end - len(said))
        return None
    choices = tuple(names[:MOST_CHOICES])
    raise CannotRead(
        f"'{said}' fits several names. Which one do you mean? For all of them say 'all {said} campaigns'.", choices
    )


def _note(words: Words, start: int, name: str, context: PlanContext, named: Named) -> None:
    """Narrow the question to the name, or leave it out where "without" stands before it."""
    left_out = excluded(words, start, name, named)
    if any(e.name == name for e in context.accounts):
        target = named.exclude_accounts if left_out else named.accounts
    else:
        target = named.exclude_campaigns if left_out else named.campaigns
    if name not in target:
        target.append(name)
    named.at.append(start)
    named.where.setdefault(name, start)
