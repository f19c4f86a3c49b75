"""State of one sales org: plain objects in memory, rebuilt from the changelog.

Nothing here decides. Fields that are persisted are listed in :mod:`router.core.state.records`;
everything else is derived from them and rebuilt after a restore.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.model.bid import Chunk
from router.core.model.events import Account
from router.core.model.person import EarlyEngagement, Suppressed
from router.core.model.policy import Policy
from router.core.model.pool import Pool
from router.core.model.rep import Load, Rep
from router.core.state.day_queue import Days
from router.core.state.index import Ids
from router.core.state.lead_store import LeadStore
from router.core.state.waiting_class import Item, WaitingClass


@dataclass(slots=True)
class SalesOrg:
    """Everything about one sales organisation; the shard is its only writer."""

    sales_org: str
    leads: LeadStore
    reps: dict[str, Rep] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    early_engagement: dict[str, EarlyEngagement] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)  # see `sequence_memory`
    suppressed: dict[int, Suppressed] = field(default_factory=dict)  # by digest of a person
    erased: dict[str, int] = field(default_factory=dict)  # lead ids, and up to when
    early_merges: tuple[tuple[str, str], ...] = ()  # see `early_merges`
    aside: dict[str, int] = field(default_factory=dict)  # leads that raised, and until when
    unknown_names: dict[str, tuple[int, int]] = field(default_factory=dict)  # in reports
    ignored_reports: dict[str, tuple[str, str, str, int]] = field(default_factory=dict)
    bursts: dict[str, tuple[int, int]] = field(default_factory=dict)  # source → from when, count
    demand: dict[str, Chunk] = field(default_factory=dict)  # the last leads' bids, see `bid`
    command_ids: tuple[str, ...] = ()  # of the latest commands carried out
    policy: Policy | None = None
    next_policy: Policy | None = None
    roster_version: int = 0
    feedback_ignored: int = 0
    stirred_ms: int | None = None  # since when something that waits may be placed
    review_from: Item | None = None  # what waits behind it is to be looked at again
    review_again: bool = False  # and then all of it once more
    review_by_class: bool = False  # of each class the first that is looked at stands for all
    boundary_ms: int = 0  # until when availability changes by load alone
    presence_ms: int = 0  # until when nobody starts, leaves, goes on leave or comes back

    # Derived: rebuilt by `restore_indexes` after a restore.
    rep_numbers: list[Rep] = field(default_factory=list)
    persons: dict[int, Ids] = field(default_factory=dict)
    reps_by_crm_id: dict[str, Ids] = field(default_factory=dict)  # see `rep_names`
    merged: dict[str, Ids] = field(default_factory=dict)  # lead id → leads merged into it
    accounts_by_domain: dict[str, Ids] = field(default_factory=dict)
    accounts_by_name: dict[str, Ids] = field(default_factory=dict)
    held: dict[int, dict[str, None]] = field(default_factory=dict)  # rep number → open leads
    room: dict[str, WaitingClass] = field(default_factory=dict)  # what waits, by class
    faults: list[tuple[str, str]] = field(
        default_factory=list
    )  # leads that this event had to set aside, and the kind of exception
    deadlines: list[tuple[int, str]] = field(default_factory=list)  # a heap; may hold stale ones
    silent_days: Days = field(default_factory=dict)
    early_days: Days = field(default_factory=dict)
    forgotten_days: Days = field(default_factory=dict)
    restored_loads: dict[str, dict[str, Load]] = field(
        default_factory=dict
    )  # until `restore_indexes`
    compiled: CompiledPolicy | None = None
