"""Stages that are run again after a fault, but not after someone asked them to stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

import dagster as dg

from resources.interrupts import raise_hidden_interrupt

Needs = ParamSpec("Needs")
Made = TypeVar("Made")
Stage = Callable[Concatenate[dg.AssetExecutionContext, Needs], Made]

RETRIES: Final = 2  # beside the first try; chosen
FIRST_PAUSE_S: Final = 5  # seconds; chosen


def retried_on_failure(stage: Stage[Needs, Made]) -> Stage[Needs, Made]:
    """A stage that asks to be run again when it fails: catalogues stall and throttle.

    Dagster's RetryPolicy does not serve: it treats Ctrl-C, and a run ended in the web UI, as
    faults, starts the stage again and lets the run go on.
    """

    @wraps(stage)
    def tried(
        context: dg.AssetExecutionContext, /, *args: Needs.args, **kwargs: Needs.kwargs
    ) -> Made:
        try:
            with raise_hidden_interrupt():
                return stage(context, *args, **kwargs)
        except (dg.Failure, dg.RetryRequested, dg.DagsterError):
            raise
        except Exception as fault:
            raise dg.RetryRequested(
                max_retries=RETRIES, seconds_to_wait=retry_pause_s(context.retry_number)
            ) from fault

    return tried


def retry_pause_s(retries: int) -> int:
    """Seconds to wait before the next try after so many retries: 5, then 15."""
    return FIRST_PAUSE_S * int(2 ** (retries + 1) - 1)
