"""Why something is unusual: ``find_cause`` holds the unusual days against the usual level and names what explains them.

``usual`` (the figures of both sides), ``beside`` (what else is known: changes, calendar, orders, other accounts),
``rules`` (which cause, in the order in which an expert would rule them out), ``words`` (facts and the sentence) and
``find``, which puts them together. ``docs/methods/causes.md`` has the rules and what they cannot tell.
"""

from tools.causes.find import find_cause
from tools.causes.model import Cause, Looked

__all__ = ["Cause", "Looked", "find_cause"]
