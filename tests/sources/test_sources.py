"""Published sheets: read from a real HTTP server, loaded only when they changed, and never a way into the network."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app import sheets
from app.importing import Options
from app.settings import Settings
from connectors.web_sheet import SheetError, fetch
from domain.errors import BadInput
from scheduler.sources import look, read_due
from store import sources
from store.engine import read, write
from store.tables import ImportRun, Order
from tests import command_line

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
ORDERS = "Order ID,Created at,Total,Currency\n1,2024-06-01 10:00:00 +0000,10.00,EUR\n"
ALLOWED = Settings(_env_file=None, sources_allow_loopback=True)
OPTIONS = Options(platform="orders", account="Acme Shop")


class Site:
    """A loopback web server; ``pages`` maps a path to (status, content type, body, location)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes, str]] = {}
        self.asked: list[tuple[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, self.headers["Host"]))
                status, kind, body, location = site.pages.get(self.path, (404, "text/plain", b"", ""))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def put(self, path: str, body: str, kind: str = "text/csv", status: int = 200, location: str = "") -> str:
        self.pages[path] = (status, kind, body.encode(), location)
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_published_sheet_is_read_through_its_redirect(site: Site) -> None:
    site.put("/real", ORDERS)
    url = site.put("/pub", "", status=307, location="/real")
    assert fetch(url, loopback=True).content.decode() == ORDERS
    assert [path for path, _ in site.asked] == ["/pub", "/real"]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (("<html>", "text/html; charset=utf-8", 200, ""), "a web page, not published as CSV"),
        (("", "text/csv", 404, ""), "answers 404; is the sheet still published"),
        (("", "text/csv", 302, "http://example.com/x"), "is not encrypted; use https"),
        (("", "text/csv", 302, "file:///etc/passwd"), "is not a web address"),
        (("", "text/csv", 302, "/pub"), "redirects more than 5 times"),
        (("x" * 2000, "text/csv", 200, ""), "is larger than 1 KiB"),
    ],
)
def test_what_is_no_published_csv_is_refused(site: Site, page: tuple[str, str, int, str], said: str) -> None:
    body, kind, status, location = page
    url = site.put("/pub", body, kind, status, location)
    with pytest.raises(SheetError, match=said):
        fetch(url, loopback=True, max_bytes=1024)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_no_name_leads_into_a_private_network(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    private = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [public, private])
    with pytest.raises(SheetError, match="inside a network"):
        fetch("https://sheets.example.com/pub?output=csv")


def test_a_redirect_into_a_private_network_is_refused(site: Site) -> None:
    url = site.put("/pub", "", status=302, location="https://10.0.0.5/secret")
    with pytest.raises(SheetError, match=r"inside a network \(10\.0\.0\.5\)"):
        fetch(url, loopback=True)


def test_loopback_is_refused_where_nobody_allowed_it(site: Site) -> None:
    url = site.put("/pub", ORDERS)
    with pytest.raises(SheetError, match="not encrypted"):
        fetch(url)
    with pytest.raises(SheetError, match="inside a network"):
        fetch(url.replace("http://", "https://"))
    assert site.asked == []


def test_the_address_that_was_checked_is_the_one_connected_to(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = site.put("/pub", ORDERS).replace("127.0.0.1", "localhost")
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def once(host: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(str(host))
        return resolve("127.0.0.1" if host == "localhost" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    fetch(url, loopback=True)
    assert asked[0] == "localhost"
    assert "localhost" not in asked[1:]  # only the checked address is used after
    assert site.asked == [("/pub", url.split("/")[2])]  # and the server still hears its own name


def test_an_address_with_a_password_is_refused_and_messages_hide_the_key(site: Site) -> None:
    with pytest.raises(SheetError, match="a user or a password"):
        fetch("https://user:secret@example.com/x")
    url = site.put("/spreadsheets/d/e/2PACX-averylongsecretkey/pub", "", status=500)
    with pytest.raises(SheetError) as refused:
        fetch(url, loopback=True)
    assert "averylongsecretkey" not in str(refused.value)


def loads(engine: Engine) -> int:
    with read(engine) as session:
        return len(session.scalars(select(ImportRun.id)).all())


def parts(engine: Engine) -> tuple[Any, Any]:
    return sheets.fetcher(ALLOWED), sheets.loader(engine, ALLOWED, NOW)


def test_a_sheet_is_loaded_once_and_again_only_when_it_changed(engine: Engine, site: Site) -> None:
    url = site.put("/pub", ORDERS)
    sheets.add(engine, ALLOWED, NOW, "shop", url, OPTIONS, 6, by="ann")
    assert look(engine, "shop", NOW, *parts(engine)).run_id is None
    assert loads(engine) == 1
    site.put("/pub", ORDERS + "2,2024-06-02 10:00:00 +0000,12.00,EUR\n")
    changed = look(engine, "SHOP", NOW, *parts(engine))
    assert (changed.error, loads(engine)) == (None, 2)
    with read(engine) as session:
        assert len(session.scalars(select(Order)).all()) == 2
        assert sources.named(session, "shop").run_id == changed.run_id


def test_an_error_is_kept_beside_what_was_loaded_last_and_the_other_sheets_go_on(engine: Engine, site: Site) -> None:
    first, second = site.put("/a", ORDERS), site.put("/b", ORDERS)
    sheets.add(engine, ALLOWED, NOW, "a", first, OPTIONS, 1, by="ann")
    sheets.add(engine, ALLOWED, NOW, "b", second, Options(platform="orders", account="Other"), 2, by="ann")
    site.put("/a", "<html>", "text/html")
    site.put("/b", ORDERS + "2,2024-06-02 10:00:00 +0000,12.00,EUR\n")
    assert read_due(engine, NOW + timedelta(minutes=59), *parts(engine)) == ()
    (only,) = read_due(engine, NOW + timedelta(hours=1), *parts(engine))
    assert only.name == "a"
    assert "not published as CSV" in (only.error or "")
    later = read_due(engine, NOW + timedelta(hours=2), *parts(engine))
    assert [(x.name, x.error is None) for x in later] == [("a", False), ("b", True)]
    shown = {s["name"]: s for s in sheets.listed(engine)}
    assert "not published as CSV" in shown["a"]["error"]
    assert shown["a"]["run"] is not None
    site.put("/a", ORDERS)
    assert look(engine, "a", NOW, *parts(engine)).error is None
    assert {s["error"] for s in sheets.listed(engine)} == {None}


def test_what_cannot_be_loaded_is_not_added(engine: Engine, site: Site) -> None:
    url = site.put("/pub", ORDERS.replace("EUR", "USD"))
    with pytest.raises(BadInput, match="USD"):
        sheets.add(engine, ALLOWED, NOW, "shop", url, Options("orders", "Acme", "EUR"), 6, by="ann")
    assert sheets.listed(engine) == []
    assert loads(engine) == 0


def test_names_are_unique_and_removing_keeps_what_was_loaded(engine: Engine, site: Site) -> None:
    url = site.put("/pub", ORDERS)
    sheets.add(engine, ALLOWED, NOW, "shop", url, OPTIONS, 6, by="ann")
    with write(engine) as session, pytest.raises(BadInput, match="already"):
        sources.check_new(session, " Shop ")
    with write(engine) as session:
        sources.remove(session, "SHOP")
    assert (sheets.listed(engine), loads(engine)) == ([], 1)


def test_a_person_adds_lists_checks_and_sees_what_is_wrong(tmp_path: Path, site: Site) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}",
           "SOURCES_ALLOW_LOOPBACK": "true"}  # fmt: skip

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return command_line.run(*args, env=env, cwd=tmp_path)

    url = site.put("/spreadsheets/pub", ORDERS)
    added = run("source", "add", "shop", url, "--account", "Acme Shop", "--every", "1d")
    assert added.returncode == 0, added.stderr
    assert "Added shop: load 1 into Acme Shop, read again every 1d" in added.stdout
    site.put("/spreadsheets/pub", "<html>", "text/html")
    checked = run("source", "check", "shop")
    assert (checked.returncode, checked.stdout) == (2, "")
    assert "not published as CSV" in checked.stderr
    listed = run("source", "list").stdout
    assert "shop  every 24h  http://127.0.0.1:" in listed
    assert "platform orders, account Acme Shop, currency EUR" in listed
    assert "!! http://127.0.0.1" in listed
    assert run("source", "add", "x", url, "--every", "0h").returncode == 2
    doctor = run("doctor")
    assert "!!  sources" in doctor.stdout
    assert "budgeteer source check shop" in doctor.stdout
