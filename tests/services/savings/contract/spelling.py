"""Terms as a contract document spells them, written down apart from the documents: no default is spelled."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.savings.contract.terms import (
    CustodyAdjustment,
    CustodyTerms,
    FeeFloor,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    ProportionalAdjustment,
    SharedTerms,
    Terms,
)

Json = dict[str, Any]


def kind_of(terms: Terms) -> str:
    """The word beside the terms."""
    return {SharedTerms: "shared", GuaranteedTerms: "guaranteed", CustodyTerms: "custody",
            LeaseTerms: "lease", MixedTerms: "mixed"}[type(terms)]  # fmt: skip


def spelled(terms: Terms) -> Json:
    """The terms of any kind."""
    return _SPELLERS[type(terms)](terms)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _said(defaults: Json, **values: Any) -> Json:
    return {name: _plain(value) for name, value in values.items()
            if name not in defaults or value != defaults[name]}  # fmt: skip


def _shared(terms: SharedTerms) -> Json:
    return _said({"fee_floor": FeeFloor.MONTH}, esco_share_by_year=terms.esco_share_by_year,
                 fee_floor=terms.fee_floor)  # fmt: skip


def _guaranteed(terms: GuaranteedTerms) -> Json:
    return _said(
        {"settled": GuaranteeSettled.MONTH, "fee_floor": FeeFloor.NONE},
        guaranteed_kwh_per_year=terms.guaranteed_kwh_per_year,
        service_fee_yuan_per_year=terms.service_fee_yuan_per_year,
        esco_share_of_excess=terms.esco_share_of_excess,
        settled=terms.settled,
        fee_floor=terms.fee_floor,
    )


def _custody(terms: CustodyTerms) -> Json:
    found = _said(
        {"baseline_costs_yuan": (), "fee_floor": FeeFloor.NONE},
        custody_fee_yuan_per_year=terms.custody_fee_yuan_per_year,
        baseline_cost_yuan_per_year=terms.baseline_cost_yuan_per_year,
        baseline_costs_yuan=terms.baseline_costs_yuan,
        fee_floor=terms.fee_floor,
    )
    rows = [_adjustment(one) for one in terms.adjustments]
    return found | ({"adjustments": rows} if rows else {})


def _adjustment(one: CustodyAdjustment) -> Json:
    change = one.change
    if isinstance(change, ProportionalAdjustment):
        told = _said({}, share=change.share, agreed=change.agreed, actual=change.actual)
    else:
        told = _said({}, amount_yuan_per_year=change.amount_yuan_per_year, formula=change.formula)
    return {"change": told} | _said(
        {"effective_to": None}, parameter=one.parameter, effective_from=one.effective_from,
        effective_to=one.effective_to, signed_on=one.signed_on, signed_by_client=one.signed_by_client,
        signed_by_esco=one.signed_by_esco, evidence=one.evidence,
    )  # fmt: skip


def _lease(terms: LeaseTerms) -> Json:
    found = _said(
        {"rent_yuan_by_year": (), "guaranteed_kwh_per_year": None, "settled": GuaranteeSettled.MONTH,
         "fee_floor": FeeFloor.NONE},
        rent_yuan_by_year=terms.rent_yuan_by_year, guaranteed_kwh_per_year=terms.guaranteed_kwh_per_year,
        settled=terms.settled, fee_floor=terms.fee_floor,
    )  # fmt: skip
    rents = [{"due_on": one.due_on.isoformat(), "yuan": str(one.yuan)} for one in terms.rents]
    return found | ({"rents": rents} if rents else {})


def _mixed(terms: MixedTerms) -> Json:
    return {"components": [{"kind": kind_of(one), "terms": spelled(one)} for one in terms.components]}


_SPELLERS: dict[type, Callable[[Any], Json]] = {
    SharedTerms: _shared, GuaranteedTerms: _guaranteed, CustodyTerms: _custody, LeaseTerms: _lease,
    MixedTerms: _mixed,
}  # fmt: skip
