"""A recommendation comes back as it went in, and only to those whose account it is."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.errors import BadInput
from domain.evidence import Fact
from domain.money import Money
from domain.recommendation_json import from_json, to_json
from domain.scope import Scope
from store import recommendations
from store.engine import read, write
from tests.activation.world import change, recommendation, seed


def test_every_revision_is_kept_as_it_was_and_the_newest_is_the_default(engine: Engine) -> None:
    account = seed(engine)
    first = recommendation(account, rec_id="r1")
    second = replace(first, revision=2, changes=(change(after="230.01"), change("b2", after="180")))
    with write(engine) as session:
        recommendations.add(session, first, {"channel": "C1"})
        recommendations.add(session, second, {"edited_by": ["Ana"]})
    with read(engine) as session:
        assert recommendations.get(session, Scope((account,)), "r1") == second
        assert recommendations.get(session, Scope((account,)), "r1", 1) == first
        assert recommendations.origin(session, Scope((account,)), "r1", 2) == {"edited_by": ["Ana"]}


def test_another_account_does_not_see_it_and_a_revision_is_never_overwritten(engine: Engine) -> None:
    account = seed(engine)
    rec = recommendation(account, rec_id="r1")
    with write(engine) as session:
        recommendations.add(session, rec, {})
        with pytest.raises(BadInput, match="makes the next revision"):
            recommendations.add(session, rec, {})
    with read(engine) as session, pytest.raises(BadInput, match="no recommendation 'r1' here"):
        recommendations.get(session, Scope((account + 1,)), "r1")


@given(
    micros=st.integers(0, 2**62),
    low=st.decimals(allow_nan=False, allow_infinity=False),
    advice=st.none() | st.text(),
    text=st.text(),
)
def test_json_carries_it_exactly(micros: int, low: Decimal, advice: str | None, text: str) -> None:
    rec = recommendation(1, replace(change(), before=Money.from_micros(micros, "EUR")))
    unknown = Fact("f2", text, None, "count", None, "x", rec.why[0].window, "s", "h", reason="not measured")
    rec = replace(
        rec, advice_only=advice, summary=text, expected=replace(rec.expected, low=low), why=(*rec.why, unknown)
    )
    assert from_json(json.loads(json.dumps(to_json(rec)))) == rec
