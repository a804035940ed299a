"""Which partition a plugin's events live in. The formula is public: any language may publish."""

import zlib

DEFAULT_PARTITIONS = 8
"""Enough for eight evaluators; each partition costs an idle worker one blocked connection."""


def partition_of(plugin_id: str, partitions: int) -> int:
    """
    Return `crc32(plugin_id as UTF-8) mod partitions`, in `range(partitions)`.

    The CRC is the one of zlib, PNG and Ethernet (polynomial 0xEDB88320), so every language has it at hand.
    """
    return zlib.crc32(plugin_id.encode()) % partitions
