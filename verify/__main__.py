"""``python -m verify``, the same as ``linear-rnn-ntk``."""

import signal
import sys
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its status."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, _end)
    try:
        from verify.cli import app  # a tenth of a second, in which a user may think better of it

        app(prog_name="linear-rnn-ntk")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _end(number: int, frame: Any) -> None:  # noqa: ARG001
    """End as an interrupt does, so that no half of a file and no line of progress is left behind."""
    signal.signal(number, signal.SIG_DFL)  # at once, the second time
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
