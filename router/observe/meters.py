"""Every metric of lead-router: its name, its labels, and what it means.

Labels hold only what the settings, the policy language or the code can name: steps, topics,
partitions, sales orgs, outcomes, reasons, channels; and sources, of which a bounded number. Never a
lead, a rep, an account or a pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from router.observe.instruments import Counter, Gauge, Histogram, Instrument, Reading

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_RECORDS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)

Reader: TypeAlias = Callable[[], Iterable[Reading]]
"""Reads gauges when somebody asks; must not block."""


class Meters:
    """The instruments of one process; whoever makes it hands it on."""

    def __init__(self) -> None:
        """All stand at nothing."""
        self.steps = StepMeters()
        self.sources = SourceMeters()
        self.routing = RoutingMeters()
        self.streams = StreamsMeters()
        self.delivery = DeliveryMeters()
        self.gateway = GatewayMeters()
        self.process = ProcessMeters()
        self._readers: list[Reader] = []

    def watch(self, reader: Reader) -> None:
        """Ask ``reader`` for gauges whenever the metrics are asked for."""
        self._readers.append(reader)

    def readings(self) -> Iterator[Reading]:
        """What all readers say now."""
        return chain.from_iterable(reader() for reader in self._readers)

    def instruments(self) -> Iterator[Instrument]:
        """Every instrument, those without a value included."""
        groups = (self.steps, self.sources, self.routing, self.streams, self.delivery, self.gateway)
        for group in (self.process, *groups):
            yield from vars(group).values()


class StepMeters:
    """Of the transactional runtime, whichever step it runs."""

    def __init__(self) -> None:
        """Names and texts."""
        of_partition = ("step", "topic", "partition")
        self.records = Counter(
            "lead_router_records_total",
            "Records that a step has processed and committed, by the topic they came from.",
            ("step", "topic"),
        )
        self.dead_letters = Counter(
            "lead_router_dead_letters_total",
            "Records that became dead letters.",
            ("step", "topic", "reason"),
        )
        self.transactions = Counter(
            "lead_router_transactions_total", "Committed transactions.", ("step",)
        )
        self.transactions_failed = Counter(
            "lead_router_transactions_failed_total",
            "Transactions that were not committed; the partition is opened again for each.",
            ("step",),
        )
        self.reopened = Counter(
            "lead_router_partition_reopened_total",
            "Failures after which a partition was closed and opened again.",
            ("step",),
        )
        self.transaction_seconds = Histogram(
            "lead_router_transaction_duration_seconds",
            "From the first record of a transaction to its commit.",
            _SECONDS,
            ("step",),
        )
        self.write_seconds = Histogram(
            "lead_router_transaction_write_duration_seconds",
            "The part of it that the broker took: sending, acknowledging, committing.",
            _SECONDS,
            ("step",),
        )
        self.transaction_records = Histogram(
            "lead_router_transaction_records",
            "Records processed in one transaction.",
            _RECORDS,
            ("step",),
        )
        self.rebalances = Counter(
            "lead_router_rebalances_total",
            "How often the group gave this process its partitions.",
            ("step",),
        )
        self.partitions = Gauge(
            "lead_router_partitions",
            "Partitions of this process: opening (fencing and restoring), open, or halted until an"
            " operator has had a look.",
            ("step", "state"),
        )
        self.lag_records = Gauge(
            "lead_router_partition_lag_records",
            "Offsets that are committed in the topic and not processed, as of the last fetch.",
            of_partition,
        )
        self.waiting_seconds = Gauge(
            "lead_router_partition_waiting_seconds",
            "How long the oldest fetched record has been in the topic unprocessed; 0 if none is.",
            of_partition,
        )
        self.fetch_age_seconds = Gauge(
            "lead_router_partition_fetch_age_seconds",
            "Since the broker last answered a fetch of this partition; grows when it is away.",
            of_partition,
        )


class SourceMeters:
    """Of the sources that leads come from, by ``lead_source``; beyond 50 they are one."""

    def __init__(self) -> None:
        """Names and texts."""
        self.leads = Counter(
            "lead_router_source_leads_total", "Submitted leads that intake has read.", ("source",)
        )
        self.fields_filled = Counter(
            "lead_router_source_fields_filled_total",
            "Of these, those with the field; a renamed form field shows as a fall of its share.",
            ("source", "field"),
        )
        self.warnings = Counter(
            "lead_router_read_warnings_total",
            "Values that intake could not read and counts as not given; never the value.",
            ("topic", "source", "field", "problem"),
        )
        self.last_lead = Gauge(
            "lead_router_source_last_lead_timestamp_seconds",
            "When intake read the last lead of a source, or began to wait for one.",
            ("source",),
        )
        self.silent_after = Gauge(
            "lead_router_source_silent_after_seconds",
            "The setting sources.NAME.silent_after_s: the longest that no lead is normal.",
            ("source",),
        )


class RoutingMeters:
    """Of decisions and of the state that they are made from."""

    def __init__(self) -> None:
        """Names and texts."""
        self.decisions = Counter(
            "lead_router_decisions_total",
            "Published decisions; sales_channel is empty where none was chosen.",
            ("outcome", "reason", "sales_channel"),
        )
        self.shadow_decisions = Counter(
            "lead_router_shadow_decisions_total", "Decisions about test leads.", ("outcome",)
        )
        self.clocks_fired = Counter(
            "lead_router_clocks_fired_total",
            "Decisions because time ran out: to accept, to contact, in the backlog, in silence.",
            ("clock",),
        )
        self.ticks = Counter(
            "lead_router_ticks_total", "Ticks that were let into the inbox.", ("partition",)
        )
        self.clock_changes = Counter(
            "lead_router_broker_clock_changes_total",
            "What the broker's clock did that a clock does not: it leapt ahead, returned, was"
            " confirmed after a leap, or was set back.",
            ("partition", "change"),
        )
        self.clock_leap_seconds = Gauge(
            "lead_router_broker_clock_leap_seconds",
            "How far the broker's clock has leapt while no clock fires for it; 0 otherwise.",
            ("partition",),
        )
        self.set_aside = Counter(
            "lead_router_leads_set_aside_total",
            "Leads that a defect made raise when time passed; tried again a day later.",
            ("partition",),
        )
        self.restores = Counter(
            "lead_router_restores_total", "How often a state was restored.", ("partition",)
        )
        self.restore_seconds = Gauge(
            "lead_router_restore_duration_seconds", "The last time it took.", ("partition",)
        )
        self.restored_records = Gauge(
            "lead_router_restored_records", "Changelog records read in it.", ("partition",)
        )
        self.leads = Gauge(
            "lead_router_state_leads", "Leads held in memory.", ("partition", "sales_org")
        )
        self.open_leads = Gauge(
            "lead_router_open_leads",
            "Leads that a rep has and that count in their cap.",
            ("sales_org", "sales_channel"),
        )
        self.backlog = Gauge(
            "lead_router_backlog_leads",
            "Waiting leads, by what they wait for: a pool, one rep, a policy.",
            ("sales_org", "waits_for"),
        )
        self.deadlines = Gauge(
            "lead_router_deadlines_watched",
            "Running clocks and waits, with those that were stopped and not yet forgotten.",
            ("sales_org",),
        )
        self.overdue_seconds = Gauge(
            "lead_router_clock_overdue_seconds",
            "How long the earliest deadline is past by the broker's time; 0 if it is to come.",
            ("partition",),
        )
        self.reps = Gauge("lead_router_state_reps", "Reps that were ever known.", ("sales_org",))
        self.roster_known_until = Gauge(
            "lead_router_roster_known_until_timestamp_seconds",
            "When the first rep's public holidays or changes of the clocks end, which were looked"
            " up as the roster was applied; infinite if none does.",
            ("sales_org",),
        )
        self.feedback_ignored = Gauge(
            "lead_router_feedback_ignored",
            "Reports of CRMs that changed nothing, since the state began; `explain` says why.",
            ("sales_org",),
        )
        self.accounts = Gauge("lead_router_state_accounts", "Accounts.", ("sales_org",))


class StreamsMeters:
    """Of the role ``streams``: engagement, projection, board."""

    def __init__(self) -> None:
        """Names and texts."""
        self.activities = Counter(
            "lead_router_activities_total",
            "Activities read: added, repeated, forwarded to the partition of their lead, or refused"
            " (dead letters).",
            ("result",),
        )
        self.engagement = Counter(
            "lead_router_engagement_published_total", "Records of lead.engagement written."
        )
        self.recovery_seconds = Gauge(
            "lead_router_table_recovery_duration_seconds",
            "The last recovery of the table, from its changelog.",
        )
        self.projection_lag_seconds = Gauge(
            "lead_router_projection_lag_seconds",
            "How far the board is behind the newest record of the topics it shows.",
        )
        self.projected_backlog = Gauge(
            "lead_router_projected_backlog_leads",
            "Waiting leads by reason, as the board shows them.",
            ("reason",),
        )
        self.board_clients = Gauge("lead_router_board_clients", "Pages that are open now.")

    def count_batch(self, counts: Mapping[str, int]) -> None:
        """A batch of activities is done: ``added``, ``repeated``, …, and ``published`` of it."""
        for what, count in counts.items():
            if what == "published":
                self.engagement.add(by=count)
            else:
                self.activities.add(what, by=count)


class DeliveryMeters:
    """Of the role delivery; a destination is named as in the settings."""

    def __init__(self) -> None:
        """Names and texts."""
        self.calls = Counter(
            "lead_router_delivery_calls_total",
            "Calls to a destination, by what its answer meant.",
            ("destination", "verdict"),
        )
        self.seconds = Histogram(
            "lead_router_delivery_duration_seconds",
            "From a decision to its delivery.",
            (*_SECONDS, 30.0, 300.0, 3_600.0),
            ("destination",),
        )
        self.waiting = Gauge(
            "lead_router_delivery_waiting_records",
            "Offsets that a destination has not been brought yet.",
            ("destination",),
        )
        self.shut = Gauge(
            "lead_router_delivery_shut", "1 while a destination takes nothing.", ("destination",)
        )
        self.switched_off = Gauge(
            "lead_router_delivery_switched_off",
            "1 once a destination is not called any more until delivery is started again.",
            ("destination",),
        )


class GatewayMeters:
    """Of the role ``gateway``; ``door`` is the part of an address after ``/v1/``."""

    def __init__(self) -> None:
        """Names and texts."""
        self.requests = Counter(
            "lead_router_gateway_requests_total", "Requests answered.", ("door", "status")
        )
        self.records = Counter(
            "lead_router_gateway_records_total",
            "Records that Kafka has (accepted) and those that it has not (refused).",
            ("door", "outcome"),
        )
        self.seconds = Histogram(
            "lead_router_gateway_request_duration_seconds",
            "From a request's head to its answer.",
            _SECONDS,
            ("door",),
        )


class ProcessMeters:
    """Of the process as a whole."""

    def __init__(self) -> None:
        """Names and texts."""
        self.build = Gauge(
            "lead_router_build_info",
            "Always 1; the labels say what runs.",
            ("version", "core", "core_version"),
        )
        self.ready = Gauge(
            "lead_router_ready",
            "Whether a role is in its group with everything restored and nothing halted.",
            ("role",),
        )
        self.loop_delay_seconds = Histogram(
            "lead_router_loop_delay_seconds",
            "How much later than wanted the event loop woke: how long something held it up.",
            (0.001, *_SECONDS),
        )
        self.spans_exported = Counter("lead_router_spans_exported_total", "Spans sent on.")
        self.spans_dropped = Counter(
            "lead_router_spans_dropped_total",
            "Spans lost: the queue was full, or the collector did not take them.",
            ("cause",),
        )
