"""A visitor of the service over HTTP, who follows no redirect."""

from fastapi.testclient import TestClient

from services.app import Parts, create_app

HOST = "http://bureau.test"
OURS = {"origin": HOST}
"""What a browser says when one of our own pages posts a form."""


def client_of(parts: Parts) -> TestClient:
    """A browser without scripts."""
    return TestClient(create_app(parts), base_url=HOST, follow_redirects=False)
