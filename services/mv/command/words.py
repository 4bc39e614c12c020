"""Words of `kilowitness mv` (words.toml): a language in, all texts of it by dotted key out."""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")


@cache
def _document() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = tomllib.loads(
        Path(__file__).with_name("words.toml").read_text("utf-8")
    )
    return found


@cache
def words(language: str) -> dict[str, str]:
    """All texts of `en` or `zh`, by `table.key`; `ValueError` for another language."""
    which = LANGUAGES.index(language)
    return {
        f"{table}.{key}": pair[which] for table, rows in _document().items() for key, pair in rows.items()
    }
