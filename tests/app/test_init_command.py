"""``budgeteer init``: a team from one file or from questions; the same again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from agent.context import plan_context
from app import wiring
from app.cli.init_command import command
from app.team_file import EXAMPLE, read_team
from domain.errors import BadInput
from store import accounts, bindings, channels, plans
from store.approvers import approvers
from store.engine import read
from store.tables import Account, Approver, AuditEntry, ChannelBinding, DailyMetric, PlanLine
from tests.activation.world import NOW

REPORT = Path(__file__).parents[2] / "docs" / "examples" / "google-ads-report.csv"
Init = Callable[..., Result]


@pytest.fixture
def init(sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Init]:
    """``init(yaml, *options)`` in a folder that holds the example report; ``typed`` are the answers to questions."""
    (tmp_path / "google-ads-report.csv").write_bytes(REPORT.read_bytes())
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    wiring.settings.cache_clear()

    def run(text: str | None = None, *options: str, typed: str = "") -> Result:
        given: list[str] = []
        if text is not None:
            (tmp_path / "team.yaml").write_text(text)
            given = ["--file", str(tmp_path / "team.yaml")]
        return CliRunner().invoke(command, [*given, *options], input=typed)

    yield run
    wiring.settings.cache_clear()


def holds(engine: Engine) -> dict[str, int]:
    tables = (Account, Approver, AuditEntry, ChannelBinding, DailyMetric, PlanLine)
    with read(engine) as session:
        return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_the_printed_example_sets_a_team_up(init: Init, sqlite_engine: Engine) -> None:
    assert init(None, "--example").output == EXAMPLE
    done = init(EXAMPLE)
    assert done.exit_code == 0, done.output
    with read(sqlite_engine) as session:
        (account,) = accounts.find(session)
        assert (account.name, account.currency, account.timezone) == ("Acme EU", "EUR", "Europe/Berlin")
        assert (account.week_start, account.country) == (0, "DE")
        assert [(a.user, a.tier) for a in approvers(session, account.id)] == [("U012AB3CD", 2)]
        assert bindings.scope_for_channel(session, "C024BE91L").account_ids == (account.id,)
        assert channels.digest_time(session, "C024BE91L") == channels.DigestTime(True, 8, "Europe/Berlin", True)
        (line,) = plans.lines(session, accounts.scope_for(session, None), NOW.date().replace(day=1), NOW.date())
        assert (str(line.target_roas), str(line.margin)) == ("3.5", "0.35")
    assert holds(sqlite_engine)["daily_metrics"] == 518


def test_a_second_run_changes_nothing_and_says_so(init: Init, sqlite_engine: Engine) -> None:
    init(EXAMPLE)
    before = holds(sqlite_engine)
    again = init(EXAMPLE)
    assert "Nothing to change: everything is set up like this already." in again.output
    assert not [line for line in again.output.splitlines() if line[:1] in "+~-"]
    assert holds(sqlite_engine) == before


def test_a_dry_run_shows_and_keeps_nothing(init: Init, sqlite_engine: Engine) -> None:
    shown = init(EXAMPLE, "--dry-run")
    assert "+ account Acme EU" in shown.output
    assert "would load google-ads-report.csv" in shown.output
    assert set(holds(sqlite_engine).values()) == {0}


def test_what_may_change_is_changed_and_shown(init: Init, sqlite_engine: Engine) -> None:
    init(EXAMPLE)
    changed = EXAMPLE.replace("week_start: monday", "week_start: sunday").replace("tier: 2  ", "tier: 3  ")
    changed = changed.replace('at: "08:00"', 'at: "07:00"')
    changed = changed.replace("targets:  ", "  - user: U0NEW\ntargets:  ")
    said = init(changed).output
    for line in (
        "~ account Acme EU: weeks from Sunday",
        "~ U012AB3CD may approve for Acme EU up to tier 3, before 2",
        "+ U0NEW may approve for Acme EU up to tier 9",
        "~ C024BE91L gets its digest at 07:00",
        "= C024BE91L sees Acme EU",
    ):
        assert line in said


def test_a_line_that_is_gone_removes_nobody_and_an_explicit_one_does(init: Init, sqlite_engine: Engine) -> None:
    init(EXAMPLE)
    start, end = EXAMPLE.index("approvers:"), EXAMPLE.index("# remove_approvers")
    without = EXAMPLE[:start] + EXAMPLE[end:]
    init(without)
    assert holds(sqlite_engine)["approvers"] == 1
    gone = init(without + "remove_approvers:\n  - user: U012AB3CD\n")
    assert "- U012AB3CD may no longer approve for Acme EU" in gone.output
    assert holds(sqlite_engine)["approvers"] == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("currency: EUR ", "currency: USD ", "currency of Acme EU is EUR and cannot become USD"),
        ("timezone: Europe/Berlin    #", "timezone: UTC    #", "timezone of Acme EU is Europe/Berlin"),
        (
            "accounts: [Acme EU]\n    digest",
            "accounts: [Acme US]\n    digest",
            "'Acme US', which is not there; known: Acme EU",
        ),
    ],
)
def test_what_cannot_be_leaves_everything_as_it_was(
    init: Init, sqlite_engine: Engine, old: str, new: str, said: str
) -> None:
    init(EXAMPLE)
    before = holds(sqlite_engine)
    assert old in EXAMPLE
    refused = init(EXAMPLE.replace(old, new).replace("tier: 2", "tier: 5"))
    assert isinstance(refused.exception, BadInput)
    assert said in str(refused.exception)
    assert holds(sqlite_engine) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("currency: EUR ", "currency: EURO ", "line 7: accounts[1].currency: unknown currency 'EURO'"),
        ('country: "DE"', "country: NO", "line 10: accounts[1].country: YAML reads this as False; put it in quotes"),
        ("tier: 2", "tier: 22", "approvers[1].tier: 22 is not allowed: input should be less than or equal to 9"),
        (
            "roas: 3.5",
            "raos: 3.5",
            "targets[1].raos: there is no such field; allowed: account, month, pool, budget, roas",
        ),
        ("budget: 50000", "budget: .inf", "targets[1].budget: inf is not allowed"),
        ("budget: 50000", "budget: -1", "targets[1].budget: -1 is not allowed"),
        ("month: 2026-03", "month: 2026-13", "'2026-13' is not a month; write YYYY-MM"),
        ('at: "08:00"', 'at: "08:30"', "channels[1].digest.at: '08:30' is not a full hour"),
        ("id: C024BE91L", 'id: "#marketing"', "'#marketing' is not a Slack id"),
        ("user: U012AB3CD", "user: ana", "'ana' is not a Slack member id"),
        ("platform: google_ads ", "platform: gogle ", "there is no platform 'gogle'; use "),
        ("    tier: 2", "    tier: 2\n    tier: 3", "'tier' was said before, in line 14"),
        ("  - name: Acme EU", "  - name: [Acme", "this is not YAML"),
        ("accounts:\n", "accounts: !!python/object/apply:os.getcwd []\nx:\n", "this is not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_its_value_and_what_is_allowed(old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(BadInput) as wrong:
        read_team("team.yaml", EXAMPLE.replace(old, new, 1).encode())
    assert said in str(wrong.value)
    assert str(wrong.value).startswith("team.yaml, line")


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"\xff\xfe\x00", b"a: &a [*a]\n", b"x" * 300_000])
def test_what_is_no_team_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_team("team.yaml", content)


def test_a_file_that_is_not_there_or_not_an_export_is_told_before_anything_is_written(
    init: Init, sqlite_engine: Engine
) -> None:
    missing = init(EXAMPLE.replace("file: google-ads-report.csv", "file: nope.csv"))
    assert "nope.csv" in str(missing.exception)
    assert set(holds(sqlite_engine).values()) == {0}


def test_questions_show_defaults_from_the_file_and_check_each_answer_at_once(
    init: Init, sqlite_engine: Engine, tmp_path: Path
) -> None:
    answers = [
        str(tmp_path / "google-ads-report.csv"), "", "Acme EU", "EURO", "", "Berlin", "Europe/Berlin", "sunday", "",
        "n", "U012AB3CD", "2", "", "50000", "", "35%", "C024BE91L", "",
    ]  # fmt: skip
    done = init(None, typed="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "Platform [google_ads]" in done.output
    assert "Currency [EUR]" in done.output
    assert "unknown currency 'EURO'" in done.output
    assert "unknown time zone 'Berlin'; use an IANA name" in done.output
    with read(sqlite_engine) as session:
        (account,) = accounts.find(session)
        assert (account.currency, account.timezone, account.week_start) == ("EUR", "Europe/Berlin", 6)
    assert holds(sqlite_engine)["daily_metrics"] == 518
    assert holds(sqlite_engine)["plan_lines"] == 1


def test_weeks_begin_as_the_accounts_say_where_they_agree_else_as_the_setting(
    init: Init, sqlite_engine: Engine
) -> None:
    two = """
accounts:
  - {name: A, platform: google_ads, currency: EUR, timezone: UTC, week_start: sunday}
  - {name: B, platform: meta, currency: EUR, timezone: UTC, week_start: %s}
"""

    def starts(name: str | None) -> int:
        with read(sqlite_engine) as session:
            scope = accounts.scope_for(session, name)
            return plan_context(session, scope, now=NOW, timezone="UTC", week_start=0).week_start

    init(two % "sunday")
    assert starts(None) == 6
    init(two % "monday")
    assert (starts(None), starts("A"), starts("B")) == (0, 6, 0)


def test_last_week_is_the_accounts_own_week(init: Init, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli.ask_command import command as ask

    init(EXAMPLE.replace("week_start: monday", "week_start: sunday"))
    said = CliRunner().invoke(ask, ["spend last week", "--as-of", "2026-03-11"], catch_exceptions=False).output
    assert "2026-03-01 to 2026-03-07" in said  # Sunday to Saturday
    init(EXAMPLE)
    said = CliRunner().invoke(ask, ["spend last week", "--as-of", "2026-03-11"], catch_exceptions=False).output
    assert "2026-03-02 to 2026-03-08" in said
