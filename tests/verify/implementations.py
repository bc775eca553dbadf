"""Right implementations as others write them, in any precision."""

import numpy as np


def rounded(dtype, *numbers):
    return [np.dtype(dtype).type(number) for number in numbers]


# -- lag weights ------------------------------------------------------------------------------------


def closed_form(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    i = np.arange(lags)
    places = np.where(i > 0, i * w ** np.maximum(i - 1, 0).astype(dtype), 0).astype(dtype)
    return (c + f) * w ** i.astype(dtype) + c * f * places


def exponentials(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    i = np.arange(lags).astype(dtype)
    if w == 0:
        return ((i == 0) * (c + f) + (i == 1) * (c * f)).astype(dtype)
    return (c + f) * np.exp(i * np.log(w)) + i * (c * f) * np.exp((i - 1) * np.log(w))


def first_order(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    rho, power = [c + f], c * f
    while len(rho) < lags:
        rho.append(w * rho[-1] + power)
        power = power * w
    return np.array(rho)


def second_order(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    rho = [c + f, (c + f) * w + c * f]
    while len(rho) < lags:
        rho.append(rounded(dtype, 2)[0] * w * rho[-1] - w * w * rho[-2])
    return np.array(rho[:lags])


def double_sum(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    powers = [rounded(dtype, 1)[0]]
    while len(powers) < lags:
        powers.append(powers[-1] * w)
    P, Q = c * np.array(powers), f * np.array(powers)
    return np.array([P[i] + Q[i] + sum(P[a] * Q[i - 1 - a] for a in range(i)) for i in range(lags)])


def convolution(w, f, c, lags, dtype=np.float64):
    w, f, c = rounded(dtype, w, f, c)
    powers = np.cumprod(np.r_[rounded(dtype, 1), np.full(lags - 1, w)])
    later = np.r_[rounded(dtype, 0), np.convolve(c * powers, f * powers)]
    return (c + f) * powers + later[:lags]


WEIGHTS = (closed_form, exponentials, first_order, second_order, double_sum, convolution)


# -- the kernel of sequences ------------------------------------------------------------------------


def lagged(x, lags):
    """Shifted by each lag: (lags, N, T, n_x)."""
    return np.array(
        [np.concatenate([x[:, :1] * 0] * k + [x[:, : x.shape[1] - k]], axis=1) for k in range(lags)]
    )


def sum_over_lags(x1, x2, w, f, c, weights=closed_form):
    lags = min(x1.shape[1], x2.shape[1])
    rho = weights(w, f, c, lags, x1.dtype)
    return sum(
        r * np.einsum("ntx,msx->nmts", a, b)
        for r, a, b in zip(rho, lagged(x1, lags), lagged(x2, lags), strict=True)
    )


def scaled_inputs(x1, x2, w, f, c):
    lags = min(x1.shape[1], x2.shape[1])
    root = np.sqrt(second_order(w, f, c, lags, x1.dtype))[:, None, None, None]
    return np.einsum("kntx,kmsx->nmts", root * lagged(x1, lags), root * lagged(x2, lags))


def recursion(x1, x2, w, f, c):
    w, f, c = rounded(x1.dtype, w, f, c)
    gram = np.einsum("ntx,msx->nmts", x1, x2)
    A, B = np.zeros_like(gram), np.zeros_like(gram)
    for t, s in np.ndindex(gram.shape[2:]):
        A[..., t, s], B[..., t, s] = gram[..., t, s], 0
        if t and s:
            A[..., t, s] += w * A[..., t - 1, s - 1]
            B[..., t, s] = w * B[..., t - 1, s - 1] + A[..., t - 1, s - 1]
    return (c + f) * A + c * f * B


KERNELS = (sum_over_lags, scaled_inputs, recursion)


def limit_of_leaky(network, lags, dtype):
    """lim Theta_ij by the binomial sums t_ab, and all pairs of products of two of them."""
    decay, w, f, c = rounded(
        dtype, *map(float, (network.decay, network.transition, network.input, network.output))
    )
    of_W, of_F, of_C = rounded(
        dtype, *map(float, (network.rates.transition, network.rates.input, network.rates.output))
    )
    choose = np.zeros((lags, lags), dtype=dtype)
    choose[:, 0] = 1
    for a in range(1, lags):
        choose[a, 1:] = choose[a - 1, 1:] + choose[a - 1, :-1]
    t = np.zeros((lags, lags), dtype=dtype)
    for a, b in np.ndindex(lags, lags):
        for k in range(min(a, b) + 1):
            t[a, b] += choose[a, k] * choose[b, k] * decay ** (a + b - 2 * k) * w**k
    theta = (of_C * f + of_F * c) * t
    for i, j in np.ndindex(lags, lags):
        pairs = [t[a, b] * t[i - 1 - a, j - 1 - b] for a, b in np.ndindex(i, j)]
        theta[i, j] += of_W * c * f * np.sum(pairs, dtype=dtype)
    return theta


def of_leaky(x1, x2, network):
    theta = limit_of_leaky(network, max(x1.shape[1], x2.shape[1]), x1.dtype)
    left, right = (lagged(x, x.shape[1]) for x in (x1, x2))
    return np.einsum("intx,ij,jmsx->nmts", left, theta[: len(left), : len(right)], right)


# -- the lag kernel of given matrices ---------------------------------------------------------------


def from_grams(W, F, C, lags):
    root = np.sqrt(W.dtype.type(len(W)))
    U, V = [F], [C]
    for _ in range(lags - 1):
        U.append(W @ U[-1] / root)
        V.append(V[-1] @ W / root)
    Q = np.array([[a.T @ b / W.dtype.type(len(W)) for b in U] for a in U])
    P = np.array([[a @ b.T / W.dtype.type(len(W)) for b in V] for a in V])
    theta = np.einsum("ijxy,pq->ipxjqy", Q, np.eye(len(C), dtype=W.dtype))
    theta += np.einsum("ijpq,xy->ipxjqy", P, np.eye(F.shape[1], dtype=W.dtype))
    for i, j in np.ndindex(lags, lags):
        for a, b in np.ndindex(i, j):
            theta[i, :, :, j] += np.einsum("pq,xy->pxqy", P[a, b], Q[i - 1 - a, j - 1 - b])
    return theta


def from_derivatives(W, F, C, lags):
    """The Jacobian, parameter by parameter: the tangent of every step."""
    scale = W.dtype.type(len(W)) ** W.dtype.type(-0.5)
    rows = []
    for which, matrix in enumerate((W, F, C)):
        for place in np.ndindex(matrix.shape):
            d = [np.zeros_like(m) for m in (W, F, C)]
            d[which][place] = 1
            h, dh, row = F, d[1], []
            for _ in range(lags):
                row.append((d[2] @ h + C @ dh) * scale)
                h, dh = W @ h * scale, (d[0] @ h + W @ dh) * scale
            rows.append(row)
    J = np.array(rows)
    return np.einsum("kipx,kjqy->ipxjqy", J, J)


GIVEN = (from_grams, from_derivatives)


# -- samplers ---------------------------------------------------------------------------------------


def drawn(n, w, f, c, lags, samples, seed, *, symmetric=False, uniform=False):
    """Networks really drawn, with one input and one output."""
    rng = np.random.default_rng(seed)
    draw = (lambda shape: rng.uniform(-(3**0.5), 3**0.5, shape)) if uniform else rng.standard_normal
    W, F, C = draw((samples, n, n)) * w**0.5, draw((samples, n, 1)) * f**0.5, draw((samples, 1, n)) * c**0.5
    if symmetric:
        W = (W + W.swapaxes(1, 2)) / 2**0.5
    U, V = [F], [C]
    for _ in range(lags - 1):
        U.append(W @ U[-1] / n**0.5)
        V.append(V[-1] @ W / n**0.5)
    U, V = np.concatenate(U, axis=2), np.concatenate(V, axis=1)
    Q, P = U.swapaxes(1, 2) @ U / n, V @ V.swapaxes(1, 2) / n
    theta = P + Q
    for i, j in np.ndindex(lags, lags):
        for a, b in np.ndindex(i, j):
            theta[:, i, j] += P[:, a, b] * Q[:, i - 1 - a, j - 1 - b]
    return theta
