"""A digest in another language: every word is there, and its figures are the same ones, written that language's way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.numbers import format_currency, format_decimal

from agent.digest import in_words, make
from domain.errors import BadInput
from store.channels import LANGUAGES
from tests.tools.conftest import Bench
from tests.tools.test_digest import planned
from tools.digest import Digest
from tools.digest.words import CATALOGUES, speaking
from tools.digest.words.figures import written

ROOT = Path(__file__).parents[2]
ENGLISH = re.compile(
    r"\b(the|against|spend|week|month|before|and|last|year|data|nothing|nobody|is|no|of|budget lands|through)\b",
    re.I,
)


@pytest.fixture
def bench(make_bench: Callable[..., Bench], generate: Any) -> Bench:
    shop = generate({"Brand": 50, "Generic": 1090}, date(2023, 5, 1), date(2024, 6, 30))
    social = generate({"Prospecting": 120}, date(2024, 5, 1), date(2024, 6, 27), seed=2)
    return make_bench({("google_ads", "Shop", "USD"): shop, ("meta", "Social", "USD"): social})


def in_german(bench: Bench, form: str = "daily", *, picture: bool = False) -> Digest:
    return make(
        bench.engine, bench.scope, now=datetime(2024, 9, 1, tzinfo=UTC), timezone="UTC", today=date(2024, 7, 1),
        form=form, picture=picture, language="de",  # type: ignore[arg-type]
    )  # fmt: skip


def test_every_language_has_the_same_words_with_the_same_slots() -> None:
    assert tuple(CATALOGUES) == LANGUAGES
    slots = {
        name: {key: {slot for _, slot, _, _ in Formatter().parse(said) if slot} for key, said in words.items()}
        for name, words in CATALOGUES.items()
    }
    assert all(one == slots["en"] for one in slots.values())


def test_every_word_that_the_code_asks_for_is_in_the_catalogue() -> None:
    asked = set()
    files = [*(ROOT / "tools/digest").rglob("*.py"), ROOT / "agent/digest.py", ROOT / "scheduler/digests.py"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "w":
                asked |= {c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
    literal = {a for a in asked if isinstance(a, str)} - {"monthly", "weekly", "daily", "plan", "spike", "h ", "is "}
    assert len(literal) > 60
    assert literal - {" in a sentence"} <= set(CATALOGUES["en"])


def test_the_figures_are_the_english_ones_in_german_digits(bench: Bench) -> None:
    for form in ("daily", "weekly", "monthly"):
        made = in_german(bench, form)
        with speaking("de"):
            shown = {f.id: written(f) for f in made.facts}
        assert len(shown) > 10
        for fact in made.facts:
            if fact.value is None:
                assert shown[fact.id] in ("unbekannt", "nicht bestimmt")
            elif fact.unit == "money" and fact.form == "plain":
                cents = fact.value.quantize(Decimal("0.01"))
                assert shown[fact.id].replace("\xa0", " ") == str(
                    format_currency(cents, fact.currency, locale="de_DE")
                ).replace("\xa0", " ")
            elif fact.unit == "ratio" and fact.form == "plain":
                assert shown[fact.id] == str(format_decimal(fact.value, "#,##0.00", locale="de_DE"))


@pytest.mark.parametrize("form", ["daily", "weekly", "monthly"])
def test_no_english_is_left_in_a_german_digest(bench: Bench, form: str) -> None:
    planned(bench, 9_000)
    made = in_german(bench, form, picture=True)
    said = in_words(made)
    texts = [said["verdict"], *said["caveats"], said["small_print"], *(f"{a} {b}" for a, b in said["figures"])]
    texts += [f"{heading} {line}" for heading, lines in said["sections"] for line in lines]
    texts += [f"{d['said']} {d['button']}" for d in said["decisions"]] + list(said["headings"].values())
    texts += [said["board"]["title"], *said["board"]["columns"]] if said["board"] else []
    texts += [said["chart"]["alt"]] if said["chart"] else []
    left = {m.group(): text for text in texts for m in ENGLISH.finditer(text.replace("budgeteer digest", ""))}
    assert left == {}
    assert not any(re.search(r"\d{4}-\d\d-\d\d", text) for text in texts)
    assert said["decisions"] or form != "daily"


def test_days_and_months_have_german_names(bench: Bench) -> None:
    assert str(in_words(in_german(bench))["verdict"]).startswith(
        "Freitag bis Sonntag, 28. Juni 2024 bis 30. Juni 2024: "
    )
    assert str(in_words(in_german(bench, "monthly"))["verdict"]).startswith("Juni 2024: ")


def test_weeks_and_months_stand_in_the_right_case_beside_their_figures(bench: Bench) -> None:
    texts = {}
    for form in ("daily", "weekly", "monthly"):
        said = in_words(in_german(bench, form))
        lines = [line for _, section in said["sections"] for line in section]
        texts[form] = " ".join([said["verdict"], *(words for _, words in said["figures"]), *lines])
    assert not re.search(r"\bin dem\b|\((dem|der) |von \d", " ".join(texts.values()))
    assert "Die Woche vom 24. Juni 2024 bis 30. Juni 2024" in texts["weekly"]
    assert " $ in der Vorwoche" in texts["weekly"].replace("\xa0", " ")
    assert "(im Vormonat " in texts["monthly"]
    assert "im gleichen Monat des Vorjahres" in texts["monthly"]


def test_an_unknown_language_is_refused_with_those_there_are(bench: Bench) -> None:
    with pytest.raises(BadInput, match="can be written in en, de, not in 'tlh'"):
        make(bench.engine, bench.scope, now=datetime(2024, 9, 1, tzinfo=UTC), timezone="UTC", language="tlh")


def test_one_digest_in_german_leaves_the_next_in_english(bench: Bench) -> None:
    in_german(bench)
    made = make(
        bench.engine, bench.scope, now=datetime(2024, 9, 1, tzinfo=UTC), timezone="UTC", today=date(2024, 7, 1),
        picture=False,
    )  # fmt: skip
    assert str(in_words(made)["verdict"]).startswith("Friday to Sunday, 2024-06-28 to 2024-06-30: spend $")
