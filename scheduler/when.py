"""When a job is due: slots of an interval, or of a cron line on the wall clock of a zone. Pure: no store, no clock.

A slot has the same name in every process, so that a lease on it is taken once. A cron line's slots are named for what
the wall clock shows: where a day has an hour twice, both times have one name, and the first counts; where a day skips
the hour, its slot comes when the clock went on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LOOK_BACK = tuple(timedelta(days=d) for d in (0.05, 1.5, 9, 40, 400))
SHIFT = timedelta(hours=3)  # more than any clock change, which may set a wall clock back behind what it showed
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One firing: the instant (UTC) and its name."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """A slot every ``step``, counted from the epoch: whole minutes and hours where the step is one."""

    step: timedelta

    def newest(self, now: datetime) -> Slot | None:
        """The last slot up to ``now``."""
        return self._slot((now - EPOCH) // self._step)

    def following(self, now: datetime) -> Slot | None:
        """The first slot after ``now``."""
        return self._slot((now - EPOCH) // self._step + 1)

    @property
    def _step(self) -> timedelta:
        return max(self.step, timedelta(seconds=1))

    def _slot(self, number: int) -> Slot:
        at = EPOCH + number * self._step
        return Slot(at, at.isoformat())


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields on the wall clock of ``timezone``."""

    line: str
    timezone: str

    def newest(self, now: datetime) -> Slot | None:
        """The last slot up to ``now``; None where the line had none for over a year."""
        for back in LOOK_BACK:
            found = [s for s in self._walls(now - back - SHIFT, now + SHIFT) if s.at <= now]
            if found:
                return max(found)
        return None

    def following(self, now: datetime) -> Slot | None:
        """The first slot after ``now``; None where the line never comes again."""
        for ahead in LOOK_BACK:
            found = [s for s in self._walls(now - SHIFT, now + ahead + SHIFT) if s.at > now]
            if found:
                return min(found)
        return None

    def _walls(self, first: datetime, last: datetime) -> list[Slot]:
        """The slots whose wall clock lies between the two instants'."""
        from apscheduler.triggers.cron import CronTrigger

        zone = ZoneInfo(self.timezone)
        trigger: Any = CronTrigger.from_crontab(self.line, timezone=UTC)  # a clock without changes stands for the wall
        begin, end = (at.astimezone(zone).replace(tzinfo=UTC, fold=0) for at in (first, last))
        slots, wall = [], trigger.get_next_fire_time(None, begin)
        while wall is not None and wall <= end:
            slots.append(Slot(_instant(wall, zone), f"{wall:%Y-%m-%dT%H:%M} {self.timezone}"))
            wall = trigger.get_next_fire_time(wall, wall)
        return slots


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the zone's clock shows ``wall`` for the first time; a time that it skips comes as much later."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


When = Every | Cron
