"""Truth against product: read the ledger, ask the service over HTTP, print every comparison."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulators import checks, contract_checks
from simulators.plan import last_midnight
from simulators.rows import Row
from simulators.service import Service
from simulators.truth import DEFAULT_PATH, Truth, read_truth

_POLL_S = 1.0


def verify(
    base_url: str,
    truth_path: Path = DEFAULT_PATH,
    token: str | None = None,
    *,
    wait_s: float = 0.0,
    console: Console | None = None,
) -> int:
    """Compare the product at `base_url` with the ledger, print the table; 0 when every row agrees, else 1.

    Asks again until all agree or `wait_s` is over, for a product whose jobs still run. Raises
    `ServiceRefused` when the service does not answer, OSError or ValueError for an unreadable ledger.
    """
    truth = read_truth(truth_path)
    deadline = time.monotonic() + wait_s
    with Service(base_url, token=token) as service:
        rows = compare(truth, service)
        while not all(row.agrees for row in rows) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
            rows = compare(truth, service)
    print_table(rows, console or Console())
    return 0 if all(row.agrees for row in rows) else 1


def compare(truth: Truth, service: Service) -> list[Row]:
    """Every comparison of the ledger with what the service says now."""
    window = {"start": truth.start.isoformat(), "end": truth.until.isoformat()}
    today = last_midnight(datetime.now(UTC))
    rows = list(checks.ingest_rows(truth, _ingest(service)))
    rows += checks.energy_rows(truth, service.get("/energy", **window)["items"])
    rows += _contract_rows(truth, service)
    rows += checks.fleet_rows(truth, service.get("/fleet/summary", **window))
    rows += checks.repair_rows(truth.repairs, service.get("/repairs/summary", **window), today=today)
    return rows


def _contract_rows(truth: Truth, service: Service) -> Iterator[Row]:
    settled: dict[str, list[Any]] = {}

    def settlements(contract: str) -> list[Any]:
        if contract not in settled:
            settled[contract] = _settlements(service, contract, truth.until)
        return settled[contract]

    for savings in truth.savings:
        answer = service.get(f"/contracts/{savings.contract}/savings", grain="day")
        saved = contract_checks.saved_before(truth.until, savings, answer)
        yield from contract_checks.savings_rows(savings, saved)
    for lamps in truth.lamps:
        yield from contract_checks.lamp_rows(lamps, settlements(lamps.contract))
    for rate in truth.rates:
        yield from contract_checks.rate_rows(rate, settlements(rate.contract))
    for agreed in truth.adjustments:
        yield from contract_checks.adjustment_rows(agreed, settlements(agreed.contract))
    for step in truth.steps:
        proposals = service.get(f"/contracts/{step.contract}/steps")["proposals"]
        worded = service.get(f"/contracts/{step.contract}/adjustments")["items"]
        yield from contract_checks.step_rows(step, proposals, worded)


def _settlements(service: Service, contract: str, until: date) -> list[Any]:
    """The newest document of each settled month that began before `until`, in the order of the months."""
    path = f"/contracts/{contract}/settlements"
    found = {row["month"] for row in service.get(path, limit="500")["items"]}
    months = sorted(month for month in found if date.fromisoformat(f"{month}-01") < until)
    return [service.get(f"{path}/{month}/export") for month in months]


def _ingest(service: Service) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = service.get("/ingest")
    return answer


def print_table(rows: list[Row], console: Console) -> None:
    """The rows as a table, and one line that sums them up."""
    table = Table(title="Truth and product", title_justify="left")
    table.add_column("quantity", no_wrap=True)
    for heading in ("truth", "product", "difference", "tolerance"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("tolerance is")
    table.add_column("")
    for row in rows:
        show = _formatter(0 if row.tolerance == 0 else 4 if abs(row.truth) < 1 > row.tolerance else 2)
        table.add_row(
            row.quantity, show(row.truth), show(row.product), show(row.difference), show(row.tolerance),
            row.reason, "[green]ok[/]" if row.agrees else "[red]FAIL[/]",
        )  # fmt: skip
    console.print(table)
    failed = sum(not row.agrees for row in rows)
    console.print(f"{len(rows) - failed} of {len(rows)} rows agree" + (f", {failed} FAIL" if failed else ""))


def _formatter(decimals: int) -> Callable[[float | None], str]:
    return lambda value: "none" if value is None else f"{value:,.{decimals}f}"
