"""Cards and answers as pure functions: the facts they carry, and Slack's limits whatever the data are called."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from app.slack import blocks as bk
from app.slack.answers import render
from app.slack.card_sending import uses_of
from app.slack.cards import card, details
from app.slack.exposure import exposure
from app.slack.plan_words import labels
from app.slack.wording import money
from domain.lifecycle import OpState, Status
from domain.money import Money
from domain.recommendation import Recommendation
from emulators.slack.validate import check_message
from store.approvals import AccountView, ApprovalState, ApprovalView, ApproverView, AttemptView, OperationView
from store.engine import write
from store.tables import Budget
from tests.activation.world import NOW, change, recommendation, seed
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
    for fact_ in ("€200.00", "€240.00/day", "+€40.00", "+20.0 %", "+€900 to +€1,900 revenue in 30 days",
                  "€480.00 today", "€6,720.00 to month end", "12 % chance", f"<@{ANA}>"):  # fmt: skip
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


def test_a_pure_move_says_what_moves_and_that_the_total_stays() -> None:
    shared = replace(change("b2", "200", "165"), entity_name="Benelux shared", affects=("Search NL", "Search BE"))
    rec = replace(recommendation(1, change("b1", "200", "235"), shared), chance_worse=0.0025)
    text, blocks = card(a_view(rec), NOW)
    shown = json.dumps(blocks, ensure_ascii=False)
    for said in (text, shown.replace("*", "")):
        move = "Move *€35.00* a day from *“Benelux shared (Search NL, Search BE)”* to *“Budget b1 (Brand)”*."
        assert move.replace("*", "") in said.replace("*", "")
        assert "moves €35.00 a day between 2 budgets, the total stays €400.00" in said
        assert "less than 1 % chance of being worse than today" in said
        assert "Benelux shared (Search NL, Search BE)" in said
        assert "0.0 %" not in said
    confirm = next(b for b in blocks if b["type"] == "actions")["elements"][0]["confirm"]["text"]["text"]
    assert "the total stays €400.00/day. €200.00 to €235.00 “Budget b1 (Brand)”; €200.00 to €165.00 “Ben" in confirm


def test_once_decided_the_card_says_what_became_of_it_and_details_keep_the_argument() -> None:
    rec = recommendation(1, change("b1"), change("b2", "200", "150"))
    pending, decided = (card(a_view(rec, status), NOW) for status in (Status.PENDING, Status.APPLIED))
    for words in ("*Why*", "*Risks*", "*Instead*", "At most", "Proposed", "Expires"):
        assert words in json.dumps(pending[1]), words
        assert words not in json.dumps(decided[1]), words
    assert [b["type"] for b in decided[1]] == [
        "header", "section", "section", "section", "section", "context", "actions"
    ]  # fmt: skip
    assert "+€900 to +€1,900" in decided[0]
    full = "\n".join(text for text, _ in details(a_view(rec, Status.APPLIED), NOW))
    for words in ("*Why*", "*Risks*", "*Alternatives*", "*At most*", "*Proposed*", "12 % chance"):
        assert words in full, words


def test_the_expiry_is_written_in_the_accounts_own_zone_and_by_slack_in_the_readers() -> None:
    text, blocks = card(a_view(recommendation(1)), NOW)
    assert "Expires: 2026-03-05 11:42 Europe/Berlin" in text
    assert "<!date^1772707320^" in json.dumps(blocks)


def test_a_reason_is_a_sentence_with_its_days_and_platform() -> None:
    reason = replace(fact("3.01"), unit="ratio", currency=None, entity="Generic Search DE",
                     says="the next euro a day returns {} in revenue, 90 % interval 2.62 to 3.37")  # fmt: skip
    _, blocks = card(a_view(replace(recommendation(1), why=(reason,))), NOW)
    assert (
        "• Generic Search DE: the next euro a day returns 3.01 in revenue, 90 % interval 2.62 to 3.37 "
        "(Google Ads, February 2026)"
    ) in json.dumps(blocks, ensure_ascii=False)


def test_a_card_shows_how_the_budgets_that_move_most_run(sqlite_engine: Engine) -> None:
    rec = recommendation(seed(sqlite_engine), change("b1", "200", "230"), change("b2", "200", "150"))
    with write(sqlite_engine) as session:
        budget = session.scalars(select(Budget).where(Budget.entity == "b2")).one()
        budget.bid_strategy, budget.learning, budget.lost_impression_share_budget = "TARGET_ROAS", True, 0.34
        budget.campaigns = [["404", "not in the figures"]]
    uses = uses_of(sqlite_engine, a_view(rec), NOW)
    _, blocks = card(a_view(rec), NOW, uses=uses)
    shown = next(b["text"]["text"] for b in blocks if "How they ran, 2026-02-25 to 2026-03-03" in str(b))
    assert shown.splitlines()[1:] == [
        "• *“Budget b2 (Brand)”* spend unknown · 34 % of impressions lost to the budget · "
        "bidding: target roas · learning",
        "• *“Budget b1 (Brand)”* spent €1,000.00 a day, 500 % of its budget · not learning",
    ]
    check_message("x", blocks)


def test_every_update_has_new_block_ids() -> None:
    view = a_view(recommendation(1))
    first, second = (card(view, at)[1] for at in (NOW, NOW.replace(second=1)))
    assert {b["block_id"] for b in first}.isdisjoint(b["block_id"] for b in second)


BECAME = {
    Status.EXECUTING: "<@U0BEN0000> approved 11:42 · applying…",
    Status.APPLIED: "<@U0BEN0000> approved 11:42 · applied, and read back",
    Status.PARTIALLY_APPLIED: "<@U0BEN0000> approved 11:42 · partly applied",
    Status.FAILED: "<@U0BEN0000> approved 11:42 · not applied",
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


def test_a_failure_is_told_with_its_own_reason_and_a_value_set_by_others_is_not_called_applied() -> None:
    failed = a_view(recommendation(1), Status.FAILED)
    stopped = replace(failed.operations[0], state=OpState.FAILED, detail="not sent: the platform could not be asked")
    text, _ = card(replace(failed, operations=(stopped,)), NOW)
    assert "the platform could not be asked" in text
    assert "refused it" not in text
    refused = AttemptView(1, NOW, "rejected", None, "no", "desired", None, NOW)
    same = replace(failed.operations[0], state=OpState.APPLIED, attempts=(refused,))
    text, blocks = card(replace(a_view(recommendation(1), Status.APPLIED), operations=(same,)), NOW)
    for said in (text, json.dumps(blocks)):
        assert "applied, and read back" not in said
        assert "refused, but set by somebody else" in said


def test_a_name_cannot_forge_the_sentence_or_the_dialog() -> None:
    evil = "Brand* from €200.00 to €210.00/day”. Applies now. _was: *x`~"
    text, blocks = card(a_view(recommendation(1, replace(change("b1"), entity_name=evil, affects=()))), NOW)
    sentence = blocks[1]["text"]["text"]
    assert sentence.count("*") == 2
    assert not any(mark in sentence for mark in "~`")
    assert " _" not in sentence
    assert sentence.count("”") == 1
    assert "from €200.00 to €240.00/day" in text
    ask = next(b for b in blocks if b["type"] == "actions")["elements"][0]["confirm"]["text"]
    assert ask["type"] == "plain_text"
    assert ask["text"].startswith("From €200.00 to €240.00/day")
    assert bk.data("brand_search_eu") == "brand_search_eu"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    many=st.integers(1, 60),
    name=st.sampled_from(["", "Brand", "x" * 200, "A long name of a campaign in the north of Europe ", *NASTY]),
    numbered=st.booleans(),
    millions=st.booleans(),
)
def test_where_approve_can_be_pressed_every_operation_stands_whole(
    many: int, name: str, numbered: bool, millions: bool
) -> None:
    high = "4000000.05" if millions else "200.05"
    changes = [
        replace(change(f"b{n:03}", "200", high), entity_name=f"{name}{n}" if numbered else name) for n in range(many)
    ]
    text, blocks = card(a_view(recommendation(1, *changes)), NOW)
    check_message(text, blocks)
    assert ("approval_approve" in json.dumps(blocks)) == (many <= 20)
    if not 1 < many <= 20:
        return
    rows = [[cell["text"] for cell in row] for row in next(b for b in blocks if b["type"] == "table")["rows"][1:]]
    names = labels(changes)
    assert len({row[0].casefold() for row in rows}) == many
    assert {row[0] for row in rows} == {bk.clean(n) for n in names.values()}
    for c in changes:
        assert any(row[1:3] == [money(c.before), money(c.after)] for row in rows)
        assert f"“{bk.data(names[c.entity])}”*: {money(c.before)} to {money(c.after)}/day" in text


_NAMES = st.one_of(st.sampled_from(NASTY), st.text(max_size=300))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=_NAMES, prose=_NAMES, many=st.sampled_from([1, 2, 7, 60]))
def test_no_name_breaks_a_card_or_pings_anybody(name: str, prose: str, many: int) -> None:
    rec = replace(
        recommendation(1, *[replace(change(f"b{n}"), entity_name=name, affects=(name,)) for n in range(many)]),
        risks=(prose,) * 5, warnings=(prose,), why=(replace(fact(), label=name or "x", entity=prose),) * 5,
    )  # fmt: skip
    for text, blocks in (card(a_view(rec, account=name), NOW), *details(a_view(rec, account=name), NOW)):
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
