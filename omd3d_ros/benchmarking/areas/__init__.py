"""One module per area, each with ``measure(inputs) -> list[Figure]``, which raises Unavailable with what is missing."""
