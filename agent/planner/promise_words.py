"""Words of a question about what came of applied changes: "how good were your recommendations?"."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

from agent.planner.text import Words

_OUR = r"(?:your|the|our|those|these|that|this|its|my|all|last|latest|earlier|past|previous|of|budget|applied|recent)"
_CHANGES = (
    r"(?:recommendations?|recommended (?:changes?|budgets?)|predictions?|promises|proposals?|advice|suggestions?|"
    r"(?:budget )?changes?|moves?|raises?|cuts?|shifts?|budget increases?|budget cuts?)"
)
_DONE = r"(?:raising|increasing|cutting|lowering|reducing|decreasing|changing|moving|shifting)"
_WELL = r"(?:work(?:ed|ing)?(?: out)?|pa(?:y|id|ying)(?: us)? off|help(?:ed|ing)?|turn(?:ed)? out|come true|came true|hold(?: up)?|held(?: up)?|worth it|(?:any )?good|right|correct|accurate|a good (?:idea|move|decision))"
_THE_RAISE = r"(?:the |that |our )?(?:raise|increase|cut|change|budget change|move|shift)(?= (?:of|to|in|on|for)(?! (?:\w+ )?(?:spend|revenue|conversions|cpa|roas)))"

_RECORD = (
    rf"how (?:good|accurate|right|reliable|well calibrated)(?: (?:were|are|is|was|have|has|been))? (?:{_OUR} )*{_CHANGES}(?: been| so far)*",
    rf"how (?:well )?(?:did|do|have|has) (?:{_OUR} )*{_CHANGES} (?:do|done|perform(?:ed)?|{_WELL})",
    rf"(?:did|have|has|do|are|were) (?:{_OUR} )*{_CHANGES} {_WELL}",
    rf"which (?:of )?(?:{_OUR} )*{_CHANGES} {_WELL}",
    rf"what (?:came|came out|become|became|has come|has become|have become|happened (?:after|with|to)) (?:of )?(?:{_OUR} )*{_CHANGES}",
    rf"(?:(?:the|your|our) )?(?:track record|hit rate|ledger of promises)(?: of (?:{_OUR} )*{_CHANGES})?",
    r"(?:predicted|expected|promised) (?:vs|versus|against|and) (?:realised|realized|actual|measured)(?: (?:effects?|gains?))?",
    r"what did you promise|did you keep your promises|promises kept",
)  # fmt: skip
_ONE = (
    (rf"(?:did|was|has|is)(?= (?:the )?{_DONE}(?!\w))", _DONE, _WELL),
    (rf"(?:did|was|has)(?= {_THE_RAISE})", _THE_RAISE, _WELL),
)


def take(words: Words) -> bool:
    """Whether applied changes are asked about; takes the words that say so."""
    if any(words.took(pattern) for pattern in _RECORD):
        words.take(
            r"(?:that )?(?:we|you|i) (?:made|did|applied|approved)|(?:that )?were (?:applied|made|approved)|so far"
        )
        return True
    for first, done, well in _ONE:
        if words.has(first) and words.has(well):
            for pattern in (first, done, well):
                words.take(pattern)
            words.take(r"the budgets?(?: of| for)?|budgets?|spend(?: on| of| for)?|out")
            return True
    return False
