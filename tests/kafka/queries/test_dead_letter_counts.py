"""Counts of dead letters as Prometheus needs them."""

from router.intake.contract import DeadLetterReason
from router.kafka.client.clients import Clients
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import Meters
from router.roles.intake.activity_topic import ActivityTopic
from router.roles.intake.plan import intake_plan
from router.roles.route.plan import route_plan, topics_written_by_route
from router.settings import Settings


def test_every_count_begins_at_nothing_so_that_the_first_dead_letter_is_an_increase():
    settings, meters = Settings(), Meters()
    clients = Clients(settings.kafka, client_id="test")
    shapes = dict.fromkeys(
        topics_written_by_route(settings), TopicShape(settings.topics.inbox_partitions)
    )
    intake = intake_plan(
        settings,
        clients,
        shapes,
        activity=ActivityTopic(clients, topics_of(settings).activity),
        meters=meters,
    )
    route, _ = route_plan(settings, clients, shapes, meters=meters)
    read = [(plan.name, topic) for plan in (intake, route) for topic in plan.sources]
    assert len(read) > 2
    assert meters.steps.dead_letters.values == {
        (step, topic, reason): 0 for step, topic in read for reason in DeadLetterReason
    }
