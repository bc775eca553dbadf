"""One module a command.  Importing them must stay cheap: they import what they compute with when run."""

__all__: list[str] = []
