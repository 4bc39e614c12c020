"""Drains that never were, for tests of what is made of them."""

from simulators.bench.contestants import Drain


def drain(
    messages: int = 1000, seconds: float = 2.0, cpu_s: float = 1.0, *, known_cpu_s: float | None = None
) -> Drain:
    """A drain with round figures."""
    return Drain(messages, seconds, cpu_s, 100.0, {"mosquitto": 0.5, "elsewhere": 0.0}, known_cpu_s)
