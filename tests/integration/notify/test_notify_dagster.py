"""Notifications in the operator's hands: job, sensor and command; and no secret in any of it."""

import io
import logging
import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from doubles import alert_rows
from doubles.alert_rows import alert, write
from rich.console import Console
from servers.inboxes import Inbox, mail_server, webhook

from pipelines.automation.notify_job import messages_due
from pipelines.cli.notify import run_notify
from pipelines.notify import deliver
from resources.clock import utc_now
from resources.errors import SitewatchError

pytestmark = pytest.mark.xdist_group("notify")

SECRETS = ("hunter2", "T0KEN", "S3CRET", "Basic ")
LOUD = ("", "apprise", "urllib3", "urllib3.connectionpool", "requests", "smtplib", "dagster")


@pytest.fixture
def inboxes() -> Iterator[tuple[Inbox, Inbox]]:
    with webhook() as hook, mail_server() as mail:
        yield hook, mail


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """All that anybody logs at DEBUG, on every logger that knows of addresses."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(exc_text)s"))
    handler.addFilter(lambda record: record.name != "mail.log")  # the receiving server's own
    loggers = [logging.getLogger(name) for name in LOUD]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        one.addHandler(handler)
    yield text
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


@pytest.fixture(scope="module")
def opened(post_at: Callable, watched_field: Path, tmp_path_factory: pytest.TempPathFactory):
    """One data folder at work for all tests here: opening one costs a second."""
    file = tmp_path_factory.mktemp("receivers") / "notify.toml"
    data = tmp_path_factory.mktemp("dagster") / "data"
    shutil.copytree(watched_field, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITEWATCH_NOTIFY", str(file))
        yield post_at(data)


@pytest.fixture
def post(opened, inboxes: tuple[Inbox, Inbox], monkeypatch: pytest.MonkeyPatch):
    """It with receivers that answer, and one that is not there and is told of nothing."""
    hook, mail = inboxes
    address = hook.url.removeprefix("http://")
    opened.settings.notify.write_text(
        f"""
        [[target]]
        name = "hook"
        url = "json://user:hunter2@{address}/T0KEN?+X-Key=S3CRET&-key=S3CRET"
        [[target]]
        name = "mail"
        url_variable = "SITEWATCH_MAIL"
        [[target]]
        name = "gone"
        url = "json://user:hunter2@127.0.0.1:9/T0KEN"
        sites = ["elsewhere"]
        """
    )
    # The server offers no login, so that a password would not be used: an address is secret too.
    monkeypatch.setenv("SITEWATCH_MAIL", f"mailto://{mail.url}/?from=S3CRET@w.org&to=T0KEN@w.org")
    alert_rows.forget(opened.lake)
    return opened


def ask(post) -> dg.SensorResult | dg.SkipReason:
    context = dg.build_sensor_context(
        instance=post.instance,
        resources={name: post.resources[name] for name in ("lake", "receivers")},
    )
    return messages_due(context)


def send(post) -> dict[str, object]:
    """One run of the job; its metadata."""
    result = post.definitions.resolve_job_def("notify").execute_in_process(
        instance=post.instance, raise_on_error=False
    )
    for event in result.all_events:
        if event.is_step_failure:
            metadata = event.step_failure_data.user_failure_data.metadata
        elif event.is_successful_output:
            metadata = event.step_output_data.metadata
        else:
            continue
        return {name: value.value for name, value in metadata.items()} | {"success": result.success}
    raise AssertionError("the run has no step")


def test_the_sensor_starts_a_run_for_what_is_due_and_the_run_tells_what_it_did(
    post, inboxes: tuple[Inbox, Inbox]
) -> None:
    hook, _ = inboxes
    assert len(ask(post).run_requests) == 1, "receivers are to be registered"
    deliver.queue_messages(
        post.lake, post.resources["receivers"].open(), utc_now(), run_id="configured"
    )
    assert ask(post).skip_message == "There is nothing to tell."
    write(post.lake, [alert("a", "confirmed"), alert("b", "confirmed")])
    (request,) = ask(post).run_requests
    assert ask(post).run_requests[0].run_key == request.run_key
    metadata = send(post)
    assert metadata["success"]
    assert {name: metadata[name] for name in ("queued", "sent", "failed", "mail: sent")} == {
        "queued": 4, "sent": 4, "failed": 0, "mail: sent": 2,
    }  # fmt: skip
    assert len(hook.messages) == 2
    assert ask(post).skip_message == "There is nothing to tell."


def test_no_secret_is_in_a_log_an_error_a_table_or_dagsters_home(
    post, inboxes: tuple[Inbox, Inbox], heard: io.StringIO
) -> None:
    hook, mail = inboxes
    deliver.queue_messages(
        post.lake, post.resources["receivers"].open(), utc_now(), run_id="configured"
    )
    hook.answers = lambda number: 401 if number % 2 else None
    mail.answers = lambda _: 550
    file = post.settings.notify
    file.write_text(file.read_text().replace('sites = ["elsewhere"]', ""))
    write(post.lake, [alert("a", "confirmed")])
    metadata = send(post)
    assert (metadata["success"], metadata["failed"]) == (False, 3)
    assert "/T0KEN?key=S3CRET" in hook.paths, "the secrets were used"
    console, errors = Console(file=io.StringIO(), width=200), []
    for test in ("gone", "hook", "mail", "nobody"):
        with pytest.raises(SitewatchError) as problem:
            run_notify(console, data=post.data, test=test, is_digest_wanted=False)
        errors += ["".join(traceback.format_exception(problem.value)), repr(problem.value)]
    tables = [str(post.lake.query(f"FROM {name}")) for name in ("outbox", "receivers")]
    assert "the receiver answered with error 401" in tables[0]
    assert "hook" in heard.getvalue()
    said = {"log": heard.getvalue(), "errors": str(errors), "tables": str(tables)}
    said["screen"] = console.file.getvalue()
    kept = {
        str(path): path.read_bytes()
        for folder in ("dagster", "lake")
        for path in (post.data / folder).rglob("*")
        if path.is_file()
    }
    assert len(kept) > 3
    for secret in SECRETS:
        assert [place for place, text in said.items() if secret in text] == []
        assert [place for place, data in kept.items() if secret.encode() in data] == []


def test_the_command_tries_a_receiver_and_sends_a_digest(
    post, inboxes: tuple[Inbox, Inbox]
) -> None:
    hook, mail = inboxes
    console = Console(file=io.StringIO(), width=200)
    run_notify(console, data=post.data, test="mail", is_digest_wanted=False)
    assert "mail: the receiver took a test message." in console.file.getvalue()
    assert [one["Subject"] for one in mail.messages] == ["sitewatch: a test"]
    with pytest.raises(deliver.NotAllSent, match="gone: the receiver cannot be reached"):
        run_notify(console, data=post.data, test=None, is_digest_wanted=True)
    assert len(hook.messages) == 1
    assert "sitewatch digest" in mail.messages[1]["Subject"]


def test_without_receivers_the_sensor_says_so_and_a_mistake_in_the_file_too(
    post, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = post.settings.notify
    file.write_text("[[target]]\nname = 5\n")
    assert "Nobody is told" in ask(post).skip_message
    assert "name must be a text" in ask(post).skip_message
