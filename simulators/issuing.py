"""Two statements issued in a demo, so that there is something to verify: both sides confirm them first."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.contracts import Contract
from simulators.service import Service

_COUNT = 2
_CLIENT, _ESCO = ("王敏", "client"), ("李强", "esco")


@dataclass(frozen=True, slots=True)
class Issued:
    """The oldest statements of a contract, issued in the order of their months."""

    contract: str
    months: tuple[str, ...]

    def told(self, base_url: str) -> str:
        """The commands that fetch their bundles and verify the newer one against the older."""
        path = f"{base_url}/api/v1"
        names = [f"{month}.kwb" for month in self.months]
        fetched = [
            f"curl -so {name} '{path}/contracts/{self.contract}/settlements/{month}/bundle'"
            for name, month in zip(names, self.months, strict=True)
        ]
        return "\n".join((
            f"curl -so issuer.pub '{path}/issuer-key'", *fetched,
            f"./run verify {names[-1]} --key issuer.pub --previous {names[0]}",
        ))  # fmt: skip


def issue_oldest(service: Service, contracts: Sequence[Contract]) -> Issued | None:
    """Issue the two oldest months of the first contract that has as many with an amount; None without one.

    Raises `ServiceRefused`.
    """
    for contract in contracts:
        found = service.get("/settlements", contract=contract.code)["items"]
        ready = sorted((row["month"], row["version"]) for row in found if row["state"] == "draft")[:_COUNT]
        if len(ready) < _COUNT:
            continue
        for month, version in ready:
            for step, (by, role) in (("confirm", _CLIENT), ("confirm", _ESCO), ("issue", _ESCO)):
                said = {"version": version, "by": by, "role": role}
                service.post(f"/contracts/{contract.code}/settlements/{month}/{step}", said)
        return Issued(contract.code, tuple(month for month, _ in ready))
    return None
