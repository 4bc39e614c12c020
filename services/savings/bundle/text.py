"""The statement of a bundle in plain lines, for the eye."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FIRST = frozenset({"by", "code", "day", "form", "group", "name", "what"})
"""What a row is named by: it stands before the rest."""


def statement_text(document: Mapping[str, Any]) -> str:
    """A settlement document in plain lines; nothing in it that is not in the document."""
    return "".join(f"{line}\n" for line in _statement(document["inputs"], document["results"]))


def _statement(inputs: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[str]:
    contract, period = inputs["contract"], results["period"]
    yield f"节能量结算单 / Statement of savings  {contract['code']}  {inputs['month']}"
    yield f"{contract['name_zh']} / {contract['name_en']}"
    yield f"{contract['institution']}  {contract['esco_zh']} / {contract['esco_en']}  {contract['kind']}"
    yield ""
    for name, value in sorted(period.items()):
        yield f"{name:<28} {_told(value)}"
    for name in ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan"):
        yield f"{name:<28} {_told(results[name])}"
    yield ""
    for line in results["lines"]:
        year = "" if line["year"] is None else line["year"]
        formula = f"  = {line['formula']}" if line["formula"] else ""
        yield f"{year!s:>3} {line['key']:<34} {_told(line['value']):>16} {line['unit']}{formula}"
    yield ""
    for held in results["holds"]:
        sign = "<" if held["figure"] < held["limit"] else ">" if held["figure"] > held["limit"] else "="
        yield f"held: {held['what']} {_told(held['figure'])} {sign} {_told(held['limit'])}"
    yield from _measured(inputs, results)
    yield f"{inputs['engine']}, {inputs['calendar']}"


def _measured(inputs: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[str]:
    """How it was measured: the model with what it was chosen among, adjustments, bands, findings, days."""
    contract, model = inputs["contract"], results["model"]
    said = contract.get("measurement") or {}
    approvals = [
        {"code": one["code"], **approval}
        for one in inputs.get("adjustments", ())
        for approval in one["approvals"]
    ]
    terms = [
        {"code": one["code"], "first_day": one["first_day"], "last_day": one["last_day"], "on": one["on"],
         "half_width_share": one["half_width_share"], "term": one["term"], "reason": one["reason"],
         "evidence": one["evidence"]}
        for one in inputs.get("adjustments", ())
    ]  # fmt: skip
    yield from _table(f"模型 / model: {model['form']}", model.get("coefficients", ()))
    for title, rows in (
        ("拟合 / fit", [model["fit"]] if "fit" in model else []),
        (f"比选 / forms tried: {model.get('criterion')}", model.get("candidates") or ()),
        ("合同所载测量 / measurement in the contract", [said] if said else []),
        ("灯具 / lamps", model.get("lamps", ())),
        ("节电率 / saving rate", [model["rate"]] if "rate" in model else []),
        ("非常规调整 / non-routine adjustments", terms),
        ("批准 / approvals", approvals),
        ("计入 / counted", results.get("adjustments", ())),
        ("不确定度 / bands", [results["comparison"]] if results.get("comparison") else []),
        ("判据 / gates", results["gates"]),
        ("检查 / findings", results["records"]),
        ("逐日 / days", results["days"]),
    ):
        if rows:
            yield from _table(title, rows)


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A row alone as names with their values; several under the names of their columns.

    Names are in an order of their own: that of a document is not the same once it was read from a file.
    """
    yield ""
    yield f"{title}:"
    names = sorted({name for row in rows for name in row}, key=lambda name: (name not in _FIRST, name))
    if len(rows) == 1:
        yield from (f"  {name} = {_told(rows[0][name])}" for name in names)
    elif rows:
        cells = [names, *([_told(row.get(name)) for name in names] for row in rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
        for row in cells:
            yield "  " + "  ".join(map(str.ljust, row, widths)).rstrip()


def _told(value: object) -> str:
    """A value as the document has it; a dash for none."""
    if value is None or value == "":
        return "-"
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True)
        if isinstance(value, dict | list)
        else str(value)
    )
