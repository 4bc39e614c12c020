"""The blocks of a paper: words already in a language, in the order they are read, without fonts or pages.

Whoever sets a paper (the template of the page, the PDF) knows these and nothing of what the paper says.
"""

from dataclasses import dataclass
from typing import Literal

from services.web.charts.canvas import Chart

Tone = Literal["", "good", "bad", "faint", "strong"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure or some words; `small` follows in lesser type; `href` leads to where it comes from.

    `href` is a path of this service, or `#anchor` of a section of the same paper.
    """

    text: str
    small: str = ""
    href: str = ""
    tone: Tone = ""
    span: int = 1
    id: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its heading, whether it holds figures, and its part of the width."""

    label: str
    number: bool = False
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns (spans counted); `foot` is the last row's sum."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] = ()
    note: str = ""
    dense: bool = False
    headless: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tables beside each other where there is room."""

    left: Table
    right: Table


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so: terms and their words, in two columns where they are short."""

    rows: tuple[tuple[str, Cell], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures in large type: (what, figure, explanation)."""

    figures: tuple[tuple[str, Cell, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; `hint` is lesser."""

    text: str
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A framed notice above everything."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart; `chart` can be drawn as SVG and onto a page."""

    chart: Chart


@dataclass(frozen=True, slots=True)
class Signatures:
    """Room to sign: in which capacity and who, and the words below the line."""

    names: tuple[tuple[str, str], ...]
    sign: str
    date: str


Block = Table | Pair | Facts | Outcome | Words | Notice | Picture | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading; `anchor` names it for links, `keep` asks for one page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole: `running` stands above every page, `mark` below it."""

    kicker: str
    title: str
    subject: str
    lines: tuple[str, ...]
    notices: tuple[Notice, ...]
    sections: tuple[Section, ...]
    running: str
    mark: str
    language: str
