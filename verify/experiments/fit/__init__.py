"""The three models on the user's data: network, scaled and ordinary convolution, epoch by epoch.

For each nu_W all start from the impulse response of the same random network and see the last ``lags`` inputs.
Network and scaled convolution share their step, the ordinary convolution has its own; each is half of the
largest stable one.  The networks of all nu_W are one draw, scaled.

The sequences are parted in three, in their order: training, validation, and what is held out.  Validation
chooses nu_W and the epoch, for each model its own; what is held out chooses nothing, so that the errors there
are those to expect on new data.  Of fewer than three sequences the steps are parted, and an output sees the
true inputs before its part.  Inputs and outputs are centred, coordinate by coordinate, and divided by one
standard deviation, all taken from the training data alone, as the models have no constant term and their
start has the size 1.

An output that is NaN was not observed: it has no part in training, centring or any error.
"""

from verify.experiments.fit.data import Settings
from verify.experiments.fit.measuring import Result, Run, labels, run
from verify.experiments.fit.telling import draw, report

__all__ = ["Result", "Run", "Settings", "draw", "labels", "report", "run"]
