"""The kinds of destinations, and the class of each."""

from __future__ import annotations

from router.destination_settings import (
    DestinationSettings,
    HubspotSettings,
    WebhookSettings,
)
from router.roles.delivery.destinations.hubspot import Hubspot
from router.roles.delivery.destinations.webhook import Webhook
from router.roles.delivery.request import Destination


def destination_of(settings: DestinationSettings) -> Destination:
    """Return the destination that ``settings`` describe."""
    match settings:
        case WebhookSettings():
            return Webhook(settings)
        case HubspotSettings():
            return Hubspot(settings)
