"""`kilowitness verify settlement.json`: recompute every figure offline, without database or network."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services.savings.verification import first_fault


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when every figure holds, 1 when one does not (named on the way out), 2 for no such file."""
    parser = argparse.ArgumentParser("kilowitness verify", description=__doc__)
    parser.add_argument("settlement", type=Path, help="a settlement exported by the service, as JSON")
    file: Path = parser.parse_args(arguments).settlement
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        print(f"kilowitness verify: {file}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 2
    except ValueError as error:
        print(f"{file}: not JSON ({error})")  # noqa: T201
        return 1
    if fault := first_fault(document):
        print(f"{file}: does not hold. {fault}")  # noqa: T201
        return 1
    results = document["results"]
    fee = results["esco_fee_yuan"] or "none, waits for a person"
    inputs = document["inputs"]
    print(  # noqa: T201
        f"{file}: every figure holds. {inputs['contract']['code']} {inputs['month']}: "
        f"{results['period']['savings_kwh']} kWh ± {results['period']['uncertainty_kwh']}, "
        f"fee {fee}, inputs {document['input_sha256']}"
    )
    return 0
