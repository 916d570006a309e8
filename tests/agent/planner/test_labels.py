"""Labels in questions: confirmed ones answer, the rest is refused with what would make it possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.planner.understood import check, understood
from agent.state import Plan, PlanContext, ToolCall
from domain.errors import BadInput
from tests.agent.planner.conftest import Ask, exports

LABELS = {
    "brand": ("brand", "non-brand"), "country": ("AT", "DE", "GB", "IT"), "category": ("Running Shoes", "bags"),
    "funnel": ("prospecting", "retargeting"),
}  # fmt: skip


def labelled() -> PlanContext:
    return replace(exports(campaigns=("DE Brand", "DE Generic", "AT Brand", "Brand Search")), labels=LABELS)


def _narrow(planned: Plan) -> str:
    (call,) = planned.calls
    keys = ("by", "labels", "exclude_labels", "campaigns")
    return " ".join(f"{k}={call.args[k]}" for k in keys if k in call.args)


@pytest.mark.parametrize(
    ("question", "narrow"),
    [
        ("google roas june without brand?", "exclude_labels=['brand=brand']"),
        ("roas june ex brand", "exclude_labels=['brand=brand']"),
        ("non-brand roas last month", "labels=['brand=non-brand']"),
        ("nonbrand spend in june", "labels=['brand=non-brand']"),
        ("generic cpa june", "labels=['brand=non-brand']"),
        ("brand vs non-brand cpa in may", "by=label:brand labels=['brand=brand', 'brand=non-brand']"),
        ("DE vs AT roas june", "by=label:country labels=['country=DE', 'country=AT']"),
        ("de vs at roas june", "by=label:country labels=['country=DE', 'country=AT']"),
        ("germany spend june", "labels=['country=DE']"),
        ("german campaigns spend june", "labels=['country=DE']"),
        ("spend in the uk in june", "labels=['country=GB']"),
        ("what is it with spend in june", ""),
        ("IT spend june", "labels=['country=IT']"),
        ("prospecting only, spend june", "labels=['funnel=prospecting']"),
        ("remarketing roas june", "labels=['funnel=retargeting']"),
        ("roas by funnel in june", "by=label:funnel"),
        ("spend by category june", "by=label:category"),
        ("spend by country june", "by=label:country"),
        ("running shoes revenue june", "labels=['category=Running Shoes']"),
        ("germany non-brand spend june", "labels=['country=DE', 'brand=non-brand']"),
        ("germany without brand spend june", "labels=['country=DE'] exclude_labels=['brand=brand']"),
        ("spend of brand search in june", "campaigns=['Brand Search']"),
    ],
)
def test_a_label_narrows_or_groups(ask: Ask, question: str, narrow: str) -> None:
    if not narrow:
        assert not any("labels" in call.args for call in ask(question, labelled()).calls)
        return
    assert _narrow(ask(question, labelled())) == narrow


@pytest.mark.parametrize("question", ["google roas june without brand?", "DE vs AT spend june", "spend by category",
                                      "prospecting only roas june", "germany roas june", "roas by funnel"])  # fmt: skip
def test_the_real_exports_are_refused_with_the_alternatives(ask: Ask, question: str) -> None:
    refused = ask(question).refused or ""
    for said in ("Cross-network, Display Network, Search Network, YouTube", "budgeteer labels propose",
                 "budgeteer labels set CAMPAIGN brand=non-brand", "leave one out"):  # fmt: skip
        assert said in refused


@pytest.mark.parametrize(
    ("question", "campaigns", "example"),
    [
        ("google roas june without brand?", "They are Cross-network, Display Network, Search Network, YouTube.",
         "roas of google in june without YouTube"),
        ("prospecting cpa of acme in may", "Google Ads by their", "cpa of google in june without YouTube"),
        ("germany spend on meta in june", "Meta name no campaigns", "spend of meta in june"),
        ("spend without meta by category in june", "the campaigns of Google Ads by",
         "spend of google in june without YouTube"),
    ],
)  # fmt: skip
def test_the_refusal_is_about_the_platform_asked_and_its_example_can_be_asked(
    ask: Ask, question: str, campaigns: str, example: str
) -> None:
    refused = ask(question).refused or ""
    assert campaigns in refused
    assert "Acme Social" not in refused
    assert f"'{example}'" in refused
    (call,) = ask(example).calls
    assert call.args.get("exclude_campaigns", []) == (["YouTube"] if "without" in example else [])
    assert len(call.args["platforms"]) == 1


@pytest.mark.parametrize("question", ["brand vs non-brand roas this month", "non-brand spend june", "nonbrand cpa"])
@pytest.mark.parametrize("named", [("Brand Search", "Shopping"), ("Brand DE", "Brand AT", "Generic")])
def test_non_brand_is_a_label_where_only_names_hold_brand(ask: Ask, question: str, named: tuple[str, ...]) -> None:
    refused = ask(question, campaigns=named, today=date(2024, 6, 19)).refused or ""
    assert "nothing labels them" in refused
    assert "did not understand" not in refused


def test_a_campaign_called_non_brand_is_still_that_campaign(ask: Ask) -> None:
    (call,) = ask("non-brand spend june", campaigns=("US Non-Brand", "Brand Search")).calls
    assert call.args["campaigns"] == ["US Non-Brand"]


def test_a_key_without_labels_is_refused_with_the_labels_there_are(ask: Ask) -> None:
    context = replace(labelled(), labels={"country": ("AT", "DE")})
    assert "country (AT, DE)" in (ask("spend by category june", context).refused or "")


def test_two_periods_of_a_label_are_compared(ask: Ask) -> None:
    (call,) = ask("non-brand roas march vs feb", labelled()).calls
    assert call.name == "compare"
    assert call.args["labels"] == ["brand=non-brand"]
    assert "by" not in call.args
    (call,) = ask("brand vs non-brand roas march vs feb", labelled()).calls
    assert (call.name, call.args["by"]) == ("compare", "label:brand")


PERIOD = {"start": "2024-06-01", "end": "2024-06-30"}


def _call(**args: object) -> list[ToolCall]:
    return [ToolCall("metric", {"metrics": ["roas"], "period": PERIOD, **args})]


@pytest.mark.parametrize(
    ("question", "args", "said"),
    [
        ("roas june without brand", {}, "leaves out brand=brand"),
        ("non-brand roas june", {}, "about brand=non-brand"),
        ("non-brand roas june", {"labels": ["brand=brand"]}, "does not name brand=brand"),
        ("roas june", {"labels": ["country=DE"]}, "does not name country=DE"),
    ],
)
def test_a_models_plan_may_not_drop_swap_or_add_a_label(question: str, args: dict[str, object], said: str) -> None:
    context = labelled()
    with pytest.raises(BadInput, match=said):
        check(understood(question, context), _call(**args), context)
    check(understood("non-brand roas june", context), _call(labels=["brand=non-brand"]), context)
