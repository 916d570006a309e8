# ruff: noqa: SIM905 - a bag of words reads best as one text
"""Words that change no answer: only these may be left over."""

from __future__ import annotations

FILLER = frozenset(
    """
    a about account accounts achieve achieved across actual actually ad ads advertising afternoon all also am an
    and any anyone are as at available be been being between bit bot both bring brought btw budgeteer but by came
    campaign campaigns can check come could curious currently das data deliver delivered der did die different do
    does doing done drive driven drove during each earn earned el evening everyone everything exactly far figure figures
    fine folks for from fue full fur gave generate generated generating get gets getting gimme give given go going
    got great guys had has have having hello help here hey hi hiya how howd i if im in into is ist it its just kind
    kindly know la las let like list lol look looked looking looks los made make many me mind money morning much my need
    now nuestra nuestro number numbers of off ok okay on one ones only or our out over overall paid perhaps period
    person please pls plz pull put que question quick quickly ran real really receive received regarding
    respectively right run running say see seen separately show showed showing shown so some sort specifically sum
    team tell thank thanks thats the their them then there these they thing things this tho those though through thx
    to total totals ty und unser unsere us use used using value wan wanna want wanted war waren was way we well went
    amount exact inclusive
    were what whats when where which who wie with within wonder wondering would wrt y yall yeah yes you your
    """.split()
)
