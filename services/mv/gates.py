"""The quality gates side by side, each by its name and source: a fit and its saving in, records out.

No single gate proves much, so all are shown and none is raised; the contract's own limits decide on payment.
"""

from services.mv.baseline import Fit
from services.mv.limits import Limit, limit
from services.mv.model import Record
from services.mv.uncertainty.error_model import Band


def _at_most(what: str, figure: float, bound: Limit) -> Record:
    return Record(what, round(figure, 6), bound.figure, bound.source, figure <= bound.figure)


def _at_least(what: str, figure: float, bound: Limit) -> Record:
    return Record(what, round(figure, 6), bound.figure, bound.source, figure >= bound.figure)


def _ashrae_cvrmse(months: float) -> Limit:
    if months < 12:
        return limit("gate", "ashrae_cvrmse_under_12_months")
    return limit("gate", "ashrae_cvrmse_12_to_60_months" if months <= 60 else "ashrae_cvrmse_over_60_months")


def gates(fit: Fit, *, savings_kwh: float, band: Band, reporting_months: float) -> tuple[Record, ...]:
    """Hold a fit and a total saving [kWh] with its band against every gate of a daily model.

    A saving of zero has no share of itself: its uncertainty gate fails with figure 0 standing for "none".
    """
    uncertain, errors = of_saving(savings_kwh, band)
    return (
        _at_most("caltrack_cvrmse", fit.cvrmse, limit("gate", "caltrack_cvrmse")),
        _at_most("ashrae_cvrmse", fit.cvrmse, _ashrae_cvrmse(reporting_months)),
        _at_most("ashrae_net_bias", abs(fit.nmbe), limit("gate", "ashrae_net_bias")),
        uncertain,
        _at_least("ipmvp_r2", fit.r2, limit("gate", "ipmvp_r2")),
        errors,
    )


def of_saving(savings_kwh: float, band: Band) -> tuple[Record, Record]:
    """The gates that ask nothing of a model: a saving's share of uncertainty, and its standard errors.

    Without any error, as where all is agreed, there is no such number: figure 0 stands for "none".
    """
    at_68, error = band.half_width(0.68), band.standard_error_kwh
    share = at_68 / abs(savings_kwh) if savings_kwh else 0.0
    bound, asked = limit("gate", "uncertainty_68"), limit("gate", "ipmvp_standard_errors")
    uncertain = Record(
        "uncertainty_68", round(share, 6), bound.figure, bound.source,
        savings_kwh != 0 and share <= bound.figure,
    )  # fmt: skip
    return uncertain, _at_least("ipmvp_standard_errors", savings_kwh / error if error else 0.0, asked)


def calibration_gates(fit: Fit, grain: str) -> tuple[Record, ...]:
    """What a model of this `grain` (`month` or `hour`) is asked beside these, after ASHRAE Guideline 14."""
    cvrmse, bias = (limit("gate", f"ashrae_{grain}ly_{name}") for name in ("cvrmse", "nmbe"))
    return (
        _at_most(f"ashrae_{grain}ly_cvrmse", fit.cvrmse, cvrmse),
        _at_most(f"ashrae_{grain}ly_nmbe", abs(fit.nmbe), bias),
    )
