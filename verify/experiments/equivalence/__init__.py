r"""A student network learns from a teacher network, and the scaled convolution follows it step by step.

The teacher is a linear network of 4 hidden units; the student a wide one with nu_W = 0.3.  Beside the student
learn two convolutions from the student's own initial impulse response: the scaled one, ``L_j = sqrt(rho_j)
theta_j``, with the student's step, and the ordinary one with a step of its own, in both cases a quarter of
the largest stable one.  This is the synthetic experiment of Emami et al. 2021.

How far apart are they?  Let the *gap* be the greatest ``|L_j - L_j'|`` (Frobenius) between student and scaled
convolution over all lags and all steps.  To first order it is due to the fluctuation of the student's lag
kernel at its start, so it falls like n^{-1/2} with a law that depends on the width by this factor alone: the
logarithm of the gap is a line in log n with the same scatter everywhere, and ordinary least squares give its
slope with an exact confidence interval.  The law itself is known without training any network, from exact
samples of kernel and start (:func:`numeric.sample_lag_kernel`), each trained in its linearisation.
"""

from verify.experiments.equivalence.measuring import FULL, QUICK, Result, Settings, labels, run
from verify.experiments.equivalence.telling import draw, report

__all__ = ["FULL", "QUICK", "Result", "Settings", "draw", "labels", "report", "run"]
