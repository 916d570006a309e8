"""Every job by name: what it does, in plain words, and how often. The one place where a job's timing is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import BadInput
from scheduler.lease import Progress
from scheduler.run import LEASE, Job
from scheduler.when import Cron, Every, When

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SYNC = "sync "
BRIEF = timedelta(seconds=45)  # where people wait for what a dead process left


@dataclass(frozen=True, slots=True)
class Entry:
    """A job: ``says`` what it does; ``in_bot`` where only the running bot can do it (it needs Slack)."""

    name: str
    says: str
    every: timedelta | None = None
    cron: str | None = None
    in_bot: bool = False
    lease: timedelta = LEASE

    def when(self, timezone: str) -> When:
        """Its slots."""
        return Cron(self.cron, timezone) if self.cron is not None else Every(self.every or DAY)


_ENTRIES = (
    Entry("expire", "Closes the approvals that lapsed and redraws their cards", MINUTE),
    Entry("remind", "Reminds the approvers of a card that is about to lapse", MINUTE),
    Entry("verify", "Settles what a dead process left, and writes whose outcome is unknown", MINUTE, lease=BRIEF),
    Entry("digest", "Posts the digest of every channel whose hour has come", MINUTE),
    Entry("watch", "Looks at every account for what is unusual, and tells the channels", HOUR),
    Entry("sources", "Reads the published sheets whose time has come", timedelta(minutes=10)),
    Entry("job health", "Tells the channels where a job keeps failing or has gone silent", timedelta(minutes=10)),
    Entry(
        "inbox",
        "Takes up clicks and questions that a dead process left",
        timedelta(seconds=20),
        in_bot=True,
        lease=BRIEF,
    ),
    Entry("file drops", "Lets files go that nobody confirmed", HOUR, in_bot=True),
    Entry("retrain", "Fits versions of the forecasts and puts those in use that did better on later days", DAY),
    Entry("measure", "Estimates what applied changes did, once their days are over and their conversions are in", DAY),
    Entry("tidy", "Drops old deliveries and the records of old job runs", DAY),
)
CATALOG = {entry.name: entry for entry in _ENTRIES}
"""What every deployment runs; a sync is added per connected platform."""


def entry(name: str) -> Entry:
    """The job of this name; of a sync, whatever the platform. Raises BadInput where there is none."""
    if name.startswith(SYNC) and len(name) > len(SYNC):
        return Entry(name, f"Reads accounts, figures and budgets of {name[len(SYNC) :]}", HOUR)
    if name in CATALOG:
        return CATALOG[name]
    raise BadInput(f"there is no job {name!r}; there are {', '.join(sorted(CATALOG))} and {SYNC}PLATFORM")


def named(name: str, platforms: Iterable[str]) -> Entry:
    """The job of this name where these platforms are connected.

    Raises:
        BadInput: there is none; the message lists what there is.
    """
    known = {one.name: one for one in entries(platforms)}
    if name in known:
        return known[name]
    raise BadInput(f"there is no job {name!r}; there are {', '.join(sorted(known))}")


def job(name: str, work: Callable[[Progress], object]) -> Job:
    """The job of this name with its work. Raises BadInput where the catalogue has no such name."""
    found = entry(name)
    return Job(name, work, every=found.every, cron=found.cron, lease=found.lease)


def entries(platforms: Iterable[str]) -> list[Entry]:
    """Every job where these platforms are connected."""
    return [*_ENTRIES, *(entry(f"{SYNC}{platform}") for platform in platforms)]
