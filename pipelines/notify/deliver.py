"""Telling receivers of alerts: queue what is new, then claim, send and settle one by one.

The order of steps stands here; what is told and when is decided in `pipelines.notify.words`, rows
are written in `resources.lake.outbox`, and `apprise_service` sends.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pipelines.notify.letters import Letter, LetterWriter
from pipelines.notify.words.queue import changes_from_log, digest_row, outbox_rows
from pipelines.notify.words.timing import is_quiet, next_try
from resources.clock import utc_now
from resources.errors import SitewatchError
from resources.http.retry_policy import RetryPolicy, wait_before_retry
from resources.lake import outbox
from resources.lake.lake import Lake
from resources.lake.outbox import LEASE, OutboxMessage, SettledAttempt
from resources.lake.question_rows import AlertFactsRow
from resources.lake.rows import OutboxRow
from resources.notify.apprise_service import (
    ReceiverService,
    SendOutcome,
    open_service,
    send_message,
)
from resources.notify.receivers import Receivers

log = logging.getLogger(__name__)

COUNTS: Final = ("sent", "possibly_repeated", "waiting", "failed")
ONE_RUN: Final = RetryPolicy(0.5, attempts=3, growth=3.0)  # seconds; chosen


class NotAllSent(SitewatchError):
    """Some messages could not be sent; they are tried again at the next run."""


@dataclass(frozen=True, slots=True)
class SendingPace:
    """How often and how fast a run tries.

    Attributes:
        retries: at what failed.
        lease: how long a claim of another sender holds.
    """

    retries: RetryPolicy = ONE_RUN
    lease: dt.timedelta = LEASE


@dataclass(slots=True)
class DeliveryTally:
    """What a run did, by receiver.

    Attributes:
        counts: messages sent, and of those possibly repeated; waiting for quiet hours to end or
            with another sender; failed.
        errors: the last error of each receiver that could not be told.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def of(self, target: str) -> Counter[str]:
        """Counts of a receiver."""
        return self.counts.setdefault(target, Counter())

    def metadata(self) -> dict[str, int]:
        """Numbers as Dagster shows them: of all, and by receiver."""
        total = {name: sum(one[name] for one in self.counts.values()) for name in COUNTS}
        each = {
            f"{target}: {name}": counts[name]
            for target, counts in sorted(self.counts.items())
            for name in COUNTS
        }
        return {**total, **each}

    def check(self) -> None:
        """NotAllSent if anything failed."""
        if self.errors:
            told = "; ".join(f"{name}: {error}" for name, error in sorted(self.errors.items()))
            raise NotAllSent(
                f"Not every message could be sent ({told}); they are tried again at the next run. "
                "Try a receiver with `sitewatch notify --test NAME`."
            )


def open_services(receivers: Receivers) -> dict[str, ReceiverService]:
    """A service for each receiver, by name.

    Raises:
        SettingsError: an address cannot be used.
    """
    return {
        name: open_service(target, where=str(receivers.file))
        for name, target in receivers.targets.items()
    }


def queue_messages(lake: Lake, receivers: Receivers, now: dt.datetime, *, run_id: str) -> int:
    """Bring the outbox up to date with settings and log; counts new messages."""
    known = outbox.configured_receivers(lake)
    if set(known) != set(receivers.targets):
        outbox.register_receivers(lake, receivers.targets, now, run_id=run_id)
        known = outbox.configured_receivers(lake)
    return outbox.queue_rows(
        lake, _expected_outbox_rows(lake, receivers, known, now), run_id=run_id
    )


def queue_digests(lake: Lake, receivers: Receivers, now: dt.datetime, *, run_id: str) -> int:
    """Queue a digest for every receiver at once, whenever its own is due; counts them."""
    rows = [digest_row(name, now.replace(microsecond=0)) for name in receivers.targets]
    return outbox.queue_rows(lake, rows, run_id=run_id)


def due_deliveries(lake: Lake, receivers: Receivers, now: dt.datetime) -> list[str]:
    """What a run would have to do now, as stable words; empty if nothing."""
    known = outbox.configured_receivers(lake)
    words = [f"settings {name}" for name in sorted(set(known) ^ set(receivers.targets))]
    new = outbox.unqueued_rows(lake, _expected_outbox_rows(lake, receivers, known, now))
    words += [f"new {row['alert_id']} {row['status']} {row['turn']} {row['target']}" for row in new]
    for one in outbox.pending_messages(lake):
        target = receivers.targets.get(one.target)
        is_resting = one.next_try_at is not None and now < one.next_try_at
        if target and not (is_resting or is_quiet(target, now) or one.is_held(now, LEASE)):
            words.append(" ".join(map(str, [*one.key, one.state, one.attempts])))
    return sorted(words)


def deliver_messages(
    desk: LetterWriter,
    services: Mapping[str, ReceiverService],
    *,
    pace: SendingPace | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
) -> DeliveryTally:
    """Send all that is queued, each receiver by itself.

    A receiver that does not answer is left until the next attempt, of which there are a few with
    growing pauses; what it did not take by then stays `failed` and is tried at the next run.

    Args:
        desk: writes the letters.
        services: by the receivers' names.
        pace: of attempts.
        clock: tells the present moment.
    """
    pace = pace or SendingPace()
    sender = _MessageSender(desk, services, pace, clock, claim=uuid.uuid4().hex[:12])
    left, failures = sender.attempt(outbox.pending_messages(desk.lake)), 1
    while left and (pause_s := pace.retries.pause_s(failures)) is not None:
        wait_before_retry(pause_s, f"{len(left)} messages are not sent", time.sleep)
        left, failures = sender.attempt(left), failures + 1
    for one in outbox.pending_messages(desk.lake):
        sender.tally.of(one.target)["failed" if one.state == "failed" else "waiting"] += 1
    return sender.tally


@dataclass(slots=True)
class _MessageSender:
    """One run of `deliver`."""

    desk: LetterWriter
    services: Mapping[str, ReceiverService]
    pace: SendingPace
    clock: Callable[[], dt.datetime]
    claim: str
    tally: DeliveryTally = field(default_factory=DeliveryTally)
    facts: dict[str, AlertFactsRow] = field(default_factory=dict)

    def attempt(self, messages: Sequence[OutboxMessage]) -> list[OutboxMessage]:
        """Try each message once; those that failed or were left for a receiver's sake."""
        left: list[OutboxMessage] = []
        silent: set[str] = set()
        stuck: set[tuple[str, str]] = set()
        self.facts = self.desk.facts(messages) if messages else {}
        for one in messages:
            if one.target not in self.services:
                continue
            if is_quiet(self.services[one.target].target, self.clock()):
                continue
            if one.target in silent or (one.target, one.alert_id) in stuck:
                left.append(one)  # an end is not told before its beginning
            else:
                outcome = self._try(one)
                if outcome is not None and not outcome.is_sent:
                    left.append(one)
                    stuck.add((one.target, one.alert_id))
                    silent |= set() if outcome.is_refusal else {one.target}
        return left

    def _try(self, one: OutboxMessage) -> SendOutcome | None:
        """Write, claim, send and settle; None if another sender has it or had it.

        The letter comes first: should writing it fail, nothing is claimed.
        """
        lake, service = self.desk.lake, self.services[one.target]
        counts = self.tally.of(one.target)
        is_repeated = one.is_possibly_repeated or one.state == "sending"
        letter = self._write(replace(one, is_possibly_repeated=is_repeated))
        taken = outbox.claim_message(
            lake, one, claim=self.claim, now=self.clock(), lease=self.pace.lease
        )
        if taken is None:
            return None
        if taken.is_possibly_repeated != is_repeated:  # another sender tried it meanwhile
            letter = self._write(taken)
        outcome = send_message(service, letter.title, letter.body, letter.pictures)
        now = self.clock()
        retry_at = None if outcome.is_sent else next_try(taken.attempts, now)
        settled = SettledAttempt(outcome.is_sent, outcome.may_have_arrived, outcome.error, retry_at)
        outbox.settle_message(lake, taken, settled, claim=self.claim, now=now)
        if outcome.is_sent:
            counts["sent"] += 1
            counts["possibly_repeated"] += taken.is_possibly_repeated
            self.tally.errors.pop(one.target, None)
            log.info("%s: %s of %s sent", one.target, one.status, one.alert_id)
        else:
            self.tally.errors[one.target] = str(outcome.error)
            log.warning(
                "%s: %s of %s not sent: %s", one.target, one.status, one.alert_id, outcome.error
            )
        return outcome

    def _write(self, one: OutboxMessage) -> Letter:
        service = self.services[one.target]
        return self.desk.letter(one, self.facts, service.style, service.most)


def _expected_outbox_rows(
    lake: Lake, receivers: Receivers, known: Mapping[str, dt.datetime], now: dt.datetime
) -> list[OutboxRow]:
    """All rows that the outbox should have by now."""
    if not receivers.targets:
        return []
    found = changes_from_log(outbox.status_log(lake))
    return outbox_rows(receivers, known, found, now)
