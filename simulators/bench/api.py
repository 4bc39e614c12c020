"""`bench api`: how long the service takes to answer one client, page by page."""

import argparse
import statistics
import time
from collections.abc import Sequence

import httpx2

from simulators.bench.report import print_json, print_rows, refuse

PATHS = ("/", "/api/v1/institutions", "/api/v1/contracts", "/api/v1/work-orders", "/healthz")
ASKED = 30


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 when the service does not answer as it should."""
    parser = argparse.ArgumentParser(
        prog="kilowitness bench api", description="Time the answers of a service that runs."
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        figures = time_answers(options.url)
    except httpx2.HTTPError as error:
        return refuse(str(error))
    if options.json:
        print_json(figures)
    else:
        print_rows(figures)
    return 0


def time_answers(url: str) -> dict[str, float]:
    """Median and 95th percentile [ms] of the overview page and the main answers, one client."""
    figures = {}
    with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
        for path in PATHS:
            taken = []
            for _ in range(ASKED):
                started = time.perf_counter()
                client.get(path).raise_for_status()
                taken.append((time.perf_counter() - started) * 1000)
            figures[f"{path} median ms"] = statistics.median(taken)
            figures[f"{path} p95 ms"] = statistics.quantiles(taken, n=20)[-1]
    return figures
