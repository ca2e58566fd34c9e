"""Prepared training data: scenes as tensors, questions about them, in a folder that ``omd3d prepare`` writes."""

from .nouns import PreparedSample, PreparedScene

__all__ = ["PreparedSample", "PreparedScene"]
