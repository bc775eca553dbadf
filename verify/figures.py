"""Figures, by Matplotlib, which is imported only when one is drawn (the extra ``figures``)."""

import logging
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.checks.convergence import LAGS, Point, fluctuation_law, means
from verify.checks.formulas import VARIANCES
from verify.console import BadInput
from verify.experiments.reporting import tell
from verify.statistics import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SUFFIXES", "draw_convergence", "figure_format", "save_figure"]

SUFFIXES = (".svg", ".png", ".pdf")
RESOLVED = 5
"""A sampled mean is shown where theory has it this many standard errors from 0, whatever was measured."""


def figure_format(path: Path) -> str:
    """The format that a file's suffix names.

    Raises
    ------
    BadInput
        For an unknown suffix, or if Matplotlib is not installed.

    >>> figure_format(Path("figure.svg"))
    'svg'
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"--figure: {path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    if find_spec("matplotlib") is None:
        raise BadInput(
            "--figure needs Matplotlib: pip install matplotlib, or in a checkout pip install '.[figures]'"
        )
    return path.suffix.lower()[1:]


def save_figure(draw: "Callable[[Figure], None]", file: BytesIO, form: str) -> None:
    """Write what ``draw`` draws on a new figure.

    The background is white, also on a dark page.  Text stays text; what is to be found by searching is
    written as in the terminal, ``nu_W``, since mathematical typesetting parts it into letters.  The same
    numbers give the same file.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # not where it keeps its fonts
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()  # white, whatever the user's own style is
        mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "linear-rnn-ntk"})
        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        undated = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[form]
        figure.savefig(file, format=form, dpi=160, metadata=undated)


def draw_convergence(points: list[Point], seed: int, figure: "Figure") -> None:
    """Fluctuation, off-diagonal mean and bias against the width: lines from the theory, markers sampled."""
    i, j = LAGS
    widths = [point.width for point in points]
    bias, beside = np.transpose([means(width) for width in widths])
    law = np.array([fluctuation_law(width) for width in widths])
    entry = f"Theta_{j}{j} / rho_{j}"
    curves = (
        (
            law,
            [_sampled_root(p.square) for p in points],
            "-1/2",
            "o",
            f"fluctuation, sd {entry} (first-order law)",
        ),
        (
            beside,
            [_sampled(p.beside) for p in points],
            "-1",
            "s",
            f"off-diagonal mean, E Theta_{i}{j} / (rho_{i} rho_{j})^(1/2) (exact)",
        ),
        (bias, [_sampled(p.bias) for p in points], "-2", "^", f"bias, E {entry} - 1 (exact)"),
    )
    marked: dict[str, Any] = {"linestyle": "none", "markersize": 5, "markerfacecolor": "white", "capsize": 3}
    w, f, c = (f"{float(nu):g}" for nu in (VARIANCES.transition, VARIANCES.input, VARIANCES.output))
    figure.set_size_inches(7.6, 5.4)
    axes = figure.add_subplot()
    for index, (values, sampled, slope, marker, label) in enumerate(curves):
        colour = f"C{index}"
        ends = widths[-10], widths[-1]
        power = 8 * values[-1] * (np.array(ends) / widths[-1]) ** float(Fraction(slope))
        axes.loglog(ends, power, color=colour, linewidth=0.7, linestyle="--")
        axes.loglog(widths, values, color=colour, linewidth=1.4, label=label)
        resolved = [
            (width, mean, 3 * error)
            for width, (mean, error), value in zip(widths, sampled, values, strict=True)
            if value > RESOLVED * error
        ]
        axes.errorbar(*np.reshape(resolved, (-1, 3)).T, color=colour, marker=marker, **marked)
        place: dict[str, Any] = {"xytext": (4, 4), "textcoords": "offset points", "fontsize": 10}
        axes.annotate(f"n^({slope})", (widths[-3], 8 * values[-3]), color=colour, **place)
    axes.errorbar([], [], [], color="0.4", marker="D", label="sampled, ± 3 standard errors", **marked)
    axes.set_xlabel("width n")
    axes.set_ylabel("relative size")
    axes.set_title("The lag kernel of a linear RNN approaches its limit of infinite width", fontsize=11)
    samples = sorted({p.square.count for p in points}, reverse=True)
    tell(
        figure,
        f"verify convergence, seed {seed}: nu_W = {w}, nu_F = {f}, nu_C = {c};"
        f" {' or '.join(map(str, samples))} samples a width",
    )
    axes.grid(visible=True, color="0.9")
    axes.legend(loc="lower left", frameon=False, fontsize=9.5)


def _sampled(summary: Summary) -> tuple[float, float]:
    """Mean and standard error."""
    return float(summary.mean), float(summary.standard_error)


def _sampled_root(square: Summary) -> tuple[float, float]:
    """The same of a root mean square."""
    mean, error = _sampled(square)
    return mean**0.5, error / (2 * mean**0.5)
