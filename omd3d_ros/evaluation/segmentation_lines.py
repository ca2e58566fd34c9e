"""The segmentation lines that the published evaluation adds to each task: superpoint IoU of the predicted masks."""

from __future__ import annotations

from collections.abc import Sequence

from .records import Record, RecordError, check_records, share


def segmentation_lines(records: Sequence[Record], task: str) -> dict[str, float]:
    """Share of records whose ``spiou`` is above 0.25 and 0.5, and its mean; 0 where there are no records.

    Empty where no record has ``spiou`` (predictions of a model without masks); raises RecordError where only some have.
    """
    with_mask = sum("spiou" in record for record in records)
    if records and with_mask == 0:
        return {}
    if with_mask < len(records):
        raise RecordError(f"{with_mask} of {len(records)} records have 'spiou'; all or none must have it")
    check_records(records, spiou="number")
    ious = [record["spiou"] for record in records]
    return {
        f"[{task}] Seg Precision@0.25": share(iou > 0.25 for iou in ious),
        f"[{task}] Seg Precision@0.5": share(iou > 0.5 for iou in ious),
        f"[{task}] Seg mIoU": share(ious),
    }
