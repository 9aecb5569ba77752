"""The table: Markdown for people, a dictionary for programs; and the place in docs for it.

Layout and wording only; the figures are made in `figures`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bench.fetch.figures import CaseFigures, Figures, Least
from bench.fetch.plan import PIXEL_M, WINDOW
from bench.fetch.programs import OURS, PROGRAMS
from bench.fetch.rounds import Outcome, Setting
from bench.fetch.server import LATENCY_S
from bench.tables import machine

COMMAND: Final = "python -m bench.fetch --docs"
HEAD: Final = (
    "| reader | wall, ms | x ours | requests | most a file | MB | x ours | CPU, ms | peak, MB "
    "| pixels |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|---|"
)
PIXELS: Final = {True: "identical", False: "DIFFERENT", None: "not decoded"}


def markdown(setting: Setting, outcome: Outcome, cases: Sequence[CaseFigures]) -> str:
    """Everything that was found, as the docs have it."""
    return "\n\n".join([_preface(setting), *(_section(case, outcome) for case in cases)])


def record(setting: Setting, outcome: Outcome, cases: Sequence[CaseFigures]) -> dict[str, Any]:
    """The same and every single sample, as plain values for JSON; seconds and bytes."""
    return {
        "command": "python -m bench.fetch",
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "edge_px": setting.scenes.edge,
        "dates": len(setting.dates),
        "rounds": setting.rounds,
        "readers": {one.name: _state(one.name, outcome) or one.title for one in setting.programs},
        "cases": [
            dataclasses.asdict(case)
            | {
                "title": case.case.title,
                "samples": {
                    name: [dataclasses.asdict(sample) for sample in taken]
                    for name, taken in outcome.samples[case.case].items()
                },
            }
            for case in cases
        ],
    }


def _preface(setting: Setting) -> str:
    edge, dates, bands = setting.scenes.edge, len(setting.dates), len(PIXEL_M)
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {machine()}. Windows of {WINDOW} x {WINDOW} "
        f"pixels of 10 m (half that of 20 m) of {bands} bands on {dates} dates, {bands * dates} "
        f"files, out of scenes of {edge} x {edge}; {1000 * LATENCY_S:.0f} ms latency a request; "
        f"medians of {setting.rounds} rounds, of MB the mean."
    )


def _section(case: CaseFigures, outcome: Outcome) -> str:
    rows = "\n".join(_row(one.name, one.title, case, outcome) for one in PROGRAMS)
    held = case.case.bytes_per_second is not None
    gain = f" ({case.gain:.2f} times as fast)" if held else ""
    floors = (
        f"Floor: {_least(case.whole)} for whole tiles, {_least(case.leading)} for their leading "
        f"parts{gain}; two round trips{' and the transfer' if held else ''}."
    )
    claims = "\n".join(_verdict(case))
    title = case.case.title[0].upper() + case.case.title[1:]
    return f"### {title}\n\n{HEAD}\n{rows}\n\n{floors}\n\n{claims}".rstrip()


def _least(least: Least) -> str:
    return f"{least.sent_bytes / 1e6:.1f} MB and {1000 * least.wall_s:.0f} ms"


def _row(name: str, title: str, case: CaseFigures, outcome: Outcome) -> str:
    found = case.readers.get(name)
    if found is None:
        return f"| {title} | {_state(name, outcome) or 'not asked'} | | | | | | | | |"
    shown = f"**{title}**" if name == OURS.name else title
    return f"| {shown} | " + " | ".join(_cells(found)) + " |"


def _cells(found: Figures) -> Iterator[str]:
    yield f"{1000 * found.wall_s:.0f}"
    yield f"{found.slower:.2f}"
    yield f"{found.requests:.0f}"
    yield f"{found.most_requests}"
    yield f"{found.sent_bytes / 1e6:.1f}"
    yield f"{found.more_bytes:.2f}"
    yield f"{1000 * found.cpu_s:.0f}"
    yield f"{found.peak_bytes / 1e6:.0f}"
    yield PIXELS[found.is_identical]


def _state(name: str, outcome: Outcome) -> str | None:
    """Why a reader has no figures; None if it has."""
    program = next(one for one in PROGRAMS if one.name == name)
    if not program.is_installed:
        return "not installed"
    return "failed" if name in outcome.failed else None


def _verdict(case: CaseFigures) -> Iterator[str]:
    if not case.claims:
        yield f"Target: cannot be told without {OURS.name} and a peer."
        return
    yield f"Target: **{'met' if all(one.is_met for one in case.claims) else 'NOT met'}**"
    yield ""
    for one in case.claims:
        yield f"- {'met' if one.is_met else '**not met**'}: {one.text}"
