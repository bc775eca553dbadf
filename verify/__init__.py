"""Confronts the theory with finite-width networks: checks, statistics, recordings, tables, command line.

It derives nothing and evaluates nothing of its own: formulas come from :mod:`derivations` and
:mod:`numeric`.  Nothing is imported here, so that ``linear-rnn-ntk --help`` stays quick; import from the
modules, e.g. ``from verify.statistics import Verdict``.
"""

__all__: list[str] = []
