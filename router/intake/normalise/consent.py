"""Consent in the words of common systems: what cannot be read is never a yes."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from router.core.model.events import HeldConsent
from router.intake.normalise.spelling import plain
from router.intake.normalise.text import clean, is_placeholder

Truth = Literal["yes", "no", "unreadable"]

_MARKS = str.maketrans({"✓": " yes ", "✔": " yes ", "☑": " yes ", "✅": " yes ", "☐": " no ",
                        "✗": " no ", "✘": " no ", "❌": " no "})  # fmt: skip


def _key(text: str) -> str:
    """Return letters and digits alone: ``Opted-In``, ``opted_in`` and ``OptedIn`` are one."""
    return "".join(plain(clean(text).translate(_MARKS)).split())


def _keys(words: str) -> frozenset[str]:
    return frozenset(_key(word) for word in words.split(","))


_YES = _keys(
    "true, yes, y, 1, on, t, x, checked, ok, okay, wahr, vrai, ja, j, jo, oui, si, sim, da, tak,"
    "ano, igen, evet, kyllä, да, так, ναι, נכון, نعم, はい, 是, 예, 네"  # noqa: RUF001 - other scripts
)
_NO = _keys(
    "false, no, n, 0, off, f, unchecked, nein, non, nao, nie, falsch, faux, nej, nei, nee, ei,"
    "ne, nem, hayır, нет, ні, όχι, לא, لا, いいえ, 否, 不, 아니요"  # noqa: RUF001 - other scripts
)
_GRANTED = (_YES - _keys("x, checked")) | _keys(
    "granted, grant, given, allowed, allow, accepted, accept, agreed, agree, i agree, i accept,"
    "approved, consented, i consent, consent given, consent granted, gave consent, confirmed,"
    "explicit, express, express consent, explicit consent, permitted, freely given consent from"
    " contact, opt in, optin, opted in, double opt in, single opt in, confirmed opt in, subscribed,"
    "subscribe, zugestimmt, erteilt, eingewilligt, accorde, accepte, aceptado, concesso"
)
_DENIED = _NO | _keys(
    "denied, deny, refused, refuse, declined, decline, rejected, reject, revoked, withdrawn,"
    "withdrew, withheld, consent withdrawn, consent revoked, consent denied, withdrawn consent,"
    "consent refused, forbidden, blocked, suppressed, objected, never, stop, disagree, disagreed,"
    "i disagree, i do not agree, do not agree, do not consent, i do not consent, disallowed,"
    "opt out, opted out, opted out of all, unsubscribed, unsubscribe, global unsubscribe,"
    "not subscribed, non subscribed, not granted, not given, not allowed, not opted in, no consent,"
    "do not contact, do not call, do not email, do not sms, do not text, dnc, complained,"
    "complaint, spam, blacklisted, abgelehnt, verweigert, widerrufen, abgemeldet, nicht erteilt,"
    "refusee, refuse, rechazado, rifiutato, negado"
)
_UNKNOWN = _keys(
    "unknown, not specified, unspecified, not asked, not set, not stated, no answer,"
    "not applicable, pending, unconfirmed, not confirmed, transactional, legitimate interest,"
    "legitimate interest prospect lead, legitimate interest existing customer, unbekannt, inconnu,"
    "undefined, null, n a"
)


def read_consent(value: object) -> HeldConsent:
    """The consent that ``value`` states; ``unreadable`` holds the lead until somebody says it."""
    if isinstance(value, bool):
        return "granted" if value else "denied"
    if isinstance(value, int | float) and value in {0, 1}:
        return "granted" if value else "denied"
    return _of_word(value) if isinstance(value, str) else "unreadable"


@lru_cache(maxsize=1_024)
def _of_word(text: str) -> HeldConsent:
    word = _word_of(text)
    if word in _GRANTED:
        return "granted"
    if word in _DENIED:
        return "denied"
    if word in _UNKNOWN or (is_placeholder(text) and word != "none"):  # none may be an answer
        return "unknown"
    return "unreadable"


def _word_of(text: str) -> str:
    """The key of ``text``; a spreadsheet's ``1.0`` is 1."""
    return _key(text.strip().removesuffix(".0"))


def read_truth(value: object) -> Truth:
    """Whether a box is ticked: ``true``, ``Yes``, ``1``, ``x``; or that nobody can tell."""
    if isinstance(value, bool | int | float):
        return "yes" if value == 1 else "no" if value == 0 else "unreadable"
    word = _word_of(value) if isinstance(value, str) else ""
    return "yes" if word in _YES else "no" if word in _NO else "unreadable"


_OPT_OUT_NAMES: dict[tuple[str, ...], str] = {
    ("email", "phone", "sms"): """
        optout optedout hasoptedout donotcontact unsubscribe unsubscribed globalunsubscribe
        alloptout optoutall optedoutofall mktounsubscribed donotmarket marketingoptout
        optoutmarketing nomarketing suppressed blacklisted
    """,
    ("email",): """
        emailoptout emailoptedout hasoptedoutofemail optoutemail optedoutofemail hsemailoptout
        donotemail unsubscribedfromemail emailunsubscribed isunsubscribed unsubscribedemail
        donotbulkemail bulkemailoptout emailblacklisted marketingemailoptout
    """,
    ("phone",): """
        phoneoptout phoneoptedout donotcall donotphone calloptout nocalls dnc optoutphone
        optoutofphone hasoptedoutofphone hasoptedoutofcalls
    """,
    ("sms",): """
        smsoptout smsoptedout donotsms donottext optoutsms textoptout smsblacklisted
        hasoptedoutofsms
    """,
}
OPT_OUTS = {name: channels for channels, names in _OPT_OUT_NAMES.items() for name in names.split()}
"""Fields of common systems that say no where they are ticked, by their letters alone."""


_WHEN = ("at", "on", "date", "time", "datetime", "timestamp")
"""Ends of a field's name that holds when somebody opted out: ``unsubscribed_at``."""


@lru_cache(maxsize=4_096)
def opt_out_of(name: str) -> tuple[str, ...]:
    """The channels that a field such as ``HasOptedOutOfEmail`` or ``do_not_call`` is about."""
    letters = "".join(filter(str.isalnum, name.casefold()))
    for end in ("", *_WHEN):
        if letters.endswith(end) and (found := OPT_OUTS.get(letters.removesuffix(end))):
            return found
    return ()
