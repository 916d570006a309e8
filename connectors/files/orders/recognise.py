"""What an orders file says of itself: whose it is, its currency, and in which orders its days can be read."""

from __future__ import annotations

from connectors.files.days import orders as day_orders
from connectors.files.figures import MISSING
from connectors.files.orders.layouts import LAYOUTS
from connectors.files.orders.lines import OrderLines, find_header, gather
from connectors.files.orders.times import day_part
from connectors.files.recognise import Recognised
from domain.errors import UnknownCurrency, UntrustedFile
from domain.money import check_in_use


def orders(text: str, _name: str) -> Recognised | None:
    """A shop's orders, or None. Shopify's own header is tried first: the generic one would fit it in part."""
    for platform, layout in LAYOUTS.items():
        try:
            header = find_header(text, layout)
        except UntrustedFile:
            continue
        try:
            lines = gather(text, header, layout)
        except UntrustedFile as error:
            return Recognised("orders", platform, (platform,), trouble=str(error))
        days = {part for line in lines.orders if (part := day_part(line.cells["time"]))}
        return Recognised("orders", platform, (platform,), _currency(lines), day_orders(days))
    return None


def _currency(lines: OrderLines) -> str | None:
    written = {line.cells.get("currency", "").upper() for line in lines.orders} - MISSING
    if len(written) != 1:
        return None
    (code,) = written
    try:
        check_in_use(code)
    except UnknownCurrency:
        return None
    return code
