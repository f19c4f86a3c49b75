"""The files in schemas/ are made from the code, are valid, and describe what intake takes."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from router.cli.output.schema_files import schema_texts, stale_schemas, write_schemas
from router.intake import Admitted, Rejected
from router.intake.contract.examples import EXAMPLES
from router.intake.wire.connect_schema import lead_owners_connect_schema
from router.intake.wire.schemas import message_names, message_schema
from router.kafka.topics.asyncapi import asyncapi_document
from router.kafka.topics.topic_specs import topic_specs
from router.settings import Settings

SCHEMAS = Path(__file__).parents[3] / "schemas"
ROLE_OF = {
    "lead-event": "leads",
    "roster-entry": "roster",
    "account": "accounts",
    "engagement": "engagement",
    "feedback": "feedback",
    "command": "commands",
    "policy": "policies",
}


def test_the_files_in_the_repository_are_current():
    assert stale_schemas(SCHEMAS) == [], "run `lead-router schemas write`"


def test_files_that_differ_are_missing_or_are_left_over_are_named(tmp_path):
    write_schemas(tmp_path)
    assert stale_schemas(tmp_path) == []
    (tmp_path / "account.v1.schema.json").write_text("{}")
    (tmp_path / "asyncapi.yaml").unlink()
    (tmp_path / "old.v1.schema.json").write_text("{}")
    assert stale_schemas(tmp_path) == [
        "account.v1.schema.json",
        "asyncapi.yaml",
        "old.v1.schema.json",
    ]


@pytest.mark.parametrize("name", message_names())
def test_every_schema_is_valid_and_its_examples_fit(name):
    schema = message_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert EXAMPLES[name]
    for example in EXAMPLES[name]:
        checker.validate(example)


@pytest.mark.parametrize("name", ROLE_OF)
def test_every_example_is_admitted(take, name, now_ms):
    for example in EXAMPLES[name]:
        if example.get("occurred_at", "") > "2026-11-24":
            continue  # later than the tests' clock
        assert isinstance(take(ROLE_OF[name], example), Admitted), example


@pytest.mark.parametrize(
    "lead",
    [
        {},
        {"lead_id": ""},
        {"event_type": "exploded"},
    ],
)
def test_schema_and_intake_refuse_the_same(take, lead):
    whole = EXAMPLES["lead-event"][2] | lead if lead else {}
    checker = jsonschema.Draft202012Validator(message_schema("lead-event"))
    assert not checker.is_valid(whole)
    assert isinstance(take("leads", whole), Rejected)


@pytest.mark.parametrize(
    "lead",
    [
        {"consent": {"email": "perhaps"}},
        {"expected_value": {"amount": -1, "currency": "EUR"}},
        {"custom": {f"f{n}": n for n in range(51)}},
    ],
)
def test_what_the_schema_refuses_in_an_optional_field_is_named_and_refuses_no_lead(take, lead):
    whole = EXAMPLES["lead-event"][2] | lead
    checker = jsonschema.Draft202012Validator(message_schema("lead-event"))
    assert not checker.is_valid(whole)
    admitted = take("leads", whole)
    assert isinstance(admitted, Admitted)
    assert admitted.warnings


def references_in(part):
    if isinstance(part, dict):
        yield from ([part["$ref"]] if "$ref" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references_in(inner)


def test_every_reference_of_the_asyncapi_document_resolves():
    document = YAML(typ="safe").load(schema_texts()["asyncapi.yaml"])
    assert document == json.loads(json.dumps(asyncapi_document()))
    references = list(references_in(document))
    assert len(references) > 30
    for reference in references:
        if reference.startswith("./"):
            assert reference[2:] in schema_texts()
            continue
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_topic_has_one_message_and_one_operation():
    document = asyncapi_document()
    channels = document["channels"]
    addresses = {channel["address"] for channel in channels.values()}
    assert addresses == {spec.name for spec in topic_specs(Settings())}
    assert all(len(channel["messages"]) == 1 for channel in channels.values())
    used = [operation["channel"]["$ref"] for operation in document["operations"].values()]
    assert sorted(used) == sorted(f"#/channels/{name}" for name in channels)


def test_what_we_write_must_be_read_committed():
    document = asyncapi_document()
    for operation in document["operations"].values():
        channel = document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
        if operation["action"] == "send":
            assert "isolation.level=read_committed" in channel["description"]


def test_the_connect_schema_has_the_fields_of_the_owners_row():
    fields = {field["field"]: field for field in lead_owners_connect_schema()["fields"]}
    example = EXAMPLES["lead-owner"][0]
    assert list(fields) == list(example)
    for name, value in example.items():
        kind = fields[name]["type"]
        assert value is None or isinstance(value, str if kind == "string" else int)
        assert fields[name]["optional"] or value is not None
    assert fields["lead_id"]["optional"] is False
    assert fields["rep_id"]["optional"] is True
