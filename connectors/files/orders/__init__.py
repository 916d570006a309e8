"""Orders of a shop as people download them: read whole, or refused with the row and the reason."""

from connectors.files.orders.layouts import LAYOUTS
from connectors.files.orders.reader import read_orders
from connectors.files.orders.report import OrderRow, OrdersReport

__all__ = ["LAYOUTS", "OrderRow", "OrdersReport", "read_orders"]
