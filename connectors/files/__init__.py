"""Exports that people download: read whole, or refused with the row and the reason."""

from connectors.files.orders.recognise import orders
from connectors.files.plan import recognise as plan
from connectors.files.reader import read_export
from connectors.files.recognise import RECOGNISERS, Recognised, recognise
from connectors.files.report import FileReport, SkippedRow

__all__ = ["FileReport", "Recognised", "SkippedRow", "read_export", "recognise"]

RECOGNISERS["orders"] = orders
RECOGNISERS["plan"] = plan
