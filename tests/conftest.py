"""Array shapes are checked at run time while the tests run, and property tests are reproducible in CI."""

import os

from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook(["numeric", "verify"], "beartype.beartype")  # derivations knows no array

settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=10)
settings.load_profile("ci" if os.environ.get("CI") else "default")
