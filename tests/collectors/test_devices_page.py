"""docs/devices.md: its table has every dialect, and its example decodes to what it shows."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from collectors.decode import main
from collectors.decoders import Decoder
from collectors.decoders.profile_model import Channel, Message, Profile
from collectors.filters import overlap
from collectors.routing import all_decoders

PAGE = (Path(__file__).parents[2] / "docs" / "devices.md").read_text("utf-8")
ROWS = {cells[0].strip(" `"): cells[1:] for cells in (line.strip("|").split("|") for line in PAGE.splitlines()
        if line.startswith("| `"))}  # fmt: skip
DECODERS = {decoder.name: decoder for decoder in all_decoders()}
PROFILE, PAYLOAD, COMMAND, ANSWER = re.findall(r"```[a-z]+\n(.*?)```", PAGE, re.DOTALL)
NAME = re.search(r"`([\w-]+)\.toml`", PAGE)
BEFORE_KEYS = PAGE.partition("### What a profile can say")[0]


def topics(cell: str) -> Iterator[str]:
    """The topics of a table cell as filters; `…` stands for what the first of them has there."""
    first = ""
    for text in re.findall(r"`([^`]+)`", cell):
        first = first or text
        pattern = re.sub(r"\{[^}]+\}", "+", text)
        if pattern.startswith("…"):
            pattern = re.sub(r"\{[^}]+\}", "+", first.rpartition("/")[0]) + pattern[1:]
        yield pattern.replace("/…", "/#")


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_every_dialect_has_a_row_with_its_topics(decoder: Decoder) -> None:
    shown = list(topics(ROWS[decoder.name][0]))
    for pattern in shown:
        assert any(overlap(pattern, filter_) for filter_ in decoder.filters), pattern
    for filter_ in decoder.filters:
        assert any(overlap(filter_, pattern) for pattern in shown), filter_


def test_no_row_is_of_a_dialect_that_is_not_there() -> None:
    table = BEFORE_KEYS.partition("## Adding")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == set(DECODERS)


def test_the_example_decodes_to_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert NAME is not None
    (tmp_path / f"{NAME[1]}.toml").write_text(PROFILE, "utf-8")
    monkeypatch.setenv("KILOWITNESS_PROFILE_DIR", str(tmp_path))
    assert decoded(PAYLOAD, monkeypatch, capsys) == (1, ANSWER)
    better = PROFILE.replace('"radio"]', '"radio", "meter.thd"]')
    (tmp_path / f"{NAME[1]}.toml").write_text(better, "utf-8")
    code, answer = decoded(PAYLOAD, monkeypatch, capsys)
    assert (code, '"rejects": []' in answer) == (0, True)


def decoded(
    payload: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and output of the page's own command."""
    words = COMMAND.partition("<")[0].split()
    assert words[:2] == ["kilowitness", "decode"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(payload.encode())))
    return main(words[2:]), capsys.readouterr().out


def test_the_example_is_as_short_as_promised() -> None:
    assert len(PROFILE.splitlines()) <= 21


def test_every_key_of_a_profile_is_explained() -> None:
    explained = set(re.findall(r"`\[?([a-z_]+)\]?`", PAGE))
    structs: tuple[type[msgspec.Struct], ...] = (Message, Profile, Channel)
    keys = {field.name for struct in structs for field in msgspec.structs.fields(struct)}
    assert keys - explained <= {"message", "channel"}
