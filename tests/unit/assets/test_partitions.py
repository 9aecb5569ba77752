"""Partition keys and mappings: what a month leans on, in Dagster's own terms."""

import datetime as dt

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.partitions import (
    FIRST_MONTH,
    HISTORY,
    HISTORY_MONTHS,
    MONTHS,
    SITE_MONTHS,
    partition_key,
    read_partition_key,
)
from resources.months import Month

MONTHS_OF_TIME = st.builds(Month, st.integers(2015, 2060), st.integers(1, 12))


@given(st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,20}[a-z0-9])?", fullmatch=True), MONTHS_OF_TIME)
def test_a_partition_key_can_be_read_back(site_id: str, month: Month) -> None:
    assert read_partition_key(partition_key(site_id, month)) == (site_id, month)


@pytest.mark.parametrize("key", ["", "khmeimim", "2024-13-01|khmeimim", "khmeimim|2024-01-01"])
def test_other_text_is_no_partition_key(key: str) -> None:
    with pytest.raises(ValueError, match=r"[Mm]onth"):
        read_partition_key(key)


def test_the_current_month_is_a_partition() -> None:
    keys = MONTHS.get_partition_keys(current_time=dt.datetime(2024, 6, 1, 0, 5, tzinfo=dt.UTC))
    assert (keys[0], keys[-1]) == (FIRST_MONTH.key, "2024-06-01")


def test_a_month_leans_on_itself_and_two_years_before_of_its_own_site() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("sites", ["here", "there"])
        found = HISTORY.get_upstream_mapped_partitions_result_for_partitions(
            SITE_MONTHS.subset_with_partition_keys([partition_key("here", Month(2020, 6))]),
            SITE_MONTHS,
            SITE_MONTHS,
            dynamic_partitions_store=instance,
        )
    keys = [read_partition_key(key) for key in found.partitions_subset.get_partition_keys()]
    assert {site_id for site_id, _ in keys} == {"here"}
    months = sorted(month for _, month in keys)
    assert (months[0], months[-1]) == (Month(2020, 6).plus(-HISTORY_MONTHS), Month(2020, 6))
    assert len(months) == HISTORY_MONTHS + 1
