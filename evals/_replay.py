"""Days of the bigger market replayed through the product: its sync, its import, its watch job, its digest."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from agent.digest import in_words, make
from app import importing
from app.settings import Settings
from connectors.google_ads import GoogleAdsConfig, GoogleAdsConnector
from domain.scope import Scope
from emulators.google_ads.server import start as start_google_ads
from emulators.market import downloads
from emulators.market.campaigns import MICROS
from emulators.market.large import COUNTRY, LargeMarket, sales
from emulators.market.response import DayFigures
from evals._oracle import Reported, Wrong, check
from scheduler.sync import DAYS, sync
from store import accounts, calendar_changes
from store.engine import read, write
from store.tables import Campaign, Incident, IncidentDay

META_ACCOUNT = "Acme Social"
Watch = Callable[[Engine, datetime], object]


@dataclass
class Seen:
    """An incident of the store as the days went: when it was opened, what was named, each value when first shown."""

    id: str
    platform: str
    kind: str
    metric: str
    direction: str
    opened_on: date
    causes: dict[date, str] = field(default_factory=dict)  # day of the look -> kind of cause
    said: str = ""
    status: str = "open"
    ended_on: date | None = None
    values: dict[tuple[str | None, str, date], date] = field(default_factory=dict)  # (campaign, metric, day) -> seen


class Replay:
    """A store that lives with the market, day by day. Use as a context."""

    def __init__(self, market: LargeMarket, engine: Engine, watch: Watch) -> None:
        self.market, self.engine, self.watch = market, engine, watch
        self.config = Settings(timezone=market.timezone)
        self.reported = Reported()
        self.seen: dict[str, Seen] = {}
        self.wrong: list[Wrong] = []
        self.figures = self.digests = 0
        self.seconds: dict[str, float] = {}
        self._running = ExitStack()
        self._imported: date | None = None

    def __enter__(self) -> Replay:
        ads = start_google_ads(self.market)
        self._running.callback(ads.stop)
        login = ads.login
        config = GoogleAdsConfig(
            developer_token=login.developer_token, client_id=login.client_id, client_secret=login.client_secret,
            refresh_token=login.refresh_token, login_customer_id=login.manager_id, endpoint=ads.endpoint,
            token_uri=ads.token_uri, ca_file=ads.ca_file,
        )  # fmt: skip
        self._connector = GoogleAdsConnector(config, now=self.market.now, sleep=lambda _seconds: None)
        self._running.callback(self._connector.close)
        self._read()
        self._enter_what_is_known()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def day(self, *, digest: bool = True) -> None:
        """Let the next day come: its figures are read, the watch looks, the digest is made and checked."""
        self.market.advance(1)
        self._read()
        self._timed("watch", lambda: self.watch(self.engine, self.market.now()))
        self._note()
        if digest:
            self._timed("digest", self._digest)

    # --- The figures ---------------------------------------------------------------------------

    def _read(self) -> None:
        """What the clock's jobs do in the morning: sync the one platform, import the export of the other."""
        self._timed("sync", self._sync)
        self._timed("import", self._import)

    def _sync(self) -> None:
        done = sync(self.engine, self._connector, now=self.market.now())
        if not done.complete:
            raise RuntimeError(f"the sync of {self.market.today} failed: {done}")
        (account,) = done.accounts
        self.reported.budgets = [
            (e.at.astimezone(ZoneInfo(self.market.timezone)).date(), e.old_micros / MICROS, e.new_micros / MICROS)
            for e in self.market.events()
        ]
        self._report("google_ads", self.market.exported("google_ads", account.first_day, account.last_day))

    def _import(self) -> None:
        today = self.market.today
        first = self.market.first_day if self._imported is None else today - timedelta(days=DAYS)
        rows = self.market.exported("meta", first, today - timedelta(days=1))
        content = downloads.meta([_sold(r) for r in rows], self.market.currency)
        options = importing.Options("meta", META_ACCOUNT, self.market.currency, self.market.timezone, daily="days")
        importing.load(self.engine, self.config, self.market.now(), f"meta-{today}.csv", content, options)
        self._imported = today
        self._report("meta", rows)

    def _report(self, platform: str, rows: list[DayFigures]) -> None:
        plain = [
            {
                "campaign": r.campaign.name, "day": r.day, "spend": r.spend_micros / MICROS,
                "impressions": r.impressions, "clicks": r.clicks, "conversions": r.conversions, "revenue": r.revenue,
            }
            for r in rows
        ]  # fmt: skip
        self.reported.load(platform, plain, self.market.today)

    def _enter_what_is_known(self) -> None:
        """The country of both accounts, and the sales that were planned."""
        now = self.market.now()
        with write(self.engine) as session:
            scope = accounts.scope_for(session, None)
            for account in accounts.find(session):
                calendar_changes.set_country(session, Scope((account.id,)), COUNTRY, by="eval", now=now)
            for sale in sales(self.market.first_day, self.market.today + timedelta(days=400)):
                calendar_changes.add_event(
                    session, account_id=None, kind="promotion", name=sale.name, start=sale.start, end=sale.end,
                    by="eval", now=now,
                )  # fmt: skip
            self._scope = scope
            self._platforms = {a.id: a.platform for a in accounts.find(session)}
            self._names = {a.platform: a.name for a in accounts.find(session)}

    # --- What the product makes of it ----------------------------------------------------------

    def _note(self) -> None:
        """What is new among the store's incidents."""
        today = self.market.today
        with read(self.engine) as session:
            for row in session.scalars(select(Incident)):
                known = self.seen.get(row.id)
                if known is None:
                    known = Seen(row.id, self._platforms[row.account_id], row.kind, row.metric, row.direction, today)
                    self.seen[row.id] = known
                if row.open_key is not None or known.status == "open":
                    known.causes[today] = str(row.cause.get("kind", "unknown"))
                    known.said = str(row.cause.get("said", ""))
                known.kind, known.metric, known.direction = row.kind, row.metric, row.direction
                known.status = row.status
                known.ended_on = None if row.ended_at is None else (known.ended_on or today)
            query = select(IncidentDay, Campaign.name).outerjoin(Campaign, Campaign.id == IncidentDay.campaign_id)
            since = today - timedelta(days=30)
            for value, campaign in session.execute(query.where(IncidentDay.day >= since)):
                self.seen[value.incident_id].values.setdefault((campaign, value.metric, value.day), today)

    def _digest(self) -> None:
        made = make(
            self.engine, self._scope, now=self.market.now(), timezone=self.market.timezone, today=self.market.today,
            picture=False,
        )  # fmt: skip
        if not in_words(made)["verdict"]:
            raise RuntimeError(f"the digest of {self.market.today} says nothing")
        count, wrong = check(made, self.reported, self.market.today, self._names)
        self.digests, self.figures = self.digests + 1, self.figures + count
        self.wrong += wrong

    def _timed(self, what: str, work: Callable[[], object]) -> None:
        began = time.process_time()
        work()
        self.seconds[what] = self.seconds.get(what, 0.0) + time.process_time() - began


def _sold(row: DayFigures) -> downloads.Sold:
    return downloads.Sold(
        row.day, row.campaign.name, Decimal(row.spend_micros) / MICROS, row.impressions, row.clicks,
        Decimal(str(row.conversions)), Decimal(str(row.revenue)),
    )  # fmt: skip


def new_store(folder: Path) -> Engine:
    """An empty store with the schema of today."""
    from store.engine import open_engine
    from store.migrate import upgrade

    engine = open_engine(f"sqlite:///{folder / 'replay.db'}")
    upgrade(engine)
    return engine
