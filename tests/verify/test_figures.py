"""Figures: what was run is told and found by searching, what coincides is seen, the background is white."""

import io
import re
from functools import cache, partial
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from verify import figures, recordings
from verify.checks import convergence
from verify.experiments import equivalence, fit, initialisations, memory, neural
from verify.experiments.reporting import COLOURS, plot

matplotlib = pytest.importorskip("matplotlib")
SVG = "{http://www.w3.org/2000/svg}"
nitime = pytest.mark.skipif(recordings.find_spec("nitime") is None, reason="extra real-data")


def drawn_convergence():
    points = list(convergence.measure(7, samples=2**6))
    return partial(figures.draw_convergence, points, 7)


def drawn_equivalence():
    networks = ((10, 3), (20, 3), (40, 3))
    small = equivalence.Settings(width=20, T=4, n_x=1, epochs=5, networks=networks, predictions=3)
    return partial(equivalence.draw, equivalence.run(small, 7))


def drawn_memory():
    small = memory.Settings(
        width=20,
        T=4,
        sequences=5,
        epochs=5,
        transitions=(0.3, 0.9, 1.2),
        delays=(0, 3),
        repetitions=1,
        pairs=2,
        datasets=2,
    )
    return partial(memory.draw, memory.run(small, 7))


def drawn_fit():
    x = np.random.default_rng(0).normal(size=(1, 60, 1))
    given = fit.Settings(x, np.roll(x, 1, axis=1), transitions=("0.3", "0.6"), width=20, epochs=9)
    return partial(fit.draw, fit.run(given, 7))


def drawn_neural():
    small = neural.Settings(
        recordings=(2,), bins=(200,), transitions=("0.5",), width=20, steps=50, predictions=2
    )
    return partial(neural.draw, neural.run(small, 7))


def drawn_initialisations():
    small = initialisations.Settings(
        width=20, lags=5, sequences=4, T=20, delays=(0, 3), repetitions=2, narrow=10, pairs=2
    )
    return partial(initialisations.draw, initialisations.run(small, 7))


DRAWN = {
    "verify convergence": drawn_convergence,
    "experiment equivalence": drawn_equivalence,
    "experiment memory": drawn_memory,
    "experiment initialisations": drawn_initialisations,
    "experiment fit": drawn_fit,
    "experiment neural": drawn_neural,
}
EVERY = [pytest.param(name, marks=nitime if "neural" in name else ()) for name in DRAWN]


@cache
def saved(name, form):
    file = io.BytesIO()
    figures.save_figure(DRAWN[name](), file, form)
    return file.getvalue()


def texts(svg):
    """What a search finds: the text of each element that is not parted into letters."""
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text") if element.text]


@pytest.mark.parametrize("name", EVERY)
def test_what_was_run_is_told_and_found(name):
    told = texts(saved(name, "svg"))
    (title,) = (text for text in told if text.startswith(name))
    assert title.startswith(f"{name}, seed 7: ")
    words = " ".join(told)
    for variance in ("nu_W = ", "nu_F = ", "nu_C = "):
        assert variance in words


@pytest.mark.parametrize("name", EVERY)
def test_only_the_numbers_at_axes_are_typeset(name):
    comments = re.findall(r"<!-- (.*?) -->", saved(name, "svg").decode(), re.DOTALL)
    typeset = [comment for comment in comments if "$" in comment]
    assert all(re.fullmatch(r"\$\\mathdefault\{.*\}\$", comment) for comment in typeset), typeset


@pytest.mark.parametrize("name", EVERY)
def test_the_background_is_white_whatever_the_users_style(name):
    from matplotlib import pyplot as plt

    with plt.style.context("dark_background"), matplotlib.rc_context({"savefig.transparent": True}):
        file = io.BytesIO()
        figures.save_figure(DRAWN[name](), file, "png")
    pixels = matplotlib.image.imread(io.BytesIO(file.getvalue()))
    assert (pixels[..., 3] == 1).all()
    assert (pixels[0, 0] == 1).all()
    assert (pixels[..., :3].min(axis=2) > 0.95).mean() > 0.5


def test_a_style_of_the_users_own_is_left_to_them():
    with matplotlib.rc_context({"lines.linewidth": 7}):
        saved("experiment fit", "svg")
        assert matplotlib.rcParams["lines.linewidth"] == 7


def colours_seen(draw):
    """How many pixels have each model's colour, or are of its colour on white."""
    file = io.BytesIO()
    figures.save_figure(draw, file, "png")
    pixels = matplotlib.image.imread(io.BytesIO(file.getvalue()))[..., :3]
    seen = {}
    for model, colour in COLOURS.items():
        full = np.array(matplotlib.colors.to_rgb(colour))
        shades = [1 - alpha * (1 - full) for alpha in (1, 0.6)]
        seen[model] = sum(int((np.abs(pixels - shade).max(axis=2) < 0.02).sum()) for shade in shades)
    return seen


@pytest.mark.parametrize("points", [3, 9, 60])
def test_models_that_coincide_are_all_seen(points):
    values = np.linspace(1.0, 2.0, points)

    def draw(figure, models=tuple(COLOURS)):
        axes = figure.subplots()
        for model in models:
            plot(axes, range(points), values, model)

    together = colours_seen(draw)
    for model in COLOURS:
        alone = colours_seen(partial(draw, models=(model,)))[model]
        assert together[model] > alone / 20, model
