"""How the statement's template turns codes, units and figures of records into what is printed."""

import re

from markupsafe import Markup

from services.mv.model import Record
from services.web.formats import UNKNOWN, number, percent, plain
from services.web.i18n import Texts

_SHARES = ("cvrmse", "bias", "nmbe", "completeness", "uncertainty", "windows_held", "share", "rate_positive",
           "rate_below_one")  # fmt: skip
_AT_LEAST = frozenset({
    "baseline_days", "baseline_days_of_rarer_type", "baseline_days_learnt", "baseline_completeness",
    "month_completeness", "price_completeness", "year_completeness", "ipmvp_r2", "ipmvp_standard_errors",
    "band_windows_held", "guideline_14_windows_held", "contract_r2", "sample_size",
    "saving_rate_sample_size", "measured_figures", "saving_rate_defined", "baseline_values_of_driver",
    "adjustment_approved", "adjustment_evidence", "step_days",
})  # fmt: skip
_DIRECTIONS = {
    "saving_rate_positive": "above",
    "saving_rate_below_one": "below",
    "label_shift_days": "equal",
    "saving_rate_test_hours": "equal",
}
_WHOLE = ("days", "bills", "size", "slopes", "measured_figures", "defined", "adjustment", "steps", "rows",
          "review", "values", "stamps", "hour_of", "interpolated")  # fmt: skip
_MONEY = frozenset({"custody_baseline_cost"})
_NONE_AT_ZERO = frozenset({"uncertainty_68", "contract_uncertainty_share", "ipmvp_standard_errors"})
"""Records whose figure 0 stands for "there is none" where they fail."""
_OF_LIMITS = frozenset({"contract_cvrmse", "contract_net_bias", "contract_r2", "contract_uncertainty_share"})
_CONTRACT = "contract "
_UNITS = {
    "1": "one",
    "kWh": "kwh",
    "kWh/d": "kwh_d",
    "kWh/d per h": "kwh_d_per_h",
    "kWh/d per K": "kwh_d_per_k",
    "yuan/kWh": "yuan_per_kwh",
    "kW": "kw",
    "kVA": "kva",
    "yuan/kW/month": "yuan_per_kw_month",
    "yuan/kVA/month": "yuan_per_kva_month",
    "°C": "celsius",
}


def is_share(what: str) -> bool:
    """Whether a record's figure is a share, to be read in percent."""
    return any(word in what.partition(":")[0] for word in _SHARES)


def recorded(value: float, what: str) -> str:
    """A record's figure as its kind is read: a share in percent, a count whole, the rest with decimals."""
    kind = what.partition(":")[0]
    if is_share(what):
        return percent(value, 2)
    if kind in _MONEY:
        return number(value, 2)
    if kind == "saving_rate_test_hours":
        return plain(value)
    return number(value, 0 if any(word in kind for word in _WHOLE) else 3)


def figure_of(record: Record) -> str:
    """A record's figure; a dash where there is none."""
    if record.figure == 0 and not record.ok and record.what in _NONE_AT_ZERO:
        return UNKNOWN
    return recorded(record.figure, record.what)


def direction(what: str) -> str:
    """Whether a record's limit is a ceiling, a floor or what is asked exactly: the key of its sign."""
    kind = what.partition(":")[0]
    return _DIRECTIONS.get(kind) or ("at_least" if kind in _AT_LEAST else "at_most")


def limit_of(record: Record, t: Texts) -> str:
    """A record's limit with its sign; nothing where nothing is demanded."""
    if record.limit is None:
        return ""
    return f"{t(f'statement.{direction(record.what)}')} {recorded(record.limit, record.what)}"


def remedy(what: str) -> str:
    """What helps with a demand that holds a month: the key of its words, empty where none is known."""
    if what in _OF_LIMITS:
        return "limit"
    first, _, rest = what.partition("_")
    return first if what.startswith("baseline_") or rest == "completeness" else ""


def unit_key(unit: str) -> str:
    """The locale key of a unit."""
    return _UNITS.get(unit, unit)


def unit_of(name: str) -> str:
    """The locale key of the unit that a term of a contract is in, by its name."""
    return "yuan" if "yuan" in name else "kwh" if "kwh" in name else "one"


def slug(text: str) -> str:
    """A text as a locale key."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def source_words(source: str, t: Texts) -> str:
    """Where a limit stands written, in the reader's words where there are some; several part at `;`."""
    if source.startswith(_CONTRACT):
        return t("source.of_contract", code=source.removeprefix(_CONTRACT))
    parts = (t.entries.get(f"source.{slug(one)}", one) for one in source.split("; "))
    return t("list.apart").join(parts)


def origin(key: str) -> str:
    """Where a line that is given comes from, by its name: the key of the words."""
    if key.startswith(("baseline_kwh", "actual_kwh", "days_")):
        return "days"
    if key.startswith("price_"):
        return "prices"
    return "earlier" if key.endswith("_before") else "contract"


def css_string(text: str) -> Markup:
    """A text as a CSS string in which every sign but letters and digits is escaped."""
    safe = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup(f'"{safe}"')  # noqa: S704  (nothing but ASCII letters, digits and escapes is left)


FILTERS = {
    "recorded": recorded, "direction": direction, "unit_key": unit_key, "unit_of": unit_of, "slug": slug,
    "css_string": css_string,
}  # fmt: skip
