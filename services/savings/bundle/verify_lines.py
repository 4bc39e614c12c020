"""The lines of `kilowitness verify`: what a stranger's file says reaches a terminal as text alone."""

import io
import sys
import unicodedata

MOST = 600
"""Signs of a line; a file may hold words of any length."""
_UNPRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what moves a cursor, breaks or turns a line, or shows nothing."""


def ready() -> None:
    """Let a terminal that lacks a sign show its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """One line of the verdict."""
    print(shown(line))  # noqa: T201


def shown(line: str) -> str:
    """A line on which every sign is seen, shortened in its middle where it is too long."""
    if len(line) > MOST:
        line = f"{line[: MOST // 2]} […] {line[-MOST // 2 :]}"
    return "".join(_escaped(sign) if unicodedata.category(sign) in _UNPRINTED else sign for sign in line)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
