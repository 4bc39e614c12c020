"""`kilowitness party new`: make the token of one who speaks for a side of contracts.

The lines for the file that KILOWITNESS_PARTIES_FILE names go to the standard output; the token, once, to the
standard error: hand it over, and keep no copy.
"""

import argparse
import hashlib
import json
import secrets
import sys
from collections.abc import Sequence
from datetime import date

from pydantic import ValidationError

from services.savings.parties.files import SpeakerDocument

_BYTES = 32


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 2 where an option cannot be used."""
    options = _options(arguments)
    token = secrets.token_urlsafe(_BYTES)
    try:
        speaker = SpeakerDocument(
            name=options.name,
            side=options.side,
            contracts=tuple(one.strip() for one in options.contracts.split(",")),
            sha256=hashlib.sha256(token.encode()).hexdigest(),
            first_day=options.first_day,
            last_day=options.last_day,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = next((f"--{str(part).replace('_', '-')}: " for part in first["loc"]), "")
        said = str(first["msg"]).removeprefix("Value error, ")
        print(f"kilowitness party: {where}{said}", file=sys.stderr)  # noqa: T201
        return 2
    print(toml_of(speaker), end="")  # noqa: T201
    print(  # noqa: T201
        f"token {token}\nHand it to {speaker.name} alone, by a way of your own: it is shown this once.\n"
        "The lines go to the file that KILOWITNESS_PARTIES_FILE names; then restart the service.",
        file=sys.stderr,
    )
    return 0


def toml_of(speaker: SpeakerDocument) -> str:
    """The lines to append."""
    lines = ["[[speaker]]"]
    for name, value in speaker.model_dump(exclude_none=True).items():
        # A JSON string is a TOML basic string, and so is a list of them.
        text = str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{name} = {text}")
    return "\n".join(lines) + "\n"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("kilowitness party", description=__doc__)
    parser.add_argument("what", choices=("new",), help="make a token")
    parser.add_argument("--name", required=True, help="who speaks, as statements shall name them")
    parser.add_argument("--side", required=True, choices=("client", "esco", "bureau"))
    parser.add_argument("--contracts", required=True, help="codes, with commas between them, or '*' for all")
    day = date.fromisoformat
    parser.add_argument("--first-day", type=day, help="the token is taken from this local day on")
    parser.add_argument("--last-day", type=day, help="and until this one, counted too")
    return parser.parse_args(arguments)
