"""The sequential test of departures: causal, fair to both directions, slow to believe one look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assets.anomalies.departures.confirmation import confirmed
from assets.anomalies.departures.panel import Panel, panel_of_z
from assets.anomalies.departures.scanning import Scans, scan_departures

SHARE = 0.01
FIELDS = ("rise", "fall", "rise_second", "fall_second", "rise_rate", "fall_rate", "renewed")


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def days_of(looks, gap=6.0):
    return np.arange(looks) * gap


def first(flags):
    """Position of the first flag of each series; as many as there are looks if none."""
    return np.where(flags.any(axis=1), flags.argmax(axis=1), flags.shape[1])


def test_what_is_said_of_a_look_depends_on_no_later_one(rng):
    z = rng.normal(size=(6, 160))
    z[:3, 100:] += 5.0
    z[4, 60] = 40.0
    z[rng.random(z.shape) < 0.1] = np.nan
    groups = np.array([0, 4])
    whole = scan_departures(panel_of_z(days_of(160), z, groups=groups), SHARE)
    assert whole.renewed.any()
    for until in (40, 101, 104, 130):
        part = scan_departures(panel_of_z(days_of(until), z[:, :until], groups=groups), SHARE)
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:, :until])


def test_a_fall_is_judged_as_the_rise_of_its_mirror_image(rng):
    z = rng.standard_t(4, (4, 150))
    z[:, 110:] += 3.0
    up = scan_departures(panel_of_z(days_of(150), z), SHARE)
    down = scan_departures(panel_of_z(days_of(150), -z), SHARE)
    np.testing.assert_allclose(up.rise_rate, down.fall_rate)
    np.testing.assert_allclose(up.fall, down.rise)


def test_the_unit_of_an_index_does_not_matter(rng):
    z, error = rng.normal(size=(3, 150)), np.exp(rng.normal(0, 0.3, (3, 150)))
    z[:, 100:] += 4.0 / error[:, 100:]
    scans = [
        scan_departures(
            Panel(
                days=days_of(150),
                z=z,
                error=unit * error,
                value=unit * (7 + z * error),
                history=np.full(z.shape, 20.0),
                shared=np.full(z.shape, 0.5),
                groups=np.zeros(1, np.int64),
                sites=np.zeros(1, np.int64),
            ),
            SHARE,
        )
        for unit in (1.0, 1000.0)
    ]
    np.testing.assert_allclose(scans[0].rise_rate, scans[1].rise_rate, rtol=1e-6)
    assert scans[0].renewed.any()


def test_a_lasting_step_is_found_sooner_the_larger_it_is(rng):
    delays = []
    for size in (1.0, 2.0, 4.0):
        z = np.random.default_rng(3).normal(size=(50, 160))
        z[:, 120:] += size
        scans = scan_departures(panel_of_z(days_of(160), z), SHARE)
        delays.append(np.median(first(scans.rise_rate[:, 120:] < SHARE)))
    assert delays[0] > delays[1] > delays[2]
    assert delays[2] <= 2


def test_one_wild_look_confirms_nothing(rng):
    z = rng.normal(size=(50, 160))
    z[:, 130] = 60.0
    scans = scan_departures(panel_of_z(days_of(160), z), SHARE)
    found = confirmed(scans.rise_rate, scans.rise_second, SHARE)[:, 130:]
    assert not found[:, 0].any()
    assert found.any(axis=1).mean() <= 0.05
    assert (scans.rise[:, 130] > 8).all()


def test_two_wild_looks_in_a_row_confirm(rng):
    z = rng.normal(size=(50, 160))
    z[:, 130:132] = 6.0
    scans = scan_departures(panel_of_z(days_of(160), z), SHARE)
    assert confirmed(scans.rise_rate, scans.rise_second, SHARE)[:, 131].mean() > 0.95


def test_a_series_that_is_often_wild_takes_a_wild_look_lightly(rng):
    tame, wild = rng.normal(size=(2, 25, 240))
    wild[rng.random(wild.shape) < 0.03] *= 6
    tame[:, -1] = wild[:, -1] = 6.0
    rates = [
        np.median(scan_departures(panel_of_z(days_of(240), z), SHARE).rise_rate[:, -1])
        for z in (tame, wild)
    ]
    assert rates[1] > 20 * rates[0]


def test_errors_that_looks_share_make_neighbours_less_evidence(rng):
    z = rng.normal(size=(10, 40))
    z[:, -4:] = 3.5
    rates = []
    for shared in (0.0, 0.9):
        panel = replace(panel_of_z(days_of(40), z), shared=np.full(z.shape, shared))
        rates.append(np.median(scan_departures(panel, SHARE).rise_rate[:, -1]))
    assert rates[1] > 2 * rates[0]


def test_a_shift_becomes_the_normal_state_and_the_way_back_is_a_change_of_its_own(rng):
    z = rng.normal(size=(40, 200))
    z[:, 100:125] += 6.0
    scans = scan_departures(panel_of_z(days_of(200), z), SHARE)
    settled = first(scans.renewed[:, 100:])
    assert (settled <= 6).mean() > 0.9
    assert (scans.rise_rate[:, 112:125] > SHARE).mean() > 0.98
    back = first(scans.fall_rate[:, 125:] < SHARE)
    assert (back <= 4).mean() > 0.95
    assert (scans.rise_rate[:, 125:] > SHARE).mean() > 0.98


def test_a_baseline_that_learns_a_shift_is_no_return(rng):
    looks, scatter = 260, rng.normal(size=(40, 260))
    value = scatter + 6.0 * (np.arange(looks) >= 100)
    learnt = 6.0 * np.clip((np.arange(looks) - 106) / 60, 0.0, 1.0)
    panel = Panel(
        days=days_of(looks),
        z=value - learnt,
        error=np.ones(value.shape),
        value=value,
        history=np.full(value.shape, 24.0),
        shared=np.zeros(value.shape),
        groups=np.zeros(1, np.int64),
        sites=np.zeros(1, np.int64),
    )
    scans = scan_departures(panel, SHARE)
    assert (scans.rise_rate[:, 100:110] < SHARE).any(axis=1).all()
    assert (scans.fall_rate[:, 110:] < SHARE).any(axis=1).mean() < 0.1


def test_an_outage_is_no_change(rng):
    z = rng.normal(size=(40, 200))
    z[:, 100:130] = np.nan
    scans = scan_departures(panel_of_z(days_of(200), z), SHARE)
    assert np.isinf(scans.rise_rate[:, 100:130]).all()
    assert (scans.rise[:, 100:130] == 0).all()
    after = np.minimum(scans.rise_rate, scans.fall_rate)[:, 130:140]
    assert (after < SHARE).mean() < 0.01


def test_a_young_series_says_how_many_looks_are_missing(rng):
    z = rng.normal(size=(1, 30))
    z[0, 5] = np.nan
    scans = scan_departures(panel_of_z(days_of(30), z, history=0.0), SHARE)
    assert scans.missing[0, :8].tolist() == [11, 10, 9, 8, 7, 7, 6, 5]
    assert np.isinf(scans.rise_rate[0, scans.missing[0] > 0]).all()
    is_told = (scans.missing == 0) & np.isfinite(z)
    np.testing.assert_array_equal(scans.rise_most > 0, is_told)


def test_sites_know_nothing_of_each_other(rng):
    z, two = rng.standard_t(3, (6, 120)), np.array([0, 4])
    panel = panel_of_z(days_of(120), z, groups=two, sites=two)
    together, alone = (
        scan_departures(one, SHARE) for one in (panel, panel_of_z(days_of(120), z[4:]))
    )
    np.testing.assert_allclose(together.rise_rate[4:], alone.rise_rate)
    np.testing.assert_allclose(together.fall_most[4:], alone.fall_most)


def test_indices_of_a_site_tell_each_other_how_far_tails_reach(rng):
    """One wild index makes the other's far looks less of a surprise, that of another site not."""
    z = rng.normal(size=(4, 160))
    z[:2] *= np.where(rng.random((2, 160)) < 0.06, 6.0, 1.0)
    z[2:, -2:] = 5.0
    groups = np.array([0, 2])
    rates = [
        np.median(
            scan_departures(
                panel_of_z(days_of(160), z, groups=groups, sites=sites), SHARE
            ).rise_rate[2:, -1]
        )
        for sites in (groups, np.array([0]))
    ]
    assert rates[1] > 1.5 * rates[0]


def test_a_series_can_be_taken_out_at_its_own_looks(rng):
    z = rng.normal(size=(2, 50))
    z[1, ::3] = np.nan
    panel = panel_of_z(days_of(50), z)
    scans: Scans = scan_departures(panel, SHARE)
    one = scans.scan(1, panel.seen[1])
    assert one.rise.shape == one.missing.shape == (33,)
    np.testing.assert_array_equal(one.fall_rate, scans.fall_rate[1, panel.seen[1]])
    assert not one.alarms("rise", 1e-9).any()


@pytest.mark.parametrize(
    ("days", "error", "groups", "said"),
    [
        ([1.0, 0.0], [1.0, 1.0], [0], "backwards"),
        ([0.0, 1.0], [1.0, 0.0], [0], "above 0"),
        ([0.0, 1.0], [1.0, 1.0], [1], "ascend from 0"),
    ],
)
def test_a_panel_that_cannot_be_is_refused(days, error, groups, said):
    z = np.zeros((1, 2))
    with pytest.raises(ValueError, match=said):
        Panel(
            days=np.array(days),
            z=z,
            error=np.array([error]),
            value=z,
            history=z,
            shared=z,
            groups=np.array(groups),
            sites=np.zeros(1, np.int64),
        )
