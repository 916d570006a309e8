"""A small store for tools: two accounts from the reference exports, or from a fixed generator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from domain.evidence import ToolResult
from domain.formatting import format_value
from domain.scope import Scope
from store import accounts, ingest
from store.engine import open_engine, write
from store.migrate import upgrade
from tools import MENU
from tools.base import ToolContext

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
COLUMNS = ["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue"]


def load(
    engine: Engine, frame: pd.DataFrame, *, platform: str, account: str, currency: str = "USD", source: str = "a.csv"
) -> int:
    """Load a frame of COLUMNS as one complete import; None stays unknown. Returns the account's id."""
    rows = [
        ingest.MetricRow(
            day=r.day, campaign=r.campaign, campaign_id=None,
            spend_micros=None if pd.isna(r.spend) else round(r.spend * 1_000_000),
            impressions=None if pd.isna(r.impressions) else int(r.impressions),
            clicks=None if pd.isna(r.clicks) else int(r.clicks),
            conversions=None if pd.isna(r.conversions) else float(r.conversions),
            revenue=None if pd.isna(r.revenue) else float(r.revenue),
        )
        for r in frame.itertuples()
    ]  # fmt: skip
    with write(engine) as session:
        owner = accounts.ensure(session, platform=platform, name=account, currency=currency, timezone="UTC",
                                origin="file", now=NOW)  # fmt: skip
        ingest.load(session, owner, rows, source=source, content_sha256=None, complete=True, now=NOW)
        return owner.id


def generated(campaigns: Mapping[str, float], first: date, last: date, seed: int = 7) -> pd.DataFrame:
    """Daily rows per campaign with about that spend a day."""
    rng = Random(seed)
    rows = []
    for offset in range((last - first).days + 1):
        for name, spend in campaigns.items():
            clicks = rng.randint(20, 90)
            rows.append(
                (first + timedelta(days=offset), name, round(spend * rng.uniform(0.5, 1.5), 2), clicks * 40, clicks,
                 round(clicks * rng.uniform(0.05, 0.2), 1), round(spend * rng.uniform(1, 5), 2))
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


class Bench:
    """One store and its frames: the frames are the oracle."""

    def __init__(self, engine: Engine, scope: Scope, frame: pd.DataFrame, today: date) -> None:
        self.engine, self.scope, self.frame, self.today = engine, scope, frame, today

    def call(self, tool: str, *, as_of: date | None = None, **args: Any) -> ToolResult:
        """One tool with JSON-like arguments; periods are ("2024-06-01", "2024-06-30")."""
        for name in ("period", "baseline"):
            if name in args:
                args[name] = {"start": args[name][0], "end": args[name][1]}
        chosen = MENU[tool]
        context = ToolContext(self.engine, self.scope, as_of or self.today, "UTC")
        return chosen.run(context, chosen.arguments.model_validate(args))

    def read(self, result: ToolResult) -> str:
        """The text as a person reads it."""
        by_id = {f.id: f for f in result.facts}
        return re.sub(r"\{\{(f\d+)\}\}", lambda m: format_value(by_id[m[1]]), result.text)

    def values(self, result: ToolResult) -> list[float | None]:
        """What the facts say, in their order."""
        return [None if f.value is None else float(f.value) for f in result.facts]

    def sums(self, start: str, end: str, **only: str) -> pd.Series:
        """The oracle: plain sums of the frame's columns."""
        days = self.frame["day"].map(lambda d: date.fromisoformat(start) <= d <= date.fromisoformat(end))
        for column, value in only.items():
            days &= self.frame[column] == value
        return self.frame.loc[days, ["spend", "impressions", "clicks", "conversions", "revenue"]].sum()


def read_exports(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = {"Date": "day", "Campaign type": "campaign", "Cost": "spend", "Impressions": "impressions",
             "Clicks": "clicks", "Conversions": "conversions", "Revenue": "revenue"}  # fmt: skip
    google = pd.read_csv(folder / "googleads-performance.csv").rename(columns=names)
    meta = pd.read_csv(folder / "metaads-performance.csv").rename(columns=names).assign(campaign="Shop Meta")
    for frame in (google, meta):
        frame["day"] = pd.to_datetime(frame["day"]).dt.date
    return google[COLUMNS], meta[COLUMNS]


@pytest.fixture(scope="session")
def exports(reference_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Both real exports in one store, and the frames they came from."""
    google, meta = read_exports(reference_data / "seed_netelixir")
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('exports') / 'store.db'}")
    upgrade(engine)
    ids = (load(engine, google, platform="google_ads", account="Shop", source="googleads-performance.csv"),
           load(engine, meta, platform="meta", account="Shop Meta", source="metaads-performance.csv"))  # fmt: skip
    frame = pd.concat([google.assign(platform="google_ads"), meta.assign(platform="meta")])
    yield Bench(engine, Scope(ids), frame, date(2024, 7, 1))
    engine.dispose()


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """``make_bench({("google_ads", "Shop", "USD"): frame, ...}, today=...)``: a store of these frames."""
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)

    def make(frames: Mapping[tuple[str, str, str], pd.DataFrame], today: date = date(2024, 7, 1)) -> Bench:
        ids = [load(engine, f, platform=p, account=a, currency=c) for (p, a, c), f in frames.items()]
        named = [f.assign(platform=p, account=a) for (p, a, _), f in frames.items()]
        return Bench(engine, Scope(tuple(ids)), pd.concat(named), today)

    yield make
    engine.dispose()


@pytest.fixture
def generate() -> Callable[..., pd.DataFrame]:
    return generated


@pytest.fixture
def shop(make_bench: Callable[..., Bench]) -> Bench:
    """Two campaigns on Google Ads and one on Meta, April to June 2024."""
    first, last = date(2024, 4, 1), date(2024, 6, 30)
    google = generated({"Brand": 50, "Search": 300}, first, last, seed=1)
    meta = generated({"Prospecting": 120}, first, last, seed=2)
    return make_bench({("google_ads", "Shop", "USD"): google, ("meta", "Shop Meta", "USD"): meta})
