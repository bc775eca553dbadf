"""What was measured, as tables and in sentences."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from numeric import Variances, lag_weights
from verify.experiments.neural.data import LAGS, SMOOTHING_MS
from verify.experiments.neural.judging import (
    Difference,
    chosen_transition,
    cost_of_the_limit,
    costs,
    difference,
    gap_ratio,
    mean_r_squared,
    typical_distance,
    verdicts,
)
from verify.experiments.neural.measuring import MODELS, Cell, Result, Settings
from verify.experiments.neural.training import FIRST_STEPS, grid
from verify.experiments.reporting import Report, filled, table

__all__ = ["report"]


def report(result: Result) -> Report:
    """R^2 by data and nu_W, what they say, and whether the gap has the size predicted."""
    texts = [_definitions(result.settings)]
    texts.extend(_r_squared_table(result, recording) for recording in result.settings.recordings)
    texts.append(_about_the_network(result))
    texts.extend(_about_the_data(result, recording) for recording in result.settings.recordings)
    texts.append(
        "In brackets: 95 % of resamplings of the test block in pieces of 100 ms, averaged over students and"
        " training windows; they say nothing of another recording or another animal."
    )
    wrapped = [text if "\n" in text else filled(text) for text in texts]
    return Report(wrapped, verdicts(result), _numbers(result))


def _definitions(settings: Settings) -> str:
    return (
        f'Scaled and unscaled convolution start from the network\'s impulse response; "scaled, 0" and'
        f' "unscaled, 0" start from 0.  Capped: the scaled convolution after at most as many steps as'
        f" the network took, {settings.steps} or fewer.  k: the number of steps after which validation is"
        f" best, the median over the students.  The unscaled convolution has a step of its own."
    )


def _r_squared_table(result: Result, recording: int) -> str:
    rows = []
    for bins, transition in product(result.settings.bins, result.settings.transitions):
        cells = result.select(recording=recording, bins=bins, transition=transition)
        rows.append(
            {"ms": bins, "nu_W": transition}
            | {model: np.mean([cell.r_squared(model) for cell in cells]) for model in MODELS}
            | {
                f"k {model}": f"{np.median([cell.outcomes[model].steps for cell in cells]):.3g}"
                for model in ("network", "scaled", "unscaled")
            }
        )
    title = (
        f"Recording {recording}: R^2 on the test block by ms of training data, mean over the students, and"
        f" steps k:"
    )
    frame = pd.DataFrame(rows)
    frame[list(MODELS)] = frame[list(MODELS)].map("{:.3f}".format)
    return table(frame, title)


def _about_the_network(result: Result) -> str:
    cells, settings = result.cells, result.settings
    last = grid(settings.steps)[-1]
    bound = sum(cell.outcomes["network"].steps == last for cell in cells)
    gave_up = sum(cell.reached < last for cell in cells)
    return (
        f"The network of width {settings.width} and the scaled convolution, given as"
        f" many steps (capped), differ in R^2 by {_by_transition(typical_distance(result))} (median)."
        f"  The distance of their predictions in the first {FIRST_STEPS} steps is {gap_ratio(result):.2f}"
        f" times what exact samples of the lag kernel predict.  Of {len(cells)} networks {bound} were best at"
        f" the limit of {settings.steps} steps, and {gave_up} gave up before it, as validation had long been"
        f" better.  The limit takes from the scaled convolution's R^2"
        f" {_by_transition(cost_of_the_limit(result))} (mean)."
    )


def _about_the_data(result: Result, recording: int) -> str:
    settings = result.settings
    few, many = min(settings.bins), max(settings.bins)
    sentences = [f"Recording {recording}."]
    sentences += [_about_the_models(result, recording, bins) for bins in dict.fromkeys((few, many))]
    # where the theory's bias is not the neuron's
    peak = int(np.median([cell.peak for cell in result.select(recording=recording, bins=many)]))
    shares = {transition: _share(transition, peak) for transition in settings.transitions}
    sentences.append(
        f"The neuron lacks the network's bias to the present: it answers after {peak} ms (the peak of the"
        f" least-squares response to {many} ms), where the lag weight, relative to that of lag 0, is"
        f" {_by_transition(shares, '.1g')}: at so much of its speed that lag is learned.  With {many} ms"
        f" {_costs(result, recording, many, 'scaled')} after the best number of steps, and"
        f" {_costs(result, recording, many, 'capped')} after at most as many steps as the"
        f" network took."
    )
    by_bins = ", ".join(
        f"{chosen_transition(result, recording, bins, 'network')} with {bins} ms" for bins in settings.bins
    )
    sentences.append(f"For the network itself validation takes nu_W = {by_bins}.")
    return "  ".join(sentences)


def _about_the_models(result: Result, recording: int, bins: int) -> str:
    chosen = chosen_transition(result, recording, bins)
    here: dict[str, Any] = {"recording": recording, "bins": bins, "transition": chosen}
    mean = {model: mean_r_squared(result, model, **here) for model in MODELS}
    less, less_zero = (
        _interval(difference(result, "scaled", other, **here)) for other in ("unscaled", "unscaled, 0")
    )
    return (
        f"With {bins} ms validation takes nu_W = {chosen} for the scaled convolution: R^2"
        f" {mean['scaled']:.3f}, network {mean['network']:.3f}, unscaled {mean['unscaled']:.3f},"
        f" unscaled from 0 {mean['unscaled, 0']:.3f}.  Scaled less unscaled is {less}, less unscaled from 0"
        f" {less_zero}.  {_from_zero(result, recording, bins)}"
    )


def _from_zero(result: Result, recording: int, bins: int) -> str:
    """Scaled and unscaled convolution without a random start, at the nu_W that suits the scaled one."""
    chosen = chosen_transition(result, recording, bins, "scaled, 0")
    here: dict[str, Any] = {"recording": recording, "bins": bins, "transition": chosen}
    apart = _interval(difference(result, "scaled, 0", "unscaled, 0", **here))
    return f"Both from 0, validation takes nu_W = {chosen} and scaled less unscaled is {apart}."


def _costs(result: Result, recording: int, bins: int, model: str) -> str:
    found = costs(result, recording, bins, model)
    if not found:
        return "no nu_W costs anything that the test resolves"
    words = (f"{_interval(cost)} for nu_W = {transition}" for transition, cost in found.items())
    return f"scaling changes R^2 by {', '.join(words)}"


def _interval(apart: Difference) -> str:
    return f"{apart.mean:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}]"


def _by_transition(values: Mapping[str, Any], form: str = ".3f") -> str:
    return ", ".join(f"{value:{form}} for nu_W = {transition}" for transition, value in values.items())


def _share(transition: str, lag: int) -> float:
    rho = lag_weights(Variances(transition), LAGS)
    return float(rho[lag] / rho[0])


def _numbers(result: Result) -> dict[str, Any]:
    return {
        "settings": asdict(result.settings),
        "lags": LAGS,
        "smoothing_ms": SMOOTHING_MS,
        "variances": {"input": "1", "output": "1"},
        "cells": list(map(_cell_numbers, result.cells)),
    }


def _cell_numbers(cell: Cell) -> dict[str, Any]:
    return {
        "recording": cell.recording,
        "training_bins": cell.bins,
        "transition": cell.transition,
        "repeat": cell.repeat,
        "models": {
            model: {
                "steps": outcome.steps,
                "validation_r_squared": outcome.validation,
                "test_r_squared": cell.r_squared(model),
            }
            for model, outcome in cell.outcomes.items()
        },
        "network_steps": cell.reached,
        "gap": cell.gap,
        "gap_predicted": cell.predicted.tolist(),
        "peak_lag": cell.peak,
    }
