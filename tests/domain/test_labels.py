"""What campaign names say, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import countries
from domain.errors import BadInput
from domain.label_proposals import carried, propose
from domain.labels import MAYBE, Rule, parse
from domain.naming import read_name

SHOP = [
    "DE_Search_Brand_Shoes", "DE_Search_NonBrand_Shoes", "AT_Search_Brand_Bags", "AT_PMax_Generic_Bags",
    "CH_Shopping_NB_Shoes", "DE_Video_TOFU_Bags",
]  # fmt: skip


def _proposed(names: list[str], *own: str) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for p in propose(names, own):
        found.setdefault((p.rule.key, p.rule.value), set()).update(p.campaigns)
    return found


def test_brand_country_category_funnel_and_type_are_read_from_the_names() -> None:
    said = _proposed(SHOP)
    assert said["brand", "brand"] == {SHOP[0], SHOP[2]}
    assert said["brand", "non-brand"] == {SHOP[1], SHOP[3], SHOP[4]}
    assert said["country", "AT"] == {SHOP[2], SHOP[3]}
    assert said["category", "bags"] == {SHOP[2], SHOP[3], SHOP[5]}
    assert said["funnel", "prospecting"] == {SHOP[5]}
    assert said["type", "pmax"] == {SHOP[3]}


@pytest.mark.parametrize(
    "name", ["Non-Brand Search", "nonbrand", "Search | non brand | x", "DE_NonBrand", "un-branded x", "NoBrand"]
)
def test_a_negated_brand_is_never_read_as_brand(name: str) -> None:
    assert ("brand", "brand") not in _proposed([name, "Display Network"])
    assert _proposed([name, "Display Network"])["brand", "non-brand"] == {name}


def test_a_campaign_that_says_both_with_equal_force_is_in_neither() -> None:
    said = _proposed(["Brand and prospecting", "Retargeting tofu", "Bofu"])
    assert said["funnel", "prospecting"] == {"Brand and prospecting"}
    assert said["funnel", "retargeting"] == {"Bofu"}


@pytest.mark.parametrize("names", [["What to do IT", "Buy it now no fee"], ["Sale in store", "Up to no good", "Be it"]])
def test_codes_that_are_plain_words_are_no_countries(names: list[str]) -> None:
    assert not any(key == "country" for key, _ in _proposed([*names, "Shoes", "Bags", "Hats"]))


def test_codes_count_where_several_campaigns_vary_over_them() -> None:
    said = _proposed(["Search - IT", "Search - ES", "Shopping - IT", "Display - NO"])
    assert said["country", "IT"] == {"Search - IT", "Shopping - IT"}
    assert said["country", "NO"] == {"Display - NO"}
    assert not any(key == "country" for key, _ in _proposed(["Search - IT", "Shopping - IT", "Display - shoes"]))


def test_a_few_codes_in_capitals_at_the_end_are_a_guess_to_be_confirmed() -> None:
    names = ["Brand Search", "Shopping", "Display", "Competitors", "Search NL", "Search BE"]
    found = {(p.rule.value, tuple(p.campaigns), p.rule.priority) for p in propose(names) if p.rule.key == "country"}
    assert found == {("NL", ("Search NL",), MAYBE), ("BE", ("Search BE",), MAYBE)}
    assert not [p for p in propose([n.upper() for n in names]) if p.rule.key == "country"]


def test_the_advertisers_name_means_brand_only_where_few_campaigns_carry_it() -> None:
    assert _proposed(["Acme Search", "Generic Search", "Other"], "Acme EU")["brand", "brand"] == {"Acme Search"}
    assert ("brand", "brand") not in _proposed(["Acme Search", "Acme Generic", "Acme Display"], "Acme EU")
    assert ("brand", "brand") not in _proposed(["Acme generic", "Search", "Display"], "Acme")  # generic is surer


def test_the_real_exports_say_campaign_types_and_nothing_else() -> None:
    said = _proposed(["Cross-network", "Display Network", "Search Network", "YouTube"], "Shop")
    assert {key for key, _ in said} == {"type"}
    assert said["type", "pmax"] == {"Cross-network"}
    assert said["type", "video"] == {"YouTube"}


def test_a_key_that_says_the_same_of_every_campaign_is_not_proposed() -> None:
    assert _proposed(["Brand Search DE", "Brand Shopping AT"]).keys() >= {("country", "DE"), ("type", "search")}
    assert not any(key == "brand" for key, _ in _proposed(["Brand Search DE", "Brand Shopping AT"]))


def test_countries_are_known_by_name_language_and_code() -> None:
    known = {w: countries.named(w) for w in ("germany", "deutschland", "german", "osterreich", "austrian", "swiss")}
    assert known == {
        "germany": "DE", "deutschland": "DE", "german": "DE", "osterreich": "AT", "austrian": "AT", "swiss": "CH"
    }  # fmt: skip
    assert countries.code_of("uk") == "GB"
    assert countries.code_of("zz") is None
    assert [w for w in ("brand", "search", "shoes", "women", "video", "generic") if countries.named(w)] == []


@pytest.mark.parametrize("text", ["brand", "=x", "brand=", "b r=x", "9k=v", "k=" + "x" * 101, "k=a\u202eb"])
def test_what_is_no_label_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(BadInput, match="KEY=VALUE"):
        parse(text)
    assert parse(" Brand = non-brand ") == ("brand", "non-brand")


WORDS = st.sampled_from(
    ["Brand", "non", "generic", "DE", "AT", "it", "Search", "tofu", "bofu", "Shoes", "Bags", "Acme", "2024", "é", "x"]
)
NAMES = st.lists(st.builds(lambda s, w: s.join(w), st.sampled_from([" ", "_", " | ", "-", "/"]),
                           st.lists(WORDS, min_size=1, max_size=5)), max_size=12)  # fmt: skip


@settings(deadline=None)
@given(NAMES)
def test_no_campaign_is_proposed_two_values_of_one_key(names: list[str]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for proposal in propose(names, ["Acme"]):
        for name in proposal.campaigns:
            assert seen.setdefault((proposal.rule.key, name), proposal.rule.value) == proposal.rule.value


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_can_be_read_and_proposed_from(one: str, other: str) -> None:
    read_name(one)
    rules = [p.rule for p in propose([one, other], [other])]
    assert set(carried([one, other], rules)) == set(rules)


def test_an_unknown_pattern_is_refused_not_ignored() -> None:
    with pytest.raises(BadInput, match="no pattern"):
        carried(["x"], [Rule("k", "v", "regex:.*")])
