"""Secrets are in nothing that any command prints, whatever is wrong."""

import asyncio

import pytest

from router.cli.main import main
from tests.e2e.bad_input.program import environment

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

SECRETS = {
    "LEAD_ROUTER_DIGEST_KEY": "hush-digest",
    "LEAD_ROUTER_KAFKA__SASL_USERNAME": "router",
    "LEAD_ROUTER_KAFKA__SASL_PASSWORD": "hush-sasl",
    "LEAD_ROUTER_KAFKA__SSL_KEY_PASSWORD": "hush-ssl",
}
SASL = {"LEAD_ROUTER_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT"}
SSL = {"LEAD_ROUTER_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}
AWAY = {"LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"}
CASES = [
    (("doctor",), {}, 0),
    (("doctor", "--json"), {}, 0),
    (("doctor",), SASL, 1),
    (("doctor",), AWAY, 1),
    (("doctor",), {"LEAD_ROUTER_KAFKA__PASSWORD": "hush-typo"}, 1),
    (("doctor",), {"LEAD_ROUTER_KAFKA": '{"sasl_pasword": "hush-typo"}'}, 1),
    (("status", "--json"), {}, 0),
    (("status",), AWAY, 1),
    (("status",), {"LEAD_ROUTER_KAFKA": '{"sasl_password": "hush-cut'}, 2),
    (("status",), {"LEAD_ROUTER_KAFKA": '{"ssl_ca_file": ["hush-list"]}'}, 2),
    (("status",), {"LEAD_ROUTER_SALES_ORGS": "hush-list"}, 2),
    (("status",), {"LEAD_ROUTER_LOG_LEVEL": "hush-level"}, 2),
    (("topics", "diff"), SASL, 1),
    (("topics", "diff"), SSL | {"LEAD_ROUTER_KAFKA__SSL_CA_FILE": "absent.pem"}, 1),
    (("roster", "show"), {}, 0),
    (("roster", "show"), SSL | {"LEAD_ROUTER_KAFKA__SSL_CERT_FILE": __file__}, 1),
    (("watch",), AWAY, 1),
]


@pytest.fixture
def secret_settings(topics_ready, monkeypatch):
    for name, text in environment(topics_ready, **SECRETS).items():
        monkeypatch.setenv(name, text)
    return monkeypatch


async def test_no_command_prints_a_secret(secret_settings, capsys):
    for words, changes, exit_code in CASES:
        with secret_settings.context() as changed:
            for name, text in changes.items():
                changed.setenv(name, text)
            ended = await asyncio.to_thread(exit_code_of, *words)
        said = capsys.readouterr()
        assert ended == exit_code, (words, changes, said)
        assert said.out + said.err
        assert "hush" not in said.out + said.err, (words, changes)


def exit_code_of(*words):
    """What the command exits with; anything but an exit would be a traceback for its user."""
    try:
        main(words)
    except SystemExit as end:
        return end.code or 0
    return 0


async def test_a_config_file_that_is_no_toml_is_told_without_its_text(
    secret_settings, tmp_path, capsys
):
    path = tmp_path / "router.toml"
    path.write_text('digest_key = "hush-toml\n[kafka]\nsasl_password = "hush-toml"\n')
    secret_settings.setenv("LEAD_ROUTER_CONFIG", str(path))
    assert await asyncio.to_thread(exit_code_of, "status") == 2
    said = capsys.readouterr()
    assert "line 1" in said.err
    assert "hush" not in said.out + said.err
