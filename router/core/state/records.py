"""Entities as changelog records and back: the state's form at rest.

A key is ``kind/sales_org/id``. Leads, by far the most, are arrays in the order of
``_LEAD_FIELDS`` and ``_FACT_FIELDS``; a field that is added later goes to the end and has a
default. Everything is JSON-ready: numbers, strings, lists, maps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any, Final

from router.core.model.events import Account, Facts, LeaveNote, RepCap, RosterEntry
from router.core.model.lead import LEAD_FIELDS, Lead, Status
from router.core.model.person import EarlyEngagement, Suppressed
from router.core.model.policy import Policy
from router.core.model.pool import Pool, Prices
from router.core.model.rep import LOAD_FIELDS, GivenUp, Load, Rep
from router.core.state.sales_org import SalesOrg

_LEAD_FIELDS = tuple(name for name in LEAD_FIELDS if name != "facts")
_FACT_FIELDS = tuple(field.name for field in fields(Facts))
fact_values = attrgetter(*_FACT_FIELDS)
"""All fields of :class:`Facts`, or of whatever has the same."""
_load_values = attrgetter(*LOAD_FIELDS)
_STATUS_AT = _LEAD_FIELDS.index("status")
_MASKS_AT = tuple(_LEAD_FIELDS.index(name) for name in ("declined", "missed_by", "among"))
_EVENT_IDS_AT = _LEAD_FIELDS.index("event_ids")
_QUIET_UNTIL_AT = _LEAD_FIELDS.index("quiet_until_ms")
_MISSED_BY_AT = _LEAD_FIELDS.index("missed_by")
_AMONG_AT = _LEAD_FIELDS.index("among")
_AWAITS_AT = _LEAD_FIELDS.index("awaits")
_SEQUENCE_AT = _LEAD_FIELDS.index("sequence")
_PAIRS_AT = tuple(_FACT_FIELDS.index(name) for name in ("preferred_windows", "utc_offset_steps"))
_ORG_FIELDS = (
    "roster_version", "feedback_ignored", "stirred_ms", "review_from", "review_again",
    "boundary_ms", "review_by_class", "presence_ms",
)  # fmt: skip
_STATUSES = {status.value: status for status in Status}

PolicyReader = Callable[[object], Policy]


def record_of(org: SalesOrg, kind: str, entity_id: str) -> object | None:
    """The record of an entity as it is now; None when it is gone."""
    return _RECORDS[kind](org, entity_id)


def _lead_record(org: SalesOrg, entity_id: str) -> object | None:
    lead = org.leads.get(entity_id)
    return None if lead is None else lead_record(lead, fact_values)


def _account_record(org: SalesOrg, entity_id: str) -> object | None:
    account = org.accounts.get(entity_id)
    return None if account is None else asdict(account)


def _pool_record(org: SalesOrg, entity_id: str) -> object | None:
    pool = org.pools.get(entity_id)
    if pool is None:
        return None
    record: dict[str, Any] = {"credits": pool.credits, "paused": pool.paused}
    if pool.by_hand is not None:
        record["by_hand"] = pool.by_hand
    if pool.valued:
        record["valued"] = [pool.valued, pool.valued_minor]
    if (prices := pool.prices) is not None:
        record["prices"] = [prices.day, prices.now, prices.opened, prices.expected]
    return record


def _engagement_record(org: SalesOrg, entity_id: str) -> object | None:
    early = org.early_engagement.get(entity_id)
    return None if early is None else asdict(early)


def _forgotten_record(org: SalesOrg, entity_id: str) -> object | None:
    packed = org.forgotten.get(entity_id)
    return None if packed is None else unpacked_count(packed)


def _suppressed_record(org: SalesOrg, entity_id: str) -> object | None:
    one = org.suppressed.get(int(entity_id))
    return None if one is None else [one.email, one.phone, one.sms, one.erased_ms, one.emails]


def _erased_record(org: SalesOrg, entity_id: str) -> object | None:
    return org.erased.get(entity_id)


def _aside_record(org: SalesOrg, entity_id: str) -> object | None:
    return org.aside.get(entity_id)


def _org_record(org: SalesOrg, entity_id: str) -> object:
    del entity_id
    return {name: getattr(org, name) for name in _ORG_FIELDS}


_RECORDS: dict[str, Callable[[SalesOrg, str], object | None]] = {
    "lead": _lead_record,
    "rep": lambda org, at: _rep_record(org.reps.get(at)),
    "load": lambda org, at: _load_record(org.reps.get(at)),
    "pool": _pool_record,
    "account": _account_record,
    "engagement": _engagement_record,
    "forgotten": _forgotten_record,
    "suppressed": _suppressed_record,
    "erased": _erased_record,
    "aside": _aside_record,
    "unknown_name": lambda org, at: org.unknown_names.get(at),
    "ignored": lambda org, at: org.ignored_reports.get(at),
    "burst": lambda org, at: org.bursts.get(at),
    "demand": lambda org, at: org.demand.get(at),
    "commands": lambda org, _: org.command_ids,
    "early_merges": lambda org, _: org.early_merges or None,
    "policy": lambda org, _: org.policy,
    "next_policy": lambda org, _: org.next_policy,
    "org": _org_record,
}


def lead_record(lead: Lead, fact_values: Callable[[Facts], tuple[Any, ...]]) -> list[Any]:
    """``[facts, lead]``, each without the empty end that most have.

    ``fact_values`` reads all fields of the facts in their order. Masks of reps that have more
    bits than a packed number go as text.
    """
    values = [
        lead.lead_id, lead.occurred_at_ms, lead.received_ms, lead.last_event_ms, lead.event_ids,
        lead.status, lead.sequence, lead.rep, lead.partner, lead.charged, lead.channel,
        lead.hand_over, lead.pool_id, lead.territory_id, lead.account_id, lead.value_minor,
        lead.points, lead.band, lead.assigned_at_ms, lead.accept_by_ms, lead.contact_by_ms,
        lead.wait_until_ms, lead.handoff_at_ms, _mask_record(lead.declined),
        lead.missed, lead.needs, lead.rank, lead.engagement_milli, lead.engagement_at_ms,
        lead.engagement_half_life_ms, lead.stake, lead.owned_from, lead.field_times,
        lead.merged_into, lead.quiet_until_ms, lead.closed_as, lead.awaits, lead.outside_rep_id,
        lead.review_at_ms, _mask_record(lead.missed_by), lead.missed_until_ms, lead.waits_from_ms,
        lead.handoff_by, lead.unanswered, _mask_record(lead.among), lead.assigned_as,
        lead.owner_at_ms or None,
    ]  # fmt: skip
    if not (lead.among or lead.owner_at_ms > 0 or lead.assigned_as is not None):
        _leave_out_defaults(lead, values)
    while values[-1] is None:
        values.pop()
    facts = fact_values(lead.facts)
    end = len(facts)
    while end and facts[end - 1] is None:
        end -= 1
    return [list(facts[:end]), values]


def _leave_out_defaults(lead: Lead, values: list[Any]) -> None:
    """Cut off the end from the first field on after which all have their defaults."""
    if (
        lead.unanswered or lead.waits_from_ms is not None
        or lead.missed_until_ms is not None or lead.handoff_by is not None
    ):  # fmt: skip
        del values[_AMONG_AT:]
    elif (
        lead.closed_as is not None or lead.awaits is not None
        or lead.quiet_until_ms is not None or lead.review_at_ms is not None
    ):  # fmt: skip
        del values[_MISSED_BY_AT:]
    else:
        del values[_QUIET_UNTIL_AT:]


_TEXT_FROM: Final = 1 << 63


def _mask_record(mask: int) -> str | int:
    return mask if mask < _TEXT_FROM else f"{mask:x}"


def lead_from(value: list[list[Any]]) -> Lead:
    """The lead of a record."""
    of_facts, lead_values = value
    for at in _PAIRS_AT:
        if at < len(of_facts) and (pairs := of_facts[at]) is not None:
            of_facts[at] = [(first, second) for first, second in pairs]
    for at in _MASKS_AT:
        if at < len(lead_values) and isinstance(lead_values[at], str):
            lead_values[at] = int(lead_values[at], 16)
    lead_values[_STATUS_AT] = _STATUSES[lead_values[_STATUS_AT]]
    lead_values[_EVENT_IDS_AT] = tuple(lead_values[_EVENT_IDS_AT])
    facts = Facts(*_filled(of_facts, _FACT_DEFAULTS))
    filled = _filled(lead_values, _LEAD_DEFAULTS)
    return Lead(filled[0], facts, *filled[1:])


def awaited_of(value: list[list[Any]]) -> str | None:
    """Of a lead's record, the rep who is not on the roster and whose it is to be; or None."""
    _, lead_values = value
    return lead_values[_AWAITS_AT] if len(lead_values) > _AWAITS_AT else None


def known_until_of(value: dict[str, Any], now_ms: int) -> int | None:
    """Of a rep's record, when their holidays and changes of the clocks end; None if nothing does.

    Nor does anything of a rep who has left.
    """
    profile = value["profile"]
    left_ms: int | None = 0 if profile["removed"] else profile["leaves_ms"]
    known_ms: int | None = profile.get("known_until_ms")
    return None if left_ms is not None and left_ms <= now_ms else known_ms


def sequence_of(value: list[list[Any]]) -> int:
    """Of a lead's record, how many decisions about it were counted."""
    _, lead_values = value
    sequence: int = lead_values[_SEQUENCE_AT]
    return sequence


_BLANK = Lead("", Facts(), 0, 0, 0, ())
_FACT_DEFAULTS = [getattr(_BLANK.facts, name) for name in _FACT_FIELDS]
_LEAD_DEFAULTS = [getattr(_BLANK, name) for name in _LEAD_FIELDS]


def _filled(values: list[Any], defaults: list[Any]) -> list[Any]:
    return values + defaults[len(values) :]


def _rep_record(rep: Rep | None) -> object | None:
    if rep is None:
        return None
    return {
        "number": rep.number,
        "profile": asdict(rep.profile),
        "joined_ms": rep.joined_ms,
        "given_up": {
            channel: [one.at_ms, one.looked_at, one.from_ms]
            for channel, one in rep.given_up.items()
        },
    }


def _load_record(rep: Rep | None) -> object | None:
    """``{channel: [open, day, day_count, day_sources, counts]}``: what changes often of a rep.

    Few have the last.
    """
    if rep is None:
        return None
    return {
        channel: _load_values(load) if load.counts else _load_values(load)[:-1]
        for channel, load in rep.loads.items()
    }


def load_from(value: list[Any]) -> Load:
    """Return the load of a record; what a rep is still to answer is counted again."""
    given, counts = value[:4], value[4] if len(value) > 4 else None  # noqa: PLR2004
    load = Load(*given)
    if counts:
        load.counts = {name: (period, count) for name, (period, count) in counts.items()}
    return load


def rep_from(value: dict[str, Any]) -> Rep:
    """Return the rep of a record, without what they carry."""
    profile = dict(value["profile"])
    profile["caps"] = {channel: RepCap(**cap) for channel, cap in profile["caps"].items()}
    for name in ("hours", "utc_offsets", "time_off"):
        if profile[name] is not None:
            profile[name] = [tuple(item) for item in profile[name]]
    profile["leave_notes"] = [LeaveNote(**each) for each in profile.get("leave_notes", ())]
    entry = RosterEntry(**profile)
    given_up = {channel: GivenUp(*one) for channel, one in value["given_up"].items()}
    return Rep(value["number"], entry, value["joined_ms"], {}, given_up)


def take_back(org: SalesOrg, kind: str, entity_id: str, value: Any, policy: PolicyReader) -> None:
    """Restore one record into ``org``; None removes the entity."""
    if kind in {"policy", "next_policy"}:
        setattr(org, kind, None if value is None else policy(value))
    elif kind == "org":
        _take_back_org(org, value)
    elif kind == "commands":
        org.command_ids = tuple(value)
    elif kind == "early_merges":
        org.early_merges = tuple((lead_id, into) for lead_id, into in value or ())
    elif kind == "suppressed":
        email, phone, sms, erased_ms, emails = value
        org.suppressed[int(entity_id)] = Suppressed(email, phone, sms, erased_ms, tuple(emails))
    elif value is None:
        _collection(org, kind).pop(entity_id, None)
    elif kind == "load":  # may come before its rep
        org.restored_loads[entity_id] = {name: load_from(load) for name, load in value.items()}
    else:
        _collection(org, kind)[entity_id] = _ENTITIES[kind](entity_id, value)


def _take_back_org(org: SalesOrg, value: dict[str, Any]) -> None:
    """Core version 3 knew nothing of the waiting room: all that waits is to be looked at."""
    if "stirred_ms" not in value:
        value = {**value, "stirred_ms": 0, "review_from": None, "review_again": False}
    value = {"review_by_class": False, "presence_ms": 0, **value}
    if value["review_from"] is not None:
        value = {**value, "review_from": tuple(value["review_from"])}
    for name in _ORG_FIELDS:
        setattr(org, name, value[name])


def _pool_from(pool_id: str, value: dict[str, Any]) -> Pool:
    valued, valued_minor = value.get("valued", (0, 0))
    prices = value.get("prices")
    return Pool(
        pool_id, value["credits"], value["paused"], value.get("by_hand"), valued, valued_minor,
        None if prices is None else Prices(*prices),
    )  # fmt: skip


_ENTITIES: dict[str, Callable[[str, Any], Any]] = {
    "rep": lambda _, value: rep_from(value),
    "pool": _pool_from,
    "account": lambda _, value: Account(**value),
    "engagement": lambda _, value: EarlyEngagement(**value),
    "forgotten": lambda _, value: packed_count(*value),
    "erased": lambda _, erased_ms: erased_ms,
    "aside": lambda _, until_ms: until_ms,
    "unknown_name": lambda _, value: tuple(value),
    "ignored": lambda _, value: tuple(value),
    "burst": lambda _, value: tuple(value),
    "demand": lambda _, value: (value[0], [(came_ms, bids) for came_ms, bids in value[1]]),
}


def _collection(org: SalesOrg, kind: str) -> dict[str, Any]:
    collections: dict[str, dict[str, Any]] = {
        "rep": org.reps,
        "pool": org.pools,
        "account": org.accounts,
        "engagement": org.early_engagement,
        "forgotten": org.forgotten,
        "erased": org.erased,
        "aside": org.aside,
        "unknown_name": org.unknown_names,
        "ignored": org.ignored_reports,
        "burst": org.bursts,
        "demand": org.demand,
    }
    return collections[kind]


_DAY_BITS: Final = 20


def packed_count(sequence: int, day: int) -> int:
    """The number of a lead's decisions, and the day (since the epoch) on which it was forgotten."""
    return sequence << _DAY_BITS | day


def unpacked_count(packed: int) -> tuple[int, int]:
    """Sequence and day."""
    return packed >> _DAY_BITS, packed & (1 << _DAY_BITS) - 1
