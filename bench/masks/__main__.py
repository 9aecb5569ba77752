"""The command `python -m bench.masks`: parses arguments and calls.

What it does: `python -m bench.masks --help`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.masks.labels import CLASS_NAMES, LabelScore, score_labels
from bench.masks.simulated import JUDGED, SimulatedScore, score_simulation
from bench.masks.worlds import WorldsScore, score_worlds
from bench.options import Docs, JsonTo
from bench.tables import machine, put_into, table, write_json

COMMAND: Final = "python -m bench.masks --docs"
OF_WORLDS: Final = "python -m bench.masks --worlds {} --seed {} --docs"
DATA: Final = Path("../shared/real/clouds")


def main(
    data: Annotated[Path, typer.Option(help="Labelled scenes, raw/*.npz.")] = DATA,
    simulated: Annotated[
        Path | None,
        typer.Option(help="A rendered simulated archive; rendered once if not given."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Mask every so many simulated looks.")] = JUDGED,
    worlds: Annotated[
        int, typer.Option(min=0, help="Score so many made-up worlds, and nothing else.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the first world.")] = 201,
    json_to: JsonTo = None,
    docs: Docs = None,
) -> None:
    """Score masks on made-up worlds, or on labelled scenes and the simulated air base."""
    if worlds:
        _on_worlds(range(seed, seed + worlds), json_to, docs)
        return
    typer.echo("Scoring labelled scenes ...", err=True)
    labels = score_labels(data)
    typer.echo("Masking the simulated air base ...", err=True)
    base = score_simulation(simulated, every)
    text = f"{_label_table(labels)}\n\n{_simulated_table(base, every)}\n\nMeasured on {machine()}."
    typer.echo(text)
    if json_to is not None:
        write_json(
            json_to, COMMAND, {"labels": [asdict(one) for one in labels], "simulated": asdict(base)}
        )
    if docs is not None:
        put_into(docs, COMMAND, text)


def _on_worlds(seeds: range, json_to: Path | None, docs: Path | None) -> None:
    """Score worlds, and tell."""
    typer.echo(f"Masking {len(seeds)} worlds ...", err=True)
    command = OF_WORLDS.format(len(seeds), seeds.start)
    score = score_worlds(seeds)
    text = f"{_worlds_table(score, seeds)}\n\nMeasured on {machine()}."
    typer.echo(text)
    if json_to is not None:
        write_json(json_to, command, asdict(score))
    if docs is not None:
        put_into(docs, command, text)


def _worlds_table(score: WorldsScore, seeds: range) -> str:
    """Intersections over unions and confusions, in percent of each true class."""
    head = [f"worlds {seeds.start} to {seeds.stop - 1}, {score.looks} looks", "IoU"]
    rows = []
    for name, counts in score.pixels.items():
        total = max(sum(counts.values()), 1)
        shares = [_percent(count / total) for count in counts.values()]
        rows.append([f"truly {name}", _number(score.iou[name]), *shares])
    masked = score.surface_masked / max(score.surface_looks, 1)
    return (
        f"{table([*head, *(f'called {name}' for name in score.pixels)], rows)}\n\n"
        f"New bright surfaces were masked on {score.surface_masked} of {score.surface_looks} clear"
        f" looks at them ({_percent(masked)})."
        f" A mask took {score.ms_per_km2:.1f} ms a look of 1 km²."
    )


def _label_table(scores: list[LabelScore]) -> str:
    """Intersection over union by class and time a scene."""
    head = ["labelled scenes: intersection over union", *CLASS_NAMES, "median s a scene"]
    rows = [[one.method, *map(_number, one.iou), f"{one.seconds:.2f}"] for one in scores]
    missing = ["-"] * (len(CLASS_NAMES) + 1)
    rows.append(["SCL alone: these scenes have none", *missing])
    rows.append(["s2cloudless: these scenes lack B01, B05, B8A, B09, B10", *missing])
    return table(head, rows)


def _simulated_table(score: SimulatedScore, every: int) -> str:
    """Shares of pixels, ours beside SCL's, and states of the apron by kind of look."""
    rows = [
        [one.name, _percent(one.share(one.ours)), _percent(one.share(one.scl)), f"{one.pixels:,}"]
        for one in score.tallies
    ]
    head = [f"simulated air base: {score.looks} looks, every {every}. of them", "ours", "SCL alone"]
    states = [
        [kind, ", ".join(f"{count} {state}" for state, count in sorted(told.items()))]
        for kind, told in sorted(score.states.items())
    ]
    by_kind = table(["sky of the simulation", "state of the main apron"], states)
    return f"{table([*head, 'pixels'], rows)}\n\n{by_kind}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


if __name__ == "__main__":
    typer.run(main)
