"""Parity with reference implementations: fixtures (weights, inputs, outputs) that our modules must reproduce.

One module per kind of fixture, with ``compare(folder) -> list[Comparison]``; ``registry`` finds the kind of a folder.
"""

from .comparison import Comparison, FixtureError, largest_error

__all__ = ["Comparison", "FixtureError", "largest_error"]
