"""Repairs reported while someone watches: now and then a request, answered, done and rated minutes later."""

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulators.city import City
from simulators.plan import generator
from simulators.repairs import TROUBLES
from simulators.service import Service, ServiceRefused

log = logging.getLogger(__name__)

_RESPOND_S = (20.0, 240.0)
_COMPLETE_S = (90.0, 900.0)
_RATE_S = (30.0, 300.0)


@dataclass(frozen=True, slots=True)
class _Step:
    due_s: float
    number: str
    event: dict[str, Any]


@dataclass(slots=True)
class LiveRepairs:
    """Reports a repair every `every_s` seconds on average, and what follows when its time has come."""

    city: City
    service: Service
    every_s: float
    _steps: list[_Step] = field(default_factory=list)
    _next_s: float | None = None
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._rng = generator(self.city.plan.seed, "live repairs")

    def step(self, now_s: float) -> None:
        """Do what is due at `now_s` [s, monotonic]. A refusal is logged, and the city goes on."""
        if self._next_s is None:
            self._next_s = now_s + self._wait()
        try:
            if now_s >= self._next_s:
                self._next_s = now_s + self._wait()
                self._report(now_s)
            for due in sorted((step for step in self._steps if step.due_s <= now_s), key=lambda s: s.due_s):
                self._steps.remove(due)
                self.service.post(f"/work-orders/{due.number}/events", due.event)
        except ServiceRefused as error:
            log.warning("repair not taken: %s", error)

    def _wait(self) -> float:
        return float(self._rng.exponential(self.every_s))

    def _report(self, now_s: float) -> None:
        rng = self._rng
        place = self.city.places[int(rng.integers(len(self.city.places)))]
        category, description, location = TROUBLES[int(rng.integers(len(TROUBLES)))]
        order = self.service.post(
            "/work-orders",
            {"institution": place.code, "location": location, "category": category, "size": "small",
             "severity": "urgent" if rng.random() < 0.15 else "normal", "description": description,
             "reporter": f"{place.name_zh}值班员"},
        )  # fmt: skip
        responded = now_s + float(rng.uniform(*_RESPOND_S))
        completed = responded + float(rng.uniform(*_COMPLETE_S))
        rated = completed + float(rng.uniform(*_RATE_S))
        number = str(order["number"])
        rating = int(rng.choice([4, 3, 2], p=(0.65, 0.27, 0.08)))
        self._steps += [
            _Step(responded, number, {"kind": "respond", "by": "维修值班室"}),
            _Step(completed, number, {"kind": "complete", "by": "维修一班"}),
            _Step(rated, number, {"kind": "rate", "by": "报修人", "rating": rating}),
        ]
