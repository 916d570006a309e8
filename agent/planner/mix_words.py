"""How people ask for a media mix: what each channel truly brought, whatever the platforms claim."""

# ruff: noqa: E501 - phrases are read row by row

from __future__ import annotations

from agent.planner.text import Words

_CHANNEL = r"(?:ad |ads |marketing |media )?(?:channels?|platforms?)"
_REALLY = r"(?:really|truly|actually|incrementally)"
_DRIVES = r"(?:drives?|drove|brings?|brought|contributes?|contributed|causes?|caused|makes?|made|generates?|generated|adds?|added)"
_MIX = r"(?:the |our |a |from |in |of )*(?:media|marketing) mix(?: model(?:l?ing)?)?|(?:the |our |a |from )*mmm"
_EACH = (
    rf"(?:how much|what)(?: (?:net )?(?:revenue|sales|of (?:the |our )?(?:net )?(?:revenue|sales)))? (?:does|do|did|is|are|has|have) (?:each|every|the|our) {_CHANNEL} {_REALLY} {_DRIVES}|"
    rf"what (?:revenue |sales )?(?:each|every) {_CHANNEL} {_REALLY} {_DRIVES}|"
    r"(?:incremental |true |real )?contributions? (?:by|per|of each|of every|for each) (?:(?:marketing|media|ad) )?channels?|(?:by )?channel contributions?"
)
_FIGURES = (
    rf"marginal (?:roas|roi|returns?|revenue)|incremental (?:roas|roi|revenue|sales)|iroas|roas|roi|revenue|sales|contributions?|"
    rf"(?:by|per|for|of|from) (?:each |every |the |our )*{_CHANNEL}"
)


def take(words: Words) -> bool:
    """Whether a media mix is asked for; takes the words that say so."""
    if not (words.took(_MIX) or words.took(_EACH)):
        return False
    words.take(rf"{_FIGURES}|{_REALLY}|{_DRIVES}|(?:say|says|tell|tells|show)(?: us| me)?|each|every|{_CHANNEL}")
    return True
