"""One run: gateways publish, the plan's faults come, and in the end everything is accounted for."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.faulty.contents import letters_in
from simulators.faulty.gateway import Gateway
from simulators.faulty.injection import Injected, end_within, inject, stop
from simulators.faulty.ledger import Ledger, Verdict
from simulators.faulty.leftovers import left_for
from simulators.faulty.messages import TYPED_ROW, message
from simulators.faulty.plan import Fault, Kind, Plan
from simulators.faulty.publishing import Publishing
from simulators.faulty.site import Site

_STEP_S = 0.05
_STRIKES_WITHIN_S = 45.0
_QUIET_WITHIN_S = 180.0
_OVERDUE_S = 1.0
COUNTED = "energy_kwh"
"""The channel that every row has."""

Progress = Callable[[int, str], None]
"""Hears of the messages published so far, and of what is being done."""


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    plan: Plan
    collectors: int
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    sent: int = 0
    sent_again: int = 0
    unheard: int = 0
    left: int = 0
    outages_s: list[float] = field(default_factory=list)
    recoveries_s: list[float] = field(default_factory=list)
    peak_mib: float = 0.0
    duration_s: float = 0.0
    trouble: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost and nothing else went wrong."""
        return self.verdict.sound and not self.trouble

    @property
    def longest_outage_s(self) -> float:
        """The longest time for which something was gone, cut off or refused."""
        return max(self.outages_s, default=0.0)

    @property
    def longest_recovery_s(self) -> float:
        """The longest time from the end of a fault until all that was published by then was stored."""
        return max(self.recoveries_s, default=0.0)

    @property
    def median_recovery_s(self) -> float:
        """The median of these times."""
        return statistics.median(self.recoveries_s) if self.recoveries_s else 0.0


class Run:
    """Carries a plan out on a site."""

    def __init__(
        self,
        site: Site,
        plan: Plan,
        *,
        progress: Progress = lambda _sent, _what: None,
        patience_s: float = _QUIET_WITHIN_S,
    ) -> None:
        self._site = site
        self._plan = plan
        self._progress = progress
        self._patience_s = patience_s
        self._ledger = Ledger()
        self._ledger.expect(*TYPED_ROW, {"lamp_on": 1})
        self._outcome = Outcome(plan, len(site.collectors))

    def carry_out(self) -> Outcome:
        """Publish everything, do every fault, wait for quiet, stop, and compare."""
        began = time.monotonic()
        gateway = Gateway(
            self._site.gateway_link.port,
            broker=self._site.broker,
            promise=self._ledger.promise,
            seed=self._plan.seed,
        )
        self._publishing = Publishing(gateway, message, self._plan.messages)
        self._publishing.start()
        try:
            for number, fault in enumerate(self._plan.faults):
                self._suffer(number, fault)
            self._publishing.allow(self._plan.messages)
            self._wait_for_quiet()
        finally:
            self._publishing.finish()
        self._stop_collectors()
        self._account(gateway)
        self._outcome.duration_s = time.monotonic() - began
        return self._outcome

    def _suffer(self, number: int, fault: Fault) -> None:
        """One fault, from its reading on until it is undone, and maybe until all is stored again."""
        limit = self._plan.limits[number]
        self._publishing.allow((fault.at + limit) // 2)
        self._until(lambda: self._publishing.published >= fault.at, _QUIET_WITHIN_S, fault.kind)
        if fault.kind is Kind.DISK_FULL:
            self._recover("what came before")
        began = time.monotonic()
        injected = self._noted(fault.kind, inject(self._site, fault))
        self._publishing.allow(limit)
        self._until(lambda: time.monotonic() - began >= fault.hold_s, fault.hold_s + 1, fault.kind)
        struck = self._letters_wait(limit) if fault.kind is Kind.DISK_FULL else injected.struck
        if not self._until(struck, _STRIKES_WITHIN_S, fault.kind):
            self._outcome.trouble.append(f"nobody met the fault at {fault}")
        undoing = [injected.undo]
        if fault.deadly:
            undoing.append(self._noted(*end_within(self._site, fault)).undo)
        for undo in undoing if fault.chance < 0.5 else reversed(undoing):
            undo()
        self._outcome.outages_s.append(time.monotonic() - began)
        if fault.settled:
            self._recover(str(fault))

    def _noted(self, kind: Kind, injected: Injected) -> Injected:
        self._outcome.faults[kind] += 1
        if injected.trouble:
            self._outcome.trouble.append(injected.trouble)
        return injected

    def _letters_wait(self, limit: int) -> Callable[[], bool]:
        """Whether, with all of the share published, a letter is overdue: then the full disk was met."""
        overdue_since = math.inf

        def struck() -> bool:
            nonlocal overdue_since
            if self._publishing.published < limit or self._kept() >= self._ledger.letters:
                overdue_since = math.inf
            else:
                overdue_since = min(overdue_since, time.monotonic())
            return time.monotonic() - overdue_since > _OVERDUE_S

        return struck

    def _recover(self, after: str) -> None:
        """Wait until everything published so far is stored, and note how long it took."""
        began = time.monotonic()
        due = self._ledger.of_channel[COUNTED]
        if self._until(lambda: self._site.contents.count() >= due, self._patience_s, "recovery"):
            self._outcome.recoveries_s.append(time.monotonic() - began)
        elif not self._outcome.trouble:
            self._outcome.trouble.append(f"not all was stored {self._patience_s:g} s after {after}")
            self._patience_s = 1.0  # what is lost will not come any more

    def _wait_for_quiet(self) -> None:
        self._until(lambda: self._publishing.published >= self._plan.messages, _QUIET_WITHIN_S, "publishing")
        self._publishing.finish()
        self._recover("the last fault")
        self._until(lambda: self._kept() >= self._ledger.letters, self._patience_s, "letters")

    def _stop_collectors(self) -> None:
        self._site.measure()
        self._outcome.trouble += filter(None, map(stop, self._site.collectors))

    def _account(self, gateway: Gateway) -> None:
        outcome = self._outcome
        outcome.sent, outcome.sent_again = gateway.sent, gateway.sent_again
        outcome.unheard = gateway.unheard
        if gateway.unheard and outcome.collectors == 1:
            outcome.trouble.append(f"{gateway.unheard} messages came when the broker knew of no collector")
        outcome.peak_mib = max(collector.peak_mib for collector in self._site.collectors)
        self._progress(self._publishing.published, "accounting")
        outcome.left = sum(left_for(one.name, self._site.broker.port) for one in self._site.collectors)
        if outcome.left:
            outcome.trouble.append(f"{outcome.left} messages were stored and never acknowledged")
        outcome.verdict = self._ledger.compare(self._site.contents.rows(), letters_in(self._site.deadletters))

    def _kept(self) -> int:
        return len(letters_in(self._site.deadletters))

    def _until(self, condition: Callable[[], bool], seconds: float, what: str) -> bool:
        """Wait for it; whether it came. Raises what the publisher raised, and when a program has ended."""
        deadline = time.monotonic() + seconds
        while not condition():
            self._publishing.check()
            self._site.check()
            self._progress(self._publishing.published, what)
            if time.monotonic() > deadline:
                return False
            self._site.measure()
            time.sleep(_STEP_S)
        return True
