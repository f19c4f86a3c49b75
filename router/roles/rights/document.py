"""The rights of all roles as a section of the operators' guide, written from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from router.kafka.rights.right import Right
from router.roles.registry import ROLES
from router.roles.rights.acl_lines import acl_lines
from router.roles.rights.roles import RIGHTS_ROLES, rights_of
from router.settings import Settings

BEGIN = "<!-- written by `lead-router schemas write`: begin -->\n"
END = "<!-- written by `lead-router schemas write`: end -->\n"

_OUTSIDE = {
    "sender": "a marketing system, and `lead-router emit`",
    "crm": "a CRM, whose consumer groups have names that begin so",
    "doctor": "whoever calls `lead-router doctor` without `--role`",
}
_INDENT = " \\\n  "


def with_rights(document: str) -> str:
    """Return ``document`` with what stands between the two marks written anew.

    Raises:
        ValueError: the marks are not there.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no place for the rights between {BEGIN.strip()} and {END.strip()}")
    return f"{before}{begin}{rights_text()}{end}{after}"


def rights_text() -> str:
    """Return the rights of every role under the settings' defaults, as Markdown."""
    settings = Settings.model_construct()
    return "\n".join(_of_role(role, rights_of(settings, role)) for role in RIGHTS_ROLES)


def _of_role(role: str, rights: Sequence[Right]) -> str:
    rows = [f"| {operation} | {names} |" for operation, names in _rows(rights)]
    return "\n".join(
        [
            f"### Rights of {role}",
            f"For {_who(role)}.",
            "",
            "| right | on |",
            "|---|---|",
            *rows,
            "",
            "```",
            *(f"$acls {_broken(line)}" for line in acl_lines(role, rights)),
            "```",
            "",
        ]
    )


def _who(role: str) -> str:
    return f"the role `{role}`: {ROLES[role].about}" if role in ROLES else _OUTSIDE[role]


def _rows(rights: Iterable[Right]) -> Iterator[tuple[str, str]]:
    """Yield each operation with its resources, those of a kind in one row."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for right in rights:
        kind = (right.operation, right.resource, right.is_prefix)
        alike.setdefault(kind, []).append(f"`{right.name}`")
    for (operation, resource, is_prefix), names in alike.items():
        plural = "s" if len(names) > 1 or is_prefix else ""
        begin = " that begin with" if is_prefix else ""
        yield operation, f"{resource}{plural}{begin} {', '.join(names)}"


def _broken(line: str) -> str:
    """A line broken before each of many resources, as a shell takes it."""
    return line.replace(" --topic", f"{_INDENT}--topic")
