"""Countries as people write them: ISO codes, names in several languages, and the adjectives that are also languages."""

from __future__ import annotations

from functools import cache

from domain.naming import read_name

_LOCALES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv")
_ALSO = {"uk": "GB", "usa": "US", "england": "GB", "british": "GB", "american": "US", "swiss": "CH", "holland": "NL"}
_ENDINGS = ("n", "an", "ian", "ese", "ish")


@cache
def codes() -> frozenset[str]:
    """The ISO 3166 codes of two letters."""
    from babel import Locale

    return frozenset(c for c in Locale("en").territories if len(c) == 2 and c.isalpha() and c not in _NO_COUNTRIES)


_NO_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}


def code_of(word: str) -> str | None:
    """``de`` and ``uk`` by their codes alone."""
    upper = "GB" if word == "uk" else word.upper()
    return upper if upper in codes() else None


@cache
def names() -> dict[str, str]:
    """Folded name or adjective -> code: germany, deutschland, german."""
    from babel import Locale

    found: dict[str, str] = {}
    for language in _LOCALES:
        for code, name in Locale(language).territories.items():
            if code in codes():
                found.setdefault(" ".join(read_name(name).words), code)
    english = {n: c for n, c in found.items() if Locale("en").territories.get(c, "").casefold() == n}
    adjectives = _languages() | {
        stem + ending: english[name]
        for name in english
        for ending in _ENDINGS
        for stem in (name, name.rstrip("aeyo"))
        if len(stem) > 3 and stem + ending not in found
    }
    return {name: code for name, code in (adjectives | found | _ALSO).items() if len(name) > 3 or name in _ALSO}


def _languages() -> dict[str, str]:
    """``german`` -> DE: the languages named after where most people speak them."""
    from babel import Locale
    from babel.core import get_global
    from babel.languages import get_official_languages

    likely = get_global("likely_subtags")
    found = {}
    for language, name in Locale("en").languages.items():
        if len(language) != 2 or language == "en" or " " in name:
            continue
        same = language.upper()
        at_home = same in codes() and language in get_official_languages(same)
        code = same if at_home else str(likely.get(language, "")).rpartition("_")[2]
        if code in codes():
            found[name.casefold()] = code
    return found


def named(word: str) -> str | None:
    """The code of a country that is written out; None for a word that is no country."""
    return names().get(word)
