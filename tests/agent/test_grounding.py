"""No figure that is not a reference gets past grounding, however it is dressed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.grounding import problems
from domain.evidence import Fact
from domain.window import Window

MARCH = Window(date(2024, 3, 1), date(2024, 3, 31))
APRIL = Window(date(2024, 4, 1), date(2024, 4, 30))


def fact(fact_id: str, value: str | None, **other: object) -> Fact:
    made = Fact(
        id=fact_id,
        label="ROAS",
        value=None if value is None else Decimal(value),
        unit="ratio",
        currency=None,
        entity="Google Ads",
        window=MARCH,
        source="google.csv",
        how="sum(revenue) / sum(spend)",
        reason="not in the data" if value is None else None,
    )
    return replace(made, **other)


GOOGLE = fact("f1", "4.21")
META = fact("f2", "3.10", entity="Meta")
NAMES = {"Brand 2024", "Best sellers", "4.2", "12 %"}


def check(
    text: str, facts: tuple[Fact, ...] = (GOOGLE, META), question: str = "roas of my top 3 in march?"
) -> tuple[str, ...]:
    return problems(text, facts, names=NAMES, question=question)


HONEST = [
    "ROAS was {{f1}}.",
    "In March 2024 it was {{f1}} on Google and {{f2}} on Meta.",
    "From 2024-03-01 to 2024-03-31 it was {{f1}}.",
    "Q1 2024 ended with {{f1}} on 31 March 2024.",
    'The campaign "Brand 2024" had {{f1}}.',
    'You asked for "my top 3 in march": {{f1}}.',
    "The mix did it, I think: {{f1}}.",
    "Google {{f1}} was higher than Meta {{f2}}.",
    "The highest was Google with {{f1}}, the lowest was Meta with {{f2}}.",
    "Der ROAS lag bei {{f1}}.",
    "L'ensemble donne {{f1}}.",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_wording_passes(text: str) -> None:
    assert check(text) == ()


INVENTED = [
    "ROAS was 4.21, see {{f1}}.",
    "ROAS was {{f1}}, about 4.",
    "ROAS was {{f1}}, in 2024.",
    "ROAS {{f1}} on March 31 conversions.",
    "{{f1}} and ٤٫٢ more.",  # Arabic-Indic
    "{{f1}} and ４．２ more.",  # full width
    "{{f1}} and x² more.",
    "{{f1}} and ½ more.",
    "{{f1}} and Ⅳ more.",
    "{{f1}} and IV more.",
    "{{f1}} and ④ more.",
    "{{f1}} and 四 more.",
    "{{f1}} and 4️⃣ more.",
    "{{f1}} and 𝟒 more.",
    "{{f1}} and &#52; more.",
    "{{f1}} and &frac12; more.",
    "{{f1}}, so four times the spend.",
    "{{f1}}, so fo\u200bur times the spend.",
    "{{f1}}, so f**o**ur times.",
    "{{f1}}, so f o u r times.",
    "{{f1}}, so f-o-u-r times.",
    "{{f1}}, so ﬁfty more.",
    "{{f1}}, so ｔｗｏ more.",
    "{{f1}}, so fóur more.",
    "{{f1}}, so fоur more.",  # a Cyrillic o
    "{{f1}}, twenty-five more.",
    "{{f1}}, twentyfive more.",
    "{{f1}}, siebenundzwanzig mehr.",
    "{{f1}}, fünfzig mehr.",
    "{{f1}}, quatre-vingt de plus.",
    "{{f1}}, cuarenta y dos.",
    "{{f1}}, half of it.",
    "{{f1}}, doubled.",
    "{{f1}}, threefold.",
    "{{f1}}, a dozen.",
    "{{f1}}, a quarter of spend.",
    "{{f1}}, ten percent.",
    "{{f1}} per cent.",
    "{{f1}} %.",
    "${{f1}}.",
    "{{f1}}, no conversions at all.",
    "{{f1}}, zero on Meta.",
    "{{f1}}, the first of all.",
    'The campaign "Fake 99" had {{f1}}.',
    'The campaign "4.2" had {{f1}}.',
    'The campaign "12 %" had {{f1}}.',
    'It was "3", {{f1}}.',
    "The campaign Brand 2024 had {{f1}}.",
    "{{f1}} [more](https://evil.example/42)",
    "{{f1}} see evil.example for more",
    "{{f1}} <!channel>",
    "{{f1}} @here",
    "{{f1}} &lt;!channel&gt;",
    "{{f9}} of {{f1}}.",
    "{{ f1 }} is {{f1}}.",
    "{{f1}} {f2}",
    "Nothing to see.",
    "It went well.",
    "{{f1}} вышло хорошо.",
    "{{f1}} " + "and so on " * 200,
]


@pytest.mark.parametrize("text", INVENTED)
def test_anything_else_is_rejected(text: str) -> None:
    assert check(text)


WRONG_CLAIMS = [
    "Meta {{f2}} was higher than Google {{f1}}.",
    "Google {{f1}} was lower than Meta {{f2}}.",
    "ROAS rose to {{f1}}.",
    "The best was Meta with {{f2}}.",
    "The worst was Google with {{f1}}.",
    "It improved to {{f1}}.",
    "The lowest was Google with {{f1}}.",
]


@pytest.mark.parametrize("text", WRONG_CLAIMS)
def test_a_direction_or_rank_that_the_facts_do_not_carry_is_rejected(text: str) -> None:
    assert check(text)


def test_a_direction_word_needs_the_sign_of_the_change() -> None:
    fell = fact("f3", "-0.2", form="change", label="ROAS")
    assert check("ROAS fell by {{f3}}.", (fell,)) == ()
    assert check("ROAS rose by {{f3}}.", (fell,))


def test_two_periods_carry_a_rise_between_them() -> None:
    later = fact("f3", "5", window=APRIL)
    assert check("It rose from {{f1}} to {{f3}}.", (GOOGLE, later)) == ()
    assert check("It fell from {{f1}} to {{f3}}.", (GOOGLE, later))


def test_the_cheapest_campaign_is_the_best_where_less_is_better() -> None:
    cheap = fact("f1", "10", label="CPA", unit="money", currency="USD", entity="A")
    dear = fact("f2", "90", label="CPA", unit="money", currency="USD", entity="B")
    assert check("The best was {{f1}}.", (cheap, dear)) == ()
    assert check("The best was {{f2}}.", (cheap, dear))


NUMERALS = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in {"Nd", "Nl", "No"}]


@given(
    before=st.text(alphabet="abc xyz.,;:-", max_size=20),
    numeral=st.sampled_from(NUMERALS),
    after=st.text(alphabet="abc xyz.,;:-", max_size=20),
)
@example(before="", numeral="7", after="")
def test_every_numeral_of_unicode_is_rejected_wherever_it_stands(before: str, numeral: str, after: str) -> None:
    assert check(f"{{{{f1}}}} {before}{numeral}{after}")


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=2), where=st.sampled_from(HONEST))
def test_honest_wording_with_any_figure_added_is_rejected(number: Decimal, where: str) -> None:
    assert check(f"{where} That is {number} now.")


ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@given(
    word=st.builds(
        lambda tens, joint, one, tail: tens + joint + one + tail,
        st.sampled_from(TENS),
        st.sampled_from(["", "-", " ", "\u00ad"]),
        st.sampled_from(ONES),
        st.sampled_from(["", "fold", " hundred", "-thousand", "th"]),
    ),
    upper=st.booleans(),
)
def test_number_words_are_rejected_in_every_composition(word: str, upper: bool) -> None:
    assert check(f"{{{{f1}}}} that is {word.upper() if upper else word} more")
