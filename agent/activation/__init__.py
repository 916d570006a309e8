"""Carrying out what people approved: ``execute`` writes, ``settle_unknown`` clears up, ``look`` and ``resolve``
are a person's way out of quarantine, ``follow_up`` proposes an undo or the rest, the graph only narrates."""

from agent.activation.deps import ActivationDeps
from agent.activation.execute import execute, settle_unknown
from agent.activation.followup import follow_up
from agent.activation.resolve import look, resolve

__all__ = ["ActivationDeps", "execute", "follow_up", "look", "resolve", "settle_unknown"]
