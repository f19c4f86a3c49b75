"""HubSpot: the owner of a contact."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from router.destination_settings import HubspotSettings
from router.roles.delivery.request import AssignmentEvent, Request

_NEW_OWNER = ("assigned", "reassigned", "handed_off")


class Hubspot:
    """Sets ``hubspot_owner_id`` of the contact that the lead's ``external_ids`` name."""

    refusals = frozenset({400, 404, 409, 415})
    retry_after_unit_s = 0.001
    """HubSpot counts milliseconds."""

    def __init__(self, settings: HubspotSettings) -> None:
        """Remember where to call, and as whom."""
        self._url = settings.url.rstrip("/")
        self._headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": f"Bearer {settings.token.get_secret_value()}",
        }

    def render(self, assignment: AssignmentEvent, key: str, now_s: int) -> Request | None:
        """Return a PATCH, which may be repeated; None without an owner or a contact of HubSpot."""
        del key, now_s
        contact = assignment.get("external_ids", {}).get("hubspot")
        owner = assignment.get("owner_crm_ids", {}).get("hubspot")
        is_new = assignment["outcome"] in _NEW_OWNER
        if contact is None or owner is None or not is_new:
            return None
        url = f"{self._url}/crm/v3/objects/contacts/{quote(contact, safe='')}"
        body = msgspec.json.encode({"properties": {"hubspot_owner_id": owner}})
        return Request("PATCH", url, self._headers, body)
