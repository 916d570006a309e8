"""Words that carry a figure, by language: what a model may not write.

Only the languages listed here can be checked, so text in another script is not let
through at all (``agent.grounding``). Words that are articles in their language (un,
ein, een) are left out; compounds (twentyfive, siebenundzwanzig) are built from parts.
"""

from __future__ import annotations

import re
import unicodedata

_ENGLISH = """
zero nil nought naught none nothing one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred
thousand million billion trillion dozen half halves halve halved halving third thirds fourth fourths fifth fifths
sixth seventh eighth ninth tenth tenths hundredth thousandth first second once twice thrice single couple pair
double doubles doubled doubling triple triples tripled tripling treble trebled quadruple quadrupled quintuple
tenfold twofold threefold fourfold fivefold percent percentage pct permille grand lakh crore cent cents bps
hundreds thousands millions billions trillions dozens tens mn bn mio mrd score
"""
_GERMAN = """
null eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig dreissig vierzig fünfzig
sechzig siebzig achtzig neunzig hundert tausend million millionen milliarde milliarden dutzend halb halbe halber
halbes hälfte halbiert drittel viertel fünftel zehntel doppelt doppelte verdoppelt verdreifacht dreifach zweifach
vierfach zehnfach prozent promille einmal zweimal dreimal keine keinen
"""
_ROMANCE = """
cero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho
diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos mil miles millón
millones mitad doble triple tercio cuarto décimo docena porciento veintiuno duplicó triplicó
zéro deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
cinquante soixante septante octante nonante cent mille millier milliers million millions milliard moitié demi demie
tiers quart double doublé triplé douzaine dizaine centaine pourcent
zero uno tre quattro cinque otto nove dieci undici dodici tredici quattordici quindici sedici venti trenta quaranta
cinquanta sessanta settanta ottanta novanta cento mila milione milioni miliardo metà doppio triplo terzo dozzina
dois duas três quatro cinco sete oito dez doze treze vinte trinta quarenta cinquenta sessenta oitenta cem milhão
milhões metade dobro triplo terço dúzia
"""
_NORTHERN = """
nul twee drie vijf zes zeven negen tien elf twaalf twintig dertig veertig vijftig zestig zeventig tachtig negentig
honderd duizend miljoen miljard helft dubbel verdubbeld derde kwart procent
noll två fyra fem sex sju åtta nio tio elva tolv tjugo trettio hundra tusen miljon hälften dubbelt
nul to fire fem seks syv otte ni ti tyve tredive hundrede tusind halvdelen dobbelt prosent
yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen kymmentä sata tuhat miljoona puolet prosenttia
"""
_EASTERN = """
jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć sto tysiąc milion połowa procent dwukrotnie
dva tři čtyři pět šest sedm osm devět deset tisíc milión polovina procento
bir iki üç dört beş altı yedi sekiz dokuz yüz bin milyon milyar yarım yarısı yüzde çift
doi trei patru cinci șase șapte opt nouă zece sută mie jumătate
"""

# Words of the lists above that are also common English words, or a platform: they would reject honest prose.
_HARMLESS = frozenset(("to", "fire", "sex", "score", "bin", "ti", "ni", "sto", "mie", "opt", "meta"))


def fold(text: str) -> str:
    """Lower case without accents, invisible characters and look-alike forms."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if unicodedata.category(c) not in _INVISIBLE).casefold()


_INVISIBLE = frozenset(("Mn", "Me", "Mc", "Cf", "Co", "Cs", "Cn"))
NUMBER_WORDS = frozenset(fold(f"{_ENGLISH} {_GERMAN} {_ROMANCE} {_NORTHERN} {_EASTERN}").split()) - _HARMLESS

_JOINTS = ("ein", "und", "and", "og", "y", "et", "en", "teen", "ty", "vent", "trent")
_PARTS = sorted(NUMBER_WORDS.union(_JOINTS), key=len, reverse=True)
_COMPOUND = re.compile(f"(?:{'|'.join(map(re.escape, _PARTS))}){{2,}}(?:s|th|fold|fach|mal|x)?")
_TAILS = ("fold", "fach", "mal", "th", "s")
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_NOT_ROMAN = frozenset(("mix", "i"))  # the mix of a change, and the pronoun


def is_number_word(word: str) -> bool:
    """Whether a folded word carries a figure: ``three``, ``twentyfive``, ``threefold``, ``xii``."""
    if word in NUMBER_WORDS or _COMPOUND.fullmatch(word):
        return True
    if any(word.endswith(tail) and word.removesuffix(tail) in NUMBER_WORDS for tail in _TAILS):
        return True
    return word not in _NOT_ROMAN and bool(word) and _ROMAN.fullmatch(word) is not None
