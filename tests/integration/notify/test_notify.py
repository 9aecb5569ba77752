"""Receivers on this machine are told of alerts: once, in order, with all that belongs to it."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from doubles import alert_rows
from doubles.alert_rows import alert, write
from places import ROOT
from servers.inboxes import Inbox, mail_server, pictures, webhook

from pipelines.notify import deliver, letters
from pipelines.notify.letters import LetterWriter
from resources.clock import utc_now
from resources.errors import SettingsError
from resources.http.retry_policy import RetryPolicy
from resources.lake import outbox
from resources.lake.lake import Lake
from resources.notify.apprise_service import open_service
from resources.notify.receivers import NoticeReceiver, QuietHours, Receivers, WeeklySlot
from resources.notify.receivers_file import read_receivers
from resources.settings import load_settings
from resources.wiring.dagster import build_resources

DOCS = ROOT / "docs/notifications.md"
PACE = deliver.SendingPace(RetryPolicy(0.0, attempts=3))
pytestmark = pytest.mark.xdist_group("notify")
PNG = b"\x89PNG\r\n"


@dataclass
class Office:
    """A data folder with its lake, and receivers on this machine."""

    data: Path
    lake: Lake
    stack: ExitStack = field(default_factory=ExitStack)
    receivers: Receivers = field(default_factory=Receivers)

    def take(self, *targets: NoticeReceiver, **options: object) -> None:
        """Configure receivers, before anything is found."""
        self.receivers = Receivers({one.name: one for one in targets}, **options)
        deliver.queue_messages(self.lake, self.receivers, utc_now(), run_id="configured")

    def hook(self) -> Inbox:
        """A webhook."""
        return self.stack.enter_context(webhook())

    def mail(self) -> Inbox:
        """A mail server."""
        return self.stack.enter_context(mail_server())

    def run(
        self, now: dt.datetime | None = None, pace: deliver.SendingPace = PACE
    ) -> deliver.DeliveryTally:
        """Queue and send."""
        settings = load_settings(data=self.data)
        deliver.queue_messages(self.lake, self.receivers, now or utc_now(), run_id="run")
        archive = build_resources(settings)["archive"].open()
        return deliver.deliver_messages(
            LetterWriter(self.lake, archive, self.receivers, settings.dossiers),
            deliver.open_services(self.receivers),
            pace=pace,
            clock=lambda: now or utc_now(),
        )

    def outbox(self) -> list[tuple[object, ...]]:
        """Alert, status and state of each row."""
        rows = self.lake.query(
            "SELECT alert_id, status, state FROM outbox ORDER BY alert_id, turn, status, target"
        )
        return [tuple(row.values()) for row in rows]


@pytest.fixture(scope="module")
def opened(watched_field: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One lake for all tests here, since opening one costs half a second."""
    data = tmp_path_factory.mktemp("office") / "data"
    shutil.copytree(watched_field, data)
    lake = build_resources(load_settings(data=data))["lake"].open()
    yield Office(data, lake)
    lake.close()


@pytest.fixture
def office(opened: Office) -> Iterator[Office]:
    alert_rows.forget(opened.lake)
    with ExitStack() as stack:
        yield Office(opened.data, opened.lake, stack)


def json_target(inbox: Inbox, name: str = "hook", **columns: object) -> NoticeReceiver:
    return NoticeReceiver(name, inbox.url.replace("http://", "json://") + "/in", **columns)


def mail_target(inbox: Inbox, name: str = "mail", **columns: object) -> NoticeReceiver:
    return NoticeReceiver(name, f"mailto://{inbox.url}?from=w@w.org&to=desk@w.org", **columns)


# one message a change


def test_each_change_arrives_once_at_each_receiver_and_no_run_repeats_it(office: Office) -> None:
    hook, mail = office.hook(), office.mail()
    office.take(json_target(hook, minimum_status="possible"), mail_target(mail))
    for status in ("possible", "confirmed", "closed"):
        write(office.lake, [alert("a", status)])
        office.run()
    assert office.run().metadata()["sent"] == 0
    assert hook.titles == [
        f"Field: alert {status}: Yard fuller than usual"
        for status in ("possible", "confirmed", "closed")
    ]
    assert [one["Subject"] for one in mail.messages] == hook.titles[1:]
    assert {state for *_, state in office.outbox()} == {"sent"}
    for post in hook.messages:
        assert "Possibly repeated" not in post["message"]
        assert post["attachments"] == []
        assert "No picture is attached: no look is known that departed most" in post["message"]
        assert str(office.data / "dossiers/alerts/a.html") in post["message"]


def test_a_message_holds_sentence_link_credit_and_a_picture(office: Office) -> None:
    hook, mail = office.hook(), office.mail()
    office.take(json_target(hook), mail_target(mail), link="https://watch.example.org/x")
    write(office.lake, [alert("a", "confirmed", peak_acquisition_id=alert_rows.LOOK)])
    office.run()
    (post,), (letter,) = hook.messages, mail.messages
    page = letter.get_body(("html",)).get_content()
    for text in (post["message"], page):
        assert "The covered area of Yard rose by 900 m2 (a)." in text
        assert "https://watch.example.org/x/dossiers/alerts/a.html" in text
        assert alert_rows.CREDIT in text
        assert "snow, wet ground" in text
        assert "No picture" not in text
    for message in (post, letter):
        (picture,) = pictures(message)
        assert picture.startswith(PNG)
        assert len(picture) > 5_000
    assert '<a href="https://watch.example.org/x/dossiers/alerts/a.html">' in page


def test_hostile_names_and_made_up_scenes_are_told_as_what_they_are(office: Office) -> None:
    hook, mail = office.hook(), office.mail()
    alert_rows.put_site(
        office.lake, "<img src=x onerror=alert(1)>\n'; drop table outbox; --",
        attribution="SIMULATED scenes, no Copernicus data",
    )  # fmt: skip
    office.take(json_target(hook), mail_target(mail))
    write(office.lake, [alert("a", "confirmed", peak_acquisition_id=alert_rows.LOOK)])
    office.run()
    (post,), (letter,) = hook.messages, mail.messages
    assert post["title"].startswith("SIMULATED: <img src=x onerror=alert(1)> '; drop table outbox")
    assert letter["Subject"] == post["title"]
    page = letter.get_body(("html",)).get_content()
    assert "<img" not in page.replace('<img src="cid:', "")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "SIMULATED scenes, no Copernicus data" in post["message"]
    assert "Contains modified" not in post["message"]


# history, ends, order


def test_what_was_there_before_is_told_in_the_first_digest_as_numbers(office: Office) -> None:
    write(office.lake, [alert("old", "confirmed")])
    hook = office.hook()
    office.take(json_target(hook, digest=WeeklySlot(0, dt.time(7))))
    assert office.run().metadata()["sent"] == 0
    office.run(utc_now() + dt.timedelta(days=7))
    (post,) = hook.messages
    assert "1 alerts at 1 sites, by now 1 confirmed" in post["message"]
    assert "(old)" not in post["message"]
    office.run(utc_now() + dt.timedelta(days=7))
    office.run(utc_now() + dt.timedelta(days=14))
    assert len(hook.messages) == 2
    assert "Before you were put" not in hook.messages[1]["message"]


def test_a_digest_ranks_what_changed_and_holds_what_is_too_early_to_tell(office: Office) -> None:
    hook = office.hook()
    office.take(json_target(hook, digest=WeeklySlot(0, dt.time(7))))
    scores = {"a": 1.5, "b": 7.25, "c": 3.0}
    write(office.lake, [alert(name, "possible", score=score) for name, score in scores.items()])
    office.run()
    assert hook.messages == []
    office.run(utc_now() + dt.timedelta(days=7))
    (post,) = hook.messages
    told = re.findall(r"score ([\d.]+): possible .*? 900 m2 \((\w)\)", post["message"])
    assert told == [("7.2", "b"), ("3.0", "c"), ("1.5", "a")]
    assert alert_rows.CREDIT in post["message"]


def test_what_comes_after_the_week_of_a_digest_is_not_in_it(office: Office) -> None:
    hook = office.hook()
    office.take(json_target(hook))
    deliver.queue_digests(office.lake, office.receivers, utc_now(), run_id="digest")
    alert_rows.put_site(office.lake, attribution="SIMULATED scenes, no Copernicus data")
    write(office.lake, [alert("late", "possible")])
    office.run(utc_now() + dt.timedelta(seconds=2))
    (post,) = hook.messages
    assert post["title"].endswith("no alert")
    assert "SIMULATED" not in post["title"] + post["message"]


def test_several_receivers_of_an_alert_get_a_picture_that_is_drawn_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = [], letters.series_chart
    monkeypatch.setattr(
        letters, "series_chart", lambda *args, **kw: drawn.append(1) or draw(*args, **kw)
    )
    hook, other = office.hook(), office.hook()
    office.take(json_target(hook), json_target(other, "other"))
    write(office.lake, [alert("a", "confirmed", peak_acquisition_id=alert_rows.LOOK)])
    office.run()
    assert [len(pictures(one)) for inbox in (hook, other) for one in inbox.messages] == [1, 1]
    assert len(drawn) == 1


def test_what_waits_for_a_receiver_that_left_is_dropped_and_not_told_on_its_return(
    office: Office,
) -> None:
    hook = office.hook()
    quiet = QuietHours(dt.time(0), dt.time(23, 59))
    noon = utc_now().replace(hour=12)
    office.take(json_target(hook, quiet=quiet))
    write(office.lake, [alert("a", "confirmed")])
    office.run(noon)
    office.take()
    assert office.outbox() == [("a", "confirmed", "dropped")]
    write(office.lake, [alert("a", "confirmed"), alert("b", "confirmed")])
    office.take(json_target(hook))
    office.run()
    assert hook.messages == []
    write(office.lake, [alert(name, "confirmed") for name in "abc"])
    office.run()
    assert [one for one in office.outbox() if one[0] != "a"] == [("c", "confirmed", "sent")]


def test_messages_wait_for_the_end_of_quiet_hours(office: Office) -> None:
    hook, other = office.hook(), office.hook()
    now = utc_now().replace(hour=23, minute=30)
    night = QuietHours(dt.time(22), dt.time(7))
    office.take(json_target(hook, quiet=night), json_target(other, "other"))
    write(office.lake, [alert("a", "confirmed")])
    tally = office.run(now)
    assert (tally.of("hook")["waiting"], tally.of("other")["sent"]) == (1, 1)
    assert deliver.due_deliveries(office.lake, office.receivers, now) == []
    morning = now + dt.timedelta(hours=7, minutes=31)
    assert len(deliver.due_deliveries(office.lake, office.receivers, morning)) == 1
    assert office.run(morning).of("hook")["sent"] == 1
    assert len(hook.messages) == len(other.messages) == 1


# failures


def test_one_dead_receiver_stops_no_other_and_is_tried_again_at_the_next_run(
    office: Office,
) -> None:
    alive, dead = office.hook(), office.hook()
    dead.answers = lambda number: 503 if number <= 3 else 200
    office.take(json_target(dead, "dead"), json_target(alive, "living"))
    write(office.lake, [alert(name, "confirmed") for name in "ab"])
    tally = office.run()
    assert len(alive.messages) == 2
    assert len(dead.messages) == 3, "a silent receiver is tried once in each attempt"
    assert tally.errors == {"dead": "the receiver answered with error 503"}
    with pytest.raises(deliver.NotAllSent, match="dead: the receiver answered with error 503"):
        tally.check()
    row = office.lake.query("SELECT * FROM outbox WHERE target = 'dead' AND alert_id = 'a'")[0]
    assert (row["state"], row["attempts"], row["error"]) == ("failed", 3, tally.errors["dead"])
    assert row["next_try_at"] > utc_now() + dt.timedelta(minutes=10)
    assert office.run().errors == {}
    assert len(dead.messages) == 5
    assert not any("Possibly repeated" in one["message"] for one in dead.messages)


def test_a_message_that_is_refused_stops_no_other_but_those_of_its_alert(office: Office) -> None:
    hook = office.hook()
    hook.answers = lambda number: 413 if number == 1 else 200
    office.take(json_target(hook, minimum_status="possible"))
    write(office.lake, [alert("a", "possible")])
    write(office.lake, [alert("a", "closed"), alert("b", "possible")])
    office.run(pace=deliver.SendingPace(RetryPolicy(0.0, attempts=1)))
    assert office.outbox() == [
        ("a", "closed", "queued"), ("a", "possible", "failed"), ("b", "possible", "sent"),
    ]  # fmt: skip
    office.run()
    assert hook.titles[-2:] == [
        f"Field: alert {s}: Yard fuller than usual" for s in ("possible", "closed")
    ]


def test_a_lost_answer_marks_the_repetition_in_message_and_row(office: Office) -> None:
    hook, mail = office.hook(), office.mail()
    hook.answers = mail.answers = lambda number: None if number == 1 else 200
    office.take(json_target(hook), mail_target(mail))
    write(office.lake, [alert("a", "confirmed")])
    metadata = office.run().metadata()
    assert (metadata["sent"], metadata["possibly_repeated"]) == (2, 2)
    posts = [one["message"] for one in hook.messages]
    for texts in (posts, [one.as_string() for one in mail.messages]):
        assert ["Possibly repeated" in text for text in texts] == [False, True]
    rows = office.lake.query("SELECT state, is_possibly_repeated, attempts FROM outbox")
    assert [tuple(row.values()) for row in rows] == [("sent", True, 2)] * 2


def test_what_never_left_this_machine_is_not_called_repeated(office: Office) -> None:
    office.take(
        NoticeReceiver("nobody", "json://127.0.0.1:9/x"),
        NoticeReceiver("mail", "mailto://127.0.0.1:9?from=a@b.org&to=c@d.org"),
    )
    write(office.lake, [alert("a", "confirmed")])
    tally = office.run(pace=deliver.SendingPace(RetryPolicy(0.0, attempts=1)))
    assert set(tally.errors.values()) == {"the receiver cannot be reached"}
    rows = office.lake.query("SELECT is_possibly_repeated, attempts FROM outbox")
    assert [tuple(row.values()) for row in rows] == [(False, 1), (False, 1)]


def test_a_claim_holds_until_it_runs_out_and_then_is_taken_with_a_mark(office: Office) -> None:
    hook = office.hook()
    office.take(json_target(hook))
    write(office.lake, [alert("a", "confirmed")])
    now = utc_now()
    deliver.queue_messages(office.lake, office.receivers, now, run_id="run")
    (one,) = outbox.pending_messages(office.lake)
    assert outbox.claim_message(office.lake, one, claim="gone", now=now) is not None
    assert office.run().of("hook")["waiting"] == 1
    assert hook.messages == []
    later = now + outbox.LEASE
    assert office.run(later).of("hook")["possibly_repeated"] == 1
    late = outbox.SettledAttempt(is_sent=True, may_have_arrived=False, error=None, next_try_at=None)
    outbox.settle_message(office.lake, one, late, claim="gone", now=later)
    (row,) = office.lake.query("SELECT state, is_possibly_repeated FROM outbox")
    assert tuple(row.values()) == ("sent", True)


# settings and older lakes


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense://user:hunter2@host", "must be an address that Apprise can use"),
        ("json://127.0.0.1/hunter2?retry=2", "must stand for one receiver and one attempt"),
        ("mailto://h?from=a@b.org&to=a@b.org,c@d.org", "one receiver and one attempt, found 2"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(address: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as problem:
        open_service(NoticeReceiver("desk", address), where="notify.toml")
    assert str(problem.value).startswith("notify.toml: url of target 'desk'")
    assert "hunter2" not in str(problem.value)


def test_the_examples_of_the_documentation_can_be_used(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert examples
    variables = {"SITEWATCH_SLACK": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#watch"}
    styles = {}
    for text in examples:
        file = tmp_path / "notify.toml"
        file.write_text(text)
        for one in read_receivers(file, variables.get).targets.values():
            styles[one.name] = open_service(one, where="the documentation").style
    assert styles == {
        "desk": "html", "analysts-slack": "markdown", "discord": "markdown", "our-system": "text",
    }  # fmt: skip


def test_a_lake_made_before_there_were_receivers_gets_what_is_missing(office: Office) -> None:
    with office.lake.writing(message="as it was") as connection:
        connection.execute("DROP TABLE receivers")
        connection.execute("DROP TABLE outbox")
        connection.execute(
            "CREATE TABLE outbox (alert_id VARCHAR NOT NULL, status VARCHAR NOT NULL,"
            " target VARCHAR NOT NULL, state VARCHAR, attempts INTEGER, error VARCHAR,"
            " sent_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ)"
        )
        connection.execute("CREATE OR REPLACE MACRO lake_definition() AS 'older'")
    office.lake.ensure()
    hook = office.hook()
    office.take(json_target(hook))
    write(office.lake, [alert("a", "confirmed")])
    office.run()
    office.run()
    assert len(hook.messages) == 1
