"""Query programs executed on the objects of a scene: geometry is measured, names and colours are probabilities."""

from .deciding import EXACT, Result, Thresholds
from .executor import execute, members
from .table import ObjectTable, View
from .wording import say

__all__ = ["EXACT", "ObjectTable", "Result", "Thresholds", "View", "execute", "members", "say"]
