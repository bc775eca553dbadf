"""A real LaTeX run over what the package prints for paper, and what its log complains of."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PACKAGES = ("amsmath", "amssymb", "booktabs")

needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="no pdflatex here; on Debian: apt-get install texlive-latex-base texlive-latex-recommended",
)


@dataclass(frozen=True)
class Complaints:
    """What a reader would see of it: errors, the widths in pt by which lines stick out, what is missing."""

    errors: tuple[str, ...]
    overfull: tuple[float, ...]
    undefined: tuple[str, ...]
    missing: tuple[str, ...]

    def sound(self, sticking_out: float = 10) -> bool:
        """No error, nothing undefined or missing, and no line more than so many pt too wide."""
        faults = self.errors or self.undefined or self.missing
        return not faults and max(self.overfull, default=0) <= sticking_out


def compiled(body: str, packages: tuple[str, ...] = PACKAGES, keep: Path | None = None) -> Complaints:
    """Compile the body in an article with these packages, twice for the references; 10 pt, A4 or letter.

    The PDF is copied to ``keep``, if given, to be looked at.
    """
    preamble = [r"\documentclass{article}", *(rf"\usepackage{{{name}}}" for name in packages)]
    document = "\n".join([*preamble, r"\begin{document}", body, r"\end{document}", ""])
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.tex").write_text(document, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "page.tex"]
        for _ in range(2):
            subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False, timeout=120)
        log = (Path(folder) / "page.log").read_text(encoding="latin-1")
        if keep is not None:
            shutil.copy(Path(folder) / "page.pdf", keep)
    return complaints(log)


def complaints(log: str) -> Complaints:
    """Read LaTeX's log, whose lines end at 79 characters."""
    log = re.sub(r"(?<=^.{79})\n", "", log, flags=re.MULTILINE)
    return Complaints(
        errors=tuple(re.findall(r"^! (.*)", log, re.MULTILINE)),
        overfull=tuple(float(pt) for pt in re.findall(r"^Overfull .hbox \(([\d.]+)pt too wide\)", log, re.M)),
        undefined=tuple(re.findall(r"^LaTeX Warning: (.*(?:undefined|multiply defined).*)", log, re.M)),
        missing=tuple(re.findall(r"^Missing character: (.*)", log, re.MULTILINE)),
    )
