"""What stands beside a checkpoint's contents and is never encrypted: metadata, and ids that tell the time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointMetadata

_CONFIGURABLE = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map", "run_id", "assistant_id", "graph_id")
_METADATA = ("run_id",)
_LANGGRAPHS_OWN = ("source", "step", "parents")
_UUID_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)
_TICKS_PER_S = 10_000_000


def without_callers_values(config: RunnableConfig) -> RunnableConfig:
    """Return a config without what a caller has put into `metadata` and `configurable`, which may be anything."""
    configurable = config.get("configurable", {})
    metadata = config.get("metadata", {})
    return {
        **config,
        "configurable": {key: configurable[key] for key in _CONFIGURABLE if key in configurable},
        "metadata": {key: metadata[key] for key in _METADATA if key in metadata},
    }


def own_metadata(config: RunnableConfig, metadata: CheckpointMetadata) -> CheckpointMetadata:
    """Return a checkpoint's metadata without what a server has copied into it out of the caller's config."""
    copied = {*config.get("configurable", {}), *config.get("metadata", {})} - {
        *_CONFIGURABLE,
        *_METADATA,
        *_LANGGRAPHS_OWN,
    }
    return cast(CheckpointMetadata, {key: value for key, value in metadata.items() if key not in copied})


def checkpoint_id_at(moment: datetime) -> str:
    """Return the smallest id that a checkpoint of this moment can have; ids are UUIDs of version 6, sorted by time."""
    ticks = int((moment - _UUID_EPOCH).total_seconds() * _TICKS_PER_S)
    return f"{ticks >> 28:08x}-{ticks >> 12 & 0xFFFF:04x}-6{ticks & 0xFFF:03x}-8000-000000000000"
