"""The READMEs promise nothing that is not there, in either language."""

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr

from kilowitness import VERBS, main
from services.settings import Settings
from tests.conftest import PROGRAMS

ROOT = Path(__file__).parents[1]
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")}
DOCUMENTS = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
             for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]}  # fmt: skip
ROOMS = "collectors|services|dashboards|simulators|deploy|docs"
OF_RUN = {"test", "check", "help"}
COMMAND = re.compile(
    r"(?:\./run|(?<![\w/-])kilowitness) ([a-z][a-z-]*)"
    r"((?: (?:--[a-z-]+|\[[a-z|]+\]|[\w./…-]+))*)"
)
ROW = re.compile(r"^\| (`KILOWITNESS_[^|]+) \| ([^|]*) \|", re.MULTILINE)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)#]+)[^)]*\)")
EACH_README = pytest.mark.parametrize("name", READMES)


def code_of(text: str) -> str:
    """What stands in code, a piece a line."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    return "\n".join([*lines, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))])


COMMANDS = sorted(
    {(name, *found) for name, text in DOCUMENTS.items() for found in COMMAND.findall(code_of(text))}
)


@cache
def help_of(*words: str) -> str:
    """What a verb, or an action of it, tells of its options."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit):
        main([*words, "--help"])
    return said.getvalue()


def test_the_commands_are_found() -> None:
    verbs = {verb for name, verb, _ in COMMANDS if name == "README.md"}
    assert verbs >= {"demo", "test", "check", "bench", "import", "dashboards"}


@pytest.mark.parametrize(("name", "verb", "rest"), COMMANDS)
def test_every_command_exists_with_its_options(name: str, verb: str, rest: str) -> None:
    assert verb in VERBS.keys() | OF_RUN
    if verb in OF_RUN:
        return
    words = [verb]
    for word in rest.split():
        told = help_of(*words)
        if word.startswith("--"):
            assert re.search(rf"(?<!\S|-)\[?{word}\b", told), f"{' '.join(words)} has no {word}"
        elif word.startswith("["):
            assert all(re.search(rf"\b{one}\b", told) for one in word[1:-1].split("|"))
        elif word.isalpha() and word.islower():
            assert re.search(rf"\b{word}\b", told), f"{' '.join(words)} has no {word}"
            if re.search(rf"[{{,]{word}[}},]", told):
                words.append(word)


def settings_of(text: str) -> dict[str, str]:
    """The table of settings: names and defaults, both without their backquotes."""
    rows: dict[str, str] = {}
    for names, defaults in ROW.findall(text):
        keys, values = re.findall(r"`([^`]+)`", names), re.findall(r"`([^`]+)`", defaults)
        rows |= dict(zip(keys, values or [""] * len(keys), strict=True))
    return rows


def told(default: object) -> str:
    """A default as the table tells it."""
    if default is None or isinstance(default, SecretStr):
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


@EACH_README
def test_the_table_of_settings_is_that_of_the_programs(name: str) -> None:
    expected = {
        f"KILOWITNESS_{field.upper()}": told(about.default) for field, about in Settings.model_fields.items()
    }
    assert settings_of(READMES[name]) == expected


def test_both_languages_tell_the_same() -> None:
    english, chinese = READMES.values()
    assert list(settings_of(english)) == list(settings_of(chinese))
    shape = re.compile(r"^(#+|\||```\w*)", re.MULTILINE)
    assert shape.findall(english) == shape.findall(chinese)
    links = [[target for _, target in LINK.findall(text)] for text in (english, chinese)]
    assert [one.replace("-en.", "-zh.") for one in links[0][1:]] == links[1][1:]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_linked_file_exists(name: str) -> None:
    folder = (ROOT / name).parent
    targets = [target for picture, target in LINK.findall(DOCUMENTS[name]) if not picture]
    ours = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in ours if not (folder / target).exists()] == []


@EACH_README
def test_every_picture_exists(name: str) -> None:
    pictures = [target for picture, target in LINK.findall(READMES[name]) if picture]
    assert len(pictures) == 4
    missing = [target for target in pictures if not (ROOT / target).exists()]
    assert missing == [], "make them: ./run demo --screenshots docs/images"


@EACH_README
def test_every_folder_and_script_that_is_named_exists(name: str) -> None:
    named = re.findall(rf"(?:{ROOMS})/[\w/.-]*", READMES[name])
    places = {place.rstrip(".") for place in named if "images" not in place}
    assert len(places) > 10
    assert [place for place in places if not (ROOT / place).exists()] == []


@EACH_README
def test_every_program_that_tests_need_is_named(name: str) -> None:
    assert [marker for marker in PROGRAMS if f"`{PROGRAMS[marker]}`" not in READMES[name]
            and f"`{marker}`" not in READMES[name]] == []  # fmt: skip
