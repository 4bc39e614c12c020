"""Alive, ready, and the jobs' states for people and for Prometheus."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from services.app import Parts
from services.scheduling import JobState
from tests.services.installation import without_store

RAN = datetime(2026, 11, 22, 3, 59, 30, 500_000, tzinfo=UTC)
AWAY = 'LookupError: "v-1"\nis away'


@pytest.fixture
def three_jobs(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        session.add(JobState(name="rollup", cursor="17", ran_at=RAN, error=None))
        session.add(JobState(name="repairs", cursor=None, ran_at=None, error=None))
        session.add(JobState(name="fleet", cursor=None, ran_at=RAN, error=AWAY))


def samples(client: TestClient) -> dict[tuple[str, str], float]:
    """The scraped gauges by name and job."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, sample.labels["job"]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_alive_needs_nothing(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        session.execute(text("DROP TABLE job_state"))
    answer = without_store(parts).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_when_both_databases_answer(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_not_ready_without_the_store(parts: Parts) -> None:
    answer = without_store(parts).get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "the time-series store: connection refused"


def test_jobs_are_listed_by_name_with_their_errors(client: TestClient, three_jobs: None) -> None:
    assert client.get("/api/v1/jobs").json() == {
        "items": [
            {
                "name": "fleet",
                "ran_at": "2026-11-22T03:59:30.500000Z",
                "error": 'LookupError: "v-1"\nis away',
            },
            {"name": "repairs", "ran_at": None, "error": None},
            {"name": "rollup", "ran_at": "2026-11-22T03:59:30.500000Z", "error": None},
        ]
    }


def test_prometheus_reads_when_each_job_ran_and_whether_it_failed(
    client: TestClient, three_jobs: None
) -> None:
    assert samples(client) == {
        ("kilowitness_job_ran_timestamp_seconds", "fleet"): RAN.timestamp(),
        ("kilowitness_job_ran_timestamp_seconds", "rollup"): RAN.timestamp(),
        ("kilowitness_job_failed", "fleet"): 1.0,
        ("kilowitness_job_failed", "repairs"): 0.0,
        ("kilowitness_job_failed", "rollup"): 0.0,
    }


def test_each_scrape_is_of_now(parts: Parts, client: TestClient, three_jobs: None) -> None:
    samples(client)
    later = RAN + timedelta(minutes=1)
    with parts.sessions.begin() as session:
        session.merge(JobState(name="fleet", cursor=None, ran_at=later, error=None))
    found = samples(client)
    assert found["kilowitness_job_ran_timestamp_seconds", "fleet"] == later.timestamp()
    assert found["kilowitness_job_failed", "fleet"] == 0.0


def test_before_the_first_cycle_there_is_nothing_to_scrape(client: TestClient) -> None:
    assert samples(client) == {}
