"""The claim: who may decide what, once, and what every click is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.errors import BadInput, Refused
from domain.lifecycle import OpState, Status
from domain.policy import Limits
from store import audit, clicking, deciding
from store.approvals import (
    Decision,
    add_approver,
    decide,
    expire_due,
    find,
    open_approval,
    remove_approver,
    set_card,
    set_kill_switch,
    view,
    withdraw,
)
from store.engine import read, write
from store.tables import Account, Approval, AuditEntry, Operation, OutboxMessage, Reservation
from tests.activation.world import LIMITS, NOW, change, opened, opened_in, recommendation, seed

LATER = NOW + timedelta(minutes=5)


def click(engine: Engine, approval_id: str, user: str = "Ana", choice: str = "approve", **more: object) -> Decision:
    return decide(engine, approval_id, user, choice, **{"now": NOW, "limits": LIMITS, **more})  # type: ignore[arg-type]


def status(engine: Engine, approval_id: str) -> Status:
    with read(engine) as session:
        return view(session, approval_id).approval.status


def actions(engine: Engine) -> list[str]:
    with read(engine) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def test_the_first_click_claims_and_the_second_is_told_who_was_first(engine: Engine) -> None:
    approval = opened(engine, recommendation(seed(engine)))
    first, second = click(engine, approval), click(engine, approval, "Ben", now=LATER)
    assert (first.claimed, first.status) == (True, Status.EXECUTING)
    assert (second.claimed, second.text) == (False, "already approved by @Ana at 10:42")
    assert click(engine, approval, mention=lambda u: f"<@{u}>").text == "already approved by <@Ana> at 10:42"
    assert actions(engine)[-3:] == ["approval.executing", "click.late", "click.late"]


def test_approve_against_reject_the_first_wins_and_the_loser_is_told(engine: Engine) -> None:
    account = seed(engine)
    rejected = opened(engine, recommendation(account))
    assert click(engine, rejected, choice="reject", reason="not\u202e in March").text == "rejected; nothing was changed"
    assert click(engine, rejected, "Ben").text == "already rejected by @Ana at 10:42"
    approved = opened(engine, recommendation(account))
    assert click(engine, approved, "Ben").claimed
    assert click(engine, approved, choice="reject").text == "already approved by @Ben at 10:42"
    with read(engine) as session:
        assert view(session, rejected).approval.reason == "not in March"


def test_the_claim_refuses_an_expired_plan_with_the_sweeper_down(engine: Engine) -> None:
    approval = opened(engine, recommendation(seed(engine), hours=1))
    late = NOW + timedelta(hours=1)
    answer = click(engine, approval, now=late)
    assert (answer.claimed, answer.text) == (False, "expired at 11:42, make a fresh one")
    assert status(engine, approval) is Status.EXPIRED
    assert click(engine, approval, now=late).text == "expired at 11:42, make a fresh one"


def test_one_who_is_no_approver_or_of_too_low_a_tier_or_removed_is_refused_and_audited(engine: Engine) -> None:
    account = seed(engine, approvers=("Ben",))
    approval = opened(engine, recommendation(account, tier=2))
    with write(engine) as session:
        add_approver(session, account_id=account, user="Low", tier=1, by="setup", now=NOW)
    for user in ("Ana", "Low"):
        assert click(engine, approval, user).text == "you are not an approver for Acme EU, ask @Ben"
        assert not click(engine, approval, user, "reject").claimed
    with write(engine) as session:
        assert remove_approver(session, account_id=account, user="Ben", by="setup", now=NOW)
    assert "nobody is" in click(engine, approval, "Ben").text
    assert actions(engine).count("click.not_allowed") == 5
    assert status(engine, approval) is Status.PENDING


def test_two_people_are_two_people(engine: Engine) -> None:
    account = seed(engine)
    approval = opened(engine, recommendation(account), quorum=2)
    assert click(engine, approval).text == "your approval counts; 1 more person has to approve: @Ben"
    again = click(engine, approval)
    assert (again.claimed, again.text) == (False, "you approved already; 1 more person has to approve: @Ben")
    assert status(engine, approval) is Status.PENDING
    assert click(engine, approval, "Ben").claimed
    with read(engine) as session:
        assert [v.user for v in view(session, approval).votes] == ["Ana", "Ben"]


def test_the_vote_of_one_who_was_removed_meanwhile_does_not_count(engine: Engine) -> None:
    account = seed(engine, approvers=("Ana", "Ben", "Cyd"))
    approval = opened(engine, recommendation(account), quorum=2)
    click(engine, approval)
    with write(engine) as session:
        remove_approver(session, account_id=account, user="Ana", by="setup", now=NOW)
    assert click(engine, approval, "Ben").outcome == "voted"
    assert click(engine, approval, "Cyd").claimed


def test_whoever_edited_may_not_approve_except_in_solo_mode_and_may_always_reject(engine: Engine) -> None:
    account = seed(engine)
    edited = opened(engine, recommendation(account), edited_by=["Ana"])
    assert click(engine, edited).text == "you edited this amount, so another person has to approve it, ask @Ben"
    assert click(engine, edited, limits=Limits(solo_mode=True)).claimed
    with read(engine) as session:
        assert list(audit.entries(session))[-1].payload["own_edit"] is True
    other = opened(engine, recommendation(account, change("b2")), edited_by=["Ana"])
    assert click(engine, other, choice="reject").status is Status.REJECTED
    asked = opened(engine, replace(recommendation(account, change("b2")), requested_by="Ana"))
    assert click(engine, asked).claimed


def test_a_newer_proposal_for_one_entity_supersedes_the_older_and_its_card_is_redrawn(engine: Engine) -> None:
    account = seed(engine)
    older = opened(engine, recommendation(account, change("b1"), change("b2")))
    with write(engine) as session:
        rec = recommendation(account, change("b2", after="210"))
        from store import recommendations

        recommendations.add(session, rec, {})
        fresh = open_approval(session, rec, quorum=1, channel="C1", now=NOW)
    assert fresh.superseded == (older,)
    assert click(engine, older).text == "replaced by a newer proposal for the same budget; decide on that one"
    with read(engine) as session:
        assert view(session, older).approval.superseded_by == fresh.approval_id
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_an_edit_makes_a_revision_that_voids_the_votes_and_closes_the_old_card(engine: Engine) -> None:
    account = seed(engine)
    first = opened(engine, recommendation(account, rec_id="r"), quorum=2)
    click(engine, first)
    second = opened(engine, recommendation(account, change("b3"), rec_id="r", revision=2), quorum=2, edited_by=["Ben"])
    assert status(engine, first) is Status.SUPERSEDED
    with read(engine) as session:
        assert view(session, second).votes == ()
        assert view(session, second).approval.proposed_by == "Ben"


def test_a_change_under_way_blocks_a_new_one_and_an_expired_one_does_not(engine: Engine) -> None:
    account = seed(engine)
    lapsed = opened(engine, recommendation(account, hours=1))
    with write(engine) as session:
        session.execute(update(Approval).values(expires_at=NOW))
    running = opened(engine, recommendation(account))
    assert status(engine, lapsed) is Status.EXPIRED
    assert click(engine, running).claimed
    with pytest.raises(Refused, match="is executing"):
        opened(engine, recommendation(account))
    opened(engine, recommendation(account, change("b2")))


def test_what_cannot_be_opened_says_why(engine: Engine) -> None:
    account = seed(engine)
    plan = recommendation(account)
    for wrong, reason in (
        (replace(plan, advice_only="the figures came from a file"), "advice only"),
        (replace(plan, changes=()), "changes nothing"),
        (replace(plan, expires_at=NOW), "expired"),
        (replace(plan, changes=(replace(change(), account="999"),)), "belongs to google_ads 999"),
    ):
        with pytest.raises(Refused, match=reason):
            opened(engine, wrong)
    with write(engine) as session, pytest.raises(BadInput, match="add it first"):
        open_approval(session, plan, quorum=1, now=NOW)


def test_a_refused_envelope_leaves_the_approval_pending_and_says_the_figure(engine: Engine) -> None:
    account = seed(engine, entities=[f"b{i}" for i in range(6)])
    cards = [opened(engine, recommendation(account, change(f"b{i}"))) for i in range(6)]
    answers = [click(engine, c) for c in cards]
    assert [a.claimed for a in answers] == [True] * 5 + [False]
    assert "200.00 EUR of 200.00 EUR taken" in answers[5].text
    assert status(engine, cards[5]) is Status.PENDING
    assert click(engine, cards[5], now=NOW + timedelta(hours=23)).outcome == "refused"


def test_the_claim_goes_by_the_stored_operations_not_by_what_somebody_wrote_over_them(engine: Engine) -> None:
    approval = opened(engine, recommendation(seed(engine)))
    with write(engine) as session:
        session.execute(update(Operation).values(after_micros=250_000_000))
    answer = click(engine, approval)
    assert (answer.claimed, answer.text) == (False, "not applied: the stored plan is not the one that was shown")
    assert status(engine, approval) is Status.PENDING


def test_a_kill_switch_refuses_the_click_and_says_who_stopped_writes(engine: Engine) -> None:
    approval = opened(engine, recommendation(seed(engine)))
    for scope in ("global", "platform:google_ads", "account:1"):
        with write(engine) as session:
            set_kill_switch(session, scope, on=True, by="Ben", now=NOW, reason="audit")
        assert "writes are stopped: " in click(engine, approval).text
        with write(engine) as session:
            set_kill_switch(session, scope, on=False, by="Ben", now=NOW)
    with write(engine) as session:
        set_kill_switch(session, "platform:meta", on=True, by="Ben", now=NOW)
    assert click(engine, approval).claimed


def test_a_card_nobody_knows_is_answered_and_audited(engine: Engine) -> None:
    answer = click(engine, "made-up")
    assert (answer.status, answer.claimed) == (None, False)
    assert "ask for a fresh proposal" in answer.text
    assert actions(engine) == ["click.unknown_card"]


def test_withdrawing_and_expiring_close_a_pending_approval_and_nothing_else(engine: Engine) -> None:
    account = seed(engine)
    mine, lapsed = opened(engine, recommendation(account)), opened(engine, recommendation(account, change("b2")))
    with write(engine) as session:
        assert withdraw(session, mine, "Rita", now=NOW)
        assert not withdraw(session, mine, "Rita", now=NOW)
    assert click(engine, mine).text == "already withdrawn by @Rita at 10:42"
    running = opened(engine, recommendation(account, change("b3")))
    click(engine, running)
    assert expire_due(engine, NOW + timedelta(days=3)) == (lapsed,)
    assert expire_due(engine, NOW + timedelta(days=3)) == ()
    with read(engine) as session:
        assert find(session, [Status.EXECUTING]) == (running,)


def test_a_view_has_what_a_card_needs_with_cuts_first(engine: Engine) -> None:
    account = seed(engine)
    rec = recommendation(account, change("b1"), change("b2", after="170"), tier=2)
    approval = opened(engine, rec, quorum=2)
    with write(engine) as session:
        set_card(session, approval, "C2", "17.5")
    click(engine, approval)
    with read(engine) as session:
        shown = view(session, approval)
    assert shown.recommendation == rec
    assert [(o.seq, o.change.entity, o.state) for o in shown.operations] == [
        (1, "b2", OpState.WAITING),
        (2, "b1", OpState.WAITING),
    ]
    assert shown.operations[1].change == change("b1")
    assert [a.user for a in shown.approvers] == ["Ana", "Ben"]
    assert (shown.account.name, shown.account.currency) == ("Acme EU", "EUR")
    assert (shown.approval.channel, shown.approval.message_ts, shown.approval.quorum) == ("C2", "17.5", 2)
    assert [(v.user, v.decision, v.at) for v in shown.votes] == [("Ana", "approve", NOW)]


def test_a_claim_that_fails_half_way_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    approval = opened(engine, recommendation(seed(engine)))

    def no_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("store.transitions.audit.append", no_disk)
    with pytest.raises(OSError, match="no space"):
        click(engine, approval)
    assert status(engine, approval) is Status.PENDING
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(Reservation)) == 0
        assert session.scalars(select(Operation.approval_status)).all() == ["pending"]


def test_an_entity_has_one_open_change_even_inside_one_transaction(engine: Engine) -> None:
    account = seed(engine)
    opened(engine, recommendation(account))
    with write(engine) as session:
        opened_in(session, recommendation(account))
    with read(engine) as session:
        assert len(find(session, [Status.PENDING])) == 1
        assert session.scalar(select(func.count()).select_from(Account)) == 1


@pytest.mark.parametrize(
    "meanwhile",
    [{"status": "rejected"}, {"revision": 2}, {"plan_hash": "f" * 64}, {"expires_at": NOW}],
    ids=lambda changed: next(iter(changed)),
)
def test_each_condition_of_the_claim_holds_by_itself_over_a_row_that_was_read_before_it_moved(
    engine: Engine, meanwhile: dict[str, object]
) -> None:
    """The looks before the claim and the lock are left out here: the statement alone has to refuse."""
    approval_id = opened(engine, recommendation(seed(engine)))
    for moved in (meanwhile, {}):
        with write(engine) as session:
            row = session.get_one(Approval, approval_id)
            seen = clicking.Click(session, row, session.get_one(Account, row.account_id), "Ana", NOW, LIMITS, str)
            hash_of_plan = row.plan_hash
            if moved:
                session.connection().execute(update(Approval).values(**moved))
            assert deciding._take(seen, hash_of_plan) is not bool(moved)
            session.rollback()


def cut_this_connection(session: Session) -> None:
    """What a restart of the database or a broken network does to a transaction."""
    engine = session.get_bind().engine  # type: ignore[union-attr]
    pid = session.scalar(text("select pg_backend_pid()"))
    with engine.connect() as other:
        other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})


def test_a_click_whose_connection_is_cut_in_the_middle_leaves_nothing_and_can_be_made_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to cut")
    approval = opened(engine, recommendation(seed(engine)))
    for place in ("gather", "moved", "audit.append"):
        with monkeypatch.context() as patched:
            step = f"store.deciding.{place}" if place != "audit.append" else "store.transitions.audit.append"

            def cut(session: Session, *_: object, **__: object) -> None:
                cut_this_connection(session)
                session.execute(text("select 1"))

            patched.setattr(step, cut)
            with pytest.raises(OperationalError):
                click(engine, approval)
        with read(engine) as session:
            shown = view(session, approval)
            assert (shown.approval.status, shown.votes) == (Status.PENDING, ())
            assert session.scalar(select(func.count()).select_from(Reservation)) == 0
            assert audit.verify(session) is None
    assert click(engine, approval).claimed
