"""Where a statement comes from: the settlement on file in, its view models and its paper out."""

from dataclasses import dataclass

from services.metering.model import Meter
from services.savings.contract.measurement import weather_of
from services.savings.contract.model import Contract
from services.savings.service import SavingsService
from services.savings.settlement.document import Settlement
from services.web.formats import Formats
from services.web.paper.blocks import Paper
from services.web.paper.statement import statement_paper
from services.web.settlement_view import SettlementView, build_settlement
from services.web.statement_page import StatementView, build_statement


@dataclass(frozen=True, slots=True)
class Found:
    """A version's settlement, with what its statement and its next steps are made from."""

    settlement: Settlement
    view: StatementView
    settling: SettlementView

    def paper(self, f: Formats) -> Paper:
        """The statement in a language."""
        return statement_paper(self.view, self.settling, f)


def find_statement(
    savings: SavingsService, contract: str, month: str, version: int | None = None
) -> Found | None:
    """A version of a settled month, the latest unless named; None where there is none."""
    settlement = savings.settlements.get(contract, month, version)
    statement = savings.statement(contract, month, version)
    if settlement is None or statement is None:
        return None
    document = settlement.document
    view = build_statement(
        statement, document["inputs"], results=document["results"],
        registered=_meters(savings, statement.contract),
    )  # fmt: skip
    return Found(settlement, view, build_settlement(savings, contract, month, settlement.version))


def _meters(savings: SavingsService, contract: Contract) -> dict[str, Meter]:
    """Every meter that the contract names, the one of outdoor temperature among them."""
    weather = weather_of(contract.measurement)
    codes = (*contract.meters, *((weather,) if weather else ()))
    found = ((code, savings.registry.meter(code)) for code in codes)
    return {code: meter for code, meter in found if meter is not None}
