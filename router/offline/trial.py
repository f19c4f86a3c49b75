"""The router's own decision over files, in memory: no broker, no effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router.cli.files import format_of, read_text, show_problems
from router.core.explain.explain import People
from router.core.model.assignment import Assignment
from router.core.model.events import Event, PolicyPublished
from router.core.model.policy import Policy
from router.core.shard import Shard
from router.errors import LeadRouterError
from router.intake.files.account_file import read_accounts
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.record_file import Format, RecordFile, encode, lines_of
from router.intake.files.roster_file import read_roster
from router.intake.files.style import Style
from router.intake.files.tables import Filed
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.wire.cloudevents import TopicRole
from router.intake.wire.codec import decode_event
from router.kafka.topics.codecs import read_policy
from router.settings import Settings

ORG = "trial"

_Read = Callable[[str, Format, IntakeContext, int], RecordFile]


@dataclass(frozen=True, slots=True)
class Trial:
    """One lead and what was decided about it."""

    lead_id: str
    decisions: list[Assignment]


@dataclass(frozen=True, slots=True)
class Trials:
    """All leads of a file, and the reps who could have them."""

    trials: list[Trial]
    people: People

    def as_json(self) -> list[dict[str, Any]]:
        """For programs."""
        return [{"lead_id": each.lead_id, "decisions": each.decisions} for each in self.trials]


def run_trial(
    policy: Policy,
    leads_path: Path,
    leads: str,
    style: Style,
    *,
    roster: Path | None,
    accounts: Path | None,
    at_ms: int,
) -> Trials:
    """Decide about the leads of a file, one after the other.

    Args:
        policy: in force from then on, whatever its `effective_from` says.
        leads_path: where the leads were read.
        leads: lead events of the contract.
        style: how they write dates and numbers.
        roster: who can have them; without one nobody can.
        accounts: the customers.
        at_ms: the time of the decision.

    Raises:
        LeadRouterError: a file cannot be used; its problems are on standard error.
    """
    settings = Settings()
    context = replace(
        IntakeContext.of(settings), sales_orgs=frozenset({ORG}), default_sales_org=ORG
    )
    bench = _Bench(context, at_ms)
    in_force = replace(policy, effective_from_ms=min(policy.effective_from_ms, at_ms))
    bench.apply(PolicyPublished(in_force))
    for path, read, role in (
        (roster, read_roster, "roster"),
        (accounts, read_accounts, "accounts"),
    ):
        if path is not None:
            bench.bring(path, read, "roster" if role == "roster" else "accounts")
    defaults = LeadDefaults(at_ms, lead_id="trial", event_type="submitted", style=style)
    trials = [
        Trial(filed.record["lead_id"], bench.decide("leads", filed))
        for filed in _leads(leads_path, leads, defaults, context)
    ]
    numbers = enumerate(bench.shard.orgs[ORG].rep_numbers)
    return Trials(
        trials, People(bench.names, {number: rep.profile.rep_id for number, rep in numbers})
    )


class _Bench:
    """A shard of one sales org, fed by hand."""

    def __init__(self, context: IntakeContext, at_ms: int) -> None:
        self.shard = Shard(0, [ORG], read_policy)
        self.names: dict[str, str] = {}
        self._context = context
        self._at_ms = at_ms

    def apply(self, event: Event) -> list[Assignment]:
        return self.shard.apply(ORG, event, timestamp_ms=self._at_ms, offset=self.shard.next_offset)

    def decide(self, role: TopicRole, filed: Filed) -> list[Assignment]:
        record = {**filed.record, "sales_org": ORG}
        answer = admit(role, None, None, encode(record), (), self._at_ms, self._context)
        if not isinstance(answer, Admitted):
            raise LeadRouterError(f"line {filed.line} is refused: {answer.detail}")
        return self.apply(decode_event(answer.value))

    def bring(self, path: Path, read: _Read, role: TopicRole) -> None:
        found = read(read_text(path), format_of(path), self._context, self._at_ms)
        show_problems(path, found.problems)
        if found.has_errors:
            raise LeadRouterError(f"{path} cannot be used: mend the errors above")
        for filed in found.records:
            self.decide(role, filed)
            if role == "roster":
                rep_id = filed.record["rep_id"].strip()
                self.names[rep_id] = filed.record.get("name") or rep_id


def _leads(
    path: Path, text: str, defaults: LeadDefaults, context: IntakeContext
) -> Iterator[Filed]:
    for found in read_leads(lines_of(text), format_of(path), defaults, context):
        if isinstance(found, Filed):
            yield found
            continue
        show_problems(path, [found])
        if found.severity == "error":
            raise LeadRouterError(f"{path} cannot be tried: mend the error above")
