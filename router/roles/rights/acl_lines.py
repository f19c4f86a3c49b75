"""Rights as the commands that give them: lines for Kafka's ``kafka-acls.sh``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.kafka.rights.right import Operation, Resource, Right

PROGRAM = "kafka-acls.sh"
_PREFIXED = "--resource-pattern-type prefixed"


def acl_lines(user: str, rights: Sequence[Right]) -> list[str]:
    """Return arguments of ``kafka-acls.sh`` that give ``user`` all ``rights``, a call each.

    The address of the broker and the file with the caller's own password are left to the caller.
    """
    return [
        f"--add --allow-principal User:{user} {options}" for options in _grouped_options(rights)
    ]


def _grouped_options(rights: Sequence[Right]) -> Iterator[str]:
    """Yield one line for all resources of a kind with the same operations."""
    operations: dict[tuple[Resource, str, bool], tuple[Operation, ...]] = {}
    for right in rights:
        place = (right.resource, right.name, right.is_prefix)
        operations[place] = (*operations.get(place, ()), right.operation)
    alike: dict[tuple[Resource, bool, tuple[Operation, ...]], list[str]] = {}
    for (resource, name, is_prefix), allowed in operations.items():
        alike.setdefault((resource, is_prefix, allowed), []).append(name)
    for (resource, is_prefix, allowed), names in alike.items():
        words = [f"--operation {operation.option}" for operation in allowed]
        words += [_PREFIXED] if is_prefix else []
        words += [f"{resource.option} {name}" for name in names]
        yield " ".join(words)
