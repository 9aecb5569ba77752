"""The command `sitewatch notify`: what the job does, by hand, and a message to try a receiver."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import cast

from rich.console import Console

from pipelines.notify import deliver
from pipelines.notify.letters import LetterWriter
from pipelines.notify.words.markup import Notice, NoticePart, message_body, subject_line
from pipelines.session import screen
from resources.clock import utc_now
from resources.errors import SettingsError
from resources.notify.apprise_service import ReceiverService, open_service, send_message
from resources.notify.receivers import Receivers
from resources.settings import load_settings
from resources.wiring.dagster import (
    ArchiveResource,
    LakeResource,
    ReceiversResource,
    build_resources,
)

TEST = Notice(
    "sitewatch: a test",
    (
        NoticePart(
            "This is a test of sitewatch: this receiver is told of alerts. Nothing happened."
        ),
    ),
)


def run_notify(
    console: Console, *, data: Path | None, test: str | None, is_digest_wanted: bool
) -> None:
    """Tell all receivers what is due, or try one of them.

    Raises:
        SettingsError: no receivers, or one that cannot be used.
        NotAllSent: a receiver could not be told.
    """
    settings = load_settings(data=data)
    resources = build_resources(settings)
    receivers = cast("ReceiversResource", resources["receivers"]).open()
    if receivers.file is None:
        raise SettingsError(
            "SITEWATCH_NOTIFY must name a file of receivers, and is unset; "
            "docs/notifications.md tells what to write."
        )
    if test is not None:
        _send_test_message(console, receivers, test)
        return
    lake = cast("LakeResource", resources["lake"]).open()
    archive = cast("ArchiveResource", resources["archive"]).open()
    services = deliver.open_services(receivers)
    run_id = f"notify {uuid.uuid4().hex[:8]}"
    deliver.queue_messages(lake, receivers, utc_now(), run_id=run_id)
    if is_digest_wanted:
        deliver.queue_digests(lake, receivers, utc_now(), run_id=run_id)
    tally = deliver.deliver_messages(
        LetterWriter(lake, archive, receivers, settings.dossiers), services
    )
    rows = [
        {"receiver": name, **{word.replace("_", " "): counts[word] for word in deliver.COUNTS}}
        for name, counts in sorted(tally.counts.items())
    ]
    screen.show_rows(console, rows, title="Messages")
    tally.check()


def _send_test_message(console: Console, receivers: Receivers, name: str) -> None:
    """One message that is in no outbox."""
    service = _open_named_service(receivers, name)
    outcome = send_message(
        service, subject_line(TEST), message_body(TEST, service.style, service.most)
    )
    if not outcome.is_sent:
        raise deliver.NotAllSent(
            f"{name}: {outcome.error}; compare its url in {receivers.file} with what the service "
            "tells, and whether this machine can reach it."
        )
    console.print(f"{name}: the receiver took a test message.", markup=False)


def _open_named_service(receivers: Receivers, name: str) -> ReceiverService:
    """The named receiver alone; others may be unusable."""
    if name not in receivers.targets:
        known = ", ".join(sorted(receivers.targets)) or "none"
        raise SettingsError(
            f"{receivers.file}: has no target {name[:40]!r}; it has {known}. Name one of them."
        )
    return open_service(receivers.targets[name], where=str(receivers.file))
