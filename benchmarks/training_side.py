"""One side of training.py: a network's steps of gradient descent by us, or by torch.

Started by training.py.  It reads W, F, C, x, y and the step from the file named first and trains by the
method named third, "ours" or "torch".  To the file named second go the gradients at the start and the
movement of W, F and C after three steps.  Then, for each line of its standard input, it trains on for 0.3 s,
one step at least, and answers with the median of the seconds a step took.
"""

import json
import sys
import time
from itertools import islice

import numpy as np

problem = dict(np.load(sys.argv[1]))
start = [problem[name] for name in "WFC"]
x, y, eta = problem["x"], problem["y"], float(problem["step"])


def ours():
    """The version, the gradients, and the training after 0, 1, 2, ... steps."""
    from numeric import Task
    from numeric.network_descent import network_descent, network_gradients

    task = Task(x, y)
    training = (network[:3] for network in network_descent(*start, task, step=eta))
    return f"numpy {np.__version__}", network_gradients(*start, task), training


def unrolled():
    """The same by torch: forward over the T steps, squared loss, backward."""
    import torch

    inputs, wanted = torch.from_numpy(x), torch.from_numpy(y)
    scale = x.dtype.type(start[0].shape[0] ** -0.5)
    parameters = [torch.tensor(matrix, requires_grad=True) for matrix in start]

    def backward():
        W, F, C = parameters
        first, *others = inputs.unbind(1)
        h = first @ F.T
        outputs = [h @ C.T]
        for x_t in others:
            h = torch.addmm(x_t @ F.T, h, W.T, alpha=scale)  # a little faster than h @ W.T * scale + ...
            outputs.append(h @ C.T)
        loss = ((scale * torch.stack(outputs, 1) - wanted) ** 2).sum() / 2
        loss.backward()

    def steps():
        while True:
            yield [parameter.detach().numpy() for parameter in parameters]
            backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter -= eta * parameter.grad
                    parameter.grad = None

    backward()
    gradients = [parameter.grad.numpy().copy() for parameter in parameters]
    for parameter in parameters:
        parameter.grad = None
    return f"torch {torch.__version__}", gradients, steps()


version, gradients, training = {"ours": ours, "torch": unrolled}[sys.argv[3]]()
third = next(islice(training, 3, None))
movement = [now - before for now, before in zip(third, start, strict=True)]
np.save(sys.argv[2], np.concatenate([np.ravel(part) for part in (*gradients, *movement)]))
print(json.dumps(version), flush=True)
for _ in sys.stdin:
    time.sleep(0.1)  # the other side's threads are spinning for a while
    clock = [time.perf_counter()]
    while len(clock) == 1 or clock[-1] < clock[0] + 0.3:
        next(training)
        clock.append(time.perf_counter())
    print(np.median(np.diff(clock)), flush=True)
