"""``python -m verify``, the same as ``linear-rnn-ntk``."""

from verify.cli import app

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its status."""
    app(prog_name="linear-rnn-ntk")


if __name__ == "__main__":
    main()
