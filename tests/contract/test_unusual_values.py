"""Values at the edge of what a database holds are refused alike on each, and never end in a fault."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.http import encode_cursor
from tests.contract.story import ORDERS, SLIP, VEHICLES
from tests.services.metering.documents import institution, meter

FAR = ["0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00"]
UNUSUAL: dict[str, tuple[str, str, Any]] = {
    "a head count beyond counting": (
        "PUT", "/registry", {"institutions": [institution("office", head_count=10**30)]}
    ),
    "more heads than four bytes hold": (
        "PUT", "/registry", {"institutions": [institution("office", head_count=2**31)]}
    ),
    "a lone surrogate": ("PUT", "/registry", {"institutions": [institution("office", name_zh="\ud800")]}),
    "a version beyond counting": (
        "GET", f"/contracts/c/settlements/2026-10/export?version={10**30}", None
    ),
    **{
        f"a ledger from {instant}": (
            "PUT", "/registry", {"institutions": [institution("office")],
                                 "meters": [meter("m", "office", ledger=[{"valid_from": instant}])]}
        ) for instant in FAR
    },
    **{
        f"a slip from {instant}": (
            "PUT", "/trip-approvals", [SLIP | {"start": instant}]
        ) for instant in FAR
    },
    **{
        f"an order of {instant}": (
            "POST", "/work-orders/import", [{**ORDERS[0], "reported_at": instant}]
        ) for instant in FAR
    },
    **{
        f"a page from {instant}": ("GET", f"/work-orders?cursor={encode_cursor(instant + '|x')}", None)
        for instant in FAR
    },
}  # fmt: skip


@pytest.mark.parametrize("unusual", UNUSUAL)
def test_what_cannot_be_kept_is_refused(client: TestClient, unusual: str) -> None:
    client.put("/api/v1/registry", json={"institutions": [institution("school")]}).raise_for_status()
    client.put("/api/v1/vehicles", json=VEHICLES[:1]).raise_for_status()
    method, path, body = UNUSUAL[unusual]
    content = None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json"}
    answer = client.request(method, f"/api/v1{path}", content=content, headers=headers)
    assert answer.status_code in ({200, 400, 404, 422} if method == "GET" else {422}), answer.text
    assert client.get("/api/v1/meters").status_code == 200


def test_a_zero_byte_breaks_nothing(client: TestClient) -> None:
    entries = {"institutions": [institution("office", name_zh="a\x00b")]}
    assert client.put("/api/v1/registry", json=entries).status_code in {200, 422}
    assert client.get("/api/v1/work-orders", params={"institution": "a\x00b"}).status_code in {200, 422}
    assert client.get("/api/v1/institutions").status_code == 200
