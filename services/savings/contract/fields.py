"""What the fields of contract documents are made of: bounded numbers, texts that print, days, and documents
that spell nothing at its default.
"""

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo

_UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what does not print, or breaks or turns a line."""


AS_IT_WAS = {"as_it_was": True}
"""The context in which a document is read that was accepted once: for what it says, not for the rules."""


def as_it_was(info: ValidationInfo) -> bool:
    """Whether rules are not to be asked."""
    return bool(info.context and info.context.get("as_it_was"))


def _one_line(text: str, info: ValidationInfo) -> str:
    if as_it_was(info):
        return text
    odd = next((sign for sign in text if unicodedata.category(sign) in _UNPRINTED), None)
    if odd is not None:
        raise ValueError(f"a sign that does not print: U+{ord(odd):04X}")
    return text


OneLine = AfterValidator(_one_line)
"""What stands in a signed paper is on one line, and reads as it is stored."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Signed = Annotated[Decimal, Field(max_digits=15)]
Positive = Annotated[Decimal, Field(gt=0, max_digits=15)]
Price = Annotated[Decimal, Field(gt=0, max_digits=10)]
AverageCharge = Annotated[Decimal, Field(ge=0, max_digits=10)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]


class Document(BaseModel):
    """Nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def unsaid(default: Any, **limits: Any) -> Any:
    """A field that is not spelled where it is at its default."""
    return Field(default, exclude_if=lambda value: bool(value == default), **limits)
