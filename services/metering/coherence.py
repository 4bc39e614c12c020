"""What the registry as a whole must hold true, checked before a change to it is kept."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass


class RegistryRefused(ValueError):
    """A document does not fit the registry, which stays as it was; the message names field and culprit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a meter refers to, by code, and the address that it claims."""

    code: str
    institution: str
    building: str | None
    parent: str | None
    address: str


def refuse_contradictions(
    institutions: Mapping[str, str | None], buildings: Mapping[str, str], meters: Sequence[Standing]
) -> None:
    """Raise `RegistryRefused` for an unknown code, a loop of parents, or an address two meters claim.

    `institutions` maps the code of each to its parent, `buildings` to its institution.
    """
    known = institutions.keys()
    mains = {row.code: row.parent for row in meters}
    for code, parent in institutions.items():
        _known(f"institutions[{code}].parent", parent, known)
    for building, owner in buildings.items():
        _known(f"buildings[{building}].institution", owner, known)
    for meter in meters:
        place = f"meters[{meter.code}]"
        _known(f"{place}.institution", meter.institution, known)
        _known(f"{place}.building", meter.building, buildings.keys())
        _known(f"{place}.parent", meter.parent, mains.keys())
        if meter.building is not None and buildings[meter.building] != meter.institution:
            raise RegistryRefused(f"{place}.building: {meter.building!r} belongs to another institution")
    _no_loop("institutions", institutions)
    _no_loop("meters", mains)
    _one_claim(meters)


def _known(place: str, code: str | None, codes: Set[str]) -> None:
    if code is not None and code not in codes:
        raise RegistryRefused(f"{place}: nothing has the code {code!r}")


def _no_loop(place: str, parents: Mapping[str, str | None]) -> None:
    cleared: set[str] = set()
    for code in parents:
        path: list[str] = []
        here: str | None = code
        while here is not None and here not in cleared:
            if here in path:
                raise RegistryRefused(f"{place}[{here}].parent: a loop of {' → '.join([*path, here])}")
            path.append(here)
            here = parents[here]
        cleared.update(path)


def _one_claim(meters: Sequence[Standing]) -> None:
    taken: dict[str, str] = {}
    for meter in meters:
        owner = taken.setdefault(meter.address, meter.code)
        if owner != meter.code:
            raise RegistryRefused(
                f"meters[{meter.code}].address: {meter.address!r} is already that of meter {owner!r}"
            )
