"""The digest by name and by what people say instead."""

from __future__ import annotations

import pytest

from agent.planner.rules import plan
from agent.planner.understood import check, understood
from agent.state import ToolCall
from domain.errors import BadInput
from tests.agent.planner.conftest import exports


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("digest", None),
        ("the daily digest please", None),
        ("morning! anything i should know?", None),
        ("what happened yesterday, anything I should know?", 1),
        ("what happened over the weekend", 2),
        ("what did i miss", None),
        ("what needs me today", None),
        ("is there anything that needs my attention", None),
    ],
)
def test_it_is_called_by_many_names(question: str, days: int | None) -> None:
    planned = plan(question, exports())
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("digest", {"accounts": [], "days": days})]
    assert planned.exact


@pytest.mark.parametrize(
    ("question", "form"),
    [("weekly digest", "weekly"), ("the monthly digest please", "monthly"), ("last week's digest", "weekly")],
)
def test_the_week_and_the_month_have_their_own(question: str, form: str) -> None:
    planned = plan(question, exports())
    assert [dict(c.args) for c in planned.calls] == [{"accounts": [], "days": None, "form": form}]
    assert planned.exact


def test_one_account_can_be_named() -> None:
    (call,) = plan("digest for acme social", exports()).calls
    assert call.args["accounts"] == ["Acme Social"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("digest of last month", "last complete days"),
        ("digest of may 3", "last complete days"),
        ("digest for youtube", "everything of an account"),
        ("send me the digest every morning", "cannot set up"),
    ],
)
def test_what_it_cannot_be_is_said(question: str, said: str) -> None:
    planned = plan(question, exports())
    assert planned.refused is not None
    assert said in planned.refused


def test_what_happened_to_a_figure_is_still_a_question_about_that_figure() -> None:
    assert [c.name for c in plan("what happened to roas last week", exports()).calls] == ["compare"]


def test_a_models_digest_holds_for_days_up_to_yesterday_only() -> None:
    call = [ToolCall("digest", {})]
    check(understood("what happened yesterday, anything i should know?", exports()), call, exports())
    with pytest.raises(BadInput, match="the question names the period 2024-06-03"):
        check(understood("what happened on june 3", exports()), call, exports())
