"""The rights of each role follow the settings, and the lines and the guide follow the rights."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from pydantic import SecretStr

from router.board.follower import topics_carrying
from router.kafka.rights.denied import denial, is_denial, lacks, user_of
from router.kafka.rights.right import Operation, Resource, Right
from router.kafka.topics.topic_names import topics_of
from router.roles.rights.acl_lines import acl_lines
from router.roles.rights.document import BEGIN, END, rights_text, with_rights
from router.roles.rights.roles import RIGHTS_ROLES, rights_of
from router.settings import BoardSettings, KafkaSettings, Settings, TopicSettings
from tests.roles.rights.acls import acls_of

GUIDE = Path(__file__).parents[3] / "docs" / "operations.md"
KAFKA = KafkaSettings(
    security_protocol="SASL_PLAINTEXT", sasl_username="route", sasl_password=SecretStr("")
)


def names(settings, role, operation, resource=Resource.TOPIC):
    return {
        right.name
        for right in rights_of(settings, role)
        if (right.operation, right.resource) == (operation, resource)
    }


@pytest.mark.parametrize("role", RIGHTS_ROLES)
def test_all_names_carry_the_prefix(role):
    settings = Settings(topics=TopicSettings(prefix="staging."))
    assert all(right.name.startswith("staging.") for right in rights_of(settings, role))


def test_every_raw_source_is_read_by_intake_and_written_by_senders():
    settings = Settings(topics=TopicSettings(raw_sources=["hubspot", "marketo"]))
    raw = {"lead-router.leads.raw.hubspot", "lead-router.leads.raw.marketo"}
    assert names(settings, "intake", Operation.READ) >= raw
    assert names(settings, "sender", Operation.WRITE) >= raw


def test_the_board_takes_rights_only_where_it_is_on():
    on, off = Settings(), Settings(board=BoardSettings(enabled=False))
    read = names(on, "streams", Operation.READ)
    assert read >= set(topics_carrying(topics_of(on)))
    assert topics_of(off).roster not in names(off, "streams", Operation.READ)


def test_no_role_may_read_leads_but_intake():
    for role in set(RIGHTS_ROLES) - {"intake"}:
        assert "lead-router.leads" not in names(Settings(), role, Operation.READ)


@pytest.mark.parametrize("role", RIGHTS_ROLES)
def test_lines_give_exactly_the_rights(role):
    rights = rights_of(Settings(), role)
    together = [acl for line in acl_lines(role, rights) for acl in acls_of(line)]
    one_by_one = [
        acl for right in rights for line in acl_lines(role, [right]) for acl in acls_of(line)
    ]
    assert sorted(together) == sorted(one_by_one)
    assert len(together) == len(rights)


def test_the_guide_is_current():
    text = GUIDE.read_text(encoding="utf-8")
    assert with_rights(text) == text, "run `lead-router schemas write`"
    assert all(f"### Rights of {role}\n" in text for role in RIGHTS_ROLES)


def test_the_guide_is_renewed_between_its_marks_and_nowhere_else():
    text = f"before\n{BEGIN}old\n{END}after\n"
    assert with_rights(text) == f"before\n{BEGIN}{rights_text()}{END}after\n"
    with pytest.raises(ValueError, match="no place for the rights"):
        with_rights("nothing here")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TopicAuthorizationFailedError("a"), "READ on topic a"),
        (TopicAuthorizationFailedError({"b", "a"}), "READ on topic a, READ on topic b"),
        (TopicAuthorizationFailedError(), "READ on some topic"),
        (GroupAuthorizationFailedError("g"), "READ on group g"),
        (TransactionalIdAuthorizationFailed("t"), "WRITE on transactional id t"),
        (ClusterAuthorizationFailedError(), "a right on the cluster to READ"),
    ],
)
def test_a_refusal_is_put_in_words(error, said):
    assert str(denial(error, KAFKA, Operation.READ)) == f'the user "route" lacks {said}'
    hidden = KafkaError("Unexpected error during batch delivery")
    hidden.__cause__ = error
    assert is_denial(hidden)
    assert str(denial(hidden, KAFKA, Operation.READ)).endswith(said)


def test_what_is_no_refusal_is_not_told_as_one():
    assert denial(KafkaTimeoutError("later"), KAFKA, Operation.READ) is None
    assert not is_denial(KafkaTimeoutError("later"))


def test_of_many_rights_a_few_are_named_and_the_others_counted():
    rights = [Right(Operation.READ, Resource.TOPIC, name) for name in "abcde"]
    assert lacks(KAFKA, rights) == (
        'the user "route" lacks READ on topic a, READ on topic b, READ on topic c and 2 more rights'
    )


def test_who_has_no_password_is_named_by_the_certificate():
    certificate = Path("route.pem")
    assert user_of(KafkaSettings(ssl_cert_file=certificate)) == "the owner of route.pem"
    assert user_of(KafkaSettings()) == "the anonymous user"
