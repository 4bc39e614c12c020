"""Registry entries with the fields a test does not care about filled in."""

from typing import Any

from services.metering.schemas import RegistryDocument

Entry = dict[str, Any]


def institution(code: str, **fields: Any) -> Entry:
    """An institution entry."""
    names = {"name_zh": f"{code}局", "name_en": f"Bureau {code}"}
    return {"code": code, **names, "kind": "state_organ", "county": "Chengguan", **fields}


def building(code: str, owner: str, **fields: Any) -> Entry:
    """A building entry."""
    return {"code": code, "institution": owner, "name_zh": "一号楼", "name_en": "Building 1", **fields}


def line(valid_from: str = "2025-01-01T00:00:00+08:00", **fields: Any) -> Entry:
    """A ledger line."""
    return {"valid_from": valid_from, **fields}


def meter(code: str, owner: str, **fields: Any) -> Entry:
    """A main electricity meter entry with a plain ledger."""
    names = {"name_zh": "总表", "name_en": "Main meter"}
    plain = {"role": "main", "use": "electricity", "ledger": [line()]}
    return {"code": code, "institution": owner, **names, **plain, **fields}


def document(**entries: list[Entry]) -> RegistryDocument:
    """A validated document of `institutions`, `buildings` and `meters`."""
    return RegistryDocument.model_validate(entries)
