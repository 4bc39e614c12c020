"""The registry keeps what documents say, refuses what contradicts it, and knows what to roll up anew."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.database import Table, open_database, session_factory
from services.metering.coherence import RegistryRefused
from services.metering.model import ChannelTerms, MeterPeriod, MeterRole, MeterUse
from services.metering.repository import Registry
from services.metering.schemas import Applied
from tests.services.metering.documents import Entry, building, document, institution, line, meter
from tests.services.statements import counted


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(session_factory(engine))


def town(registry: Registry) -> Applied:
    """A county with one bureau, its building, a main meter and a lighting circuit, in awkward order."""
    return registry.apply(
        document(
            institutions=[institution("bureau", parent="county"), institution("county", kind="group")],
            buildings=[building("hall", "bureau")],
            meters=[
                meter("light", "bureau", role="sub", use="lighting", parent="main", building="hall"),
                meter("main", "bureau", rated_kw=80, ledger=[line(ct=40, already_primary=False)]),
            ],
        )
    )


def test_an_empty_registry_knows_nothing(registry: Registry) -> None:
    assert registry.institutions() == []
    assert registry.meters() == []
    assert registry.institution("x") is None
    assert registry.meter("x") is None


def test_a_document_is_kept_whole_whatever_its_order(registry: Registry) -> None:
    assert town(registry) == Applied(institutions=2, buildings=1, meters=2)
    assert [row.code for row in registry.institutions()] == ["bureau", "county"]
    bureau = registry.institution("bureau")
    assert bureau is not None
    assert (bureau.parent, bureau.kind, bureau.name_zh) == ("county", "state_organ", "bureau局")
    light, main = registry.meters()
    assert (light.code, light.parent, light.building) == ("light", "main", "hall")
    assert (main.address, main.role, main.rated_kw) == ("bureau/main", MeterRole.MAIN, 80)
    assert main.ledger == (MeterPeriod(datetime(2024, 12, 31, 16, tzinfo=UTC), ct=40, already_primary=False),)
    assert registry.meter("main") == main


def test_meters_are_found_by_institution_and_use(registry: Registry) -> None:
    town(registry)
    registry.apply(
        document(institutions=[institution("school")], meters=[meter("tap", "school", use="water")])
    )
    assert [row.code for row in registry.meters(institution="bureau")] == ["light", "main"]
    assert [row.code for row in registry.meters(use=MeterUse.LIGHTING)] == ["light"]
    assert registry.meters(institution="school", use=MeterUse.LIGHTING) == []


def test_the_same_document_again_changes_nothing(registry: Registry) -> None:
    town(registry)
    before = registry.institutions(), registry.meters(), registry.awaiting_rollup()
    town(registry)
    assert (registry.institutions(), registry.meters(), registry.awaiting_rollup()) == before


def test_an_entry_replaces_the_one_with_its_code(registry: Registry) -> None:
    town(registry)
    registry.apply(document(institutions=[institution("bureau", head_count=12)]))
    bureau = registry.institution("bureau")
    assert bureau is not None
    assert (bureau.head_count, bureau.parent) == (12, None)


def test_a_ledger_is_replaced_line_by_line(registry: Registry) -> None:
    town(registry)
    swapped = [line(digits=6), line("2026-02-01T10:00:00+08:00", closing=8_000, opening=0.5)]
    registry.apply(document(meters=[meter("main", "bureau", ledger=swapped)]))
    kept = registry.meter("main")
    assert kept is not None
    assert [(period.ct, period.digits, period.closing) for period in kept.ledger] == [
        (1, 6, None),
        (1, 8, 8_000),
    ]
    registry.apply(document(meters=[meter("main", "bureau", ledger=[line(digits=7)])]))
    kept = registry.meter("main")
    assert kept is not None
    assert [period.digits for period in kept.ledger] == [7]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"meters": [meter("x", "nowhere")]}, "meters[x].institution: nothing has the code 'nowhere'"),
        ({"meters": [meter("x", "bureau", building="shed")]}, "meters[x].building: nothing has"),
        ({"meters": [meter("x", "county", building="hall")]}, "belongs to another institution"),
        ({"meters": [meter("x", "bureau", parent="y")]}, "meters[x].parent: nothing has the code 'y'"),
        ({"meters": [meter("x", "bureau", parent="x")]}, "meters[x].parent: a loop of x → x"),
        ({"meters": [meter("main", "bureau", parent="light")]}, "a loop of light → main → light"),
        ({"meters": [meter("x", "bureau", address="bureau/main")]}, "already that of meter 'main'"),
        ({"buildings": [building("shed", "nowhere")]}, "buildings[shed].institution: nothing has"),
        ({"institutions": [institution("x", parent="y")]}, "institutions[x].parent: nothing has"),
        ({"institutions": [institution("county", parent="bureau")]}, "a loop of bureau → county → bureau"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named_and_nothing_of_its_document_is_kept(
    registry: Registry, entries: dict[str, list[Entry]], said: str
) -> None:
    town(registry)
    before = registry.institutions(), registry.meters()
    entries = {**entries, "institutions": [*entries.get("institutions", []), institution("fresh")]}
    with pytest.raises(RegistryRefused) as caught:
        registry.apply(document(**entries))
    assert said in str(caught.value)
    assert (registry.institutions(), registry.meters()) == before


def test_two_meters_may_exchange_their_addresses(registry: Registry) -> None:
    town(registry)
    registry.apply(
        document(
            meters=[
                meter("main", "bureau", address="bureau/light"),
                meter("light", "bureau", address="bureau/main"),
            ]
        )
    )
    assert [row.address for row in registry.meters()] == ["bureau/main", "bureau/light"]


def awaiting(registry: Registry) -> dict[str, int]:
    return {row.code: revision for row, revision in registry.awaiting_rollup()}


def test_a_new_meter_awaits_its_roll_up_until_told(registry: Registry) -> None:
    town(registry)
    assert awaiting(registry) == {"light": 1, "main": 1}
    registry.mark_rolled_up("light", 1)
    assert awaiting(registry) == {"main": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"ledger": [line(ct=60)]}, {"address": "acrel-adw/7"}, {"gap_limit_s": 900}, {"rated_kw": 12},
        {"institution": "county"}, {"ledger": [line(), line("2026-02-01T10:00:00+08:00")]},
        {"ledger": [line(rated_kw=12)]}, {"ledger": [line(channels={"energy_kwh": {"scale": 0.1}})]},
    ],
)  # fmt: skip
def test_what_intervals_are_computed_from_makes_a_meter_wait_again(registry: Registry, change: Entry) -> None:
    plain = meter("m", "bureau")
    registry.apply(document(institutions=[institution("bureau"), institution("county")], meters=[plain]))
    registry.mark_rolled_up("m", 1)
    registry.apply(document(meters=[plain | {"name_en": "Another name", "use": "power", "time_zone": "UTC"}]))
    assert awaiting(registry) == {}
    registry.apply(document(meters=[plain | change]))
    assert awaiting(registry) == {"m": 2}


def test_a_change_during_a_roll_up_is_not_lost(registry: Registry) -> None:
    town(registry)
    registry.apply(document(meters=[meter("main", "bureau", gap_limit_s=900)]))
    registry.mark_rolled_up("main", 1)
    assert awaiting(registry)["main"] == 2


def test_terms_of_channels_are_kept_as_they_were_told(registry: Registry) -> None:
    told = {"energy_kwh": {"scale": 0.01, "unit": "MWh"}, "energy_export_kwh": {"digits": 5}}
    registry.apply(
        document(institutions=[institution("a")], meters=[meter("m", "a", ledger=[line(channels=told)])])
    )
    kept = registry.meter("m")
    assert kept is not None
    assert kept.ledger[0].channels == {
        "energy_kwh": ChannelTerms(scale=0.01, unit="MWh"), "energy_export_kwh": ChannelTerms(digits=5),
    }  # fmt: skip
    registry.mark_rolled_up("m", 1)
    registry.apply(document(meters=[meter("m", "a", ledger=[line(channels=told)])]))
    assert awaiting(registry) == {}


def test_clocks_have_zones_by_address(registry: Registry) -> None:
    assert registry.clock_zones() == {}
    town(registry)
    registry.apply(document(meters=[meter("far", "bureau", address="gw/7", time_zone="Asia/Urumqi")]))
    assert registry.clock_zones() == {"bureau/light": None, "bureau/main": None, "gw/7": "Asia/Urumqi"}


def test_no_statement_is_sent_once_for_each_meter(engine: Engine, registry: Registry) -> None:
    def statements(prefix: str, count: int) -> tuple[int, ...]:
        codes = [f"{prefix}-{n:03d}" for n in range(count)]
        everything = document(
            institutions=[institution(code) for code in codes],
            buildings=[building(code, code) for code in codes],
            meters=[meter(code, code, building=code) for code in codes],
        )
        found = []
        for act in (
            lambda: registry.apply(everything),
            lambda: registry.apply(everything),
            registry.meters,
            registry.institutions,
            registry.awaiting_rollup,
            registry.filings,
        ):
            with counted(engine) as sent:
                act()
            found.append(len(sent))
        return tuple(found)

    assert statements("few", 1) == statements("many", 50)


def test_a_document_of_more_meters_than_one_statement_names(registry: Registry) -> None:
    codes = [f"m{n:04d}" for n in range(1100)]
    registry.apply(document(institutions=[institution("bureau")], meters=[meter(c, "bureau") for c in codes]))
    for found, revision in registry.awaiting_rollup():
        if found.code in {codes[0], codes[-1]}:
            registry.mark_rolled_up(found.code, revision)
    again = [meter(code, "bureau", gap_limit_s=600) for code in codes]
    registry.apply(document(meters=again))
    assert [one.code for one in registry.meters()] == codes
    assert {revision for _, revision in registry.awaiting_rollup()} == {2}


def test_a_page_begins_after_a_code_and_has_its_ledgers(registry: Registry) -> None:
    town(registry)
    extra = [line(), line("2025-06-01T00:00:00+08:00", ct=2, already_primary=False)]
    registry.apply(document(meters=[meter("water", "bureau", use="water", ledger=extra)]))
    assert [one.code for one in registry.meters(limit=2)] == ["light", "main"]
    (page,) = registry.meters(after="main", limit=2)
    assert page == registry.meter("water")
    assert [period.ct for period in page.ledger] == [1, 2]
    assert [one.code for one in registry.meters(use=MeterUse.WATER, after="light")] == ["water"]
    assert registry.meters(after="water") == []
    assert [one.code for one in registry.institutions(after="bureau", limit=5)] == ["county"]
    assert [one.code for one in registry.institutions(limit=1)] == ["bureau"]


def test_filings_say_where_meters_count_and_since_when(engine: Engine, registry: Registry) -> None:
    town(registry)
    lines = [line("2024-03-01T00:00:00+08:00"), line("2025-06-01T00:00:00+08:00")]
    registry.apply(document(meters=[meter("water", "bureau", use="water", ledger=lines)]))
    with counted(engine) as sent:
        found = registry.filings()
    assert len(sent) == 1
    assert found == [
        (one.code, one.institution, one.role.value, one.use.value, one.parent, one.ledger[0].valid_from)
        for one in registry.meters()
    ]
    assert found[-1].since == datetime(2024, 2, 29, 16, tzinfo=UTC)


def test_every_address_is_known(registry: Registry) -> None:
    town(registry)
    assert registry.addresses() == {"bureau/light", "bureau/main"}
