"""How a user's function is called on what is drawn, and told what it did wrong."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, errors, given, settings
from hypothesis import strategies as st

from numeric.model import Model
from verify.strategies import drawing

__all__ = [
    "MismatchError",
    "Networks",
    "a_function",
    "called",
    "examples",
    "holds_for",
    "network_strategy",
    "told",
]

Networks = Any
"""None, a network or a strategy of networks."""


class MismatchError(AssertionError):
    """What a function returned is not what the theory says, for these arguments."""

    def __init__(self, wrong: str, arguments: Mapping[str, Any]) -> None:
        width = max(map(len, arguments))
        lines = (f"  {name:{width}} = {_listed(value)}" for name, value in arguments.items())
        super().__init__("\n".join([wrong, "for", *lines]))


def called(function: Callable[..., Any]) -> str:
    """How the user calls it.

    >>> called(abs), called(lambda: 0)
    ('abs', 'the function')
    """
    name = str(getattr(function, "__name__", "<>"))
    return "the function" if name.startswith("<") else name


def a_function(name: str, given: Any) -> None:
    """ValueError unless it can be called.

    >>> a_function("my_ntk", None)
    Traceback (most recent call last):
    ValueError: my_ntk must be a function, got None
    """
    if not callable(given):
        raise ValueError(f"{name} must be a function, got {given!r}")


def network_strategy(network: Networks) -> st.SearchStrategy[Any]:
    """Of the networks that a user asks for; ValueError if it is none.

    >>> network_strategy("torch")
    Traceback (most recent call last):
    ValueError: network must be a network such as Leaky("0.9", "0.05"), or a strategy such as networks(), ...
    """
    if network is None:
        return drawing.variances()
    return network.map(_network) if isinstance(network, st.SearchStrategy) else st.just(_network(network))


def _network(given: Any) -> Model:
    if isinstance(given, Model):
        return given
    taken = 'a network such as Leaky("0.9", "0.05"), or a strategy such as networks()'
    raise ValueError(f"network must be {taken}, got {given!r}")


def told(network: Any, *, plain: bool) -> dict[str, Any]:
    """What the user's function is told of a network, by name: three numbers, or the network itself."""
    if not plain:
        return {"network": network}
    roles = {"nu_W": network.transition, "nu_F": network.input, "nu_C": network.output}
    return {name: float(value) for name, value in roles.items()}


def answer(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """What the function returns, called by position, with copies of the arrays, which it may overwrite."""
    copies = (value.copy() if isinstance(value, np.ndarray) else value for value in arguments.values())
    return function(*copies)


def examples() -> int:
    """How many Hypothesis' active profile asks for."""
    return settings().max_examples


def holds_for(
    function: Callable[..., Any],
    check: Callable[..., None],
    most: int | None = None,
    **drawn: st.SearchStrategy[Any],
) -> None:
    """Check a function on as many examples as Hypothesis' active profile asks for, ``most`` at most.

    AssertionError for the smallest example that fails, or for one that fails and then does not, and for
    nothing else: neither for a slow function or a slow machine, nor for what is left of another run.
    """
    search = settings(
        max_examples=examples() if most is None else min(examples(), most),
        deadline=None,
        database=None,
        phases=tuple(phase for phase in settings().phases if phase != Phase.explain),  # the error explains
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        search(given(**drawn)(check))()
    except MismatchError as found:
        raise AssertionError(str(found)) from None
    except _FLAKY as found:
        seen = next(iter(getattr(found, "exceptions", ())), None)
        if seen is None or isinstance(seen, MismatchError):
            once = f"{called(function)} returned two values for the same arguments"
        else:
            once = (
                f"{called(function)} raised {type(seen).__name__} once and not again for the same arguments"
            )
        raise AssertionError(once if seen is None else f"{once}; once\n{seen}") from None


_FLAKY = getattr(errors, "FlakyFailure", errors.Flaky)
"""What Hypothesis raises if an example fails and then does not; older versions have the second alone."""


def _listed(value: Any) -> str:
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)
