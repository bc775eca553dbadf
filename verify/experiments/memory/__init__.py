r"""Which delays a network learns, by the variance of its transition matrix.

Wanted is the input of ``tau`` steps ago, ``y_t = <u, x_{t-tau}>`` with noise, for inputs that are white
noise and for the last output of each sequence alone: so all T lags are seen equally often, and nothing but
the model prefers one to another.  There are fewer sequences than unknowns, and what a model prefers decides
what it makes of them.  The scaled convolution prefers lags of large weight: a step moves ``L_j`` in
proportion to

    rho_j = (nu_C + nu_F) nu_W^j + j nu_C nu_F nu_W^{j-1},

which for nu_W < 1 falls geometrically behind its peak, and for nu_W >= 1 grows: recent inputs are remembered,
or the most distant ones.  After k steps of size eta both

    |L_j^k - L_j^0| <= rho_j k eta |X_j| |r^0|    and    |L_j^k - L_j^0| <= sqrt(rho_j) |theta* - theta^0|

(:mod:`numeric.implicit_bias`), and a model whose ``|L_tau - L_tau^0|`` is at most ``b |L*|`` has a test error
of ``(1 - b)^2`` or more: a delay is not learned unless its weight is large enough.

Each model learns the delay *on top of what it computes at its start*: wanted is ``f^0(x)_t + y_t``, as if a
frozen copy of the start were subtracted.  Otherwise it would have to unlearn a random response of power
``n_x sum_j nu_W^j`` first, hundreds of times the target's for nu_W = 1.2, and that, not the memory, would
decide which nu_W is best.  For the convolutions the start makes no difference then.  As the inputs are white,
the test error over all fresh sequences is a sum of squares, ``|L - L^0 - L*|^2 / |L*|^2``; no test set is
drawn.

How far may a network of width n be from the scaled convolution?  As far as two networks are from each
other, by a factor of sqrt 2: both follow from the fluctuation of the lag kernel at the start, of order
n^{-1/2}.  Two networks, linearised, are a pair of exact samples (:func:`numeric.sample_lag_kernel`), which
know nothing of rho.
"""

from verify.experiments.memory.measuring import FULL, QUICK, Result, Settings, labels, run
from verify.experiments.memory.telling import draw, report

__all__ = ["FULL", "QUICK", "Result", "Settings", "draw", "labels", "report", "run"]
