"""The month-end bench on a small city: it settles what it says, and nothing twice."""

from pathlib import Path

from services.database import Table, open_database, session_factory
from services.savings.bench.city import ACCEPTED, measure
from services.savings.settlement.repository import Settlements
from services.timeseries.connect import open_store


def test_a_small_city_is_settled_month_by_month(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/town.db")
    Table.metadata.create_all(engine)
    sessions, store = session_factory(engine), open_store(f"sqlite:///{tmp_path}/readings.db")
    store.prepare()
    times = measure(sessions=sessions, store=store, contracts=2, meters=4, months=3)
    assert times.settlements == 6
    assert times.month_end_s > 0
    for code in ("c000", "c001"):
        versions = Settlements(sessions).versions(code)
        assert [(one.month, one.version) for one in versions] == [
            ("2025-07", 1), ("2025-08", 1), ("2025-09", 1),
        ]  # fmt: skip
        assert versions[0].period.start > ACCEPTED
        assert all(one.esco_fee_yuan is not None and one.esco_fee_yuan > 0 for one in versions)
        assert 0.55 < versions[1].period.savings_kwh / versions[1].period.baseline_kwh < 0.65
    store.close()
    engine.dispose()
