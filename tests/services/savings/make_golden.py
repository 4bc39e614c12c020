"""Makes the kept settlements of `golden/` anew: `python -m tests.services.savings.make_golden [NAME ...]`.

For a change of the format or of the engine's figures, which the commit then tells of; never to make a test
pass. Those that are not made here are settled anew from the inputs they hold.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.mv.canonical import canonical
from services.mv.model import ENGINE
from services.savings.settlement.document import Json, settle
from tests.services.savings import methods

GOLDEN = Path(__file__).parent / "golden"

MADE: Mapping[str, Callable[[], Json]] = {
    "adjusted": lambda: methods.with_adjustments(methods.weather("3pc-types", closures=False, drivers=False)),
    "lamps": methods.lamps,
    "saving-rate": lambda: methods.rate(limits={"uncertainty_share": "0.20"}),
    "weather": lambda: methods.weather("5p-types", limits={"cvrmse": "0.25", "r2": "0.75"}),
}


def main(names: Sequence[str]) -> None:
    """Write the named ones, or all."""
    for name in names or sorted({*MADE, *(file.stem for file in GOLDEN.glob("*.json"))}):
        file = GOLDEN / f"{name}.json"
        inputs = MADE[name]() if name in MADE else json.loads(file.read_text(encoding="utf-8"))["inputs"]
        file.write_text(canonical(settle(inputs | {"engine": ENGINE})) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
