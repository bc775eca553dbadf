"""``check``: whether formulas that the user claims hold."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from verify.console import BadInput, Force, Status, bad_input, result_files, say, tabulated, write_json

__all__ = ["EPILOG", "command"]

EPILOG = """A claim is LEFT RELATION RIGHT, perhaps with conditions, in plain text or LaTeX.  A -> B says
that A tends to B as the width n grows; other limits are written lim(rho(i), i, oo).  Matrices are W, F, C
and I and, after d or as dL(3)/dW, their differentials; W' is a transpose.  Variances may be 0.

Exit status: 2 if a claim cannot be read, else 1 if one is refuted, else 3 if one is undecided, else 0: every
claim is proved.

\b
Claims:
  rho(i) = (nu_C+nu_F)*nu_W^i + i*nu_C*nu_F*nu_W^(i-1)
  \\rho_{i+1} \\le \\rho_i for \\nu_W \\le 1/2, \\nu_C = 1, \\nu_F = 1
  sum(rho(i), i, 0, oo) = s/(1-nu_W) + p/(1-nu_W)^2 for nu_W < 1
  E[Theta(0,2)] = (nu_C+nu_F) nu_W/n
  n Var[Theta(1,1)] -> 20 for nu_W = 1, nu_C = 1, nu_F = 1
  d(C W^j F) = sum(C W^k dW W^(j-1-k) F, k, 0, j-1)
"""


def command(
    claim: Annotated[
        str | None, typer.Argument(metavar="CLAIM", help="The claim, quoted.", show_default=False)
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help='The network it is about, such as "stack(0.5, 0.5)".'),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Claims in a file: a text, one a line, # before remarks; or LaTeX (.tex), of which the"
            r" equations with a \label{claim:NAME} or below a line % check are taken.",
        ),
    ] = None,
    json_: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the verdicts as JSON; - for standard output."),
    ] = None,
    force: Force = False,
) -> int:
    """Prove or refute a formula, with a counterexample."""
    if (claim is None) == (file is None):
        raise BadInput("check takes a CLAIM or a --file, and not both")
    to_stdout = json_ is not None and str(json_) == "-"
    from verify.claims.documents import Found, claims_in
    from verify.claims.telling import as_json, in_words, listed
    from verify.specifications import read_network

    given = [] if file is None else [file]
    with result_files({"--json": None if to_stdout else json_}, given=given, force=force) as results:
        with bad_input():
            texts = claims_in(file) if file is not None else [Found(str(claim), "")]
            model = None if network is None else read_network(network)
            found = [(one.where, _found(one.text, model, alone=file is None)) for one in texts]
        verdicts = [as_json(one, where) for where, one in found]
        report = {"network": network, "verdicts": verdicts}
        write_json(results.get("--json"), report)
    if to_stdout:
        from verify.console import dump_json

        typer.echo(dump_json(report))
    elif file is not None:
        say(tabulated(listed(found)))
    else:
        say(in_words(found[0][1]))
    return _status(verdict["status"] for verdict in verdicts)


def _found(text: str, network: Any, *, alone: bool) -> Any:
    """The verdict on a text; among others one that cannot be read stops nobody."""
    from verify.claims import check_claim
    from verify.claims.verdict import Unread

    try:
        return check_claim(text, network)
    except ValueError as error:
        if alone:
            raise
        return Unread(text, str(error).removeprefix("claim, ").removeprefix("claim: "))


def _status(found: Iterable[str]) -> Status:
    """The worst: an unread claim is bad input, then a refuted, then an undecided one."""
    statuses = {*found}
    if "unread" in statuses:
        return Status.BAD_INPUT
    if "refuted" in statuses:
        return Status.FAILS
    return Status.UNDECIDED if "undecided" in statuses else Status.HOLDS
