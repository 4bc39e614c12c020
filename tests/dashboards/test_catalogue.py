"""The committed files against the code, and every dashboard against what Grafana expects of it."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import catalogue
from dashboards.board import Board, render
from dashboards.panels import DATASOURCE_UID, NO_DATA
from dashboards.provisioning import DASHBOARD_FOLDER, PROVISIONING
from services.timeseries.schema import DEVICE_CLOCK, MEASUREMENTS

BOARDS = catalogue.boards()
EACH_BOARD = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
NAMES = {name for m in MEASUREMENTS.values() for name in (m.name, *m.tags, *m.fields)}


def document(board: Board) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(board))
    return parsed


def drawn_panels(board: Board) -> list[dict[str, Any]]:
    return [panel for panel in document(board)["panels"] if panel["type"] != "row"]


def test_committed_files_are_those_of_the_code() -> None:
    assert catalogue.differences() == []


def test_rendering_twice_gives_the_same_text() -> None:
    assert catalogue.files() == catalogue.files()


def test_differences_names_missing_stale_and_foreign_files(tmp_path: Path) -> None:
    catalogue.build(tmp_path)
    assert catalogue.differences(tmp_path) == []
    (tmp_path / "generated/kilowitness-energy.json").write_text("{}")
    (tmp_path / "generated/kilowitness-fleet.json").unlink()
    (tmp_path / "generated/old.json").write_text("{}")
    assert catalogue.differences(tmp_path) == [
        "generated/kilowitness-energy.json: differs from the code",
        "generated/kilowitness-fleet.json: missing",
        "generated/old.json: not written by this version",
    ]
    catalogue.build(tmp_path)
    assert catalogue.differences(tmp_path) == []


def test_uids_and_titles_are_unique_and_short_enough() -> None:
    assert len({board.uid for board in BOARDS}) == len(BOARDS) == 5
    assert len({board.title for board in BOARDS}) == len(BOARDS)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", board.uid) for board in BOARDS)


@EACH_BOARD
def test_head_of_the_dashboard(board: Board) -> None:
    parsed = document(board)
    assert parsed["timezone"] == "Asia/Shanghai"
    assert parsed["refresh"] == "30s"
    assert parsed["time"]["to"] == "now"
    assert parsed["schemaVersion"] >= 39
    assert parsed["editable"] is False
    assert "id" not in parsed


@EACH_BOARD
def test_ids_are_unique_and_positive(board: Board) -> None:
    ids = [panel["id"] for panel in document(board)["panels"]]
    assert len(set(ids)) == len(ids)
    assert min(ids) > 0


@EACH_BOARD
def test_panels_lie_on_the_grid_and_do_not_overlap(board: Board) -> None:
    places = [panel["gridPos"] for panel in document(board)["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["w"] > 0
        assert place["h"] > 0
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        apart_across = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_down = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_across or apart_down, (one, other)


@EACH_BOARD
def test_every_line_of_panels_is_filled(board: Board) -> None:
    widths: dict[int, int] = {}
    for panel in document(board)["panels"]:
        widths[panel["gridPos"]["y"]] = widths.get(panel["gridPos"]["y"], 0) + panel["gridPos"]["w"]
    assert set(widths.values()) == {24}


@EACH_BOARD
def test_every_target_is_declared_with_its_promise(board: Board) -> None:
    drawn = drawn_panels(board)
    assert len(drawn) == len(board.panels)
    for panel, declared in zip(drawn, board.panels, strict=True):
        assert panel["title"] == declared.title
        assert panel.get("timeFrom") == declared.time_from
        assert [target["query"] for target in panel["targets"]] == [query.text for query in declared.queries]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        for query in declared.queries:
            assert query.promise.columns
            assert query.promise.at_least >= (DEVICE_CLOCK.name not in query.text)  # told after an hour
            assert all(column.unit and column.low < column.high for column in query.promise.columns)


@EACH_BOARD
def test_every_data_source_is_the_provisioned_one(board: Board) -> None:
    text = render(board)
    assert set(re.findall(r'"uid": "([^"]+)"', text)) == {DATASOURCE_UID, board.uid}
    for panel in drawn_panels(board):
        for holder in (panel, *panel["targets"]):
            assert holder["datasource"] == {"type": "influxdb", "uid": DATASOURCE_UID}


@EACH_BOARD
def test_people_can_read_every_panel(board: Board) -> None:
    chinese_then_english = re.compile(r".*[一-鿿].* \S*[A-Za-z]")
    titles = [row.title for row in board.rows] + [panel.title for panel in board.panels] + [board.title]
    assert len(set(titles)) == len(titles)
    for title in titles:
        assert chinese_then_english.match(title), title
    for panel in drawn_panels(board):
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["noValue"] == NO_DATA
        assert panel["fieldConfig"]["defaults"]["unit"]


@EACH_BOARD
def test_queries_name_nothing_outside_the_schema(board: Board) -> None:
    for panel in board.panels:
        for query in panel.queries:
            quoted = set(re.findall(r'"([^"]+)"', query.text))
            labels = set(re.findall(r'AS "([^"]+)"', query.text))
            assert quoted - labels <= NAMES, query.text


@EACH_BOARD
def test_variables_used_are_offered(board: Board) -> None:
    offered = {variable.tag for variable in board.variables}
    used = set(re.findall(r"\$\{(\w+):regex\}", render(board)))
    assert used == offered


@EACH_BOARD
def test_days_are_local(board: Board) -> None:
    for panel in board.panels:
        for query in panel.queries:
            if "time(1d)" in query.text:
                assert query.text.endswith("tz('Asia/Shanghai')")


def test_positions_are_on_no_dashboard() -> None:
    for board in BOARDS:
        assert not re.search(
            r'"(positions|lat|lon)"', " ".join(q.text for p in board.panels for q in p.queries)
        )


def test_data_source_is_influxql_with_a_token_from_a_file() -> None:
    (source,) = yaml.safe_load(PROVISIONING["datasources/kilowitness.yaml"])["datasources"]
    assert source["uid"] == DATASOURCE_UID
    assert source["type"] == "influxdb"
    assert source["jsonData"]["version"] == "InfluxQL"
    assert source["jsonData"]["httpHeaderName1"] == "Authorization"
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token $__file{/run/kilowitness/grafana/token}"}


def test_provider_reads_the_folder_of_dashboards() -> None:
    (provider,) = yaml.safe_load(PROVISIONING["dashboards/kilowitness.yaml"])["providers"]
    assert provider["type"] == "file"
    assert provider["options"]["path"] == DASHBOARD_FOLDER
    assert provider["allowUiUpdates"] is False
