from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from services.mv.canonical import canonical, plain, sha256_of


@dataclass(frozen=True, slots=True)
class Thing:
    when: date
    amount: Decimal
    parts: tuple[float, ...]


def test_one_spelling_whatever_the_order() -> None:
    assert (
        canonical({"b": 1, "a": [True, None]})
        == '{"a":[true,null],"b":1}'
        == canonical({"a": (True, None), "b": 1})
    )


def test_dataclasses_dates_and_decimals_are_plain() -> None:
    thing = Thing(date(2026, 5, 1), Decimal("1.50"), (0.1, 2.0))
    assert plain({"of": [thing]}) == {"of": [{"when": "2026-05-01", "amount": "1.50", "parts": [0.1, 2.0]}]}


def test_chinese_stays_readable() -> None:
    assert canonical("照明") == '"照明"'


def test_what_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"x": float("nan")})


def test_the_hash_is_of_the_canonical_bytes() -> None:
    assert sha256_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert sha256_of({"a": 1}) != sha256_of({"a": 1.0})
