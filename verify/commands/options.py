"""Options that several commands have in common."""

__all__ = ["listed"]


def listed(values: str) -> list[str]:
    """What is separated by commas.

    >>> listed("0.5, 0.9")
    ['0.5', '0.9']
    """
    return [value.strip() for value in values.split(",")]
