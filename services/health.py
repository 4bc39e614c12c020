"""Is the service alive, can it serve, what are its jobs doing: for orchestrators, Prometheus and people."""

from collections.abc import Iterable
from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from services.database import Sessions
from services.http import Problem
from services.scheduling import JobState
from services.timeseries.schema import COLLECTOR_HEALTH
from services.timeseries.store import StoreUnavailable, TimeSeriesStore


class JobEntry(BaseModel):
    """When a job last ran, and why it failed if it did."""

    name: str
    ran_at: AwareDatetime | None
    error: str | None


class JobList(BaseModel):
    """Every job that ever ran, by name."""

    items: list[JobEntry]


def _jobs(sessions: Sessions) -> list[JobEntry]:
    with sessions() as session:
        states = session.scalars(select(JobState).order_by(JobState.name)).all()
    return [JobEntry(name=state.name, ran_at=state.ran_at, error=state.error) for state in states]


class JobMetrics(Collector):
    """The jobs' states as Prometheus gauges, read at each scrape."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def collect(self) -> Iterable[Metric]:
        """One sample per job and gauge."""
        ran = GaugeMetricFamily("kilowitness_job_ran_timestamp_seconds", "When it last ran", labels=["job"])
        failed = GaugeMetricFamily("kilowitness_job_failed", "1 when its last run failed", labels=["job"])
        for job in _jobs(self._sessions):
            failed.add_metric([job.name], float(job.error is not None))
            if job.ran_at is not None:
                ran.add_metric([job.name], job.ran_at.timestamp())
        return [ran, failed]


def router(*, sessions: Sessions, store: TimeSeriesStore) -> APIRouter:
    """`/healthz`, `/readyz`, `/metrics` and `/api/v1/jobs`."""
    routes = APIRouter(tags=["health"])
    metrics = CollectorRegistry()
    metrics.register(JobMetrics(sessions))

    @routes.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz")
    def ready() -> dict[str, str]:
        try:
            with sessions() as session:
                session.execute(text("SELECT 1"))
            store.latest(COLLECTOR_HEALTH)
        except SQLAlchemyError as error:
            reason = f"the registry's database: {type(error).__name__}"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, reason) from error
        except StoreUnavailable as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the time-series store: {error}") from error
        return {"status": "ready"}

    @routes.get("/metrics")
    def prometheus() -> Response:
        return Response(generate_latest(metrics), media_type="text/plain; version=0.0.4; charset=utf-8")

    @routes.get("/api/v1/jobs")
    def jobs() -> JobList:
        return JobList(items=_jobs(sessions))

    return routes
