"""What is shipped for running is what Compose and Kubernetes themselves say they accept.

The schemas come with the packages ``check-jsonschema`` and ``kubernetes-validate``: no network.
"""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from pathlib import Path

import kubernetes_validate
import pytest
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import all_versions, major_minor
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
COMPOSE_SPEC = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
# The oldest and the newest Kubernetes whose schemas are shipped.
VERSIONS = (major_minor(all_versions()[0]), major_minor(all_versions()[-1]))


def load(path: Path) -> list[dict]:
    return list(YAML(typ="safe").load_all(path.read_text(encoding="utf-8")))


def compose() -> dict:
    return load(ROOT / "docker-compose.yml")[0]


def compose_problems(document: dict) -> list[str]:
    schema = json.loads(COMPOSE_SPEC.read_text(encoding="utf-8"))
    found = Draft202012Validator(schema).iter_errors(document)
    return [f"{each.json_path}: {each.message}" for each in found]


def objects() -> list[dict]:
    """Every object sent to a cluster; a kustomization is read by kubectl and stays there."""
    return [
        each
        for path in KUBERNETES
        for each in load(path)
        if not each["apiVersion"].startswith("kustomize.config.k8s.io/")
    ]


def name_of(manifest: dict) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def test_the_compose_file_is_valid_by_the_compose_specification():
    assert compose_problems(compose()) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("depend_on", ["kafka"]),
        ("stop_grace_period", 30),
        ("ports", "9092:9092"),
        ("restart", True),
    ],
)
def test_a_mistake_in_the_compose_file_would_be_seen(key, value):
    mistaken = compose()
    mistaken["services"]["route"][key] = value
    [problem] = compose_problems(mistaken)
    assert problem.startswith("$.services.route")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", objects(), ids=name_of)
def test_every_manifest_is_valid_by_the_schemas_of_kubernetes(manifest, version):
    """Strict: a field that Kubernetes would drop in silence is an error."""
    assert kubernetes_validate.validate(manifest, version, strict=True) == version


def test_all_that_we_ship_for_kubernetes_is_among_them():
    kinds = [each["kind"] for each in objects()]
    assert sorted(kinds) == ["ConfigMap", *["Deployment"] * 5, "Job", "Namespace", "Service"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("enableServiceLink", False),
        ("terminationGracePeriodSeconds", "30s"),
        ("automountServiceAccountToken", "no"),
        ("containers", [{"image": "lead-router"}]),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_mistake_in_a_manifest_would_be_seen(key, value, version):
    [mistaken] = [deepcopy(each) for each in objects() if name_of(each) == "Job-lead-router-topics"]
    mistaken["spec"]["template"]["spec"][key] = value
    with pytest.raises(kubernetes_validate.ValidationError) as refused:
        kubernetes_validate.validate(mistaken, version, strict=True)
    assert key in f"{list(refused.value.absolute_path)} {refused.value.message}"
