"""The options that benches of a backlog share."""

import argparse


def drain_options(parser: argparse.ArgumentParser) -> None:
    """How much is drained, how often, and how it is told."""
    parser.add_argument(
        "--messages", type=positive, default=300_000, help="of three channels each (%(default)s)"
    )
    parser.add_argument("--meters", type=positive, default=1000, help="that send them (%(default)s)")
    parser.add_argument("--repeats", type=positive, default=3, help="rounds; the median counts (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def positive(text: str) -> int:
    """A whole number from 1. Raises ArgumentTypeError."""
    if whole(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)
