from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.capitals import capitals

OF_THE_RULES = {
    "1409.50": "壹仟肆佰零玖元伍角",
    "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元零叁角贰分",
    "107000.53": "壹拾万柒仟元零伍角叁分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "325.04": "叁佰贰拾伍元零肆分",
}
"""The examples that the rules themselves give."""
OTHERS = {
    "0": "零元整",
    "0.05": "伍分",
    "0.50": "伍角",
    "10": "壹拾元整",
    "10.05": "壹拾元零伍分",
    "1000001": "壹佰万零壹元整",
    "100000000": "壹亿元整",
    "100010000.10": "壹亿零壹万元零壹角",
    "2000000000000": "贰万亿元整",
    "-900": "负玖佰元整",
    "-0.001": "零元整",
    "1.005": "壹元零壹分",
    "99999.995": "壹拾万元整",
}
VALUES = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
TIMES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(("yuan", "words"), [*OF_THE_RULES.items(), *OTHERS.items()])
def test_an_amount_is_written_as_vouchers_ask(yuan: str, words: str) -> None:
    assert capitals(Decimal(yuan)) == f"人民币{words}"


def read(words: str) -> int:
    """What a clerk makes of the words: fen."""
    total = section = digit = fen = 0
    for word in words.removeprefix("人民币").removeprefix("负"):
        if word in VALUES:
            digit = VALUES[word]
        elif word in TIMES:
            section, digit = section + digit * TIMES[word], 0
        elif word == "万":
            section, digit = (section + digit) * 10_000, 0
        elif word == "亿":
            total, section, digit = (section + digit) * 10**8, 0, 0
        elif word in "元角分":
            factor = {"元": 100, "角": 10, "分": 1}[word]
            fen, total, section, digit = fen + (total + section + digit) * factor, 0, 0, 0
    return -fen if "负" in words else fen


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_clerk_reads_the_same_amount_again(fen: int) -> None:
    words = capitals(Decimal(fen) / 100)
    assert read(words) == fen
    assert "零零" not in words
    assert words.endswith(("元整", "角", "分"))
