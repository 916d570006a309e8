"""When the digests come that a person reads: of the channels they are in, and their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.channel_words import when_words
from app.slack import blocks as bk
from app.slack.blocks import Block
from store import channels

SHOWN = 15
ZONE = "in the bot's own time zone"
UNSEEN = "Which channels you are in I may not read: the app lacks `channels:read` and `groups:read`."


@dataclass(frozen=True, slots=True)
class Digests:
    """(channel, when its digest comes) of each; ``hidden``: Slack does not say which channels the person is in."""

    of: tuple[tuple[str, str], ...] = ()
    hidden: bool = False


def gather(session: Session, user: str, member_of: Collection[str] | None) -> Digests:
    """Read the settings of the channels that the person is in; of others nothing is shown, not even that they are."""
    mine = {user, *(member_of or ())}
    found = [(c.id, when_words(c.digest, ZONE)) for c in channels.channels(session) if c.id in mine]
    return Digests(tuple(found), hidden=member_of is None)


def blocks(found: Digests, user: str) -> list[Block]:
    """Nothing where no channel of theirs is bound. Pure."""
    lines = [f"• {_where(channel, user)}: {bk.data(when, 300)}" for channel, when in found.of[:SHOWN]]
    lines += [f"and {len(found.of) - SHOWN} more: `budgeteer channel list`"] if len(found.of) > SHOWN else []
    lines += [UNSEEN] if found.hidden else []
    return [bk.header("Digests and alerts"), *bk.paragraphs("\n".join(lines))] if lines else []


def _where(channel: str, user: str) -> str:
    return "here, by direct message" if channel == user else f"<#{channel}>"
