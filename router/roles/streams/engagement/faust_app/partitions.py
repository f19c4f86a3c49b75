"""Whether the table has as many partitions as the activity that it is made of."""

from __future__ import annotations

from collections.abc import Mapping

from router.errors import LeadRouterError
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.roles.streams.engagement.faust_app.app import tables_directory
from router.settings import Settings


def check_partitions(settings: Settings, shapes: Mapping[str, TopicShape]) -> None:
    """Check that a lead's activity and what is known of it lie in partitions of the same number.

    Raises:
        LeadRouterError: they do not; says what to do.
    """
    topics = topics_of(settings)
    check_count(settings, shapes, shapes[topics.activity].partition_count)


def check_count(
    settings: Settings, shapes: Mapping[str, TopicShape], activity_partitions: int
) -> None:
    """The same, where the activity has ``activity_partitions`` by now.

    Raises:
        LeadRouterError: the table has not as many.
    """
    topics = topics_of(settings)
    table_partitions = shapes[topics.engagement_table].partition_count
    if activity_partitions == table_partitions:
        return
    in_rocksdb = settings.streams.store == "rocksdb"
    and_tables = f" and the directory {tables_directory(settings)}" if in_rocksdb else ""
    raise LeadRouterError(
        f"{topics.activity} has {activity_partitions} partitions and {topics.engagement_table}"
        f" {table_partitions}: activity would be counted apart from what is known of its lead, so"
        f" none is taken in; delete the topic {topics.engagement_table}{and_tables}, then run"
        " `lead-router topics apply`: engagement begins anew, with what the activity's topic holds"
    )
