"""Caption scores of the COCO evaluation: BLEU 1 to 4, METEOR, ROUGE-L and CIDEr, on Penn Treebank tokens.

They are those of ``pycocoevalcap`` 1.2, whose tokeniser and METEOR are Java programs.  All seven compare the tokens,
so without Java none has a value that could stand beside a published one, and all are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec

from .java import Meteor, java_available, ptb_tokenize
from .records import RecordError

__all__ = ["NAMES", "caption_scores", "caption_scores_of_sets", "java_available", "why_left_out"]

NAMES = ("Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "METEOR", "ROUGE_L", "CIDEr")
_logger = logging.getLogger(__name__)


def why_left_out() -> str | None:
    """What the caption scores lack on this machine; None where they can be computed."""
    if find_spec("pycocoevalcap") is None:
        return "the package pycocoevalcap is not installed"
    if not java_available():
        return "there is no Java runtime (its tokeniser and METEOR are Java programs)"
    return None


def caption_scores(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """NAMES -> corpus score of the candidates, each with one or more references, as plain text.

    Zeros for an empty corpus.  Empty, with a warning that says why, where the scores can't be computed (see
    why_left_out).  Raises RecordError for a candidate without reference, JavaError where Java fails.
    """
    return caption_scores_of_sets([candidates], references)[0]


def caption_scores_of_sets(
    sets: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> list[dict[str, float]]:
    """caption_scores of several sets of candidates for the same references; Java starts once for all of them."""
    if not all(references) or any(len(candidates) != len(references) for candidates in sets):
        raise RecordError(
            f"{list(map(len, sets))} candidates, but references for {len(references)}, one at least for each"
        )
    if not references:
        return [dict.fromkeys(NAMES, 0.0) for _ in sets]
    reason = why_left_out()
    if reason is not None:
        _logger.warning("%s are left out: %s", ", ".join(NAMES), reason)
        return [{} for _ in sets]
    with Meteor() as meteor:
        flat = iter(ptb_tokenize([reference for group in references for reference in group]))
        tokens = [[next(flat) for _ in group] for group in references]
        return [_scores(ptb_tokenize(candidates), tokens, meteor) for candidates in sets]


def _scores(candidates: list[str], references: list[list[str]], meteor: Meteor) -> dict[str, float]:
    """Of tokenised texts."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    ours = {i: [candidate] for i, candidate in enumerate(candidates)}
    true = dict(enumerate(references))
    bleu, _ = Bleu(4).compute_score(true, ours, verbose=0)
    rouge, _ = Rouge().compute_score(true, ours)
    # CIDEr's document frequencies are undefined where no reference has a token.
    cider = Cider().compute_score(true, ours)[0] if any(any(group) for group in references) else 0.0
    values = [*bleu, meteor.score(candidates, references), rouge, cider]
    return {name: float(value) for name, value in zip(NAMES, values, strict=True)}
