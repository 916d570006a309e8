"""Fetching a dropped file with the bot's token, from Slack's own hosts only."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from slack_sdk import WebClient

from app.slack.deps import SlackDeps

HOSTS = ("files.slack.com", "files.slack-gov.com")
MAX_BYTES = 20_000_000
TIMEOUT_S = 30
EXPORTS = "I read text exports: CSV or TSV"
KINDS = {
    "xlsx": "an Excel workbook; in Excel choose File, Save as, CSV UTF-8, and drop that",
    "xls": "an Excel workbook; in Excel choose File, Save as, CSV UTF-8, and drop that",
    "numbers": "a Numbers sheet; export it as CSV",
    "gsheet": "a link to a Google sheet; download it as CSV (File, Download), or publish it and add it as a source",
    "zip": "an archive; unpack it and drop the CSV in it",
    "gzip": "an archive; unpack it and drop the CSV in it",
    "pdf": "a PDF; export the report as CSV",
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "heic"), "a picture; export the report as CSV"),
}


class NotOurs(Exception):
    """A file that is not taken: its message is for the person who dropped it."""


def fetch(deps: SlackDeps, client: WebClient, file_id: str, name: str) -> tuple[str, bytes]:
    """A file's name and bytes. Its address comes from Slack's own answer, never from the event.

    Raises:
        NotOurs: it is no text export, too large, not on Slack's hosts, or Slack wants a login for it.
        SlackApiError, OSError: Slack did not answer; another try may work.
    """
    about = client.files_info(file=file_id)["file"]
    name = str(about.get("name") or name)
    kind = str(about.get("filetype") or "").lower() or name.rpartition(".")[2].lower()
    if (what := KINDS.get(kind)) is not None:
        raise NotOurs(f"This is {what}. {EXPORTS}.")
    if about.get("is_external") or about.get("mode") == "external":
        raise NotOurs(f"This file is kept elsewhere than in Slack. {EXPORTS}, uploaded here.")
    if int(about.get("size") or 0) > MAX_BYTES:
        raise NotOurs(_too_large())
    return name, _download(deps, str(about.get("url_private_download") or about.get("url_private") or ""))


def _download(deps: SlackDeps, address: str) -> bytes:
    where, own = urlsplit(address), urlsplit(deps.api_url)
    ours = where.scheme == "https" and where.hostname in HOSTS and where.port in (None, 443)
    if not ours and (where.scheme, where.netloc) != (own.scheme, own.netloc):
        raise NotOurs("Slack names an address for this file that is not its own, so I did not fetch it.")
    token = deps.token.get_secret_value()
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
            kind = answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        if error.code in (301, 302, 303, 307, 308, 401, 403):  # to the login page
            raise NotOurs(_NO_RIGHT) from None
        if error.code in (404, 410):
            raise NotOurs("Slack has this file no more; please drop it again.") from None
        raise
    if len(content) > MAX_BYTES:
        raise NotOurs(_too_large())
    if kind == "text/html":
        raise NotOurs(_NO_RIGHT)
    return content


_NO_RIGHT = (
    "Slack does not let me read this file: the app lacks the scope files:read. Install it again with the manifest of "
    "`budgeteer slack manifest`."
)


def _too_large() -> str:
    return f"This file is larger than {MAX_BYTES // 1_000_000} MB; load it on the server with budgeteer import."


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to no other address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
