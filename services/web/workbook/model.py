"""A statement's sheet of its model: coefficients, fit, bands beside each other, forms that were tried."""

from services.web.paper.statement_head import Sheet as Laid
from services.web.statement_words import slug
from services.web.workbook.book import Sheet

WATT_HOURS = "#,##0.000"
_PRECISE = "#,##0.000000"


def model_sheet(laid: Laid, sheet: Sheet) -> None:
    """Coefficients, figures of the fit, the bands beside each other, and every form that was tried."""
    s, t, names = laid.s, laid.t, laid.names
    every = [one.name for one in s.coefficients]
    sheet.heading(names.form(s.form))
    sheet.head((t("statement.term_of_model"), t("statement.value"), t("statement.unit")))
    for one in s.coefficients:
        sheet.add((names.coefficient(one.name, every), one.value, names.unit(one.unit)), numbers=_PRECISE)
    sheet.skip()
    fit = s.fit
    if fit is not None:
        sheet.head((t("statement.fit"), t("statement.value")))
        for name in ("mean", "rmse", "cvrmse", "nmbe", "r2", "rho", "n_effective"):
            value = getattr(fit, f"{name}_kwh" if name in {"mean", "rmse"} else name)
            sheet.add((t(f"fit.{name}"), value), numbers=_PRECISE)
        sheet.add((t("fit.n"), fit.n, fit.p))
        sheet.skip()
    _bands(laid, sheet)
    _candidates(laid, sheet)


def _bands(laid: Laid, sheet: Sheet) -> None:
    found, t = laid.s.comparison, laid.t
    if found is None:
        return
    sheet.head((t("band.method"), t("lamp.half"), t("band.held")))
    for name, half, held in (
        ("chosen", found.chosen_kwh, found.chosen_held),
        ("guideline_14", found.guideline_14_kwh, found.guideline_14_held),
        ("prediction_interval", found.prediction_interval_kwh, None),
        ("out_of_sample", found.out_of_sample_kwh, None),
    ):
        sheet.add((t(f"band.{name}"), half, held), numbers=WATT_HOURS)
    sheet.add((t("band.windows", windows=found.windows, days=found.window_rows),))
    sheet.add((t("band.why"),))
    sheet.skip()


def _candidates(laid: Laid, sheet: Sheet) -> None:
    s, t = laid.s, laid.t
    if not s.candidates:
        return
    sheet.head((t("candidate.caption"), t("candidate.p"), t("coefficient.heating_balance_point"),
                t("coefficient.cooling_balance_point"), "R²", t("candidate.cvrmse"), "BIC",
                t("candidate.outcome")))  # fmt: skip
    for one in s.candidates:
        why = t("candidate.taken") if not one.why_not else t(f"candidate.why_{one.why_not}")
        row = (
            laid.names.form(one.form),
            one.p,
            one.heating_c,
            one.cooling_c,
            one.r2,
            one.cvrmse,
            one.bic,
            why,
        )
        sheet.add(row, numbers="#,##0.0000", bold=not one.why_not)
    criterion = t.code("criterion", slug(s.criterion or ""))
    sheet.add((t("candidate.note", criterion=criterion),))
