"""The market's control panel on loopback: read and advance the clock, break something, meddle with a budget.

``GET /clock`` -> ``{"now": ISO}``; ``GET /events``: budget changes; ``POST /advance {"days": n}``;
``POST /incident {"kind", "start", "end"?, "campaign"?, "factor"?}``;
``POST /foreign-edit {"budget_id", "micros", "client"?}``. The truth is not served.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from emulators.market.campaigns import MICROS
from emulators.market.incidents import Incident
from emulators.market.world import Market


@dataclass(frozen=True)
class Handle:
    """A running control panel."""

    market: Market
    server: ThreadingHTTPServer

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings_env(self) -> dict[str, str]:
        """Environment variables that give the product this market's time."""
        return {"CLOCK_URL": f"{self.url}/clock"}

    def stop(self) -> None:
        """Stop serving and free the port."""
        self.server.shutdown()
        self.server.server_close()


def start(market: Market) -> Handle:
    """Serve ``market`` on a free loopback port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(market))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True, name="market").start()
    return Handle(market, server)


def _clock(market: Market, _body: dict[str, Any]) -> dict[str, Any]:
    return {"now": market.now().isoformat(), "today": market.today.isoformat(), "timezone": market.timezone}


def _events(market: Market, _body: dict[str, Any]) -> dict[str, Any]:
    """The platform's own history of budget changes, as its interface shows it to the advertiser."""
    names = {b.id: b.name for b in market.budgets}
    listed = [
        {"budget": names[e.budget_id], "amount": e.new_micros / MICROS, "client": e.client, "at": e.at.isoformat()}
        for e in market.events()
    ]
    return {"events": listed}


def _advance(market: Market, body: dict[str, Any]) -> dict[str, Any]:
    market.advance(int(body["days"]))
    return _clock(market, body)


def _incident(market: Market, body: dict[str, Any]) -> dict[str, Any]:
    days = {k: date.fromisoformat(body[k]) for k in ("start", "end") if body.get(k)}
    market.inject(Incident(**{**body, **days}))
    return {"ok": True}


def _foreign_edit(market: Market, body: dict[str, Any]) -> dict[str, Any]:
    if market.budget_spec(body["budget_id"]) is None:
        raise ValueError(f"no budget {body['budget_id']!r}; there are {[b.id for b in market.budgets]}")
    client = body.get("client", "GOOGLE_ADS_WEB_CLIENT")
    market.set_budget(
        body["budget_id"], int(body["micros"]), by=body.get("by", "colleague@acme.example"), client=client
    )
    return {"ok": True}


_ROUTES: dict[tuple[str, str], Callable[[Market, dict[str, Any]], dict[str, Any]]] = {
    ("GET", "/clock"): _clock,
    ("GET", "/events"): _events,
    ("POST", "/advance"): _advance,
    ("POST", "/incident"): _incident,
    ("POST", "/foreign-edit"): _foreign_edit,
}


def _handler(market: Market) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            route = _ROUTES.get((method, self.path))
            if route is None:
                self._send(404, {"error": f"no {method} {self.path}; there are {sorted(_ROUTES)}"})
                return
            try:
                length = int(self.headers.get("Content-Length") or 0)
                self._send(200, route(market, json.loads(self.rfile.read(length)) if length else {}))
            except (KeyError, TypeError, ValueError) as error:
                self._send(400, {"error": f"{type(error).__name__}: {error}"})

        def _send(self, status: int, body: dict[str, Any]) -> None:
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_args: Any) -> None:
            """Say nothing: tests and the demo own the terminal."""

    return Handler
