"""What is no code and yet needed goes into the package: every file in a package's folder has a pattern."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATTERNS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]


@pytest.mark.parametrize("package", sorted(PATTERNS))
def test_no_table_or_page_is_left_behind(package: str) -> None:
    taken = {file for pattern in PATTERNS[package] for file in (ROOT / package).glob(pattern)}
    there = {
        file
        for suffix in ("toml", "json", "yaml", "html", "css", "ttf", "mako")
        for file in (ROOT / package).rglob(f"*.{suffix}")
    }
    assert sorted(str(file.relative_to(ROOT)) for file in there - taken) == []
