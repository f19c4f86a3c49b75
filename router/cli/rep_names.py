"""A rep named on the command line: by rep id, by any of their ids in a CRM, or by their name."""

from __future__ import annotations

from router.core.explain.explain import People
from router.errors import UsageError
from router.intake.files.problems import did_you_mean, listed


def rep_of(people: People, name: str, sales_org: str | None = None) -> str:
    """Return the id of the rep whom ``name`` means.

    Raises:
        UsageError: it means nobody, or several reps.
    """
    found = people.named(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{name} may be any of {listed(found)}: name one of them")
    known = people.numbers.values()
    hint = did_you_mean(name, known) or "; see `lead-router roster show`"
    where = "" if sales_org is None else f" in sales org {sales_org}"
    raise UsageError(f"there is no rep {name}{where}{hint}")
