"""Labels that campaign names suggest: brand, country, funnel, type, and a field that sorts them into categories.

A proposal is only a proposal: nothing carries a label before a person has confirmed its rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain import countries
from domain.labels import LIKELY, MAYBE, MOST_PATTERN, MOST_VALUE, SURE, Rule, assign, matches, read_names
from domain.naming import Name, read_name

# key -> value -> the words that say it, and how sure they are
VOCABULARY: Mapping[str, Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]] = {
    "brand": {
        "brand": ((("brand", "branded", "brands", "branding"), SURE),),
        "non-brand": ((("nonbrand", "nonbranded", "unbranded"), SURE), (("generic", "generics", "nb"), LIKELY)),
    },
    "funnel": {
        "prospecting": (
            (("prospecting", "prosp", "acquisition", "tofu", "upper funnel", "new customers"), SURE),
            (("acq", "cold", "awareness"), MAYBE),
        ),
        "consideration": ((("mofu", "mid funnel", "consideration"), SURE),),
        "retargeting": (
            (("retargeting", "remarketing", "rtg", "rmkt", "rlsa", "bofu", "lower funnel", "dpa retargeting"), SURE),
            (("warm", "hot"), MAYBE),
        ),
        "retention": ((("retention", "loyalty", "reactivation", "winback", "win back"), SURE),),
    },
    "type": {
        "search": ((("search", "sea", "dsa"), SURE),),
        "shopping": ((("shopping", "pla"), SURE),),
        "pmax": ((("pmax", "p max", "performance max", "cross network", "advantage shopping"), SURE),),
        "display": ((("display", "gdn"), SURE),),
        "video": ((("video", "videos", "youtube", "you tube", "yt"), SURE),),
        "demand gen": ((("demand gen", "demandgen", "discovery"), SURE),),
    },
}
_GENERAL = {"shop", "store", "account", "google", "meta", "facebook", "online", "gmbh", "group", "company", "global"}
_PLAIN = {"am", "as", "at", "be", "by", "do", "in", "is", "it", "me", "my", "no", "so", "to", "us"}  # also codes
_VARIES, _MOSTLY = 2, 0.6
LAST = -1  # a place counted from the end of a name
_MOST_CATEGORIES, _FEWEST_NAMES = 12, 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule, and the campaigns (by name) that would carry its label."""

    rule: Rule
    campaigns: tuple[str, ...]


def propose(names: Collection[str], own: Sequence[str] = ()) -> tuple[Proposal, ...]:
    """Rules for one account's campaigns. ``own`` are the account's and the advertiser's names.

    A campaign whose name says two values of one key with equal force is in neither; a key that says the same of every
    campaign tells nothing and is not proposed.
    """
    read = read_names(dict.fromkeys(names))
    rules = [*_by_words(read), *_own_name(read, own), *_countries(read)]
    rules += _categories(read, rules)
    return _useful(
        read, [rule for rule in rules if len(rule.pattern) <= MOST_PATTERN and len(rule.value) <= MOST_VALUE]
    )


def carried(names: Collection[str], rules: Sequence[Rule]) -> dict[Rule, tuple[str, ...]]:
    """The campaigns of each rule, without those that other rules of its key contradict."""
    read = read_names(dict.fromkeys(names))
    said = {name: assign(parts, rules) for name, parts in read.items()}
    return {
        rule: tuple(
            name
            for name, parts in read.items()
            if matches(rule.pattern, parts) and said[name][rule.key].value == rule.value
        )
        for rule in rules
    }


def _useful(read: Mapping[str, Name], rules: Sequence[Rule]) -> tuple[Proposal, ...]:
    found = [Proposal(rule, campaigns) for rule, campaigns in carried(read, rules).items() if campaigns]
    values: dict[str, set[str]] = defaultdict(set)
    reached: dict[str, set[str]] = defaultdict(set)
    for proposal in found:
        values[proposal.rule.key].add(proposal.rule.value)
        reached[proposal.rule.key].update(proposal.campaigns)
    telling = {key for key in values if len(values[key]) > 1 or len(reached[key]) < len(read)}
    return tuple(p for p in found if p.rule.key in telling)


def _by_words(read: Mapping[str, Name]) -> list[Rule]:
    return [
        Rule(key, value, f"words:{','.join(words)}", sure)
        for key, said in VOCABULARY.items()
        for value, groups in said.items()
        for words, sure in groups
        if any(name.has(word) for name in read.values() for word in words)
    ]


def _own_name(read: Mapping[str, Name], own: Sequence[str]) -> list[Rule]:
    """An advertiser's own name in a few campaigns means brand; in most of them it is only how they all begin."""
    plain = {w for said in VOCABULARY.values() for groups in said.values() for words, _ in groups for w in words}
    words = dict.fromkeys(w for name in own for w in read_name(name).words)
    found = []
    for word in words:
        if len(word) < 3 or word in plain or word in _GENERAL or countries.named(word) or not word.isalpha():
            continue
        holding = [name for name in read.values() if name.has(word)]
        if holding and len(holding) < _MOSTLY * len(read):
            found.append(Rule("brand", "brand", f"words:{word}", MAYBE))
    return found


def _countries(read: Mapping[str, Name]) -> list[Rule]:
    said: dict[str, set[str]] = defaultdict(set)
    for name in read.values():
        for phrase in _phrases(name):
            if (code := countries.named(phrase)) is not None:
                said[code].add(phrase)
    sure = SURE if len(said) >= _VARIES else MAYBE
    rules = [Rule("country", code, f"words:{','.join(sorted(phrases))}", sure) for code, phrases in said.items()]
    return rules + _country_codes(read)


def _phrases(name: Name) -> list[str]:
    pairs = [f"{a} {b}" for a, b in zip(name.words, name.words[1:], strict=False)]
    return [*name.words, *pairs]


def _country_codes(read: Mapping[str, Name]) -> list[Rule]:
    """Codes are also plain words (in, it, no, to): they count in a place where several campaigns vary over codes."""
    rules: list[Rule] = []
    covered: set[str] = set()
    for (separator, position), holding in sorted(_places(read).items(), key=lambda item: -len(item[1])):
        open_names = {name: field for name, field in holding.items() if name not in covered}
        coded = {name: code for name, field in open_names.items() if (code := countries.code_of(field))}
        sure = _how_sure(separator, coded, open_names, len(read))
        if sure is None and position == LAST:
            coded = {name: code for name, code in coded.items() if _in_capitals(name, open_names[name])}
            sure = MAYBE if len(set(coded.values())) >= _VARIES else None
        if sure is None:
            continue
        covered |= set(coded)
        fields = {(code, open_names[name]) for name, code in coded.items()}
        rules += [Rule("country", code, f"field:{separator}:{position}:{f}", sure) for code, f in sorted(fields)]
    return rules


def _how_sure(separator: str, coded: Mapping[str, str], open_names: Mapping[str, str], all_names: int) -> int | None:
    """How sure it is that the fields of one place are codes; None where they may as well be words."""
    if len(set(coded.values())) < _VARIES or len(coded) < _MOSTLY * len(open_names):
        return None
    if separator == " " and (len(coded) < all_names / 2 or {open_names[name] for name in coded} <= _PLAIN):
        return None
    return SURE if len(coded) == len(open_names) else LIKELY


def _in_capitals(name: str, field: str) -> bool:
    """Whether the name writes the field as a code: ``Search NL``, not ``Shop it`` and not ``SEARCH NL``."""
    return name.endswith(field.upper()) and name != name.upper()


def _places(read: Mapping[str, Name]) -> dict[tuple[str, int], dict[str, str]]:
    """(separator, position from the front, or -1 for the last) -> name -> its field there."""
    places: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for text, name in read.items():
        for position, field in enumerate(name.fields, start=1):
            places[name.separator, position][text] = field
        if len(name.fields) > 1:
            places[name.separator, LAST][text] = name.fields[-1]
    return places


def _categories(read: Mapping[str, Name], known: Sequence[Rule]) -> list[Rule]:
    """The place whose few values sort the most campaigns, where they say nothing that another key says."""
    best: tuple[int, list[Rule]] = (0, [])
    for (separator, position), holding in _places(read).items():
        if position < 0 or len(holding) < max(_FEWEST_NAMES, _MOSTLY * len(read)):
            continue
        counts = Counter(holding.values())
        free = {value: n for value, n in counts.items() if not _says_another(value, known) and not value.isdigit()}
        repeated = [value for value, n in free.items() if n > 1]
        few = 1 < len(free) <= min(_MOST_CATEGORIES, len(holding) // 2)
        if not few or len(repeated) < _VARIES or sum(free.values()) < _MOSTLY * len(holding):
            continue
        if sum(free.values()) > best[0]:
            sure = LIKELY if len(repeated) == len(free) else MAYBE
            rules = [Rule("category", v, f"field:{separator}:{position}:{v}", sure) for v in sorted(free)]
            best = sum(free.values()), rules
    return best[1]


def _says_another(value: str, known: Sequence[Rule]) -> bool:
    alone = Name(" ", tuple(value.split()), tuple(value.split()))
    by_word = any(rule.pattern.startswith("words:") and matches(rule.pattern, alone) for rule in known)
    return by_word or any(rule.pattern.startswith("field:") and rule.pattern.endswith(f":{value}") for rule in known)
