"""Wrong lag weights, which checks must refuse, and what is asked of verdicts and of draws."""

from derivations.closed_forms import power_derivative
from verify.checks.formulas import textbook_weight

WRONG = {
    "the factor i dropped": lambda i, w, f, c: (c + f) * w**i + (c * f * w ** (i - 1) if i else 0),
    "i + 1 for i": lambda i, w, f, c: (c + f) * w**i + c * f * (i + 1) * w ** max(i - 1, 0),
    "i + 1 for i from lag 1": lambda i, w, f, c: (
        (c + f) * w**i + (c * f * (i + 1) * w ** (i - 1) if i else 0)
    ),
    "w^i for w^(i-1)": lambda i, w, f, c: (c + f) * w**i + c * f * i * w**i,
    "nu_C for nu_F in the readout's share": lambda i, w, f, c: 2 * c * w**i + c * f * power_derivative(w, i),
    "nu_F for nu_C in the input's share": lambda i, w, f, c: 2 * f * w**i + c * f * power_derivative(w, i),
    "nu_C for nu_F in the transition's share": lambda i, w, f, c: (
        (c + f) * w**i + c * c * power_derivative(w, i)
    ),
    "nu_F for nu_C in the transition's share": lambda i, w, f, c: (
        (c + f) * w**i + f * f * power_derivative(w, i)
    ),
    "times 1.05": lambda i, w, f, c: textbook_weight(i, w, f, c) * 21 / 20,
}


def failures(verdicts):
    return [verdict.name for verdict in verdicts if not verdict.holds]


def greatest_skewness(draws):
    """Of any column that varies."""
    centred = draws - draws.mean(axis=0)
    spread = draws.std(axis=0)
    varies = spread > 1e-12 * abs(draws).max(axis=0)
    return abs((centred[:, varies] ** 3).mean(axis=0) / spread[varies] ** 3).max()
