"""From samples to figures: medians, ratios to our own reader, and whether the target is met.

Ratios are taken round by round, since the windows of a round are the same for all readers and
other work on the machine disturbs neighbours alike. Wording and layout are in `report`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.fetch.plan import Case, Sample
from bench.fetch.programs import FLOOR, OURS, PEERS
from bench.fetch.rounds import Outcome
from bench.fetch.server import LATENCY_S

TARGET_SPEED: Final = 1.8  # times as fast as the fastest peer, at least
TARGET_BYTES: Final = 0.65  # of the bytes of the fastest peer, at most
TARGET_REQUESTS: Final = 2  # for a file, at most; one where its header is known


@dataclass(frozen=True, slots=True)
class Figures:
    """A reader in a case: medians over rounds, of bytes the mean.

    Attributes:
        slower: times the wall of our own reader; median of the rounds' ratios.
        more_bytes: times its bytes; ratio of the sums.
        most_requests: for one file in any round.
    """

    wall_s: float
    slower: float
    requests: float
    most_requests: int
    sent_bytes: float
    more_bytes: float
    connections: float
    cpu_s: float
    peak_bytes: float
    server_cpu_s: float
    is_identical: bool | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One part of the target: what was found, and what is wanted."""

    text: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Least:
    """The least that reading can take: bytes are the mean of the rounds, times their median."""

    sent_bytes: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """A case: its readers by name, its floors, and the target's claims.

    Attributes:
        whole: floor for whole tiles: two round trips, and the transfer where the link is held.
        leading: the same for their leading parts, down to the window's last row.
        gain: the first floor's time over the second's, median of the rounds' ratios: what fetching
            less can gain by itself.
        claims: empty where our own reader or all peers are missing.
    """

    case: Case
    readers: dict[str, Figures]
    whole: Least
    leading: Least
    gain: float
    claims: tuple[Claim, ...]


def figures(outcome: Outcome) -> list[CaseFigures]:
    """Figures of every case."""
    return [_case(case, samples, outcome) for case, samples in outcome.samples.items()]


def _case(case: Case, samples: dict[str, list[Sample]], outcome: Outcome) -> CaseFigures:
    done = {name: taken for name, taken in samples.items() if name not in outcome.failed}
    ours = done.get(OURS.name, [])
    readers = {name: _reader(taken, ours or taken) for name, taken in done.items()}
    whole = [one.tile_bytes for one in outcome.floors[case]]
    leading = [one.leading_bytes for one in outcome.floors[case]]
    return CaseFigures(
        case,
        readers,
        whole=_least(whole, case),
        leading=_least(leading, case),
        gain=median(
            _floor_s(more, case) / _floor_s(less, case)
            for more, less in zip(whole, leading, strict=True)
        ),
        claims=_claims(case, readers),
    )


def _least(sizes: list[float], case: Case) -> Least:
    return Least(sum(sizes) / len(sizes), _floor_s(median(sizes), case))


def _floor_s(size: float, case: Case) -> float:
    return 2 * LATENCY_S + (size / case.bytes_per_second if case.bytes_per_second else 0.0)


def _reader(taken: list[Sample], ours: list[Sample]) -> Figures:
    pairs = list(zip(taken, ours, strict=True))
    found = [sample.is_identical for sample in taken if sample.is_identical is not None]
    return Figures(
        wall_s=median(sample.wall_s for sample in taken),
        slower=median(theirs.wall_s / own.wall_s for theirs, own in pairs),
        requests=median(sample.requests for sample in taken),
        most_requests=max(sample.most_requests for sample in taken),
        sent_bytes=sum(sample.sent_bytes for sample in taken) / len(taken),
        more_bytes=_total(taken) / _total(ours),
        connections=median(sample.connections for sample in taken),
        cpu_s=median(sample.cpu_s for sample in taken),
        peak_bytes=median(sample.peak_bytes for sample in taken),
        server_cpu_s=median(sample.server_cpu_s for sample in taken),
        is_identical=all(found) if found else None,
    )


def _total(taken: list[Sample]) -> int:
    return sum(sample.sent_bytes for sample in taken)


def _claims(case: Case, readers: dict[str, Figures]) -> tuple[Claim, ...]:
    peers = [peer.name for peer in PEERS if peer.name in readers]
    if OURS.name not in readers or not peers:
        return ()
    ours, best = readers[OURS.name], min(peers, key=lambda name: readers[name].slower)
    speed, fetched = readers[best].slower, readers[best].sent_bytes
    share = ours.sent_bytes / fetched if fetched else math.inf  # it had kept all tiles
    requests = 1 if case.is_known else TARGET_REQUESTS
    return (
        Claim(
            f"{speed:.3f} times as fast as {best}, the fastest peer (at least {TARGET_SPEED})",
            speed >= TARGET_SPEED,
        ),
        Claim(f"{share:.3f} of its bytes (at most {TARGET_BYTES})", share <= TARGET_BYTES),
        Claim(
            f"{ours.most_requests} requests for one file at most (at most {requests})",
            ours.most_requests <= requests,
        ),
        Claim(
            "pixels identical to the file's, in every reader",
            all(reader.is_identical for name, reader in readers.items() if name != FLOOR.name),
        ),
    )
