"""Faults that others make, by name."""

from functools import partial

import implementations as my
import numpy as np

from numeric import Network, Rates, lag_kernel

__all__ = ["WRONG_KERNELS", "WRONG_LAG_KERNELS", "WRONG_SAMPLERS", "WRONG_WEIGHTS", "in_tf32", "naive"]


def in_float32(function):
    """Computed in single precision, returned in double."""

    def single(*arguments):
        arguments = [np.float32(x) if isinstance(x, float | np.ndarray) else x for x in arguments]
        return np.asarray(function(*arguments)).astype(float)

    return single


def naive(w, f, c, lags):
    i = np.arange(lags)
    with np.errstate(all="ignore"):
        return (c + f) * w**i + i * c * f * w ** (i - 1.0)


WRONG_WEIGHTS = {
    "off by one lag": lambda w, f, c, lags: my.closed_form(w, f, c, lags + 1)[1:],
    "off by one place": lambda w, f, c, lags: my.closed_form(w, f, c, lags) + c * f * w ** np.arange(lags),
    "swapped variances": lambda w, f, c, lags: my.closed_form(f, w, c, lags),
    "float32 accumulation": partial(my.closed_form, dtype=np.float32),
    "float32 accumulation, told float64": lambda *a: my.first_order(*a, dtype=np.float32).astype(float),
    "missing i = 0 case": naive,
    "wrong power": lambda w, f, c, lags: (c + f + np.arange(lags) * c * f) * w ** np.arange(lags),
    "one lag too few": lambda w, f, c, lags: my.closed_form(w, f, c, lags - 1),
    "one lag too many": lambda w, f, c, lags: my.closed_form(w, f, c, lags + 1),
    "last lag left out": lambda w, f, c, lags: np.r_[my.closed_form(w, f, c, lags)[:-1], 0.0],
    "sum for product": lambda w, f, c, lags: [
        (c + f) * w**i + i * (c + f) * w ** max(i - 1, 0) for i in range(lags)
    ],
    "readout not trained": lambda w, f, c, lags: my.closed_form(w, f, c, lags) - f * w ** np.arange(lags),
    "deviation for variance": lambda w, f, c, lags: my.closed_form(w**0.5, f, c, lags),
    "a rounded constant": lambda w, f, c, lags: my.closed_form(w, f, c, lags) * (1 + 1e-13),
}


def with_pairs_of_steps(x1, x2, *nu):  # the definition, were lags counted from the start of the sequences
    T, S = x1.shape[1], x2.shape[1]
    rho = my.closed_form(*nu, max(T, S))
    return np.einsum("ntx,msx->nmts", rho[:T, None] * x1, x2)


def one_step_short(x1, x2, *nu):
    kernel = my.sum_over_lags(x1, x2, *nu)
    if min(kernel.shape[2:]) > 1:
        rho = my.closed_form(*nu, min(kernel.shape[2:]))
        kernel[..., -1, -1] -= rho[-1] * np.einsum("nx,mx->nm", x1[:, -len(rho)], x2[:, -len(rho)])
    return kernel


def lags_of_the_longer(x1, x2, *nu):
    length = max(x1.shape[1], x2.shape[1])
    return my.sum_over_lags(*(np.pad(x, ((0, 0), (0, length - x.shape[1]), (0, 0))) for x in (x1, x2)), *nu)


def in_tf32(x1, x2, *nu):
    """Products of matrices as on a GPU that rounds their entries to ten bits."""
    short = ((x.view(np.int32) + 2**12 & -(2**13)).view(np.float32) for x in (x1.copy(), x2.copy()))
    return my.sum_over_lags(*short, *nu)


WRONG_KERNELS = {
    "off by one lag": partial(
        my.sum_over_lags, weights=lambda w, f, c, lags, _: my.closed_form(w, f, c, lags + 1)[1:]
    ),
    "swapped variances": lambda x1, x2, w, f, c: my.sum_over_lags(x1, x2, f, w, c),
    "float32 accumulation": in_float32(my.sum_over_lags),
    "missing i = 0 case": partial(my.sum_over_lags, weights=lambda w, f, c, lags, _: naive(w, f, c, lags)),
    "wrong T, the longer": lags_of_the_longer,
    "wrong T, a step short": one_step_short,
    "lags from the start": with_pairs_of_steps,
    "time reversed": lambda x1, x2, *nu: my.recursion(x1[:, ::-1], x2[:, ::-1], *nu),
    "times transposed": lambda x1, x2, *nu: my.recursion(x1, x2, *nu).swapaxes(2, 3),
    "sequences transposed": lambda x1, x2, *nu: my.recursion(x2, x1, *nu),
    "mean over coordinates": lambda x1, x2, *nu: my.recursion(x1, x2, *nu) / x1.shape[2],
    "no sign": lambda x1, x2, *nu: abs(my.recursion(x1, x2, *nu)),
    "NNGP": lambda x1, x2, w, f, c: my.recursion(x1, x2, w, c * f, 0.0),
    "last output alone": lambda x1, x2, *nu: my.recursion(x1, x2, *nu)[..., -1, -1],
}

WRONG_LAG_KERNELS = {
    "off by one lag": lambda W, F, C, lags: my.from_grams(W, F, C, lags + 1)[1:, :, :, 1:],
    "factors swapped": lambda W, F, C, lags: my.from_grams(W, C.T, F.T, lags).swapaxes(1, 2).swapaxes(4, 5),
    "W transposed": lambda W, F, C, lags: my.from_grams(W.T, F, C, lags),
    "float32 accumulation": in_float32(my.from_grams),
    "no scale": lambda W, F, C, lags: my.from_grams(W * len(W) ** 0.5, F, C, lags),
    "wrong number of lags": lambda W, F, C, lags: my.from_grams(W, F, C, lags + 1),
    "outputs and inputs transposed": lambda W, F, C, lags: (
        my.from_grams(W, F, C, lags).swapaxes(1, 2).swapaxes(4, 5)
    ),
    "W not trained": lambda W, F, C, lags: lag_kernel(Network(W, F, C, rates=Rates(transition=0)), lags),
    "diagonal alone": lambda W, F, C, lags: (
        my.from_grams(W, F, C, lags) * np.eye(lags)[:, None, None, :, None, None]
    ),
}

WRONG_SAMPLERS = {
    "swapped variances": lambda n, w, f, c, *rest: my.drawn(n, f, w, c, *rest),
    "one unit more": lambda n, *rest: my.drawn(n + 1, *rest),
    "one lag late": lambda n, w, f, c, lags, *rest: my.drawn(n, w, f, c, lags + 1, *rest)[:, 1:, 1:],
    "deviations for variances": lambda n, w, f, c, *rest: my.drawn(n, w**2, f**2, c**2, *rest),
    "symmetric W": partial(my.drawn, symmetric=True),
    "uniform entries": partial(my.drawn, uniform=True),
    "independent entries": lambda *given: np.stack(
        [np.roll(row, i, axis=0) for i, row in enumerate(my.drawn(*given).swapaxes(0, 1))], axis=1
    ),
    "the limit": lambda n, w, f, c, lags, samples, seed: np.tile(  # noqa: ARG005
        np.diag(my.closed_form(w, f, c, lags)), (samples, 1, 1)
    ),
    "one sample": lambda n, w, f, c, lags, samples, seed: np.repeat(
        my.drawn(n, w, f, c, lags, 1, seed), samples, axis=0
    ),
}
