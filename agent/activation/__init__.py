"""Carrying out what people approved: ``execute`` writes, ``settle_unknown`` clears up, ``look`` and ``resolve``
are a person's way out of quarantine, the graph only narrates."""

from agent.activation.deps import ActivationDeps
from agent.activation.execute import execute, settle_unknown
from agent.activation.resolve import look, resolve

__all__ = ["ActivationDeps", "execute", "look", "resolve", "settle_unknown"]
