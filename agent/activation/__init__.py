"""Carrying out what people approved: ``execute`` writes, ``settle_unknown`` clears up, the graph only narrates."""

from agent.activation.deps import ActivationDeps
from agent.activation.execute import execute, settle_unknown

__all__ = ["ActivationDeps", "execute", "settle_unknown"]
