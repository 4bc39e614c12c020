"""The repair job against a real InfluxDB, where a field that is unknown has to be absent."""

import numpy as np
import pytest

from services.database import Sessions
from services.repairs.jobs import job
from services.repairs.promises import load_promises
from services.repairs.service import Repairs
from services.timeseries.connect import open_store
from services.timeseries.schema import REPAIRS_DAY
from services.workdays import Workdays
from tests.services.repairs.conftest import Hands
from tests.services.repairs.orders import ZONE, event, order, request


@pytest.mark.influxd
def test_figures_of_the_days_on_a_real_influxdb(sessions: Sessions, clock: Hands, influxd_port: int) -> None:
    store = open_store(f"influxdb://127.0.0.1:{influxd_port}/repairs_job")
    store.prepare()
    workdays = Workdays()
    repairs = Repairs(
        sessions=sessions,
        institutions=lambda: {"cz-sport"},
        workdays=workdays,
        promises=load_promises(),
        clock=clock,
        zone=ZONE,
    )
    repairs.take([order("2026-11-19 09:00", event("respond", "2026-11-19 09:20"))])
    late = repairs.report(request("2026-11-20 09:00", number=""))
    tell = job(sessions=sessions, store=store, workdays=workdays, clock=clock, zone=ZONE)
    cursor = tell.run(None)
    (series,) = store.read(REPAIRS_DAY)
    assert series.tags == {"institution": "cz-sport", "size": "small"}
    assert series.fields["responded"].tolist() == [1, 0]
    assert series.fields["response_minutes_p50"][0] == 20
    assert np.isnan(series.fields["response_minutes_p50"][1])
    repairs.append(late.order.request.number, event("respond", "2026-11-20 09:50"))
    tell.run(cursor)
    (series,) = store.read(REPAIRS_DAY)
    assert series.fields["response_minutes_p90"].tolist() == [20, 50]
    assert series.fields["response_on_time"].tolist() == [1, 0]
    assert series.fields["overdue_open"].tolist() == [1, 0]
    store.close()
