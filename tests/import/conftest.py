"""A good export, and a way to read text as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.files import FileReport, read_export

Read = Callable[..., FileReport]

_GOOD = """\
Day,Campaign,Cost,Impr.,Clicks,Conversions,Conv. value
2024-01-01,Brand,10.50,1000,20,1.5,33.10
2024-01-01,Display,20.25,2000,30,--,0.00
2024-01-02,Brand,11.00,1100,21,2.0,40.00
2024-01-13,Display,0.00,0,0,0.0,0.00
"""


@pytest.fixture
def good() -> str:
    return _GOOD


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(content: str | bytes, *, platform: str = "google_ads", currency: str = "USD", **options: Any) -> Any:
        path = tmp_path / "export.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_export(path, platform=platform, account="Shop", currency=currency, **options)

    return read_text
