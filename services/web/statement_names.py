"""What forms, coefficients, day types, drivers and findings of a contract are called in a reader's language.

The engine names them by codes that hold the contract's own words (`working_day_head_count`,
`sample_size:hall:watts_before`); codes flow in, words out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.mv.forms import COOLING, DAYLIGHT, EVERY_DAY, HEATING, RESERVED, TEMPERATURE, Term
from services.mv.shapes import BY_TYPE, COMMON, DAYLIGHT_FORM, SPLIT
from services.savings.contract.measurement import Measurement, Regression
from services.web.i18n import Texts
from services.web.statement_words import unit_key

_VARIANTS = {SPLIT: "split", BY_TYPE: "by_type", COMMON: "common"}
_PER = "kWh/d per "
_WHOLE = frozenset({"option_a", "saving_rate"})
_OF_ONE = ("adjustment_approved", "adjustment_reworded", "adjustment_evidence")
_BEYOND = "reporting_days_beyond_baseline_"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what one contract measures with."""

    t: Texts
    measurement: Measurement

    def driver(self, name: str) -> str:
        """A further driver, in the reader's words where it is a common one."""
        return self.t.code("driver", name)

    def driver_unit(self, name: str) -> str:
        """A driver's unit as the contract has it; nothing for a plain number."""
        found = next((one.unit for one in self._regression.drivers if one.name == name), "")
        return "" if found in {"", "1"} else self.t.code("unit", found)

    def day_type(self, name: str) -> str:
        """A day type: the calendar's, or a closure's kind."""
        return self.t.code("day_type", name)

    def form(self, label: str) -> str:
        """A form by the label that the engine prints, such as `5P by day type + head_count`."""
        t = self.t
        if label in _WHOLE or label == DAYLIGHT_FORM.label:
            return t(f"model_form.{label.replace('+', '_')}")
        shape, types, drivers = _parts(label)
        key = f"model_types.{'mean_' if shape == 'mean' else ''}{_VARIANTS[types]}"
        words = t(key, shape=t.code("model_shape", shape))
        return t("model_types.further", form=words, drivers=self._listed(drivers)) if drivers else words

    def in_short(self, label: str) -> tuple[str, str, str]:
        """A form in three columns: its response to weather, what is apart by day type, further drivers."""
        shape, types, drivers = _parts(label)
        t = self.t
        return t.code("model_short", shape), t(f"model_short.{_VARIANTS[types]}"), self._listed(drivers)

    def conditions(self, names: Iterable[str]) -> str | None:
        """Where drivers stand at the intercepts of a model with these names; None where they differ."""
        known = self._terms()
        found = {self._at(known[one][0], names) for one in names if one in known and known[one][1] is None}
        return found.pop() if len(found) == 1 else None

    def coefficient(self, name: str, names: Iterable[str], *, at: bool = True) -> str:
        """A coefficient or balance point, by its name among all `names` of the model.

        An intercept tells where drivers stand, unless that is said elsewhere.
        """
        t, known = self.t, self._terms()
        if name not in known:
            return t.code("coefficient", name)
        of, by = known[name]
        of_day = "" if of == EVERY_DAY else self.day_type(of)
        if by is not None:
            slope = (
                t(f"coefficient.per_{by}") if by in RESERVED else t("coefficient.per", driver=self.driver(by))
            )
            return t("coefficient.on", day=of_day, what=slope) if of_day else slope
        day, where = of_day or t("coefficient.base"), self._at(of, names) if at else ""
        return t("coefficient.intercept", day=day, at=where) if where else day

    def _at(self, of: str, names: Iterable[str]) -> str:
        """At which values of its drivers a day type's intercept is read."""
        t, known = self.t, self._terms()
        there = [known[one] for one in names if one in known]
        drivers = list(dict.fromkeys(b for a, b in there if b is not None and a in {of, EVERY_DAY}))
        if {HEATING, COOLING} <= set(drivers):
            drivers = ["heating_or_cooling", *(one for one in drivers if one not in {HEATING, COOLING})]
        words = (
            t.entries.get(f"coefficient.at_{one}") or t("coefficient.at", driver=self.driver(one))
            for one in drivers
        )
        return t("list.comma").join(words)

    def unit(self, unit: str) -> str:
        """A unit; that of a driver's slope names the contract's own."""
        key = f"unit.{unit_key(unit)}"
        if self.t.has(key):
            return self.t(key)
        driver = unit.removeprefix(_PER)
        if driver == unit:
            return unit
        return self.t("unit.kwh_d_per", unit=self.driver_unit(driver) or self.driver(driver))

    def record(self, what: str) -> str:
        """A finding: its kind, and which sample, adjustment or driver it is of."""
        t = self.t
        kind, colon, subject = what.partition(":")
        if kind == "sample_size" and colon:
            group, split, slot = subject.rpartition(":")
            known = bool(split) and t.has(f"lamp.{slot}")
            of = t("lamp.of_group", group=group, figure=t(f"lamp.{slot}")) if known else subject
            return t("record.sample_size", subject=of)
        if kind in _OF_ONE and colon:
            return t(f"record.{kind}", subject=subject)
        if kind == "adjustments_overlap" and colon:
            return t("record.adjustments_overlap", subject=subject.replace(":", t("list.and")))
        if kind == "baseline_values_of_driver" and colon:
            return t(f"record.{kind}", driver=self.driver(subject))
        if not t.has(f"record.{what}") and what.startswith(_BEYOND):
            return t("record.reporting_days_beyond", driver=self.driver(what.removeprefix(_BEYOND)))
        return t.code("record", what)

    @property
    def _regression(self) -> Regression:
        return self.measurement if isinstance(self.measurement, Regression) else Regression()

    def _terms(self) -> dict[str, tuple[str, str | None]]:
        """The day type and driver of every coefficient that a form of this contract can have."""
        known = self._regression
        types = [EVERY_DAY, "working_day", "non_working_day", *(one.kind for one in known.closures)]
        drivers = [None, HEATING, COOLING, TEMPERATURE, DAYLIGHT, *(one.name for one in known.drivers)]
        return {Term(of, by).name: (of, by) for of in types for by in drivers}

    def _listed(self, drivers: Iterable[str]) -> str:
        return self.t("list.comma").join(self.driver(one) for one in drivers)


def _parts(label: str) -> tuple[str, str, list[str]]:
    """The shape, how day types enter it, and the further drivers of a form's label."""
    if label == DAYLIGHT_FORM.label:
        return DAYLIGHT_FORM.shape, DAYLIGHT_FORM.types, list(DAYLIGHT_FORM.drivers)
    base, *drivers = label.split(" + ")
    if base == "day-type mean":
        return "mean", BY_TYPE, drivers
    types = next((one for one in (SPLIT, BY_TYPE) if base.endswith(one)), COMMON)
    return base.removesuffix(types) if types else base, types, drivers
