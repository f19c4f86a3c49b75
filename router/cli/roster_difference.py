"""A roster file against the roster that is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple, cast

from router.intake.contract import RosterEntry
from router.intake.records.roster import known_until_ms
from router.intake.time.timestamps import exact_ms
from router.intake.wire.refusal import FieldError

Entry = dict[str, Any]
STAMP = "updated_at"
SALES_ORG = "sales_org"


class Change(NamedTuple):
    """A field of a rep that a file changes; None where there is nothing."""

    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class RosterDifference:
    """A file against the roster topic, rep ids in the file's order.

    ``renewed`` say what they said, and their holidays and changes of the clocks reach further now.
    ``changes`` are the fields of those that are ``changed``.
    """

    added: dict[str, Entry] = field(default_factory=dict)
    changed: dict[str, Entry] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    renewed: dict[str, Entry] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    missing: dict[str, Entry] = field(default_factory=dict)

    def as_json(self, *, removed: bool) -> dict[str, Any]:
        """Rep ids for programs."""
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "changes": {
                rep_id: {change.field: [change.before, change.after] for change in changes}
                for rep_id, changes in self.changes.items()
            },
            "renewed": list(self.renewed),
            "unchanged": self.unchanged,
            "removed" if removed else "missing": list(self.missing),
        }


def compare(
    entries: Mapping[str, Entry],
    present: Mapping[str, Entry],
    default_sales_org: str,
    now_ms: int,
) -> RosterDifference:
    """What a file changes in the roster that is; reps of other sales orgs are none of its."""
    found = RosterDifference()
    for rep_id, entry in entries.items():
        before = present.get(rep_id)
        if before is None:
            found.added[rep_id] = entry
            continue
        kept = {"time_off": before["time_off"]} if before.get("time_off") else {}
        wanted = {**kept, **entry}
        if not _same(before, wanted):
            found.changed[rep_id] = wanted
            found.changes[rep_id] = _changes(before, wanted)
        elif ends_ms(wanted, now_ms) > ends_ms(before, applied_ms(before)):
            found.renewed[rep_id] = wanted
        else:
            found.unchanged.append(rep_id)
    orgs = {entry[SALES_ORG] for entry in entries.values()}
    found.missing = {
        rep_id: entry
        for rep_id, entry in present.items()
        if rep_id not in entries and (entry.get(SALES_ORG) or default_sales_org) in orgs
    }
    return found


def ends_ms(entry: Entry, at_ms: int) -> float:
    """Return the end of what is known of an entry applied then: holidays, changes of clocks."""
    try:
        known_ms = known_until_ms(cast("RosterEntry", entry), at_ms)
    except FieldError:  # somebody else's, and refused by intake: it has none
        return 0
    return inf if known_ms is None else known_ms


def applied_ms(entry: Entry) -> int:
    """Return the time at which the entry was published."""
    return exact_ms(entry[STAMP], STAMP)


def _same(before: Entry, wanted: Entry) -> bool:
    return _content(before) == _content(wanted)


def _content(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != STAMP and value != []}


def _changes(before: Entry, wanted: Entry) -> list[Change]:
    old, new = _content(before), _content(wanted)
    return [
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*new, *old))
        if old.get(name) != new.get(name)
    ]


def with_time_off(entry: Entry, span: dict[str, str]) -> Entry:
    """Return ``entry`` with one more absence; one of the same time is replaced."""
    others = [given for given in entry.get("time_off") or [] if not _is_same_time(given, span)]
    return {**entry, "time_off": [*others, span]}


def _is_same_time(given: dict[str, str], span: dict[str, str]) -> bool:
    return (given["from"], given["to"]) == (span["from"], span["to"])
