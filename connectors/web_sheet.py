"""A sheet published as CSV on the web, fetched without letting its address reach into the network we run in.

Every host is resolved first and every address of it checked; the connection then goes to the address that was checked,
so a name that changes its mind between the two is no way in. Redirects are followed by hand, each hop checked again.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import Any

from domain.errors import BadInput

MAX_BYTES = 50 * 1024 * 1024
MAX_REDIRECTS = 5
TIMEOUT_SECONDS, WHOLE_SECONDS = 10.0, 60.0
_PAGES = ("text/html", "application/xhtml+xml")


class SheetError(BadInput):
    """The sheet cannot be read; the message says why and never holds its whole address, which is a key to it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the address gave: the bytes and their SHA-256."""

    content: bytes
    sha256: str


def fetch(url: str, *, loopback: bool = False, max_bytes: int = MAX_BYTES) -> Sheet:
    """The published CSV at ``url``: https only, and plain http on loopback where ``loopback`` allows it.

    Raises:
        SheetError: no such address, a private one, a page instead of a CSV, too large, too slow, or an error status.
    """
    import httpx2  # 60 ms: only where a sheet is read

    end = time.monotonic() + WHOLE_SECONDS
    with httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = client.send(_request(client, url, loopback), stream=True)
                try:
                    if answer.is_redirect:
                        url = str(httpx2.URL(url).join(answer.headers.get("location", "")))
                        continue
                    return _read(answer, url, max_bytes, end)
                finally:
                    answer.close()
        except httpx2.TimeoutException:
            raise SheetError(f"{shown(url)} did not answer within {TIMEOUT_SECONDS:g} seconds") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SheetError(f"{shown(url)} cannot be read ({type(error).__name__})") from None
    raise SheetError(f"{shown(url)} redirects more than {MAX_REDIRECTS} times")


def check_url(url: str, *, loopback: bool = False) -> None:
    """Raises SheetError where ``url`` is not one that may be read. Nothing is asked of the network."""
    import httpx2

    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        raise SheetError(f"{url[:60]!r} is not a web address") from None
    if parsed.userinfo:
        raise SheetError("the address holds a user or a password; publish the sheet instead")
    if not parsed.host or parsed.scheme not in ("https", "http"):
        raise SheetError(f"{url[:60]!r} is not a web address; it begins with https://")
    if parsed.scheme == "http" and not (loopback and _is_loopback(parsed.host)):
        raise SheetError(f"{shown(url)} is not encrypted; use https://")


def shown(url: str) -> str:
    """Enough of an address to know it by: whoever has all of a published sheet's address can read the sheet."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{'...' + path[-8:] if len(path) > 11 else path}"


def _request(client: Any, url: str, loopback: bool) -> Any:
    import httpx2

    check_url(url, loopback=loopback)
    parsed = httpx2.URL(url)
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    address = _address(parsed.host, port, loopback)
    return client.build_request(
        "GET",
        parsed.copy_with(host=address),
        headers={"Host": parsed.netloc.decode("ascii"), "Accept": "text/csv, text/plain, */*;q=0.1"},
        extensions={"sni_hostname": parsed.host},  # the certificate is checked against the name, not the address
    )


def _address(host: str, port: int, loopback: bool) -> str:
    """One address of the host, after all of them were found to be public."""
    try:
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise SheetError(f"there is no host {host[:100]!r}") from None
    for text in found:
        address = ipaddress.ip_address(str(text).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if loopback and mapped.is_loopback:
            continue
        if not mapped.is_global or mapped.is_multicast:
            raise SheetError(f"{host[:100]} is an address inside a network ({mapped}); only public sheets are read")
    return str(found[0])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(answer: Any, url: str, max_bytes: int, end: float) -> Sheet:
    if answer.status_code != 200:
        raise SheetError(f"{shown(url)} answers {answer.status_code}; is the sheet still published?")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _PAGES:
        raise SheetError(
            f"{shown(url)} is a web page, not published as CSV; in Google Sheets: File, Share, Publish to web, CSV"
        )
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > max_bytes:
            raise SheetError(f"{shown(url)} is larger than {max_bytes // 1024:,} KiB; publish a shorter period")
        if time.monotonic() > end:
            raise SheetError(f"{shown(url)} was not read within {WHOLE_SECONDS:g} seconds")
        parts.append(part)
    content = b"".join(parts)
    return Sheet(content, hashlib.sha256(content).hexdigest())
