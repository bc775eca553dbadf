"""Random networks, and what the unrolled recursion says of them: outputs, complex steps, training."""

import numpy as np

from numeric import Variances


def random_network(n, n_x, n_y, rng, variances=None):
    variances = variances or Variances(1)
    w, f, c = (float(getattr(variances, name)) ** 0.5 for name in ("transition", "input", "output"))
    return (
        w * rng.standard_normal((n, n)),
        f * rng.standard_normal((n, n_x)),
        c * rng.standard_normal((n_y, n)),
    )


def unrolled(W, F, C, task):
    """``h_t = W h_{t-1} / sqrt(n) + F x_t, y_t = C h_t / sqrt(n)``, h = 0 before the last ``lags`` inputs.

    With lags = T that is the network itself; with fewer it is unrolled for each output anew.
    """
    n, x = len(W), task.inputs
    y = np.zeros((*x.shape[:2], len(C)), dtype=np.result_type(W, F, C))
    for t in range(x.shape[1]):
        h = np.zeros((len(x), n), dtype=y.dtype)
        for s in range(max(0, t - task.lags + 1), t + 1):
            h = h @ W.T / np.sqrt(n) + x[:, s] @ F.T
        y[:, t] = h @ C.T / np.sqrt(n)
    return y


def unrolled_loss(W, F, C, task):
    return np.sum((unrolled(W, F, C, task) - task.outputs)[:, task.first :] ** 2) / 2


def unrolled_gradients(W, F, C, task):
    """By complex steps of every entry: no cancellation, and no chain rule."""
    gradients = []
    for k, matrix in enumerate((W, F, C)):
        gradient = np.zeros_like(matrix)
        for entry in np.ndindex(matrix.shape):
            moved = [m.astype(complex) for m in (W, F, C)]
            moved[k][entry] += 1e-100j
            gradient[entry] = unrolled_loss(*moved, task).imag / 1e-100
        gradients.append(gradient)
    return gradients


def unrolled_training(W, F, C, task, eta, steps, rates=(1, 1, 1)):
    """Stepping W, F and C, by back-propagation through the truncated recursion."""
    W, F, C, n = W.copy(), F.copy(), C.copy(), len(W)
    path = [(W.copy(), F.copy(), C.copy())]
    for _ in range(steps):
        d_W, d_F, d_C = np.zeros_like(W), np.zeros_like(F), np.zeros_like(C)
        residual = unrolled(W, F, C, task) - task.outputs
        for t in range(task.first, task.inputs.shape[1]):
            start, h = max(0, t - task.lags + 1), [np.zeros((len(residual), n))]
            for s in range(start, t + 1):
                h.append(h[-1] @ W.T / np.sqrt(n) + task.inputs[:, s] @ F.T)
            d_C += residual[:, t].T @ h[-1] / np.sqrt(n)
            back = residual[:, t] @ C / np.sqrt(n)
            for s in range(t, start - 1, -1):
                d_F += back.T @ task.inputs[:, s]
                d_W += back.T @ h[s - start] / np.sqrt(n)
                back = back @ W / np.sqrt(n)
        d_W, d_F, d_C = (rate * d for rate, d in zip(rates, (d_W, d_F, d_C), strict=True))
        W, F, C = W - eta * d_W, F - eta * d_F, C - eta * d_C
        path.append((W.copy(), F.copy(), C.copy()))
    return path


def close(ours, theirs, accuracy):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=accuracy * max(1e-300, abs(theirs).max()))
