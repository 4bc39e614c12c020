"""The languages of the pages: every text comes from `locales/<language>.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, get_args

from fastapi import Request

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
HTML_LANG: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
COOKIE = "kilowitness_language"
LOCALES = Path(__file__).parent / "locales"


class Named(Protocol):
    """What has a name in both languages."""

    @property
    def name_zh(self) -> str: ...

    @property
    def name_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, asked for by dotted key: `texts("overview.title")`."""

    language: Language
    entries: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text with `{placeholders}` filled; raises `KeyError` for a key the locale lacks."""
        text = self.entries[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether the locale has the key: codes that come from data may have none."""
        return key in self.entries

    def code(self, group: str, code: str) -> str:
        """The text of a coded value, or the code itself when the locale does not know it."""
        return self.entries.get(f"{group}.{code}", code)

    def name(self, thing: Named) -> str:
        """The name of an institution, meter or contract in this language."""
        return thing.name_zh if self.language == "zh" else thing.name_en or thing.name_zh


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested tables as dotted keys."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


@cache
def texts(language: Language) -> Texts:
    """The locale file of a language, read once."""
    document = tomllib.loads((LOCALES / f"{language}.toml").read_text(encoding="utf-8"))
    return Texts(language, flatten(document))


def choose_language(request: Request, default: Language) -> Language:
    """`?lang=` of the address first, then the visitor's cookie, then the setting."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        for language in LANGUAGES:
            if wish == language:
                return language
    return default
