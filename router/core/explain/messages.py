"""The words for every outcome, reason and exclusion: one table each, complete."""

from __future__ import annotations

from router.core.model.assignment import Exclusion, Ignored, Notify, Outcome, Reason
from router.core.model.events import ReadProblem

OUTCOMES: dict[str, str] = {
    Outcome.ASSIGNED: "assigned to {rep}",
    Outcome.REASSIGNED: "moved to {rep}",
    Outcome.QUEUED: "waiting in the backlog",
    Outcome.NURTURED: "left to marketing for nurture",
    Outcome.MERGED: "merged into lead {merged_into}",
    Outcome.RECALLED: "left to somebody outside the roster",
    Outcome.ESCALATED: "escalated: {rep} has it",
    Outcome.HANDED_OFF: "handed over to {rep}",
    Outcome.CLOSED: "closed",
}
"""What became of the lead."""

REASONS: dict[str, str] = {
    Reason.ROTATION: "a fair turn in the pool {pool}",
    Reason.SAME_PERSON: "the same person has asked before, so the same rep stays",
    Reason.ASKED_AGAIN: "the person has asked again, about a lead that is open",
    Reason.FOUND_BY_REP: "{rep} found this lead, and who brings a lead keeps it",
    Reason.ACCOUNT_OWNER: "{rep} owns the account {account}",
    Reason.ACCOUNT_OWNERS_PARTNER: "{rep} is the inside partner of {partner}, who owns {account},"
    " or stands in for them",
    Reason.ACCOUNT_OWNERS_BACKUP: "the owner of {account} is away, and {rep} stands in",
    Reason.URGENT_CUSTOMER: "an urgent request of {rep}'s own customer {account} passes the"
    " daily cap",
    Reason.IMPORTED: "it was imported as it stood",
    Reason.BACKLOG_OFFERED: "it had waited in the backlog, and a rep of {pool} can take it now",
    Reason.FALLBACK: "nobody of the first choice was free; the next step of the policy found {rep}",
    Reason.NOBODY_ELIGIBLE: "nobody in the pool {pool} may have it",
    Reason.ALL_AT_CAP: "everyone in the pool {pool} who may have it is at a cap",
    Reason.ALL_OFF_DUTY: "everyone in the pool {pool} who may have it is off duty",
    Reason.OWNER_AT_CAP: "the account's owner is at a cap, and the lead waits for them",
    Reason.OWNER_AWAY: "the account's owner is away, and the lead waits for them",
    Reason.POOL_PAUSED: "an operator has paused the pool {pool}",
    Reason.POOL_EMPTY: "the pool {pool} has no member",
    Reason.NO_POOL: "the policy has no pool for it",
    Reason.NO_POLICY: "there is no policy yet; it is decided when one is published",
    Reason.TOO_SMALL: "it is too small to pay for a rep's time",
    Reason.CANNOT_PAY: "it costs more to work than it earns, in every channel",
    Reason.HELD_FOR_FIELD: "it earns more with a field rep who has a place tomorrow than with"
    " anybody today, so it is held for one",
    Reason.PRICE_TOO_HIGH: "other leads earn more with the places that are free, so it waits until"
    " they are cheaper",
    Reason.WAITED_TOO_LONG: "it waited as long as the policy allows",
    Reason.CONSENT_REFUSED: "the person refuses every way to be reached",
    Reason.DISPOSABLE_EMAIL: "its e-mail address is a throw-away one, which takes nobody's turn",
    Reason.SOURCE_BURST: "more leads of its source came at once than the policy lets through, so it"
    " is held for a look",
    Reason.CONSENT_UNREADABLE: "what was said of consent cannot be read, so that it is held",
    Reason.WITHDRAWN: "it was withdrawn",
    Reason.NOT_SUBMITTED: "only an update of it has come; it is routed when it is submitted",
    Reason.TEST_LEAD: "it is a test",
    Reason.DO_NOT_ROUTE: "it is marked not to be routed",
    Reason.REJECTED: "{previous} rejected it",
    Reason.ACCEPT_MISSED: "{previous} did not accept it in time",
    Reason.CONTACT_MISSED: "{previous} did not make contact in time",
    Reason.REP_LEFT: "{previous} has left or changed channel",
    Reason.CHANGED_IN_CRM: "the owner was changed by hand in the CRM, and the CRM wins",
    Reason.OWNER_NOT_ON_ROSTER: "in the CRM it is {outside}'s, who is not on the roster",
    Reason.OWNER_AMBIGUOUS: "in the CRM it is {outside}'s, an id that several reps have",
    Reason.CLAIMED: "{rep} claimed it",
    Reason.BY_OPERATOR: "an operator assigned it",
    Reason.REASSIGN_REQUESTED: "{previous} asked for another owner",
    Reason.QUALIFIED: "{previous} qualified it, and the policy then hands it over",
    Reason.HANDOFF_RULE: "after what was heard of it, the policy hands it over",
    Reason.HANDOFF_REQUESTED: "{previous} asked for the handoff",
    Reason.SCORE_ROSE: "its score rose, and the policy then hands it over",
    Reason.HANDOFF_WAITS: "it is to be handed over to the field, nobody there is free, and it"
    " waits for the first who is",
    Reason.HANDOFF_WAITED: "it was to be handed over, and somebody in the field is free now",
    Reason.DEAL_WON: "the deal is won",
    Reason.DEAL_LOST: "the deal is lost",
    Reason.DISQUALIFIED: "it was disqualified",
    Reason.MERGED_IN_CRM: "the CRM merged it",
    Reason.ERASED: "the person asked to be forgotten",
    Reason.SILENT_TOO_LONG: "nothing was heard of it for 180 days",
}
"""Why; the names in braces are filled from the decision."""

EXCLUSIONS: dict[str, str] = {
    Exclusion.LEFT: "has left",
    Exclusion.NOT_STARTED: "has not started yet",
    Exclusion.TIME_OFF: "is on leave",
    Exclusion.TERRITORY: "does not serve the territory",
    Exclusion.LANGUAGE: "does not speak the language",
    Exclusion.SKILL: "lacks the skill",
    Exclusion.SENIORITY: "has another seniority",
    Exclusion.NEW_REP: "is new and takes smaller leads",
    Exclusion.DECLINED_IT: "rejected this lead before",
    Exclusion.MISSED_IT: "did not answer this lead in time a short while ago",
    Exclusion.OFF_DUTY: "is off duty",
    Exclusion.HOUR_CAP: "has had the hour's leads",
    Exclusion.DAY_CAP: "has had the day's leads",
    Exclusion.WEEK_CAP: "has had the week's leads",
    Exclusion.SOURCE_CAP: "has had the day's leads of this source",
    Exclusion.POOL_CAP: "has had as many leads of the pool as it gives one rep",
    Exclusion.OPEN_CAP: "has as many open leads as allowed",
    Exclusion.UNACCEPTED: "has leads to accept before another that waited",
    Exclusion.CUSTOMER_DAYTIME: "is off duty in the customer's daytime, and others are not",
    Exclusion.EARNS_LESS: "earns less with it than others do, after the price of their places",
    Exclusion.NOT_ON_ROSTER: "is not on the roster",
    Exclusion.AMBIGUOUS_ID: "is an id that several reps have",
}
"""Why not that rep: continues the rep's name."""

CHOSEN: dict[str, str] = {
    Reason.SAME_PERSON: "who had the person's earlier lead",
    Reason.FOUND_BY_REP: "who found this lead",
    Reason.ACCOUNT_OWNER: "who owns the account {account}",
    Reason.ACCOUNT_OWNERS_PARTNER: "the inside partner of the owner of {account}",
    Reason.ACCOUNT_OWNERS_BACKUP: "the backup of the owner of {account}",
}
"""Why a question before rotation chose a rep: follows the rep's name, between commas."""

KNOWN_BY: dict[str, str] = {
    "expected_value": "as given",
    "product_price_times_quantity": "by product price and quantity",
    "by_employees": "by company size",
    "unknown": "nothing tells the expected deal",
}
"""How the value came to be known."""

COMMANDS: dict[str, str] = {
    "assign": "assigned",
    "pause_pool": "paused",
    "resume_pool": "resumed",
    "rep_away": "noted",
}
"""Effects of operators' commands in words; ``by`` and a name follow."""

CHANNELS: dict[str, str] = {"inside": "inside sales", "field": "field sales"}

NOTIFY: dict[str, str] = {
    Notify.MANAGER: "the manager",
    Notify.SALES_OPS: "sales operations, because no manager is there",
}
"""Those who are told where no rep is named."""

IGNORED: dict[str, str] = {
    Ignored.ECHO: "it is an echo of the router's own writing",
    Ignored.REPEATED: "an event with this id was taken in before",
    Ignored.UNKNOWN_LEAD: "no such lead is known",
    Ignored.ERASED: "the person asked to be forgotten",
    Ignored.NOT_CURRENT: "it is about an assignment or a rep that the lead has no longer",
    Ignored.NOT_OPEN: "no rep has the lead",
    Ignored.OLDER: "a later word on the owner stands",
    Ignored.NO_SUCH_REP: "it names no one rep of the roster",
    Ignored.NOT_WAITING: "the lead does not wait for anybody",
    Ignored.NO_ROOM: "that rep is at a cap, has left or has not started",
    Ignored.NO_SUCH_MERGE: "it names no other lead to be merged into",
    Ignored.ENDED: "the lead has ended so already, or a later word on its end stands",
}
"""Why a report changed nothing: follows "because"."""

READ_PROBLEMS: dict[str, str] = {
    ReadProblem.WRONG_TYPE: "has several values or parts where one is meant",
    ReadProblem.NOT_UNDERSTOOD: "is not understood",
    ReadProblem.AMBIGUOUS: "can be read in two ways",
    ReadProblem.NEGATIVE: "is below zero",
    ReadProblem.NOT_WHOLE: "is no whole number",
    ReadProblem.TOO_LARGE: "is larger than anything that is counted",
    ReadProblem.TOO_LONG: "is longer than the field allows",
    ReadProblem.TOO_MANY: "has more entries than are kept",
    ReadProblem.NO_CURRENCY: "is missing, so that the amount says nothing",
    ReadProblem.UNKNOWN_CURRENCY: "is no currency of ISO 4217",
    ReadProblem.PLACEHOLDER: "holds what programs write for nothing, such as undefined",
    ReadProblem.PERSONAL: "holds personal data, which is not kept",
    ReadProblem.DUMMY: "is the dummy of a form tool, so that the lead is a test",
    ReadProblem.NO_REPLY: "is an address that nobody reads",
    ReadProblem.FILLER: "is a number of nobody, such as 1234567",
    ReadProblem.FREE_MAIL: "is the domain of a mail provider, of no company",
    ReadProblem.PUBLIC_SUFFIX: "is a public suffix such as co.uk, of no company",
    ReadProblem.AHEAD: "lies ahead of its arrival, which counts instead",
    ReadProblem.MENDED: "lacked its leading zeros, which its state proves, and has them again",
    ReadProblem.INCOMPLETE: "is too short for its country, and is kept as it stands",
    ReadProblem.UNKNOWN_SALES_ORG: "is not in the settings; the only sales org there is has it",
}
"""Why a value counts as not given; goes on from the field's name."""
