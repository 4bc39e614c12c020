"""How the statement's template turns codes, units and figures of records into what is printed."""

import re

from markupsafe import Markup

from services.web.formats import number, percent
from services.web.i18n import Texts

_SHARES = ("cvrmse", "bias", "completeness", "uncertainty", "windows_held")
_AT_LEAST = ("baseline_days", "baseline_days_of_rarer_type", "baseline_completeness", "month_completeness",
             "price_completeness", "year_completeness", "ipmvp_r2", "ipmvp_standard_errors",
             "band_windows_held", "guideline_14_windows_held")  # fmt: skip
_CONTRACT = "contract "
_UNITS = {
    "1": "one",
    "kWh": "kwh",
    "kWh/d": "kwh_d",
    "kWh/d per h": "kwh_d_per_h",
    "yuan/kWh": "yuan_per_kwh",
}


def recorded(value: float, what: str) -> str:
    """A record's figure as its kind is read: a share in percent, a count whole, the rest with decimals."""
    if any(word in what for word in _SHARES):
        return percent(value, 2)
    return number(value, 0 if "days" in what else 3)


def direction(what: str) -> str:
    """Whether a record's limit is a ceiling or a floor: the key of its sign."""
    return "at_least" if what in _AT_LEAST else "at_most"


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
    """Where a limit stands written, in the reader's words where there are some."""
    if source.startswith(_CONTRACT):
        return t("source.of_contract", code=source.removeprefix(_CONTRACT))
    return t.entries.get(f"source.{slug(source)}", source)


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
