"""Prepared training data: scenes as tensors, questions about them, in a folder that ``omd3d prepare`` writes."""

from .dataset import PreparedDataset
from .layout import PreparedDataError
from .nouns import PreparedSample, PreparedScene

__all__ = ["PreparedDataError", "PreparedDataset", "PreparedSample", "PreparedScene"]
