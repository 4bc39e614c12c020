"""A contract of each kind, for tests."""

from datetime import date
from decimal import Decimal

from services.savings.model import (
    Contract,
    ContractKind,
    CustodyTerms,
    GuaranteedTerms,
    SharedTerms,
    Terms,
)

PRICE = Decimal("0.735686")
SHARED = SharedTerms((Decimal("0.80"), Decimal("0.80"), Decimal("0.70")))
GUARANTEED = GuaranteedTerms(Decimal(20_000), Decimal("3650.00"), Decimal("0.50"))
CUSTODY = CustodyTerms(Decimal("36500.00"), Decimal("40000.00"))
KINDS = {
    SharedTerms: ContractKind.SHARED,
    GuaranteedTerms: ContractKind.GUARANTEED,
    CustodyTerms: ContractKind.CUSTODY,
}


def contract(
    terms: Terms = SHARED, *, accepted_on: date = date(2025, 5, 14), meters: tuple[str, ...] = ("hall-l1",)
) -> Contract:
    return Contract(
        code="emc-001",
        name_zh="照明改造",
        name_en="Lighting retrofit",
        institution="hall",
        esco_zh="澄光",
        esco_en="Clear Light",
        kind=KINDS[type(terms)],
        meters=meters,
        signed_on=date(2025, 4, 1),
        accepted_on=accepted_on,
        term_years=5,
        baseline_start=date(2024, 5, 1),
        baseline_end=date(2025, 4, 30),
        price_yuan_per_kwh=PRICE,
        price_source="a price table of January",
        latitude=30.7,
        longitude=111.3,
        minimum_completeness=Decimal("0.95"),
        terms=terms,
    )
