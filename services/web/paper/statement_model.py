"""The section of a statement that says how its baseline came about: method, pictures, terms, forms tried."""

from services.mv.baseline import Fit
from services.mv.selection import Candidate
from services.savings.contract.measurement import Regression, weather_of
from services.web.charts import statement as charts
from services.web.charts import weather as weather_charts
from services.web.formats import UNKNOWN, number, percent
from services.web.paper.blocks import Block, Cell, Column, Facts, Pair, Picture, Section, Table, Tone, Words
from services.web.paper.statement_head import Sheet
from services.web.statement_terms import Span, closures, driver_values
from services.web.statement_words import slug

_WH = 3


def method(sheet: Sheet) -> Section:
    """How the saving was measured, and of a regression by which model, learnt from which days."""
    s, t, learned = sheet.s, sheet.t, sheet.view.learned
    blocks: list[Block] = [Facts(tuple(_facts(sheet)), wide=True), Words(t(s.method))]
    blocks += _recorded(sheet)
    if learned.baseline is not None:
        blocks.append(Picture(charts.baseline(learned.baseline, sheet.f)))
    if learned.scatter is not None:
        picture = weather_charts.scatter(learned.scatter, sheet.names, sheet.f)
        blocks += [Picture(picture), Words(t("chart.weather.note"), hint=True)]
    if s.fit is not None:
        blocks.append(Pair(_coefficients(sheet), _fit(sheet, s.fit)))
    if s.candidates:
        blocks.append(_candidates(sheet))
    return Section("method", t("statement.method"), tuple(blocks))


def _facts(sheet: Sheet) -> list[tuple[str, Cell]]:
    s, t, place = sheet.s, sheet.t, sheet.view.place
    facts = [
        (t("statement.form"), Cell(sheet.names.form(s.form))),
        (t("statement.option"), Cell(t(f"option.{sheet.view.option}"))),
        (t("statement.engine"), Cell(s.engine)),
        (t("statement.calendar"), Cell(s.calendar)),
    ]
    if s.fit is not None:
        at = UNKNOWN if place is None else f"{number(place[0], 4)}, {number(place[1], 4)}"
        facts.append((t("statement.place"), Cell(at)))
    weather = weather_of(s.contract.measurement)
    if weather is not None:
        words = t("weather.meter", meter=sheet.meter(weather))
        facts.append((t("weather.source"), Cell(words, href=sheet.readings_path(weather))))
    sign = t(s.sign_convention, figure=number(s.gbt_28750_savings_kwh, _WH))
    return [*facts, (t("statement.sign"), Cell(sign))]


def _recorded(sheet: Sheet) -> list[Block]:
    """What the contract records beside the meters: closures and drivers with their sources."""
    s = sheet.s
    shut, values = closures(s.contract, s.period), driver_values(s.contract, s.period)
    return [*([_closures(sheet, shut)] if shut else []), *([_drivers(sheet, values)] if values else [])]


def _closures(sheet: Sheet, spans: tuple[Span, ...]) -> Table:
    t = sheet.t
    columns = (
        Column(t("weather.kind"), share=1.4), Column(t("weather.from"), share=1.3),
        Column(t("weather.to"), share=1.3), Column(t("weather.in"), share=1.5),
        Column(t("statement.source"), share=3.0),
    )  # fmt: skip
    rows = tuple((Cell(sheet.names.day_type(one.name)), *_span(sheet, one)) for one in spans)
    return Table(t("weather.closures"), columns, rows, note=t("weather.closures_note"))


def _drivers(sheet: Sheet, spans: tuple[Span, ...]) -> Table:
    t, names = sheet.t, sheet.names
    columns = (
        Column(t("weather.name"), share=1.4), Column(t("statement.value"), number=True),
        Column(t("statement.unit"), share=1.0), Column(t("weather.from"), share=1.3),
        Column(t("weather.to"), share=1.3), Column(t("weather.in"), share=1.5),
        Column(t("statement.source"), share=2.2),
    )  # fmt: skip
    rows = tuple(
        (Cell(names.driver(one.name)), Cell(figure(one.value)), Cell(names.driver_unit(one.name)),
         *_span(sheet, one))
        for one in spans
    )  # fmt: skip
    return Table(t("weather.drivers"), columns, rows)


def figure(value: float | None) -> str:
    """A figure that people agreed on or measured, with the decimals it was given, grouped by thousands."""
    if value is None:
        return UNKNOWN
    text = number(value, 6)
    return text.rstrip("0").rstrip(".")


def _span(sheet: Sheet, one: Span) -> tuple[Cell, ...]:
    f, t = sheet.f, sheet.t
    end = t("weather.onward") if one.end is None else f.day(one.end)
    return (Cell(f.day(one.start)), Cell(end), Cell(t(f"weather.in_{one.within}")), Cell(one.source))


def _coefficients(sheet: Sheet) -> Table:
    t, names = sheet.t, sheet.names
    columns = (
        Column(t("statement.term_of_model"), share=2.6), Column(t("statement.value"), number=True),
        Column(t("statement.unit"), share=1.1),
    )  # fmt: skip
    every = [one.name for one in sheet.s.coefficients]
    at = names.conditions(every)
    rows = tuple(
        (Cell(names.coefficient(one.name, every, at=at is None)), Cell(number(one.value, 6)),
         Cell(names.unit(one.unit)))
        for one in sheet.s.coefficients
    )  # fmt: skip
    note = t("coefficient.note", at=at) if at else ""
    return Table(t("statement.coefficients"), columns, rows, note=note)


def _fit(sheet: Sheet, fit: Fit) -> Table:
    t = sheet.t
    figures = (
        ("n", f"{fit.n} − {fit.p}"), ("mean", number(fit.mean_kwh, 2)), ("rmse", number(fit.rmse_kwh, 2)),
        ("cvrmse", percent(fit.cvrmse, 2)), ("nmbe", percent(fit.nmbe, 3)), ("r2", number(fit.r2, 4)),
        ("rho", number(fit.rho, 3)), ("n_effective", number(fit.n_effective, 1)),
    )  # fmt: skip
    columns = (Column(t("statement.figure"), share=1.8), Column(t("statement.value"), number=True))
    rows = tuple((Cell(t(f"fit.{name}")), Cell(value)) for name, value in figures)
    return Table(t("statement.fit"), columns, rows, headless=True)


def _candidates(sheet: Sheet) -> Table:
    """Every form that was tried, in the order of trying, and why all but one lost."""
    t, s = sheet.t, sheet.s
    columns = (
        Column(t("candidate.form"), share=1.5), Column(t("candidate.types"), share=1.3),
        Column(t("candidate.drivers"), share=2.2), Column(t("candidate.p"), number=True, share=0.4),
        Column(t("candidate.points"), number=True, share=1.5),
        Column(t("candidate.r2"), number=True, share=0.9),
        Column(t("candidate.adjusted_r2"), number=True, share=1.0),
        Column(t("candidate.cvrmse"), number=True, share=1.1),
        Column(t("candidate.bic"), number=True, share=1.1),
        Column(t("candidate.outcome"), number=True, share=1.7),
    )  # fmt: skip
    criterion = t.code("criterion", slug(s.criterion or ""))
    note = t("candidate.note", criterion=criterion)
    measurement = s.contract.measurement
    if isinstance(measurement, Regression) and measurement.form != "auto":
        note = sheet.sentences(note, t("candidate.alone"))
    least = next((one.bic for one in s.candidates if not one.why_not), None)
    rows = tuple(_candidate(sheet, one, least) for one in s.candidates)
    return Table(t("candidate.caption"), columns, rows, note=note, dense=True)


def _candidate(sheet: Sheet, one: Candidate, least: float | None) -> tuple[Cell, ...]:
    t = sheet.t
    tone: Tone = "" if one.why_not else "strong"
    points = list(dict.fromkeys(at for at in (one.heating_c, one.cooling_c) if at is not None))
    why = t(f"candidate.lost_{one.why_not}", more=_more(one, least)) if one.why_not else t("candidate.taken")
    cells = (
        *sheet.names.in_short(one.form), str(one.p), " / ".join(number(at, 2) for at in points),
        number(one.r2, 4), number(one.adjusted_r2, 4), percent(one.cvrmse, 2), number(one.bic, 2), why,
    )  # fmt: skip
    return tuple(Cell(text, tone=tone) for text in cells)


def _more(one: Candidate, least: float | None) -> str:
    return UNKNOWN if one.bic is None or least is None else number(one.bic - least, 2)
