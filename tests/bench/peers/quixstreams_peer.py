"""quixstreams, exactly once: parse a lead, add a field, build JSON again; no state.

Arguments: bootstrap servers, application id, input topic, output topic, commit interval in ms,
state directory.
"""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application
from quixstreams.models import TopicConfig


def with_domain(lead: dict[str, Any]) -> dict[str, Any]:
    """The trivial work: one look into the lead, one field more."""
    lead["account"] = lead["company"]["domain"]
    return lead


def main(
    bootstrap_servers: str, application: str, source: str, target: str, commit_ms: str, state: str
) -> None:
    app = Application(
        bootstrap_servers,
        consumer_group=application,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=int(commit_ms) / 1_000,
        state_dir=state,
        auto_create_topics=False,
        loglevel="WARNING",
        # Batches by librdkafka's advice for throughput:
        # https://github.com/confluentinc/librdkafka/blob/master/INTRODUCTION.md#high-throughput
        producer_extra_config={
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "batch.num.messages": 10_000,
            "queue.buffering.max.messages": 1_000_000,
        },
        consumer_extra_config={"queued.min.messages": 100_000, "fetch.min.bytes": 100_000},
    )
    config = TopicConfig(num_partitions=4, replication_factor=1)
    leads = app.topic(source, value_deserializer="json", key_deserializer="bytes", config=config)
    counted = app.topic(target, value_serializer="json", key_serializer="bytes", config=config)
    frame = app.dataframe(leads)
    frame.apply(with_domain).to_topic(counted)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:7])
