"""The yardstick of how easy the product is to read, on the product itself."""

import json
from pathlib import Path

import grimp
import pytest
import typer
from typer.testing import CliRunner

from bench.house import imports, rows
from bench.house.__main__ import main
from bench.house.alert_run import EVERY, kept_links
from bench.house.sources import PRODUCT, Source, read_sources
from resources.lake.schema.tables import TABLES
from resources.months import Month

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def product() -> list[Source]:
    return read_sources(ROOT)


def test_imports_are_those_that_grimp_finds(product: list[Source]) -> None:
    graph = grimp.build_graph(*PRODUCT, cache_dir=None)
    found = imports.import_edges(product)
    assert set(found) == graph.modules
    assert found == {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}


def test_columns_are_those_of_the_lake(product: list[Source]) -> None:
    columns = {name for table in TABLES.values() for name in table.column_names}
    assert rows.lake_columns(product) == columns


def test_a_history_is_thinned_and_its_last_months_are_whole(tmp_path: Path) -> None:
    links = [{"rel": "root", "href": "./catalog.json"}]
    for month in (8, 9):
        for day in range(20, 10, -1):
            name = f"{month}-{day}.json"
            item = {"properties": {"datetime": f"2023-{month:02}-{day}T11:00:00Z"}}
            (tmp_path / name).write_text(json.dumps(item), encoding="utf-8")
            links.append({"rel": "item", "href": name})
    kept = [link["href"] for link in kept_links(links, tmp_path, Month(2023, 9))]
    assert kept[0] == "./catalog.json"
    assert kept[1:5] == ["8-11.json", "8-14.json", "8-17.json", "8-20.json"]
    assert EVERY == 3
    assert kept[5:] == [f"9-{day}.json" for day in range(11, 21)]


def test_the_command_tells_all_figures_and_leaves_the_run_out_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "house.json"
    wanted = ["--root", str(ROOT), "--static", "--json", str(path)]
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, wanted)
    assert done.exit_code == 0, done.output
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["files_to_alert"] is None
    assert told["code_lines"] > told["code_lines_simulated"] > 0
    assert set(told["how"]) <= set(told)
    assert all(f"| `{key}` |" in done.output for key in told["how"])
