"""The digest: difference first, nothing across a gap, unreadable is not quiet, and no figure that no fact carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from agent.digest import in_words, make
from app import planning
from domain.scope import Scope
from store import undo
from store.engine import read, write
from store.restated import restated
from tests.activation.world import NOW as ACTIVE
from tests.activation.world import change, opened, recommendation, seed
from tests.tools.conftest import Bench, load
from tools.digest import Digest

LATER = datetime(2024, 9, 1, tzinfo=UTC)  # every conversion has arrived


def digest(bench: Bench, today: date = date(2024, 7, 1), now: datetime = LATER) -> Digest:
    return make(bench.engine, bench.scope, now=now, timezone="UTC", today=today, picture=False)


def said(made: Digest) -> str:
    words = in_words(made)
    parts = [words["verdict"], *(f"{a}: {b}" for a, b in words["figures"]), *(d["said"] for d in words["decisions"])]
    return "\n".join([*parts, *(line for _, lines in words["sections"] for line in lines), *words["caveats"]])


def figures(made: Digest) -> dict[str, str]:
    return dict(in_words(made)["figures"])


def test_a_monday_covers_friday_to_sunday_against_the_same_days_a_week_before(exports: Bench) -> None:
    made = digest(exports)
    assert (made.window.start, made.window.end) == (date(2024, 6, 28), date(2024, 6, 30))
    now, before = exports.sums("2024-06-28", "2024-06-30"), exports.sums("2024-06-21", "2024-06-23")
    assert f"${now.spend:,.2f}" in figures(made)["Spend"]
    assert f"against ${before.spend:,.2f}" in figures(made)["Spend"]
    assert f"{(now.spend / before.spend - 1) * 100:+.1f} %" in made_verdict(made)
    weekends = [
        exports.sums(*(f"{date(2024, 6, d) - timedelta(weeks=n)}" for d in (28, 30))).spend for n in range(1, 5)
    ]
    assert f"(${min(weekends):,.2f} to ${max(weekends):,.2f})" in made_verdict(made)
    assert made_verdict(made).endswith("Nothing needs you today.")
    assert "2024-06-01" not in said(made)  # a whole month is called by its name
    assert f"June 2024: spend ${exports.sums('2024-06-01', '2024-06-30').spend:,.2f}" in said(made)


def made_verdict(made: Digest) -> str:
    return str(in_words(made)["verdict"])


def test_any_other_day_covers_yesterday(exports: Bench) -> None:
    made = digest(exports, date(2024, 6, 27))
    assert made.window.days == 1
    assert f"${exports.sums('2024-06-26', '2024-06-26').spend:,.2f}" in figures(made)["Spend"]


def test_every_figure_is_a_fact_and_its_text_states_no_other(exports: Bench) -> None:
    made = digest(exports)
    text = "\n".join([made.verdict, *(line for _, lines in made.sections() for line in lines), *made.caveats])
    bare = re.sub(r"\{\{f\d+\}\}|\d{4}-\d\d-\d\d|June 2024", "", text)
    assert not re.search(r"\d", bare), bare
    cited = re.findall(r"\{\{(f\d+)\}\}", text)
    assert sorted(cited) == sorted(f.id for f in made.facts)
    assert cited == [f.id for f in made.facts]  # in the order of the answer
    assert all(f.source and f.how for f in made.facts)


def test_conversions_that_still_arrive_are_shown_and_not_compared(exports: Bench) -> None:
    made = digest(exports)  # the file ends with the covered days
    assert figures(made)["Conversions"].endswith("so far")
    assert figures(made)["ROAS"].endswith("so far")
    assert "against" in figures(made)["Spend"]
    assert any("keep arriving" in c for c in made.caveats)
    week, before = exports.sums("2024-06-17", "2024-06-23"), exports.sums("2024-06-10", "2024-06-16")
    arrived = f"ROAS {week.revenue / week.spend:.2f}, the week before {before.revenue / before.spend:.2f}"
    assert arrived in said(made)


def test_once_they_have_arrived_they_are_compared(make_bench: Callable[..., Bench], generate: Any) -> None:
    frame = generate({"Brand": 50}, date(2024, 5, 1), date(2024, 7, 7))
    made = digest(make_bench({("google_ads", "Shop", "USD"): frame}))
    assert "against" in figures(made)["Conversions"]
    assert not any("keep arriving" in c for c in made.caveats)


@pytest.fixture
def two(make_bench: Callable[..., Bench], generate: Any) -> Callable[..., Bench]:
    """``two(google_without=[days], meta_until=day)``: two accounts with gaps."""

    def make_two(google_without: list[date] | None = None, meta_until: date = date(2024, 6, 30)) -> Bench:
        google = generate({"Brand": 50}, date(2024, 5, 1), date(2024, 6, 30), seed=1)
        google = google[~google["day"].isin(google_without or [])]
        meta = generate({"Prospecting": 120}, date(2024, 5, 1), meta_until, seed=2)
        return make_bench({("google_ads", "Shop", "USD"): google, ("meta", "Shop Meta", "USD"): meta})

    return make_two


def test_no_difference_is_told_across_a_gap(two: Callable[..., Bench]) -> None:
    made = digest(two(google_without=[date(2024, 6, 22)]))
    assert "no difference: Google Ads (Shop) has no data for 2024-06-22" in figures(made)["Spend"]
    assert "usual" not in made_verdict(made)
    assert "Google Ads (Shop): no data for 2024-06-22" in said(made)


def test_an_account_that_went_silent_is_a_decision_and_not_a_zero(two: Callable[..., Bench]) -> None:
    bench = two(meta_until=date(2024, 6, 27))
    made = digest(bench)
    (decision,) = made.decisions
    assert (decision.kind, decision.question) == ("silent", "how fresh are the data")
    assert "Meta (Shop Meta) went silent: no data after 2024-06-27" in decision.said
    alone = bench.sums("2024-06-28", "2024-06-30", platform="google_ads").spend
    assert f"spend ${alone:,.2f}" in made_verdict(made)
    assert "without Meta (Shop Meta)" in made_verdict(made)
    assert made.board is not None
    unread, read = made.board.shown
    assert unread[0] == "Meta (Shop Meta)"
    assert set(unread[1:]) == {"unknown"}
    assert read[0] == "Google Ads (Shop)"


def test_a_long_silence_is_a_blind_spot_and_no_decision(two: Callable[..., Bench]) -> None:
    made = digest(two(meta_until=date(2024, 5, 20)))
    assert made.decisions == ()
    assert made.blind[0] == "Meta (Shop Meta): no data after 2024-05-20"


def test_days_that_say_nothing_was_spent_are_quiet_and_asked_about(
    make_bench: Callable[..., Bench], generate: Any
) -> None:
    frame = generate({"Brand": 50}, date(2024, 5, 1), date(2024, 6, 30))
    frame.loc[frame["day"] >= date(2024, 6, 28), ["spend", "revenue", "conversions"]] = 0.0
    made = digest(make_bench({("google_ads", "Shop", "USD"): frame}))
    (decision,) = made.decisions
    assert decision.kind == "stopped"
    assert "spent $0.00, a week before" in said(made)
    assert not any("no data" in line for line in made.blind)


def test_where_nothing_can_be_read_it_says_so(two: Callable[..., Bench]) -> None:
    made = digest(two(), date(2024, 9, 2))
    assert "nothing can be read, the data end on 2024-06-30. That is not the same as a quiet day." in made_verdict(made)
    assert made.figures == ()


def test_two_currencies_are_never_added(make_bench: Callable[..., Bench], generate: Any) -> None:
    frames = {
        ("google_ads", f"Client {c}", c): generate({"Brand": 50}, date(2024, 5, 1), date(2024, 6, 30), seed=n)
        for n, c in enumerate(("EUR", "USD", "GBP"))
    }
    bench = make_bench(frames)
    made = digest(bench)
    spend = {label: words for label, words in figures(made).items() if label.startswith("Spend")}
    for currency, sign in (("EUR", "€"), ("USD", "$"), ("GBP", "£")):
        alone = bench.frame[(bench.frame.account == f"Client {currency}") & (bench.frame.day >= date(2024, 6, 28))]
        assert spend[f"Spend ({currency})"].startswith(f"{sign}{alone.spend.sum():,.2f} ")
    assert {f.currency for f in made.facts if f.unit == "money"} == {"EUR", "USD", "GBP"}


def test_the_board_ranks_by_the_money_that_moved(make_bench: Callable[..., Bench], generate: Any) -> None:
    frames = {
        ("google_ads", f"Client {n}", "USD"): generate({"Brand": 40.0 * n}, date(2024, 5, 1), date(2024, 6, 30), seed=n)
        for n in range(1, 8)
    }
    bench = make_bench(frames)
    board = digest(bench).board
    assert board is not None

    def moved(name: str) -> float:
        own = bench.frame[bench.frame.account == name]
        now, before = ((own.day >= date(2024, 6, a)) & (own.day <= date(2024, 6, b)) for a, b in ((28, 30), (21, 23)))
        return abs(float(own[now].spend.sum() - own[before].spend.sum()))

    names = [str(row[0]).removeprefix("Google Ads (").rstrip(")") for row in board.rows]
    assert names == sorted((f"Client {n}" for n in range(1, 8)), key=moved, reverse=True)


def test_what_was_restated_is_told_with_its_days_and_its_size(sqlite_engine: Engine, generate: Any) -> None:
    frame = generate({"Brand": 50}, date(2024, 5, 1), date(2024, 6, 30))
    first = frame.assign(conversions=10.0)
    load(sqlite_engine, first, platform="google_ads", account="Shop")
    later = first.copy()
    later.loc[later["day"].isin([date(2024, 6, 25), date(2024, 6, 26)]), "conversions"] = 12.5
    account = load(sqlite_engine, later, platform="google_ads", account="Shop")
    bench = Bench(sqlite_engine, Scope((account,)), later, date(2024, 7, 1))
    assert "Google Ads (Shop), 2024-06-25 to 2024-06-26: conversions +5, +25 %" in said(digest(bench)).replace(
        ".0 %", " %"
    )
    assert digest(bench, date(2024, 7, 3)).restated == ()  # told once: that load came before the last digest


def test_a_restatement_is_a_share_of_the_accounts_days_and_not_of_the_campaigns_that_moved(
    sqlite_engine: Engine, generate: Any
) -> None:
    frame = generate({"Brand": 50, "Generic": 50}, date(2024, 5, 1), date(2024, 6, 30)).assign(conversions=10.0)
    load(sqlite_engine, frame, platform="google_ads", account="Shop")
    later = frame.copy()
    later.loc[(later["day"] == date(2024, 6, 26)) & (later["campaign"] == "Brand"), "conversions"] = 12.0
    account = load(sqlite_engine, later, platform="google_ads", account="Shop")
    bench = Bench(sqlite_engine, Scope((account,)), later, date(2024, 7, 1))
    assert "Google Ads (Shop), 2024-06-26: conversions +2, +10.0 %" in said(digest(bench))


def test_a_load_that_a_person_took_back_restates_nothing(sqlite_engine: Engine, generate: Any) -> None:
    frame = generate({"Brand": 50}, date(2024, 5, 1), date(2024, 6, 30)).assign(conversions=10.0)
    load(sqlite_engine, frame, platform="google_ads", account="Kept")
    account = load(sqlite_engine, frame, platform="meta", account="Undone")
    later = frame.copy()
    later.loc[later["day"] == date(2024, 6, 26), "conversions"] = 12.5
    load(sqlite_engine, later, platform="meta", account="Undone")
    scope = Scope((account,))
    for run in (3, 2):
        with write(sqlite_engine) as session:
            undo.undo(session, scope, run, by="U1", now=LATER)
    with read(sqlite_engine) as session:
        assert restated(session, scope, date(2024, 6, 1), date(2024, 6, 30), ACTIVE.replace(year=2020)) == []


def test_open_approvals_come_first_and_at_most_three_decisions_are_named(sqlite_engine: Engine) -> None:
    account = seed(sqlite_engine, entities=[f"b{n}" for n in range(1, 6)])
    cards = [
        opened(sqlite_engine, recommendation(account, change(f"b{n}", "200", f"2{n}0"), rec_id=f"r{n}"))
        for n in range(1, 5)
    ]
    made = make(sqlite_engine, Scope((account,)), now=ACTIVE, timezone="UTC", picture=False)
    assert [d.kind for d in made.decisions] == ["approval"] * 3
    named = {d.approval_id for d in made.decisions}
    assert named < set(cards)
    assert len(made.waiting) == 1  # the fourth is listed, not asked for
    assert "from €200.00 to €210.00 a day" in said(made)
    assert "Something needs you" in made_verdict(made)
    gone = make(sqlite_engine, Scope((account,)), now=ACTIVE + timedelta(days=9), timezone="UTC", picture=False)
    assert not any(d.kind == "approval" for d in gone.decisions)  # lapsed: it waits for nobody


def planned(bench: Bench, budget: float, month: str = "2024-06") -> None:
    content = f"month,pool,account,budget,target ROAS\n{month},Search PO 7,Shop,{budget},3\n".encode()
    planning.load(bench.engine, LATER, "plan.csv", content, planning.PlanOptions())


def test_a_pool_that_lands_over_its_budget_is_a_decision_and_one_within_is_not(
    make_bench: Callable[..., Bench], generate: Any
) -> None:
    frame = generate({"Brand": 50}, date(2024, 3, 1), date(2024, 6, 19))
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    spent = bench.sums("2024-06-01", "2024-06-19").spend
    planned(bench, round(spent * 3))
    within = digest(bench, date(2024, 6, 20))
    assert within.decisions == ()
    assert "Search PO 7: behind plan" in said(within)
    planned(bench, round(spent * 1.02))
    made = digest(bench, date(2024, 6, 20))
    (decision,) = made.decisions
    assert (decision.kind, decision.question) == ("over_budget", "where do we land")
    landing = next(f for f in made.facts if f.label == "Landing against the budget" and f.how.startswith("expected"))
    by_hand = spent + frame[frame["day"] > date(2024, 5, 22)].spend.mean() * 11 - round(spent * 1.02)
    assert landing.value is not None
    assert abs(float(landing.value) / by_hand - 1) < 0.1  # the tool's own weekday means, not a plain mean
    assert not any("no plan" in line for line in made.blind)


def test_a_month_without_a_plan_is_said_among_what_cannot_be_seen(two: Callable[..., Bench]) -> None:
    assert any(line.startswith("no plan for June 2024") for line in digest(two()).blind)


def test_accounts_outside_the_scope_are_not_in_it(two: Callable[..., Bench]) -> None:
    bench = two()
    alone = make(bench.engine, Scope(bench.scope.account_ids[:1]), now=LATER, timezone="UTC",
                 today=date(2024, 7, 1), picture=False)  # fmt: skip
    assert "Meta" not in said(alone)
    assert alone.board is None


def test_a_picture_of_the_last_four_weeks_goes_with_it(exports: Bench) -> None:
    made = make(exports.engine, exports.scope, now=LATER, timezone="UTC", today=date(2024, 7, 1))
    assert made.chart is not None
    assert made.chart.png.startswith(b"\x89PNG")
    assert "2024-06-03 to 2024-06-30" in made.chart.alt_text
