"""The check of every public function fails wherever a fault is planted.

A fault is a change of a few characters in the source of one function, made for the length of a test.  It must
fail the verdict of the function that people see it through.
"""

import inspect
import sys
import textwrap
from importlib import import_module

import pytest

from verify.checks.functions import COMPARISONS, drawn
from verify.checks.functions.cases import verdict

FAULTS = [
    # where, what it says, what it says with the fault, and the verdict that must fail
    (
        "numeric.model:non_negative",
        "return exact",
        "return exact.limit_denominator(10**6)",
        "Variances",
    ),
    # lag weights and their sums
    ("numeric.weights:_times_power", "float(w / Fraction(v) - 1) if v else 0.0", "0.0", "lag_weights"),
    ("numeric.weights:_times_power", "float(w / Fraction(v) - 1) if v else 0.0", "0.0", "sensitivity"),
    ("numeric.weights:_times_power", "float(w / Fraction(v) - 1) if v else 0.0", "0.0", "prior_variance"),
    ("numeric.variances:w_s_p", "f * c)", "c * c)", "lag_weights"),
    ("numeric.variances:w_s_p", "(readout.rate, f)", "(readout.rate, c)", "sensitivity"),
    ("numeric.variances:w_s_p", "_times(readout.rate, f)", "f", "total"),
    ("numeric.variances:w_s_p", "_times(layer.input.rate, c)", "c", "peak_lag"),
    ("numeric.variances:w_s_p", "_times(layer.rate, f * c)", "f * c", "ntk"),
    (
        "derivations.finite_width_forms:entry_covariance",
        "eta_F, eta_W",
        "eta_C, eta_W",
        "lag_kernel_variance",
    ),
    ("derivations.finite_width_forms:gram_fluctuation", "together**2", "together", "width_for_fluctuation"),
    ("numeric.finite_width:_completed", "of_F * P", "of_C * P", "lag_kernel"),
    ("numeric.finite_width:_completed", "theta *= of_W", "pass", "lag_kernel"),
    ("numeric.weights:prior_variance", "(product,), lambda", "(c + f,), lambda", "prior_variance"),
    ("numeric.weights:_comfortable", "return all(", "return True or all(", "lag_weights"),
    ("derivations.closed_forms:lag_weight", "power_derivative(w, i)", "i * w**i", "lag_weights"),
    ("derivations.closed_forms:total", "(1 - w) ** 2", "(1 - w)", "total"),
    ("derivations.closed_forms:mean_lag", "p * (1 + w)", "p", "mean_lag"),
    (
        "derivations.closed_forms:tail_mass",
        "power_derivative(w, m)",
        "power_derivative(w, m + 1)",
        "tail_mass",
    ),
    ("numeric.weight_sums:tail_mass", "w_s_p(network), lag)", "w_s_p(network), lag + 1)", "tail_mass"),
    ("derivations.closed_forms:partial_sum_at_one", "(m - 1)", "m", "partial_sum"),
    ("numeric.weight_sums:partial_sum", "if w == 1:", "if w == 2:", "partial_sum"),
    ("numeric.layered:just_below", "whole - tiny / 2", "whole", "partial_sum"),
    ("numeric.layered:just_below", "4 * places + 1100", "0", "partial_sum"),
    ("numeric.weight_sums:peak_lag", "+ 1 if w else 1", "if w else 1", "peak_lag"),
    ("numeric.weight_sums:peak_lag", "math.floor", "math.ceil", "peak_lag"),
    ("numeric.weight_sums:peak_lag", "> 0:", ">= 0:", "peak_lag"),
    ("numeric.weight_sums:peak_lag", "if w else 1", "if w else 0", "peak_lag"),
    (
        "numeric.weight_sums:memory_length",
        "while _tail_is_at_most(fields, m - 1",
        "while 0 and (fields, m - 1",
        "memory_length",
    ),
    ("numeric.weight_sums:memory_length", "while not _tail_is_at_most(", "while 0 and (", "memory_length"),
    ("numeric.weight_sums:memory_length", "in (0, 1)", "in (1,)", "memory_length"),
    ("numeric.weight_sums:memory_length", "return 2 ", "return 1 ", "memory_length"),
    # certified digits and nearest floats
    ("numeric.certified:_decimal", "fmpq(1, 2)", "fmpq(0)", "lag_weights"),
    ("numeric.certified:_decimal", "fmpq(1, 2)", "fmpq(499, 1000)", "lag_weights"),
    ("numeric.certified:_nearest_float", "below if below == above else None", "below", "total"),
    ("numeric.certified:not_positive", "x <= 0 else", "x < 0 else", "memory_length"),
    # finite width
    ("derivations.moments:_whole", "sum_of_traces(traces, ", "sum_of_traces(traces[:1], ", "moment"),
    ("derivations.words:parse", "transposed(factor)", "factor", "moment"),
    ("derivations.genus:_Expansion.partners", "others, defect - 1", "others, defect", "moment"),
    ("derivations.genus:_Expansion.cumulant", "else 1)", "else 0)", "moment"),
    ("derivations.genus:_Expansion.blocks", "times, (), (state", "1, (), (state", "moment"),
    ("derivations.exact_kernel:exact_mean", "n**order", "n ** (order + 1)", "exact_mean"),
    (
        "derivations.exact_kernel:contracted_covariance",
        "second_moment - identities *",
        "second_moment - 2 *",
        "exact_variance",
    ),
    ("numeric.expected:_dense", "w ** (half - 1)", "w**half", "expected_lag_kernel"),
    (
        "numeric.expected:_dense",
        "width**k",
        "width ** (k + 1)",
        "expected_lag_kernel",
    ),
    ("derivations.finite_width_forms:walk_overlap", "3 * M - m + 1", "3 * M - m", "lag_kernel_variance"),
    ("derivations.finite_width_forms:gram_fluctuation", "(m + 1) * M", "m * M", "lag_kernel_covariance"),
    ("derivations.finite_width_forms:pairings", "i - j == l - k", "False", "lag_kernel_variance"),
    ("numeric.fluctuations:_coupled", "{k - (i - j), k + (i - j)}", "{k - (i - j)}", "lag_kernel_covariance"),
    ("numeric.fluctuations:_falls_to", "return enough", "return enough + 1", "width_for_mean"),
    ("numeric.fluctuations:_falls_to", "return enough", "return below or 1", "width_for_mean"),
    ("numeric.fluctuations:_falls_to", "> allowed", ">= allowed", "width_for_mean"),
    (
        "numeric.fluctuations:_least_root",
        "(max(int(bound.ceil()) - 1, 0)) + 1",
        "(int(bound.ceil()))",
        "width_for_mean",
    ),
    (
        "numeric.fluctuations:_least_root",
        "(max(int(bound.ceil()) - 1, 0)) + 1",
        "(int(bound.ceil())) + 1",
        "width_for_mean",
    ),
    ("numeric.fluctuations:_dense_width", "[1:]", "[1:3]", "width_for_mean"),
    ("derivations.finite_width_forms:transition_pairs", "- 3 * (-1) ** i", "- 3", "width_for_mean"),
    ("numeric.fluctuations:width_for_fluctuation", "max(1, ", "max(1, -1 + ", "width_for_fluctuation"),
    ("numeric.fluctuations:width_for_fluctuation", "max(1, ", "max(1, 1 + ", "width_for_fluctuation"),
    ("numeric.fluctuations:width_for_fluctuation", "weight) ** 2", "weight)", "width_for_fluctuation"),
    # of orthogonal and leaky networks
    ("numeric.expected:_leaky", "@ binomial.T", "@ binomial", "expected_lag_kernel, networks"),
    ("derivations.leaky_forms:expansion", "comb(i, k) *", "", "expected_lag_kernel, networks"),
    ("derivations.orthogonal_forms:trace_product", "+ fixed", "", "expected_lag_kernel, networks"),
    ("derivations.orthogonal_forms:_places", "j + k", "j", "expected_lag_kernel, networks"),
    ("derivations.orthogonal_forms:gram_fluctuation", "m * M", "m * m", "lag_kernel_covariance, networks"),
    ("derivations.orthogonal_forms:gram_fluctuation", "m + M", "m", "lag_kernel_variance, networks"),
    ("derivations.orthogonal_forms:entry_covariance", "eta_F, eta_W", "1", "width_for_fluctuation, networks"),
    (
        "derivations.leaky_forms:covariance",
        "{c - (a - b), c + (a - b)}",
        "{c}",
        "lag_kernel_variance, networks",
    ),
    ("numeric.fluctuations:_leaky_width", "total[1:]", "total[2:]", "width_for_mean, networks"),
    ("numeric.fluctuations:_orthogonal_width", "enough -= 1", "break", "width_for_mean, networks"),
    ("derivations.orthogonal_forms:trace_squares", "greatest + even", "greatest", "width_for_mean, networks"),
    # kernels and given networks
    ("numeric.dense_kernels:_last_kernel", "[::-1, None]", "[:, None]", "ntk"),
    ("numeric.dense_kernels:_last_kernel", "[:, -lags:]", "[:, :lags]", "ntk"),
    ("numeric.dense_kernels:_kernel", "window *= w", "pass", "ntk"),
    ("numeric.dense_kernels:_outlook", "floor = 0.0 if lossless", "floor = 0.0 if True", "ntk"),
    ("numeric.dense_kernels:dense_evaluation", "T - 1 - k", "k", "ntk"),
    ("numeric.dense_kernels:dense_evaluation", " * w + carried[:, :, t - 1, :-1]", " * w", "ntk"),
    ("numeric.finite_width:_chains", "U[a] /= np.sqrt(n)", "U[a] /= n", "lag_kernel"),
    (
        "numeric.finite_width:impulse_response",
        "C @ U / np.sqrt(len(W))",
        "C @ U / len(W)",
        "impulse_response",
    ),
    ("numeric.finite_width:sequence_kernel", "((3, 5), (2, 3))", "((3, 5), (1, 3))", "sequence_kernel"),
    ("numeric.lagged:flat", "transpose(0, 2, 1).reshape(-1", "reshape(-1", "convolve"),
    # training
    ("numeric.task:Task.loss", "/ 2", "/ 1", "Task.loss"),
    ("numeric.task:_residual", " - Y", "", "Task.gradient"),
    ("numeric.linear_models:convolution_descent", "np.sqrt(rho)", "rho", "convolution_descent"),
    ("numeric.linear_models:linearised_descent", "np.sqrt(np.where(", "(np.where(", "linearised_descent"),
    ("numeric.learned:by_descent", "float(steps) *", "float(steps + 1) *", "Descent.steps"),
    ("numeric.learned:by_flow", "-time * lam", "-2 * time * lam", "Descent.flow"),
    ("numeric.descent:Descent.distance", "math.hypot(*", "max(", "Descent.distance"),
    ("numeric.descent:Descent.largest_step", "self.greatest**2", "self.greatest", "Descent.largest_step"),
    ("numeric.descent:step_size", "largest / 2", "largest / 3", "Descent.steps"),
    ("numeric.descent:step_size", "if eta > largest", "if eta > 2 * largest", "Descent.steps"),
    ("numeric.descent:step_size", "largest / 2", "largest / 3", "step_bound"),
    ("numeric.implicit_bias:step_bound", "energies**0.5", "energies", "step_bound"),
    ("numeric.implicit_bias:uniform_bound", "np.sqrt(training_forms", "(training_forms", "uniform_bound"),
    (
        "numeric.network_descent:_step",
        "range(lags - 2, -1, -1)",
        "range(lags - 2, 0, -1)",
        "network_gradients",
    ),
    ("numeric.network_descent:_step", "B[a] += scale *", "B[a] += ", "train_network"),
    (
        "numeric.network_descent:network_gradients",
        "left.T @ right / network.width",
        "left.T @ right",
        "network_gradients",
    ),
    ("numeric.network_descent:_descend", "C -= eta_C *", "C -= eta_W *", "network_descent"),
    ("numeric.network_descent:network_descent", "matrix.copy()", "matrix", "network_descent"),
    (
        "numeric.network_descent:largest_stable_step",
        ".largest_step",
        ".largest_step / 2",
        "largest_stable_step",
    ),
    ("numeric.kernel_training:Steps.remaining", "power * rest", "rest", "kernel_regression"),
    ("numeric.kernel_training:Flow.remaining", "-number(self.time)", "number(-2)", "kernel_regression"),
    ("numeric.kernel_training:refuse_unstable", "> largest:", "> 4 * largest:", "kernel_regression"),
    ("numeric.descent:Descent._responses", "self.initial + ", "", "Descent.limit"),
    ("numeric.lag_factors:weighted_lags", "2 if second else 1", "1", "kernel_regression"),
    ("numeric.lag_factors:weighted_lags", "0 if first else 1", "0", "kernel_regression"),
    ("numeric.lag_factors:_times_identity", "if i == j", "if i <= j", "kernel_regression"),
    (
        "numeric.lag_factors:LagFactors._product",
        "kind(C) * kind(",
        "kind(C * 2) * kind(",
        "kernel_regression",
    ),
    ("numeric.exact_matrices:trace", "range(M.nrows())", "range(1, M.nrows())", "kernel_condition"),
    # samples: the joint law, the left basis, the blocks
    (
        "numeric.gaussian_sampler:draw",
        "float(width - k)",
        "float(width - k + 1)",
        "gram_chunks, n=3 n_x=1 n_y=1",
    ),
    ("numeric.gaussian_sampler:draw", "float(width - k)", "float(width)", "gram_chunks, n=8 n_x=1 n_y=1"),
    (
        "numeric.gaussian_sampler:draw",
        "P=gram(V), Q=gram(U)",
        "P=gram(U), Q=gram(V)",
        "gram_chunks, n=8 n_x=1 n_y=1",
    ),
    (
        "numeric.gaussian_sampler:draw",
        "L=L.swapaxes(1, 2)",
        "L=L[::-1].swapaxes(1, 2)",
        "gram_chunks, n=8 n_x=1 n_y=1",
    ),
    (
        "numeric.gaussian_sampler:draw",
        "L=L.swapaxes(1, 2)",
        "L=L[::-1].swapaxes(1, 2)",
        "sample_lag_kernel, E[L L Theta]",
    ),
    (
        "numeric.gaussian_sampler:draw",
        "concatenate((readout,",
        "concatenate((-readout,",
        "gram_chunks, n=8 n_x=1 n_y=1",
    ),
    (
        "numeric.gaussian_sampler:draw",
        "roots.input, roots",
        "roots.output, roots",
        "gram_chunks, n=1 n_x=1 n_y=1",
    ),
    ("numeric.gaussian_sampler:draw", "seed.spawn(4)", "[seed] * 4", "gram_chunks, first of a block"),
    ("numeric.gaussian_sampler:draw", "seed.spawn(4)", "seed.spawn(1) * 4", "gram_chunks, first of a block"),
    ("numeric.gaussian_sampler:_left", "range(2)", "range(1)", "gram_chunks"),
    ("numeric.gaussian_sampler:_left", "column = column - met.swapaxes(1, 2) @ along", "pass", "gram_chunks"),
    (
        "numeric.gaussian_sampler:_left",
        "column = column - met.swapaxes(1, 2) @ along",
        "pass",
        "gram_chunks, n=8 n_x=1 n_y=1",
    ),
    (
        "numeric.gaussian_sampler:_left",
        "(basis[:, None, k - n_y, :D] @ action)[:, 0]",
        "action[:, 0]",
        "gram_chunks, E[P Q]",
    ),
    (
        "numeric.gaussian_sampler:_left",
        "(basis[:, None, k - n_y, :D] @ action)[:, 0]",
        "0 * action[:, 0]",
        "gram_chunks",
    ),
    ("numeric.gaussian_sampler:_chain", "step * columns", "start * columns", "gram_chunks, n=8 n_x=1 n_y=1"),
    ("numeric.sampler:_blocks", "_child(parent, block)", "_child(parent, 0)", "gram_chunks"),
    (
        "numeric.sampler:_blocks",
        "_child(parent, block)",
        "_child(parent, block // 2)",
        "gram_chunks, two blocks",
    ),
    (
        "numeric.sampler:_blocks",
        "_child(parent, block)",
        "_child(parent, block - first_block)",
        "gram_chunks",
    ),
    ("numeric.sampler:_child", "root.entropy, spawn_key", "0, spawn_key", "gram_chunks"),
    ("numeric.sampler:lag_kernel_chunks", "rng, first_block)", "rng, 0)", "lag_kernel_chunks"),
    ("numeric.sampler:sample_lag_kernel", "= responses", "= responses[::-1]", "lag_kernel_chunks"),
    (
        "numeric.sampler:_lag_kernel",
        "(grams.P, grams.Q, rates)",
        "(grams.P, grams.Q[::-1], rates)",
        "lag_kernel_chunks",
    ),
    # networks of other kinds
    ("numeric.model:Rates.__init__", 'non_negative(f"rates: {name}", value)', "Fraction(value)", "Rates"),
    ("numeric.networks.orthogonal:Orthogonal.transition", "**2", "", "Orthogonal"),
    ("numeric.networks.stack:Stack.readout", "[-1]", "[0]", "Stack"),
    (
        "numeric.networks.diagonal:_spectrum",
        "append((real, imaginary))",
        "append((real, -imaginary))",
        "Diagonal",
    ),
    ("numeric.networks.diagonal:Ring.__init__", "self.inner > self.outer", "False", "Ring"),
    (
        "numeric.networks.biased:Biased.layers",
        "bias=self.hidden, initial=self.initial",
        "bias=self.initial, initial=self.hidden",
        "Biased",
    ),
    ("numeric.networks.preset:_torch", "prior_power=-1", "prior_power=0", "preset"),
    ("numeric.networks.preset:_torch", "third, third, third", "third, third, 1", "preset"),
    ("numeric.networks.preset:_keras", "Orthogonal(1, 2, 2)", "Orthogonal(1, 2, 1)", "preset"),
    ("numeric.networks.preset:_flax", "input=0", "input=1", "preset"),
    ("numeric.network:Network.transition", "self.decay *", "0 *", "Network"),
    ("numeric.network_descent:_step", "B[a] += decay * B[a + 1]", "pass", "Network"),
    ("numeric.network:from_weights", "output=given.width", "output=1", "from_weights"),
    ("numeric.network:from_weights", "root * given.C", "given.C", "from_weights"),
    # their limits
    (
        "numeric.limit:limit_kernel",
        "fill_diagonal(kernel, array)",
        "fill_diagonal(kernel, array[::-1])",
        "limit_kernel",
    ),
    ("numeric.limit:limit_kernel", "else mpf(0)", "else 0", "limit_kernel"),
    (
        "numeric.networks.leaky:LeakyTransition.filtered",
        "values[t - 1, s] * decay",
        "values[t - 1, s]",
        "limit_kernel",
    ),
    (
        "numeric.networks.leaky:LeakyTransition.filtered",
        "values[t - 1, s] * decay",
        "values[t - 1, s]",
        "nngp",
    ),
    (
        "numeric.networks.diagonal:RingTransition.trained",
        "Fraction(i * i)",
        "Fraction(i)",
        "lag_weights, of stacks and rings",
    ),
    (
        "numeric.networks.diagonal:RingTransition.moments",
        "Fraction(i + 1)",
        "Fraction(i + 2)",
        "prior_variance, of stacks and rings",
    ),
    (
        "numeric.networks.diagonal:RingTransition.trained_at",
        "a * b * u * u",
        "a * u * u",
        "total, of stacks and rings",
    ),
    ("numeric.layered:_Recurrence.after", "rate * s_old", "rate * below", "partial_sum, of stacks and rings"),
    ("numeric.layered:_Recurrence.tail", "rate * (S + s)", "rate * S", "memory_length, of stacks"),
    (
        "numeric.networks.diagonal:RingTransition.trained_at",
        "a * b * u * u",
        "a * b * u",
        "mean_lag, of stacks and rings",
    ),
    ("numeric.layered:mean_lag", "G[1] / G[0]", "G[1]", "mean_lag, of stacks and rings"),
    ("numeric.layered:peak_lag", "last = i", "pass", "peak_lag, of stacks and rings"),
    # their laws of finite width
    ("numeric.expected:_leaky", "@ binomial.T", "@ binomial", "expected_lag_kernel, other networks"),
    ("derivations.orthogonal_forms:trace_mean", "1 - k % 2", "1", "expected_lag_kernel, other networks"),
    ("derivations.orthogonal_forms:trace_product", "n - 1", "n", "expected_lag_kernel, other networks"),
    (
        "derivations.orthogonal_forms:gram_fluctuation",
        "(m + M, w",
        "(m * M, w",
        "lag_kernel_covariance, other networks",
    ),
    (
        "numeric.fluctuations:_coupled",
        "range(lags) if leaky",
        "range(k, lags) if leaky",
        "lag_kernel_covariance, other networks",
    ),
    (
        "derivations.leaky_forms:expansion",
        "decay ** (i - k)",
        "decay**k",
        "lag_kernel_covariance, other networks",
    ),
    # their samplers
    ("numeric.gaussian_sampler:_chain", "decay * chain", "decay / 2 * chain", "gram_chunks, leaky"),
    ("numeric.haar_sampler:draw", "powers = radius **", "powers = 1.0 **", "gram_chunks, other networks"),
    (
        "numeric.haar_sampler:draw",
        "network.range, network.domain",
        "network.domain, network.range",
        "gram_chunks, other networks",
    ),
    ("numeric.haar_sampler:_Revealed._next", "self.met += 1", "pass", "gram_chunks, other networks"),
    (
        "numeric.haar_sampler:_Revealed._applied",
        "image += length *",
        "image +=",
        "gram_chunks, other networks",
    ),
    (
        "numeric.haar_sampler:_Revealed.__init__",
        "float(width - k)",
        "float(width)",
        "gram_chunks, orthogonal",
    ),
]


def told(fault):
    where, before, after, name = fault
    return f"{where}: {after or 'without'} {before} ({name})"


def plant(monkeypatch, where, before, after):
    """Change the source of a function, or of a method, wherever it has been imported."""
    module = import_module(where.partition(":")[0])
    *owners, name = where.partition(":")[2].split(".")
    owner = module
    for one in owners:
        owner = getattr(owner, one)
    original = vars(owner).get(name)
    if original is None:
        pytest.fail(f"{where} has gone: plant the fault where its mathematics now is")
    function = getattr(original, "fget", None) or getattr(original, "func", None) or original
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    if before not in source:
        pytest.fail(f"{where} no longer says {before!r}: plant the fault anew")
    made = {}
    exec(compile(source.replace(before, after), f"<fault in {where}>", "exec"), vars(module), made)
    if owners:
        monkeypatch.setattr(owner, name, made[name])
        if hasattr(made[name], "__set_name__"):
            made[name].__set_name__(owner, name)
        return
    if inspect.isfunction(original):  # tables of what each kind of network can do hold it too
        monkeypatch.setattr(inspect.unwrap(original), "__code__", inspect.unwrap(made[name]).__code__)
        return
    packages = ("numeric", "derivations", "verify")
    for loaded in [m for key, m in sys.modules.items() if key.partition(".")[0] in packages]:
        for alias in [key for key, value in vars(loaded).items() if value is original]:
            monkeypatch.setattr(loaded, alias, made[name])


def verdict_of(name, seed=0):
    """The verdict of this name alone."""
    for comparison in COMPARISONS:
        if comparison.name == name:
            return verdict("functions", comparison, seed)
    others = name.endswith(("blocks", "block"))
    sizes = tuple(
        size for size in drawn.SIZES if (size == drawn.BETWEEN and others) or drawn.named(*size) == name
    )
    return next(one for one in drawn.laws("functions", seed, sizes=sizes) if one.name == name)


@pytest.mark.parametrize("fault", FAULTS, ids=told)
def test_a_planted_fault_fails_the_verdict_that_comes_nearest(fault, monkeypatch):
    where, before, after, name = fault
    plant(monkeypatch, where, before, after)
    assert verdict_of(name).holds is False


def test_a_fault_without_a_place_is_told(monkeypatch):
    with pytest.raises(pytest.fail.Exception, match="no longer says"):
        plant(monkeypatch, "numeric.weight_sums:peak_lag", "what is not there", "")
    with pytest.raises(pytest.fail.Exception, match="has gone"):
        plant(monkeypatch, "numeric.weight_sums:peak", "", "")
