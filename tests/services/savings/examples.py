"""A contract of each kind, and frozen inputs of its settlement, for tests."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from services.mv.model import Days
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import (
    Contract,
    ContractKind,
    CustodyTerms,
    GuaranteedTerms,
    LeaseTerms,
    MixedTerms,
    SharedTerms,
    Terms,
)
from services.savings.meter_days import MeterDays, gather
from services.savings.settlement.document import Json, Place, freeze, settled_period
from tests.services.mv.circuits import (
    LATITUDE,
    LONGITUDE,
    baseline_part,
    reporting_part,
    two_years,
)

PRICE = Decimal("0.735686")
SHARED = SharedTerms((Decimal("0.80"), Decimal("0.80"), Decimal("0.70")))
GUARANTEED = GuaranteedTerms(Decimal(20_000), Decimal("3650.00"), Decimal("0.50"))
CUSTODY = CustodyTerms(Decimal("36500.00"), Decimal("40000.00"))
LEASE = LeaseTerms(tuple(map(Decimal, ("7300.00", "7300.00", "3650.00", "3650.00", "0.00"))))
MIXED = MixedTerms((SharedTerms((Decimal("0.30"),)), LeaseTerms((Decimal("3650.00"),) * 5)))
KINDS = {
    SharedTerms: ContractKind.SHARED,
    GuaranteedTerms: ContractKind.GUARANTEED,
    CustodyTerms: ContractKind.CUSTODY,
    LeaseTerms: ContractKind.LEASE,
    MixedTerms: ContractKind.MIXED,
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


TERMS: dict[str, dict[str, Any]] = {
    "shared": {"esco_share_by_year": ["0.80", "0.80", "0.70"]},
    "guaranteed": {
        "guaranteed_kwh_per_year": "20000",
        "service_fee_yuan_per_year": "3650.00",
        "esco_share_of_excess": "0.50",
    },
    "custody": {"custody_fee_yuan_per_year": "36500.00", "baseline_cost_yuan_per_year": "40000.00"},
    "lease": {"rent_yuan_by_year": ["7300.00", "7300.00", "3650.00", "3650.00", "0.00"]},
    "mixed": {
        "components": [
            {"kind": "shared", "terms": {"esco_share_by_year": ["0.30"]}},
            {"kind": "lease", "terms": {"rent_yuan_by_year": ["3650.00"] * 5}},
        ]
    },
}


def body(kind: str = "shared", **fields: Any) -> dict[str, Any]:
    """The body of PUT /contracts/{code}, for the circuit of `circuits.two_years`."""
    return {
        "name_zh": "照明改造",
        "name_en": "Lighting retrofit",
        "institution": "hall",
        "esco_zh": "澄光",
        "esco_en": "Clear Light",
        "kind": kind,
        "meters": ["hall-l1"],
        "signed_on": "2025-04-01",
        "accepted_on": "2025-05-14",
        "term_years": 5,
        "baseline_start": "2024-05-01",
        "baseline_end": "2025-04-30",
        "price_yuan_per_kwh": "0.735686",
        "price_source": "a price table of January",
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
        "minimum_completeness": "0.95",
        "terms": TERMS.get(kind, {}),
        **fields,
    }


def document(kind: str = "shared", **fields: Any) -> ContractDocument:
    """A contract document with the code emc-001."""
    return ContractDocument.model_validate({**body(kind, **fields), "code": "emc-001"})


def metered(days: Days, *, estimated_share: float = 0.0) -> MeterDays:
    """The days as one meter's values."""
    energy = days.energy_kwh
    return gather(
        {"hall-l1": (energy * (1 - estimated_share), energy * estimated_share, days.coverage)},
        days=days.days,
        working=days.working,
        daylight_h=days.daylight_h,
    )


def frozen(
    month: str = "2025-06",
    kind: str = "shared",
    *,
    remaining: float = 0.45,
    lost_days: int = 0,
    **fields: Any,
) -> Json:
    """Frozen inputs of one month of the retrofitted circuit, its first `lost_days` unmeasured."""
    circuit = two_years(seed=7)
    deal = document(kind, **fields)
    start, end = settled_period(deal.contract(), month)
    reporting = metered(reporting_part(circuit, remaining=remaining)).between(start, end)
    reporting.coverage[:, :lost_days] = 0
    return freeze(
        deal,
        month=month,
        place=Place(LATITUDE, LONGITUDE),
        calendar="a calendar",
        baseline=metered(baseline_part(circuit)).between(
            deal.baseline_start, deal.baseline_end + timedelta(days=1)
        ),
        reporting=reporting,
    )
