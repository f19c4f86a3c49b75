"""The names of our topics: one prefix, then the name that the contract gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from router.settings import Settings

InputRole = Literal[
    "leads", "raw", "engagement", "roster", "accounts", "policies", "feedback", "commands"
]
"""What a topic that intake reads carries."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Full topic names under ``prefix``."""

    prefix: str

    @property
    def leads(self) -> str:
        """Canonical lead events, from anyone."""
        return f"{self.prefix}leads"

    def raw(self, source: str) -> str:
        """Leads in the shape of the vendor ``source``."""
        return f"{self.prefix}leads.raw.{source}"

    @property
    def activity(self) -> str:
        """Page views, e-mail opens and the like; written without transactions."""
        return f"{self.prefix}lead.activity"

    @property
    def engagement(self) -> str:
        """Decayed engagement per lead, absolute."""
        return f"{self.prefix}lead.engagement"

    @property
    def engagement_table(self) -> str:
        """What each lead did, as far as engagement needs it: the changelog of a Faust table."""
        return f"{self.prefix}streams.engagement"

    @property
    def roster(self) -> str:
        """Reps as their company describes them."""
        return f"{self.prefix}roster"

    @property
    def accounts(self) -> str:
        """Customers and who owns them."""
        return f"{self.prefix}accounts"

    @property
    def policies(self) -> str:
        """Published policies."""
        return f"{self.prefix}policies"

    @property
    def feedback(self) -> str:
        """What the CRM reports about leads and assignments."""
        return f"{self.prefix}crm.feedback"

    @property
    def commands(self) -> str:
        """Operators' commands."""
        return f"{self.prefix}routing.commands"

    @property
    def inbox(self) -> str:
        """The totally ordered, only input of the decision."""
        return f"{self.prefix}routing.inbox"

    @property
    def state(self) -> str:
        """The changelog from which route restores its state."""
        return f"{self.prefix}routing.state"

    @property
    def reps(self) -> str:
        """The permanent number of every rep: which bit of a mask stands for whom."""
        return f"{self.prefix}routing.reps"

    @property
    def positions(self) -> str:
        """Where intake goes on in each partition of its input."""
        return f"{self.prefix}routing.positions"

    @property
    def assignments(self) -> str:
        """Every decision about a lead, in order."""
        return f"{self.prefix}lead.assignments"

    @property
    def owners(self) -> str:
        """The present owner of each lead: compacted, flat."""
        return f"{self.prefix}lead.owners"

    @property
    def dead_letters(self) -> str:
        """What could not be understood: original bytes, reasons in headers."""
        return f"{self.prefix}dead-letters"

    @property
    def shadow(self) -> str:
        """Decisions that were made and not acted on: tests, trial policies."""
        return f"{self.prefix}routing.shadow"

    @property
    def deliveries_failed(self) -> str:
        """Assignments that a destination refused: a dead letter of one destination."""
        return f"{self.prefix}deliveries.failed"

    @property
    def deliveries_retry(self) -> str:
        """Failed deliveries that an operator sends again."""
        return f"{self.prefix}deliveries.retry"


def topics_of(settings: Settings) -> Topics:
    """The topic names under the prefix of ``settings``."""
    return Topics(settings.topics.prefix)


def input_topics(settings: Settings) -> dict[InputRole, tuple[str, ...]]:
    """The topics that intake reads, by what they carry; ``raw`` may be none."""
    topics = topics_of(settings)
    return {
        "leads": (topics.leads,),
        "raw": tuple(topics.raw(source) for source in settings.topics.raw_sources),
        "engagement": (topics.engagement,),
        "roster": (topics.roster,),
        "accounts": (topics.accounts,),
        "policies": (topics.policies,),
        "feedback": (topics.feedback,),
        "commands": (topics.commands,),
    }


def input_names(settings: Settings) -> list[str]:
    """All topics that intake reads records of."""
    return [topic for names in input_topics(settings).values() for topic in names]


def group_of(settings: Settings, step: str) -> str:
    """The consumer group of ``step``: intake, route or streams."""
    return f"{settings.topics.prefix}{step}"


def transactional_prefix_of(settings: Settings, step: str) -> str:
    """How the transactional ids of ``step`` begin; the partition of its input follows."""
    return f"{group_of(settings, step)}-"


def topics_written_by_engagement(settings: Settings) -> list[str]:
    """The topics that the role streams writes: activity of other partitions goes on to its own."""
    topics = topics_of(settings)
    return [topics.activity, topics.engagement, topics.dead_letters, topics.engagement_table]


def topics_read_by_engagement(settings: Settings) -> list[str]:
    """The topics that the role streams reads for engagement."""
    topics = topics_of(settings)
    return [topics.activity, topics.policies, topics.engagement_table]


def topics_read_by_board(settings: Settings) -> list[str]:
    """The topics that the board follows, and where it looks up what it does not hold."""
    topics = topics_of(settings)
    return [
        topics.assignments,
        topics.owners,
        topics.state,
        topics.inbox,
        topics.roster,
        topics.policies,
        topics.dead_letters,
        topics.shadow,
    ]
