"""Contracts as they are kept: a stored document in, the contract out, or the rule that refuses it now.

Rules grow stricter, and what is stored was put under those of its day. A contract on file that they refuse is
named and computes nothing until it is put again. What a settlement has frozen is never put again: its figures
are shown under the contract as it was, and only computing asks for the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from services.savings.contract.documents import ContractDocument
from services.savings.contract.fields import AS_IT_WAS


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored contract that the rules of this version refuse, and the first rule that it breaks.

    `document` is its JSON text as stored.
    """

    code: str
    rule: str
    document: str

    @property
    def told(self) -> str:
        """Which contract, which rule, what to do: one line."""
        return f"contract {self.code} is refused as it is on file: {self.rule}; put it again as the rule asks"


class ContractUnreadable(ValueError):
    """A contract was asked for that the rules refuse: that of the code on file, or one that was frozen."""

    def __init__(self, code: str, rule: str, told: str) -> None:
        super().__init__(told)
        self.code = code
        self.rule = rule


def on_file(code: str, text: str) -> ContractDocument | Unreadable:
    """What the stored text of a contract is."""
    try:
        return ContractDocument.model_validate_json(text)
    except ValidationError as error:
        return Unreadable(code, rule_of(error), text)


def frozen(contract: Mapping[str, Any]) -> ContractDocument:
    """The contract that a settlement froze, to compute with. Raises `ContractUnreadable`."""
    return _read(contract, None)


def as_it_was(contract: Mapping[str, Any]) -> ContractDocument:
    """The contract that a settlement froze, to be shown: rules that came later are not asked.

    Raises `ContractUnreadable` for what is no contract at all.
    """
    return _read(contract, AS_IT_WAS)


def _read(contract: Mapping[str, Any], context: Mapping[str, bool] | None) -> ContractDocument:
    try:
        return ContractDocument.model_validate(contract, context=context)
    except ValidationError as error:
        code = str(contract.get("code")) if isinstance(contract, Mapping) else ""
        rule = rule_of(error)
        raise ContractUnreadable(code, rule, f"against a rule of this version: {rule}") from error


def rule_of(error: ValidationError) -> str:
    """The first thing that a document was refused for, after where it stands."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = "/".join(str(part) for part in first["loc"])
    reason = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {reason}" if place else reason
