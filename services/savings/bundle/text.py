"""The texts of a bundle for the eye: a statement in plain lines, and how to check it by hand."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FIRST = frozenset({"by", "code", "day", "form", "group", "name", "what"})
"""What a row is named by: it stands before the rest."""

README = """\
结算单核验包 / A statement and all that it follows from

  manifest.json    各文件的 SHA-256、上一份结算单、出具人公钥 / hashes, the statement before, public key
  signature.json   出具人对 manifest.json 的 Ed25519 签名 / the issuer's signature over manifest.json
  settlement.json  冻结的输入与全部结果 / frozen inputs and all results
  intervals.csv    各表每日电量及其首末读数 / each meter's day intervals, with first and last reading
  readings.csv     首末之外仍起作用的读数 / further readings that the figures rest on
  ledger.json      表计台账与人工裁定 / the meters' ledger, and decisions about readings
  calendar.json    所用工作日 / the working days used
  tariff.json      所用电价 / the prices used
  statement.txt    供阅读的文本 / the statement in plain text

一条命令全部核验,离线进行。issuer.pub 请向出具人另行索取,勿取自本包。
Everything with one command, offline. Get issuer.pub from the issuer by another way than this file.

  kilowitness verify FILE.kwb --key issuer.pub [--previous PREVIOUS.kwb]

手工核验 / By hand

1. 解压,计算各文件的 SHA-256,与 manifest.json 比较。
   Unzip, and compare the SHA-256 of each file with manifest.json:

     sha256sum *

2. 核对签名与公钥指纹。 Check the signature and the key's fingerprint:

     sed 's/.*"signature":"\\([^"]*\\)".*/\\1/' signature.json | base64 -d > /tmp/signature
     openssl pkeyutl -verify -pubin -inkey issuer.pub -rawin -in manifest.json -sigfile /tmp/signature
     openssl pkey -pubin -in issuer.pub -outform der | sha256sum

3. 核对电量。读数正在零点时,当日电量 = (last_value − first_value) × 变比:ledger.json 的 ct × pt,
   already_primary 为 true 时为 1。不在零点的读数按时间比例切分;换表日为新旧两表各自之差的和。
   Check the energy. Where readings fall on midnight, that of a day is (last_value − first_value) times
   ct × pt of ledger.json, or 1 where already_primary. Other readings are cut at midnight in proportion
   to time; on the day of a replacement the rises of both devices add up.

4. intervals.csv 的电量舍入到 0.001 kWh,即 settlement.json 的日值;各行公式见 statement.txt。
   The energies of intervals.csv, to 0.001 kWh, are the day values of settlement.json; statement.txt has
   the formula of each line.
"""


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
