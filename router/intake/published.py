"""A published policy to its inbox record."""

from __future__ import annotations

from typing import Any

import msgspec

from router.core.policy import Policy
from router.intake.contract.policy import PolicyDocument
from router.intake.last_look import looked_over
from router.intake.refusal import FieldError


def policy_record(document: PolicyDocument) -> dict[str, Any]:
    """The inbox record of a policy; its text stays in the topic.

    Raises:
        FieldError: ``compiled`` is no policy, or not the one that the document names; the id is
            an e-mail address or has control characters.
    """
    looked_over({"policy_id": document["policy_id"]})  # the rest of a policy is not personal
    try:
        policy = msgspec.convert(document["compiled"], Policy, strict=True)
    except (msgspec.ValidationError, ValueError) as error:
        place = str(error).rpartition(" - at ")[2].strip("`$.") if " - at " in str(error) else ""
        field = f"compiled.{place}" if place else "compiled"
        raise FieldError(field, "is not as the compiler writes it: publish it again") from None
    if (policy.policy_id, policy.version) != (document["policy_id"], document["version"]):
        raise FieldError("compiled", "is another policy or version than the document says")
    return {"kind": "policy", "policy": policy}
