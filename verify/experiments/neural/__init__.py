r"""The firing rate of a real neuron, predicted from the sound that it hears.

The data are two recordings of a grasshopper's auditory receptor (:mod:`verify.recordings`): the envelope of
the sound and the smoothed firing rate, in bins of 1 ms, predicted from the last 40 bins of the sound.  (Emami
et al. 2021 decode a monkey's cortex; those recordings cannot be redistributed.)  Three models learn from the
impulse response of the same random network: the network, the scaled convolution and the ordinary one.  As a
random start is itself a burden where data are few, both convolutions are also trained from 0.

Time is cut into blocks: training, validation, test.  Training ends where validation begins, whatever its
length; a repetition takes another student and, as long as there is one, an earlier window of training.  An
output sees the true inputs before its block, and as a spike is smeared over a few bins, so many are left out
between blocks.  Sound and rate are standardised by the training window's mean and variance, and R^2 compares
with the constant prediction of that mean.  Training stops at the best of the steps 1, 2, 3, 5, 7, 10, 20, ...
on the validation block.  The convolutions are known after any number of steps, and up to 10^12 are tried; the
network takes a limited number, and gives up earlier once it has gone four times as far as its best.  The
*capped* scaled convolution stops where the network stopped at the latest: it tells what the limit costs.

What the theory says sharply: the distance of network and scaled convolution, of order n^{-1/2}, has a known
law.  The *gap* is the greatest root mean square distance of their predictions on the test block during the
first steps, in units of the rate's standard deviation; exact samples of the lag kernel at the network's width
(:func:`numeric.sample_lag_kernel`), each trained in its linearisation, predict it.
"""

from verify.experiments.neural.drawing import draw
from verify.experiments.neural.measuring import FULL, QUICK, Cell, Outcome, Result, Settings, labels, run
from verify.experiments.neural.telling import report

__all__ = ["FULL", "QUICK", "Cell", "Outcome", "Result", "Settings", "draw", "labels", "report", "run"]
