"""Reps as they are named from outside: by their rep id, or by any of their ids in a CRM.

Marketing, a CRM and an operator each have an id of their own for a rep. A rep id wins over a CRM's;
case counts. Salesforce writes each of its ids in two ways: 15 characters, of which case matters, or
the same with 3 more that say which of them are capitals. They are one id here:
``0055g00000AbCdE`` is ``0055g00000AbCdEAAV``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from router.core.model.assignment import Exclusion, Reason
from router.core.state.availability import has_left
from router.core.state.index import Ids, add, drop, ids_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from router.core.model.rep import Rep
    from router.core.state.journal import Journal
    from router.core.state.sales_org import SalesOrg

_SHORT, _LONG, _BLOCK = 15, 18, 5
_CHECK_CHARACTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def key_of(crm_id: str) -> str:
    """Return what two spellings of one CRM id have in common: the id, of a long one the short."""
    if len(crm_id) != _LONG or not (crm_id.isascii() and crm_id.isalnum()):
        return crm_id
    short, check = crm_id[:_SHORT], crm_id[_SHORT:]
    return short if check == _check_characters(short) else crm_id


def _check_characters(short: str) -> str:
    """Each is a number of five bits, one for each character of its block that is a capital."""
    found = ""
    for start in range(0, _SHORT, _BLOCK):
        bits = 0
        for place, character in enumerate(short[start : start + _BLOCK]):
            bits |= ("A" <= character <= "Z") << place
        found += _CHECK_CHARACTERS[bits]
    return found


def by_crm_id(crm_ids: Mapping[str, Iterable[str]]) -> dict[str, Ids]:
    """Return rep ids by the keys of their ids in CRMs, from those ids by rep id."""
    found: dict[str, Ids] = {}
    for rep_id in sorted(crm_ids):
        for key in keys_of(crm_ids[rep_id]):
            found[key] = (*ids_of(found, key), rep_id)
    return found


def meant_by(name: str, rep_ids: Container[str], by_crm_id: Mapping[str, Ids]) -> list[str]:
    """Return the ids of the reps whom a name may mean; ``by_crm_id`` is by :func:`key_of`."""
    return [name] if name in rep_ids else list(ids_of(by_crm_id, key_of(name)))


def reps_named(org: SalesOrg, name: str | None, now_ms: int) -> list[Rep]:
    """Return the reps whom a name may mean; more than one if they share an id of a CRM.

    Of those who share one, who has left is meant only where nobody else has it.
    """
    if not name:
        return []
    found = [org.reps[rep_id] for rep_id in meant_by(name, org.reps, org.reps_by_crm_id)]
    if len(found) <= 1:
        return found
    return [rep for rep in found if not has_left(rep, now_ms)] or found


def rep_named(org: SalesOrg, name: str | None, now_ms: int) -> Rep | None:
    """Return the rep whom a name means, also one who has left; None if it means no one rep."""
    found = reps_named(org, name, now_ms)
    return found[0] if len(found) == 1 else None


def rep_on_roster(org: SalesOrg, name: str | None, now_ms: int) -> Rep | None:
    """Return the rep to whom a lead may be given by name; None also when they have left.

    What a leaver is given, the next tick would take from them and route to somebody else.
    """
    rep = rep_named(org, name, now_ms)
    return None if rep is None or has_left(rep, now_ms) else rep


def may_mean(org: SalesOrg, name: str | None, rep: Rep | None, now_ms: int) -> bool:
    """Whether a name means the rep, or is an id that they share with others."""
    return rep is not None and any(each is rep for each in reps_named(org, name, now_ms))


class NamedOwner(NamedTuple):
    """An owner by somebody's word.

    ``rep`` is None unless they are on the roster. ``rep_id`` is then what is told of them: their
    rep id if they have left, else the name as it was given; ``reason`` is why they are not there.
    """

    rep: Rep | None
    rep_id: str
    reason: Reason


def owner_named(org: SalesOrg, name: str, now_ms: int) -> NamedOwner:
    """Return whom a name makes the owner of a lead."""
    found = reps_named(org, name, now_ms)
    if len(found) > 1:
        return NamedOwner(None, name, Reason.OWNER_AMBIGUOUS)
    rep = found[0] if found else None
    rep_id = name if rep is None else rep.profile.rep_id
    there = None if rep is None or has_left(rep, now_ms) else rep
    return NamedOwner(there, rep_id, Reason.OWNER_NOT_ON_ROSTER)


def same_owner(org: SalesOrg, first: str | None, second: str | None, now_ms: int) -> bool:
    """Whether two names make the same one the owner, whoever that is.

    One was said before the roster knew it, the other after that rep has come and gone, say.
    """
    if first is None or second is None:
        return first is second
    one, other = (owner_named(org, name, now_ms).rep_id for name in (first, second))
    return key_of(one) == key_of(other)


def why_nobody(org: SalesOrg, name: str, now_ms: int) -> Exclusion:
    """Return why a name means no one rep."""
    several = len(reps_named(org, name, now_ms)) > 1
    return Exclusion.AMBIGUOUS_ID if several else Exclusion.NOT_ON_ROSTER


def index_rep(journal: Journal, org: SalesOrg, rep: Rep) -> None:
    """Let the rep be found by their ids in CRMs."""
    for key in keys_of(rep.profile.crm_ids.values()):
        add(journal, org.reps_by_crm_id, key, rep.profile.rep_id, str)


def drop_rep(journal: Journal, org: SalesOrg, rep: Rep) -> None:
    """Let nobody find the rep by the ids that they have had."""
    for key in keys_of(rep.profile.crm_ids.values()):
        drop(journal, org.reps_by_crm_id, key, rep.profile.rep_id)


def keys_of(crm_ids: Iterable[str]) -> list[str]:
    """Return the keys of a rep's ids, each once: two CRMs may have the same id for them."""
    return list(dict.fromkeys(key_of(crm_id) for crm_id in crm_ids))
