"""Names of span attributes: OpenTelemetry's semantic conventions, pinned to one version.

Messaging conventions are still in development and change names between versions, so the version
stands in :data:`SCHEMA_URL`, which goes out with every span. Ours begin with ``lead_router.``.
Message keys and bodies are left out on purpose: they may be personal data.
"""

from __future__ import annotations

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.36.0"

SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"

SYSTEM: Final = "messaging.system"
OPERATION_NAME: Final = "messaging.operation.name"
OPERATION_TYPE: Final = "messaging.operation.type"
DESTINATION: Final = "messaging.destination.name"
PARTITION: Final = "messaging.destination.partition.id"
CONSUMER_GROUP: Final = "messaging.consumer.group.name"
BATCH_COUNT: Final = "messaging.batch.message_count"
KAFKA_OFFSET: Final = "messaging.kafka.offset"
ERROR_TYPE: Final = "error.type"

STEP: Final = "lead_router.step"
OUTCOME: Final = "lead_router.outcome"
REASON: Final = "lead_router.reason"
ASSIGNMENT_ID: Final = "lead_router.assignment.id"

KAFKA: Final = "kafka"
PROCESS: Final = "process"
