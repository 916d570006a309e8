"""Cards and answers as pure functions: the facts they carry, and Slack's limits whatever the data are called."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.slack import blocks as bk
from app.slack.answers import render
from app.slack.cards import card, details
from app.slack.exposure import exposure
from domain.lifecycle import OpState, Status
from domain.money import Money
from domain.recommendation import Recommendation
from emulators.slack.validate import check_message
from store.approvals import AccountView, ApprovalState, ApprovalView, ApproverView, OperationView
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import an_answer, fact

ANA = "U0ANA0000"
NASTY = [
    "<!channel>",
    "x" * 10_000,
    "🎯" * 300,
    "a\nb\r\nc",
    "&<>\"'*_`~",
    "\u202eevil",
    "",
    " ",
    "&amp;" * 900,
    "<@U0ANA>",
]


def a_view(rec: Recommendation, status: Status = Status.PENDING, account: str = "Acme EU") -> ApprovalView:
    decided = None if status is Status.PENDING else "U0BEN0000"
    state = ApprovalState(
        "a" * 32, rec.id, 1, 1, "3f2a91bc" * 8, status, 1, 1, "Rita", (), NOW, rec.expires_at, decided,
        NOW if decided else None, "because <!here>", None, "C1", "1.1",
    )  # fmt: skip
    operations = tuple(
        OperationView(str(i), i + 1, c, OpState.WAITING, None, None, ()) for i, c in enumerate(rec.changes)
    )
    home = AccountView(1, "google_ads", account, "123", "EUR", "Europe/Berlin")
    return ApprovalView(state, rec, operations, (), (ApproverView(1, ANA, 9, NOW),), home)


def test_a_card_carries_every_fact_in_blocks_and_in_plain_text() -> None:
    text, blocks = card(a_view(recommendation(1)), NOW)
    shown = json.dumps(blocks, ensure_ascii=False)
    for fact_ in ("€200.00", "€240.00/day", "+€40.00", "+20.0 %", "+€900.00", "+€1,900.00", "€480.00 today",
                  "€6,720.00 to month end", "12 % chance", f"<@{ANA}>"):  # fmt: skip
        assert fact_ in shown, fact_
        assert fact_ in text, fact_
    assert "Do nothing" in shown
    assert "3.10" in shown
    check_message(text, blocks)


def test_several_changes_are_a_table_and_each_stands_in_the_plain_text() -> None:
    rec = recommendation(1, *[change(f"b{n}") for n in range(4)])
    text, blocks = card(a_view(rec), NOW)
    table = next(b for b in blocks if b["type"] == "table")
    assert len(table["rows"]) == 5
    assert all(f"Budget b{n}" in text for n in range(4))
    assert "€800.00" in text
    assert "€960.00" in text


def test_every_update_has_new_block_ids() -> None:
    view = a_view(recommendation(1))
    first, second = (card(view, at)[1] for at in (NOW, NOW.replace(second=1)))
    assert {b["block_id"] for b in first}.isdisjoint(b["block_id"] for b in second)


BECAME = {
    Status.EXECUTING: "<@U0BEN0000> approved 11:42 · applying…",
    Status.APPLIED: "<@U0BEN0000> approved 11:42 · applied, and read back",
    Status.PARTIALLY_APPLIED: "<@U0BEN0000> approved 11:42 · partly applied",
    Status.FAILED: "<@U0BEN0000> approved 11:42 · not applied: the platform refused it",
    Status.UNKNOWN: "<@U0BEN0000> approved 11:42 · outcome not known yet",
    Status.STALE: "<@U0BEN0000> approved 11:42 · not applied: the value on the platform is no longer",
    Status.REFUSED: "<@U0BEN0000> approved 11:42 · not applied: refused by the checks",
    Status.QUARANTINED: "<@U0BEN0000> approved 11:42 · needs a person",
    Status.REJECTED: "<@U0BEN0000> rejected 11:42: “because &lt;here&gt;” · nothing was changed",
    Status.EXPIRED: "Expired 11:42 · nothing was changed",
    Status.SUPERSEDED: "Replaced by a newer proposal",
    Status.WITHDRAWN: "<@U0BEN0000> withdrew this 11:42",
}


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.PENDING, Status.DRAFT)])
def test_a_decided_card_says_what_became_of_it_and_has_no_approve_button(status: Status) -> None:
    text, blocks = card(a_view(recommendation(1), status), NOW)
    check_message(text, blocks)
    assert "approval_approve" not in json.dumps(blocks)
    assert BECAME[status] in text.replace("*", "").replace("!", "")
    assert BECAME[status] in json.dumps(blocks, ensure_ascii=False).replace("*", "").replace("!", "")


_NAMES = st.one_of(st.sampled_from(NASTY), st.text(max_size=300))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=_NAMES, prose=_NAMES, many=st.sampled_from([1, 2, 7, 60]))
def test_no_name_breaks_a_card_or_pings_anybody(name: str, prose: str, many: int) -> None:
    rec = replace(
        recommendation(1, *[replace(change(f"b{n}"), entity_name=name, affects=(name,)) for n in range(many)]),
        risks=(prose,) * 5, warnings=(prose,), why=(replace(fact(), label=name or "x", entity=prose),) * 5,
    )  # fmt: skip
    for text, blocks in (card(a_view(rec, account=name), NOW), details(a_view(rec, account=name))):
        check_message(text, blocks)
        # header, button and table cells are plain text, where Slack reads no markup
        mrkdwn = [text, *_mrkdwn(blocks)]
        assert not any(ping in part for part in mrkdwn for ping in ("<!channel", "<!here", "<@U0ANA>"))
        assert not any("\u202e" in part for part in mrkdwn)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_NAMES, facts=st.sampled_from([0, 1, 4, 30, 130]))
def test_no_text_breaks_an_answer(text: str, facts: int) -> None:
    found = tuple(replace(fact(str(n), n=n), entity=text) for n in range(facts))
    check_message(*render(an_answer(text or "x", facts=found, caveats=(text,), notes=(text,))))


def _mrkdwn(blocks: object) -> list[str]:
    if isinstance(blocks, list):
        return [t for b in blocks for t in _mrkdwn(b)]
    if isinstance(blocks, dict):
        own = [blocks["text"]] if blocks.get("type") == "mrkdwn" else []
        return own + [t for v in blocks.values() for t in _mrkdwn(v)]
    return []


@given(st.text(alphabet="a&<>;amplt", max_size=60), st.integers(1, 60))
def test_cutting_never_splits_an_entity(raw: str, limit: int) -> None:
    cut = bk.clip(bk.escape(raw), limit)
    assert len(cut) <= limit
    left = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert not any(c in left for c in "&<>")


def test_exposure_is_the_platforms_own_rule() -> None:
    before, after = Money(Decimal(200), "EUR"), Money(Decimal(240), "EUR")
    most = exposure("google_ads", before, after, date(2026, 4, 22))
    assert most is not None
    assert (most.today.amount, most.to_month_end) == (Decimal(480), Money(Decimal(2160), "EUR"))
    assert most.to_month_end_before == Money(Decimal(1800), "EUR")
    lowered = exposure("google_ads", after, before, date(2026, 4, 30))
    assert lowered is not None
    assert lowered.today.amount == 480  # today already ran on the higher one
    meta = exposure("meta", before, after, date(2026, 4, 22))
    assert meta is not None
    assert (meta.today.amount, meta.to_month_end) == (Decimal(420), None)
    assert exposure("tiktok", before, after, date(2026, 4, 22)) is None
