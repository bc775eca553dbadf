r"""Which delays a network learns in a few steps, by how it is initialised.

Wanted is the input of ``tau`` steps ago, ``y_t = x_{t-tau}``, for inputs that are white noise, so that all
lags are seen equally often; and as in ``experiment memory`` on top of what the network computes at its start,
``f^0(x) + y``, as it would first have to unlearn a random response otherwise.  Gradient descent takes few
steps: what is learned then is what the initialisation prefers.

Beside each network, really drawn and trained by back-propagation (:mod:`verify.training`), stands its theory
of infinite width, which knows only the limit of its kernel, ``lim Theta_ij``:

* of a diagonal limit the scaled convolution, ``L_j^{k+1} = L_j^k - eta rho_j dJ/dL_j``;
* of a leaky network, whose limit is not diagonal, ``L_i^{k+1} = L_i^k - eta sum_j Theta_ij dJ/dL_j``.

How far may a network of width n be from it?  As far as two networks are from each other, by a factor of
sqrt 2: both follow from the fluctuation of the kernel at the start, of order n^{-1/2}.  So the *distance* is
predicted by pairs of narrower networks, linearised at their starts, times the root of the ratio of the
widths: they know no theory, and the claim has the order n^{-1/2} in it.  The step is half the largest that is
stable for all of these.
"""

from verify.experiments.initialisations.measuring import FULL, QUICK, Result, Settings, labels, run
from verify.experiments.initialisations.telling import draw, report

__all__ = ["FULL", "QUICK", "Result", "Settings", "draw", "labels", "report", "run"]
