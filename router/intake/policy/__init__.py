"""The policy language: a YAML file that people write, checked and compiled for route.

``docs/policy.md`` is its reference. :func:`load_policy` is the way in.
"""

from router.intake.files.problems import FileProblem as PolicyProblem
from router.intake.policy.codec import (
    policy_from_json,
    policy_to_json,
    policy_to_plain,
    source_digest,
)
from router.intake.policy.compile import CheckedPolicy, check_policy, load_policy

__all__ = [
    "CheckedPolicy",
    "PolicyProblem",
    "check_policy",
    "load_policy",
    "policy_from_json",
    "policy_to_json",
    "policy_to_plain",
    "source_digest",
]
