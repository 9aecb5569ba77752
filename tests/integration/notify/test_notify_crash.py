"""Senders killed with SIGKILL, and two at once: nothing is lost, and what came twice says so."""

import multiprocessing
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles.alert_rows import alert, write
from servers.inboxes import Inbox, webhook
from servers.ports import wait_for

from pipelines.notify import deliver
from resources.clock import utc_now
from resources.lake.lake import Lake
from resources.notify.receivers_file import read_receivers
from resources.settings import load_settings
from resources.wiring.dagster import build_resources

pytestmark = pytest.mark.xdist_group("notify")

KILLS = 10
ALERTS = {"field": [f"f{n}" for n in range(4)], "yard": [f"y{n}" for n in range(8)]}
ALL = {*ALERTS["field"], *ALERTS["yard"]}
FEW = 'sites = ["field"]'
LONG_S = 600.0


@pytest.fixture(scope="module")
def template(watched_field: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one receiver, configured before the alerts of two sites were found."""
    data = tmp_path_factory.mktemp("template") / "data"
    shutil.copytree(watched_field, data)
    lake = build_resources(load_settings(data=data))["lake"].open()
    file = data / "notify.toml"
    file.write_text(settings("http://127.0.0.1:9"))
    deliver.queue_messages(lake, read_receivers(file, {}.get), utc_now(), run_id="configured")
    for site_id, ids in ALERTS.items():
        write(lake, [alert(alert_id, "confirmed") for alert_id in ids], site_id=site_id)
    lake.close()
    return data


@pytest.fixture
def hook() -> Iterator[Inbox]:
    with webhook() as inbox:
        yield inbox


@pytest.fixture
def data(template: Path, tmp_path: Path, hook: Inbox) -> Path:
    """A copy of it, whose receiver is the webhook."""
    folder = tmp_path / "data"
    shutil.copytree(template, folder)
    (folder / "notify.toml").write_text(settings(hook.url))
    return folder


def settings(url: str, *more: str) -> str:
    address = url.replace("http://", "json://")
    lines = ["[[target]]", 'name = "hook"', f'url = "{address}"', 'digest = "none"', *more]
    return "\n".join(lines)


def sender(processes, data: Path, *, lease_s: float, begin: object = None):
    return processes.start(
        "notify.py", DATA=str(data), FILE=str(data / "notify.toml"), LEASE_S=lease_s, BEGIN=begin
    )


def copies(inbox: Inbox) -> dict[str, list[bool]]:
    """By alert: whether each of its messages, in order, says that it may be repeated."""
    found: dict[str, list[bool]] = {}
    for one in inbox.messages:
        alert_id = one["message"].split("900 m2 (")[1].split(")")[0]
        found.setdefault(alert_id, []).append("Possibly repeated" in one["message"])
    return found


def rows_of(data: Path) -> dict[str, tuple[str, bool]]:
    lake = Lake(build_resources(load_settings(data=data))["lake"].open().location)
    rows = lake.query("SELECT alert_id, state, is_possibly_repeated FROM outbox")
    lake.close()
    return {row["alert_id"]: (row["state"], row["is_possibly_repeated"]) for row in rows}


def test_ten_kills_at_random_moments_lose_nothing_and_what_came_twice_says_so(
    processes, data: Path, hook: Inbox
) -> None:
    random_ = random.Random(6)
    kills = 0
    for _ in range(3 * KILLS):
        process = sender(processes, data, lease_s=0)
        before = len(hook.messages)
        if random_.random() < 0.7:  # somewhere after its first message of this run
            wait_for(
                lambda seen=before, one=process: len(hook.messages) > seen or one.exitcode == 0
            )
        process.join(random_.uniform(0, 0.15))
        process.kill()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        kills += process.exitcode == -signal.SIGKILL
        if kills == KILLS or process.exitcode == 0:
            break
    assert kills == KILLS, "the senders are killed at work"
    last = sender(processes, data, lease_s=0)
    last.join()
    assert last.exitcode == 0

    found, rows = copies(hook), rows_of(data)
    assert set(found) == set(rows) == ALL
    assert {state for state, _ in rows.values()} == {"sent"}
    for alert_id, marks in found.items():
        assert not any(marks[:1]) or rows[alert_id][1], "a mark is in the row too"
        assert all(marks[1:]), "every further copy says that it may be one"
        assert len(marks) == 1 or rows[alert_id][1]
    assert sum(len(marks) == 1 for marks in found.values()) > len(ALL) // 3


def test_a_sender_killed_between_sending_and_storing_repeats_with_a_mark(
    processes, data: Path, hook: Inbox
) -> None:
    def answer(number: int) -> int:
        """The receiver has the message, and its answer comes to nobody."""
        if number == 2:
            process.kill()
            process.join()
        return 200

    hook.answers = answer
    (data / "notify.toml").write_text(settings(hook.url, FEW))
    process = sender(processes, data, lease_s=0)
    wait_for(lambda: process.exitcode is not None)
    assert process.exitcode == -signal.SIGKILL
    held = sender(processes, data, lease_s=LONG_S)
    held.join()
    assert len(hook.messages) == 4, "its claim still holds: the others are told meanwhile"
    assert sorted(state for state, _ in rows_of(data).values()) == ["sending"] + ["sent"] * 3
    after = sender(processes, data, lease_s=0)
    after.join()
    found = copies(hook)
    (twice,) = [alert_id for alert_id, marks in found.items() if len(marks) > 1]
    assert found[twice] == [False, True]
    assert {alert_id for alert_id, (_, is_repeated) in rows_of(data).items() if is_repeated} == {
        twice
    }


def test_two_senders_at_once_tell_each_message_once(processes, data: Path, hook: Inbox) -> None:
    (data / "notify.toml").write_text(settings(hook.url, FEW))
    begin = multiprocessing.get_context("forkserver").Event()
    hook.answers = lambda _: time.sleep(0.02) or 200
    both = [sender(processes, data, lease_s=LONG_S, begin=begin) for _ in range(2)]
    begin.set()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert list(copies(hook).values()) == [[False]] * 4
    assert set(rows_of(data).values()) == {("sent", False)}
