"""What the engine's own names are called for people: names of forms, coefficients, records and sources in,
words of one language out. A name without a word stays what it is: nothing is hidden.
"""

import re

_TYPES = re.compile(r"(.+)_(temperature|heating|cooling|daylight)")
_PERIOD = re.compile(r"(baseline|reporting)_(.+)")
_BEYOND = re.compile(r"(reporting_days_beyond_baseline)_(.+)")
_PLACE = re.compile(r"(.+)( \(line [0-9]+\))")
_SUFFIXES = (" split by day type", " by day type")


def form_name(form: str, t: dict[str, str]) -> str:
    """`3PC by day type + head_count` in the reader's words."""
    shape, *drivers = form.split(" + ")
    suffix = next((end for end in _SUFFIXES if shape.endswith(end)), "")
    name = t.get(f"form.{shape}") or shape.removesuffix(suffix) + t.get(f"form.{suffix}", "")
    return " + ".join([name, *(coefficient_name(driver, t) for driver in drivers)])


def coefficient_name(name: str, t: dict[str, str]) -> str:
    """`cooling`, or `working_day_cooling`, or a driver's or a closure's own name."""
    known = t.get(f"coefficient.{name}")
    found = _TYPES.fullmatch(name)
    if known or found is None:
        return known or name
    return f"{coefficient_name(found[1], t)}, {t[f'coefficient.{found[2]}']}"


def record_name(what: str, t: dict[str, str]) -> str:
    """A record's name; one of a file says which, one of a sample or a driver names it."""
    name, _, of = what.partition(":")
    beyond, period = _BEYOND.fullmatch(name), _PERIOD.fullmatch(name)
    if f"record.{name}" in t:
        word = t[f"record.{name}"]
    elif beyond:
        word = f"{t[f'record.{beyond[1]}']} ({coefficient_name(beyond[2], t)})"
    elif period and f"record.{period[2]}" in t:
        word = t[f"period.{period[1]}"] + t["place.colon"] + t[f"record.{period[2]}"]
    else:
        word = name.replace("_", " ")
    return f"{word} ({of})" if of else word


def source_name(source: str, t: dict[str, str]) -> str:
    """Where a limit stands written; a line's number stays with it."""
    if "; " in source:
        return "; ".join(source_name(part, t) for part in source.split("; "))
    found = _PLACE.fullmatch(source)
    name, line = (found[1], found[2]) if found else (source, "")
    return t.get(f"source.{name}", name) + line
