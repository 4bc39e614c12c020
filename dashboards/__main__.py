"""`kilowitness dashboards build|check|push`: write the JSON, compare it, put it into Grafana."""

import argparse
import json
import sys
from collections.abc import Sequence

from dashboards.board import render
from dashboards.catalogue import boards, build, differences
from dashboards.push import PushRefused, push
from services.settings import Settings, SettingsError, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns 0, or 1 when files differ or Grafana refuses, or 2 when a setting is missing."""
    parser = argparse.ArgumentParser(prog="kilowitness dashboards", description=__doc__)
    parser.add_argument("verb", choices=["build", "check", "push"])
    verb = parser.parse_args(arguments).verb
    if verb == "build":
        _say(*build())
        return 0
    if verb == "check":
        return _check()
    try:
        return _push(load_settings())
    except SettingsError as error:
        return _fail(str(error), 2)


def _check() -> int:
    lines = differences()
    if not lines:
        return 0
    return _fail("\n".join([*lines, "run: kilowitness dashboards build"]), 1)


def _push(settings: Settings) -> int:
    if settings.grafana_url is None or settings.grafana_token is None:
        return _fail(
            "set KILOWITNESS_GRAFANA_URL and KILOWITNESS_GRAFANA_TOKEN (a service account's token)", 2
        )
    documents = [json.loads(render(board)) for board in boards()]
    try:
        push(
            settings.grafana_url,
            settings.grafana_token.get_secret_value(),
            documents,
            lambda title, address: _say(f"{title}  {address}"),
        )
    except PushRefused as refusal:
        return _fail(str(refusal), 1)
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
