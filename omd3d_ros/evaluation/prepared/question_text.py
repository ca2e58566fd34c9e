"""The prompts of prepared data as a person would ask: without the sentences that the published tasks put around."""

from __future__ import annotations

from ...datasets.prepared import wording


def as_asked(prompt: str) -> str:
    """The question within a prompt: the description that a request quotes, a question without how to answer it, and
    where an object is for one that is to be described."""
    text = prompt.strip().removesuffix(wording.SHORT.strip()).strip()
    for template in (*wording.GROUNDING, *wording.SEVERAL):
        found = _within(template, text)
        if found is not None:
            return found
    for template in wording.CAPTION:
        found = _within(template, text)
        if found is not None:
            return f"Where is {found}?"
    return text


def _within(template: str, text: str) -> str | None:
    """What stands for ``{}``, None for a text of another form."""
    before, after = template.split("{}")
    if len(text) <= len(before) + len(after) or not (text.startswith(before) and text.endswith(after)):
        return None
    return text[len(before) : len(text) - len(after)]
