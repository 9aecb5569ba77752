"""What the web UI is told of each asset of the lake: its tables with their columns."""

import dagster as dg
import pytest

from assets.described import table_metadata
from pipelines.definitions import build_defs
from resources.errors import LakeError
from resources.lake.schema.tables import TABLES

LAKE = ("scenes", "cloud_masks", "activity", "anomalies", "detectability")


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in build_defs().resolve_all_asset_specs()}


@pytest.mark.parametrize("name", LAKE)
def test_assets_show_their_columns_with_units(specs, name: str) -> None:
    metadata = specs[name].metadata
    table = TABLES[metadata["dagster/table_name"]]
    schema = metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == list(table.column_names)
    assert all(column.description and ";" in column.description for column in schema.columns)
    keys = {column.name for column in schema.columns if not column.constraints.nullable}
    assert keys == set(table.key)


def test_columns_lead_back_to_the_table_they_came_from(specs) -> None:
    lineage = specs["activity"].metadata["dagster/column_lineage"].deps_by_column
    assert {dep.asset_key.to_user_string() for dep in lineage["clear_fraction"]} == {"cloud_masks"}
    assert {dep.asset_key.to_user_string() for dep in lineage["relative_orbit"]} == {"scenes"}
    assert "method_version" not in lineage
    assert "z" not in lineage, "it is made here"


def test_scenes_that_are_not_made_for_days_are_stale(specs) -> None:
    policy = specs["scenes"].freshness_policy
    assert policy.fail_window.to_timedelta().days == 3


def test_a_table_that_the_lake_lacks_is_refused() -> None:
    with pytest.raises(LakeError, match="no table 'nonesuch'"):
        table_metadata("nonesuch")
