"""`kilowitness issuer-key`: make the key that signs statements, or show its public half."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.savings.bundle.issuer import Issuer, IssuerKeyError


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 2 where the file cannot be made or read."""
    parser = argparse.ArgumentParser("kilowitness issuer-key", description=__doc__)
    parser.add_argument("what", choices=("new", "show"), help="make a key, or print the public half of one")
    parser.add_argument("path", type=Path, help="the private key, a PEM file; keep it and a copy of it safe")
    options = parser.parse_args(arguments)
    try:
        issuer = Issuer.new(options.path) if options.what == "new" else Issuer.load(options.path)
    except IssuerKeyError as error:
        print(f"kilowitness issuer-key: {error}", file=sys.stderr)  # noqa: T201
        return 2
    public = issuer.public
    print(public.pem, end="")  # noqa: T201
    print(f"fingerprint {public.fingerprint}", file=sys.stderr)  # noqa: T201
    return 0
