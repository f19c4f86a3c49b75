"""A decision in plain words, with its numbers, from the assignment event alone.

Pure: what is said depends on the event and on who the reps are (:class:`People`), nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from router.core.explain.earnings import earnings_of
from router.core.explain.formatting import moment, money, span, turns
from router.core.explain.messages import (
    CHANNELS,
    CHOSEN,
    COMMANDS,
    EXCLUSIONS,
    KNOWN_BY,
    NOTIFY,
    OUTCOMES,
    REASONS,
)
from router.core.model.assignment import (
    Assignment,
    ByHand,
    Candidates,
    Exclusion,
    Outcome,
    PassedOver,
    Reason,
)
from router.core.state.index import Ids
from router.core.state.rep_names import meant_by

_NAMES_MAX = 8


@dataclass(frozen=True, slots=True)
class People:
    """Names of the reps: ``names`` by rep id, ``numbers`` by permanent number of the sales org.

    ``by_crm_id`` are their rep ids by the keys of their ids in CRMs (:mod:`.roster.names`).
    """

    names: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[int, str] = field(default_factory=dict)
    by_crm_id: Mapping[str, Ids] = field(default_factory=dict)

    def named(self, name: str) -> list[str]:
        """Return the ids of the reps whom a name from outside may mean.

        A rep id wins over ids in CRMs, those over people's names, a whole name over a word of it.
        Where the reps of a sales org are known, ids in CRMs and people's names are of no others.
        """
        rep_ids = set(self.numbers.values())
        found = meant_by(name, rep_ids | set(self.names), self.by_crm_id) or self._called(name)
        return [rep_id for rep_id in found if rep_id == name or not rep_ids or rep_id in rep_ids]

    def _called(self, name: str) -> list[str]:
        """Return the ids of the reps who have that name; if none has, of whom it is a word of."""
        spoken = name.casefold()
        names = {rep_id: called.casefold() for rep_id, called in sorted(self.names.items())}
        whole = [rep_id for rep_id, called in names.items() if called == spoken]
        return whole or [rep_id for rep_id, called in names.items() if spoken in called.split()]

    def name(self, rep_id: str | None) -> str:
        """``Anna Keller (anna)``, or the id where no name is known."""
        if rep_id is None:
            return "nobody"
        name = self.names.get(rep_id)
        return f"{name} ({rep_id})" if name and name != rep_id else rep_id

    def of_mask(self, mask: str) -> list[str]:
        """Rep ids of a hexadecimal mask; a number that is not known reads ``#12``."""
        bits = int(mask, 16)
        numbers = (n for n in range(bits.bit_length()) if bits >> n & 1)
        return [self.numbers.get(number, f"#{number}") for number in numbers]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: a short label and a sentence; ``label`` is empty where it goes on."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """One decision told: what became of the lead, then why, in lines."""

    headline: str
    lines: tuple[Line, ...]


def tell(decision: Assignment, people: People) -> Story:
    """All that the decision says, in the order in which a person asks.

    Raises:
        KeyError: not an assignment event.
    """
    return Story(
        headline(decision, people),
        (
            Line("why", why(decision, people)),
            *_by_hand(decision),
            *_rules(decision),
            *_worth(decision),
            *_score(decision),
            *_passed_over(decision, people),
            *_candidates(decision, people),
            *_people_beside(decision, people),
            *_clocks(decision),
            _versions(decision),
        ),
    )


def standing(decision: Assignment, people: People) -> str:
    """Return where the lead is after its last decision, as a sentence; a closed one is nobody's."""
    words = _STANDINGS.get(decision["outcome"], _WITH_REP)
    if "rep_id" not in decision:
        words = _WITHOUT_REP.get(decision["outcome"], "It waits, and nobody has it.")
    return _fill(words, decision, people)


_WITH_REP = "It is now with {rep}."
_STANDINGS: dict[str, str] = {
    Outcome.CLOSED: "It is closed, and nobody works on it; {rep} had it last.",
    Outcome.MERGED: "It is part of lead {merged_into} now.",
}
_WITHOUT_REP: dict[str, str] = {
    Outcome.CLOSED: "It is closed, and nobody works on it.",
    Outcome.MERGED: "It is part of lead {merged_into} now.",
    Outcome.NURTURED: "Nobody has it: it is left to marketing.",
    Outcome.RECALLED: "It is with {outside}, who is no rep of the roster.",
}


def headline(decision: Assignment, people: People) -> str:
    """What became of the lead, and with whom and where it is."""
    parts = [_fill(OUTCOMES[decision["outcome"]], decision, people)]
    if "sales_channel" in decision:
        parts.append(CHANNELS.get(decision["sales_channel"], decision["sales_channel"]))
    if "pool_id" in decision:
        parts.append(f"pool {decision['pool_id']}")
    if "territory_id" in decision:
        parts.append(f"territory {decision['territory_id']}")
    text = ", ".join(parts)
    return f"{text} (a trial: nothing was changed)" if decision.get("shadow") else text


def why(decision: Assignment, people: People) -> str:
    """The reason as a sentence."""
    return _fill(REASONS[decision["reason"]], decision, people)


def _fill(words: str, decision: Assignment, people: People) -> str:
    previous = decision.get("previous_rep_id") or decision.get("rep_id")
    return words.format(
        rep=people.name(decision.get("rep_id")),
        previous=people.name(previous),
        partner=people.name(decision.get("partner_rep_id")),
        outside=people.name(decision.get("outside_rep_id")),
        account=decision.get("account_id", "the account"),
        pool=decision.get("pool_id", "of its channel"),
        merged_into=decision.get("merged_into", "another"),
    )


def _by_hand(decision: Assignment) -> Iterator[Line]:
    if command := decision.get("by_hand"):
        yield Line("by hand", said_by(command))


def said_by(command: ByHand) -> str:
    """Return what somebody did by hand, who it was, and why: ``paused by olga: team meeting``."""
    did = f"{COMMANDS.get(command['command'], command['command'])} by {command['actor']}"
    return f"{did}: {command['reason']}" if "reason" in command else did


def _rules(decision: Assignment) -> Iterator[Line]:
    if "rule" in decision:
        yield Line("policy line", decision["rule"])
    if "channel_rule" in decision:
        yield Line("channel line", decision["channel_rule"])


def _worth(decision: Assignment) -> Iterator[Line]:
    value = decision.get("value")
    if value is None:
        return
    known_by = value.get("known_by", "unknown")
    amount = money(value.get("expected_minor", 0), value.get("currency", ""))
    said = KNOWN_BY.get(known_by, f"by {known_by}")
    yield Line("worth", said if known_by == "unknown" else f"{amount}, {said}")
    for place, sentence in enumerate(earnings_of(decision)):
        yield Line("" if place else "earns", sentence)


def _score(decision: Assignment) -> Iterator[Line]:
    score = decision.get("score")
    if score is None:
        return
    parts = [f"{term['points']:+d} {term['rule']}" for term in score["terms"]]
    if score["engagement"]:
        parts.append(f"{score['engagement']:+d} engagement")
    sum_of = f" = {', '.join(parts)}" if parts else ", no line of the policy matches"
    yield Line("score", f"{score['total']} points, {score['band']}{sum_of}")


def _passed_over(decision: Assignment, people: People) -> Iterator[Line]:
    for place, passed in enumerate(decision.get("passed_over", [])):
        yield Line("" if place else "passed over", _why_passed_over(passed, decision, people))


def _why_passed_over(passed: PassedOver, decision: Assignment, people: People) -> str:
    who = (
        people.name(passed["rep_id"])
        if "rep_id" in passed
        else passed.get("outside_rep_id", "the rep")
    )
    chosen = _fill(CHOSEN.get(passed["reason"], "who was to have it"), decision, people)
    words = EXCLUSIONS.get(passed["why"], passed["why"])
    return f"{who}, {chosen}, {words}{_noted(decision, passed.get('rep_id'))}"


def _noted(decision: Assignment, rep_id: str | None) -> str:
    """Return who noted the rep's leave and why, to follow the words for it; empty if nobody did."""
    note = decision.get("away", {}).get(rep_id or "")
    return "" if note is None else f" ({said_by(note)})"


def _candidates(decision: Assignment, people: People) -> Iterator[Line]:
    looked = decision.get("candidates")
    if looked is None:
        return
    yield Line(
        "looked at",
        f"{_count(looked['considered'], 'rep')}, of whom {looked['eligible']} could have it",
    )
    for reason, mask in looked.get("excluded", {}).items():
        ids = people.of_mask(mask)
        yield Line("", f"{len(ids)} {_plural_exclusion(reason, len(ids))}: {_listed(ids, people)}")
    named = {passed.get("rep_id") for passed in decision.get("passed_over", [])}
    for rep_id, note in decision.get("away", {}).items():
        if rep_id not in named:
            yield Line("", f"{people.name(rep_id)} is on leave: {said_by(note)}")
    yield from _turns(decision, looked, people)


def _turns(decision: Assignment, looked: Candidates, people: People) -> Iterator[Line]:
    if "credit" not in looked:
        return
    text = f"{people.name(decision.get('rep_id'))} was ahead with {turns(looked['credit'])}"
    others = [
        f"{people.name(runner['rep_id'])} {turns(runner['credit']).removesuffix(' turns')}"
        for runner in looked.get("runners_up", [])
    ]
    yield Line("fair turn", f"{text}; next {', '.join(others)}" if others else text)


def _people_beside(decision: Assignment, people: People) -> Iterator[Line]:
    if (previous := decision.get("previous_rep_id")) and previous != decision.get("rep_id"):
        yield Line("before", people.name(previous))
    if partner := decision.get("partner_rep_id"):
        yield Line("stays on it", f"{people.name(partner)}, as partner")
    if told := decision.get("notify"):
        name = decision.get("notify_rep_id")
        yield Line("told", NOTIFY[told] if name is None else people.name(name))


def _clocks(decision: Assignment) -> Iterator[Line]:
    start = decision["decided_at"]
    if accept_by := decision.get("accept_by"):
        yield Line("accept by", _deadline(accept_by, start))
    if contact_by := decision.get("contact_by"):
        yield Line("contact by", _deadline(contact_by, start))
    if wait_until := decision.get("wait_until"):
        yield Line("waits until", _deadline(wait_until, start))


def _versions(decision: Assignment) -> Line:
    policy = decision.get("policy")
    by = f"policy {policy['id']} version {policy['version']}" if policy else "no policy"
    inbox = decision["inbox"]
    return Line(
        "decided",
        f"{moment(decision['decided_at'])} by {by}, roster version {decision['roster_version']},"
        f" core {decision['core_version']}, inbox {inbox['partition']}/{inbox['offset']}",
    )


def why_not(decision: Assignment, rep_id: str, people: People) -> str:
    """Why ``rep_id`` did not get the lead by this decision, from the event alone."""
    name = people.name(rep_id)
    if decision.get("rep_id") == rep_id:
        return f"{name} did get it: {why(decision, people)}"
    for passed in decision.get("passed_over", []):
        if passed.get("rep_id") == rep_id:
            return _why_passed_over(passed, decision, people)
    looked = decision.get("candidates")
    if looked is None:
        return f"nobody of a pool was looked at: {why(decision, people)}"
    return _why_not_of_pool(decision, looked, rep_id, people)


def _why_not_of_pool(decision: Assignment, looked: Candidates, rep_id: str, people: People) -> str:
    name = people.name(rep_id)
    for reason, mask in looked.get("excluded", {}).items():
        if rep_id in people.of_mask(mask):
            noted = _noted(decision, rep_id) if reason == Exclusion.TIME_OFF else ""
            return f"{name} {EXCLUSIONS[reason]}{noted}"
    for runner in looked.get("runners_up", []):
        if runner["rep_id"] == rep_id:
            return (
                f"{name} could have had it with {turns(runner['credit'])}, and"
                f" {people.name(decision.get('rep_id'))} was ahead with"
                f" {turns(looked.get('credit', 0))}"
            )
    if decision["reason"] == Reason.POOL_PAUSED:
        return why(decision, people)
    if looked["eligible"] <= 1 + len(looked.get("runners_up", [])):
        return f"{name} is not in the pool {decision.get('pool_id', 'that was asked')}"
    return (
        f"{name} is not in the pool {decision.get('pool_id', 'that was asked')}, or was further"
        f" from a turn than the {_count(1 + len(looked.get('runners_up', [])), 'rep')} named"
    )


def _deadline(until: str, start: str) -> str:
    seconds = (datetime.fromisoformat(until) - datetime.fromisoformat(start)).total_seconds()
    return f"{moment(until)}, {span(int(seconds))} later"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plural_exclusion(reason: str, number: int) -> str:
    words = EXCLUSIONS.get(reason, reason)
    if number == 1:
        return words
    for one, many in _PLURALS:
        if words.startswith(one):
            words = many + words.removeprefix(one)
            break
    return words


_PLURALS = (
    ("has ", "have "),
    ("is ", "are "),
    ("does ", "do "),
    ("lacks ", "lack "),
)


def _listed(rep_ids: list[str], people: People) -> str:
    shown = [people.names.get(rep_id, rep_id) for rep_id in rep_ids[:_NAMES_MAX]]
    more = len(rep_ids) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def excluded_reps(decision: Assignment, people: People) -> dict[Exclusion, list[str]]:
    """Rep ids by the reason that barred them, for programs."""
    looked = decision.get("candidates") or {}
    return {
        Exclusion(reason): people.of_mask(mask)
        for reason, mask in looked.get("excluded", {}).items()
    }
