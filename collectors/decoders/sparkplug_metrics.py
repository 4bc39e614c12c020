"""Which channel a Sparkplug metric is: names are free in Sparkplug, so they are data (TOML), not code."""

import tomllib
from pathlib import Path

import msgspec

from collectors.decoders.profile import PROFILES, ProfileError
from services.metering.channels import CHANNELS

FOLDER = "sparkplug"
"""The folder of metric maps, within that of the profiles."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric's channel and the factor from the metric's unit to the channel's; no channel: passed over."""

    channel: str
    scale: float = 1.0


PASSED_OVER = Target("")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metrics: dict[str, str | Target] = {}
    passed_over: tuple[str, ...] = ()


class MetricMap:
    """Metric name, in any case → target."""

    def __init__(self) -> None:
        self._targets = {name: Target(name) for name in CHANNELS}
        self._beginnings: tuple[str, ...] = ()

    def add(self, path: Path) -> None:
        """Take the lines of one file; they win over those taken before. Raises `ProfileError`."""
        try:
            file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        except (OSError, ValueError) as error:
            raise ProfileError(f"{FOLDER}/{path.name}: {error}") from None
        for name, target in file.metrics.items():
            self._targets[name.lower()] = target if isinstance(target, Target) else Target(target)
            if self._targets[name.lower()].channel not in CHANNELS:
                raise ProfileError(f"{FOLDER}/{path.name}: {name!r} is mapped to no channel")
        for name in file.passed_over:
            if name.endswith("*"):
                self._beginnings += (name[:-1].lower(),)
            else:
                self._targets[name.lower()] = PASSED_OVER

    def target(self, name: str) -> Target | None:
        """The target of a metric, None if no line names it."""
        name = name.lower()
        found = self._targets.get(name)
        if found is None and name.startswith(self._beginnings):
            return PASSED_OVER
        return found


def load_metrics(profile_dir: Path | None = None) -> MetricMap:
    """The built-in lines, then those under `sparkplug` in the user's profiles. Raises `ProfileError`."""
    metrics = MetricMap()
    for folder in (PROFILES, profile_dir):
        if folder is not None:
            for path in sorted((folder / FOLDER).glob("*.toml")):
                metrics.add(path)
    return metrics
