"""One spelling of a document: canonical JSON, so that equal contents are equal bytes and have one SHA-256.

Keys sorted, no spaces, UTF-8, no NaN; dates as ISO 8601, decimals as strings, floats in shortest form.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any


def plain(value: Any) -> Any:
    """Dataclasses, dates and decimals as what JSON knows; keys become strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def canonical(document: Any) -> str:
    """The one spelling of a document. `ValueError` for a number that JSON has not."""
    return spelled(plain(document))


def spelled(document: Any) -> str:
    """The same of what is plain already, text keys and lists of texts and numbers: not walked through first.

    `TypeError` for a value that JSON has not.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def sha256_of(document: Any) -> str:
    """Hexadecimal SHA-256 of the canonical bytes."""
    return sha256_of_text(canonical(document))


def sha256_of_text(text: str) -> str:
    """Hexadecimal SHA-256 of a spelling's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
