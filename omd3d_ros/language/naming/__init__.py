"""Naming: which of the detector's categories a phrase means."""

from .matcher import NameMatcher

__all__ = ["NameMatcher"]
