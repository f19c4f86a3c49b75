"""Why a broker cannot be reached is said in one line, with what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest

from router.cli.main import main
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.client.reach import why_unreachable
from router.kafka.client.tls import ssl_context_of
from router.kafka.topics.topic_metadata import read_shapes
from router.settings import KafkaSettings
from tests.roles.rights.broker import mechanism_of, password_of, variables_of

pytestmark = pytest.mark.kafka

UNKNOWN_AUTHORITY = "its certificate is signed by an authority that is unknown here"
NO_TLS = "it does not speak TLS, and the settings do"
TLS = "it speaks TLS, and the settings do not"
WANTS_A_USER = "it wants a user and a password"
WRONG = "guessed"
ASKS_FOR_NO_USER = "it does not ask for a user and a password there"


def by_password(user="route", **changes):
    return {
        "sasl_mechanism": mechanism_of(user),
        "sasl_username": user,
        "sasl_password": password_of(user),
        **changes,
    }


CASES = {
    "no authority is set": ("TLS", "SSL", {"ssl_ca_file": None}, UNKNOWN_AUTHORITY),
    "another authority is set": (
        "TLS",
        "SSL",
        {"ssl_ca_file": "other_authority"},
        UNKNOWN_AUTHORITY,
    ),
    "the certificate is for another host": (
        "OTHERHOST",
        "SSL",
        {},
        "its certificate is for another host than 127.0.0.1",
    ),
    "the certificate is old": ("EXPIRED", "SSL", {}, "its certificate has expired"),
    "no client certificate": ("MUTUAL", "SSL", {}, "it wants a certificate of its clients"),
    "a stranger's client certificate": (
        "MUTUAL",
        "SSL",
        {"ssl_cert_file": "stranger_certificate", "ssl_key_file": "stranger_key"},
        "it does not accept the certificate in ",
    ),
    "plain where TLS is spoken": ("TLS", "PLAINTEXT", {}, TLS),
    "TLS where it is not": ("CLIENT", "SSL", {}, NO_TLS),
    "a password, plain, where TLS is spoken": ("SASLTLS", "SASL_PLAINTEXT", by_password(), TLS),
    "a password, and TLS where it is not": ("SASL", "SASL_SSL", by_password(), NO_TLS),
    "no password where one is asked for": ("SASL", "PLAINTEXT", {}, WANTS_A_USER),
    "TLS and no password where one is asked for": ("SASLTLS", "SSL", {}, WANTS_A_USER),
    "a password where none is asked for": (
        "CLIENT",
        "SASL_PLAINTEXT",
        by_password(),
        ASKS_FOR_NO_USER,
    ),
    "a password, with TLS, where none is asked for": (
        "TLS",
        "SASL_SSL",
        by_password(),
        ASKS_FOR_NO_USER,
    ),
    "a wrong password": (
        "SASL",
        "SASL_PLAINTEXT",
        by_password(sasl_password=WRONG),
        'it does not know the user "route" with this password by SCRAM-SHA-512',
    ),
    "a user who is not there": (
        "SASLTLS",
        "SASL_SSL",
        by_password(sasl_username="nobody"),
        'it does not know the user "nobody" with this password by SCRAM-SHA-512',
    ),
    "another mechanism than the user's": (
        "SASL",
        "SASL_PLAINTEXT",
        by_password(sasl_mechanism="SCRAM-SHA-256"),
        'it does not know the user "route" with this password by SCRAM-SHA-256',
    ),
    "a mechanism that is not enabled": (
        "SASL",
        "SASL_PLAINTEXT",
        by_password(sasl_mechanism="PLAIN"),
        "it does not take PLAIN",
    ),
}


def settings_for(secured, door, protocol, changes):
    """Settings for a door; names of certificates become their paths."""
    files = vars(secured.certificates)
    with_authority = {"ssl_ca_file": "authority", **changes}
    return KafkaSettings(
        bootstrap_servers=secured.doors[door],
        security_protocol=protocol,
        **{name: files.get(value, value) for name, value in with_authority.items()},
    )


@pytest.mark.parametrize("case", CASES)
async def test_the_reason_is_named(secured, case):
    door, protocol, changes, reason = CASES[case]
    settings = settings_for(secured, door, protocol, changes)
    with pytest.raises(LeadRouterError) as raised:
        await read_shapes(Clients(settings), ["leads"])
    said = str(raised.value)
    assert f"the broker at {secured.doors[door]} cannot be reached: {reason}" in said
    assert "LEAD_ROUTER_KAFKA__" in said or "renew" in said or "use one" in said
    assert "\n" not in said
    assert WRONG not in said


@pytest.mark.parametrize(
    ("door", "protocol", "changes"),
    [
        ("TLS", "SSL", {}),
        (
            "MUTUAL",
            "SSL",
            {"ssl_cert_file": "client_certificate", "ssl_key_file": "client_key"},
        ),
        ("SASL", "SASL_PLAINTEXT", by_password()),
        ("SASL", "SASL_PLAINTEXT", by_password("sender")),
        ("SASLTLS", "SASL_SSL", by_password()),
    ],
)
async def test_nothing_is_wrong_with_good_settings(secured, door, protocol, changes):
    settings = settings_for(secured, door, protocol, changes)
    assert (await why_unreachable(settings)).why == "it did not answer, and does now"


async def test_brokers_to_which_a_server_sends_its_clients_are_tried_too(secured):
    settings = settings_for(secured, "ELSEWHERE", "PLAINTEXT", {})
    found = (await why_unreachable(settings)).found
    assert f"to which {secured.doors['ELSEWHERE']} sends its clients, cannot be reached" in found
    assert "nobody listens there" in found


async def test_of_several_servers_the_one_that_waiting_does_not_mend_is_told(
    secured, unused_tcp_port
):
    settings = settings_for(secured, "EXPIRED", "SSL", {})
    servers = f"127.0.0.1:{unused_tcp_port},{settings.bootstrap_servers}"
    settings = settings.model_copy(update={"bootstrap_servers": servers})
    assert (await why_unreachable(settings)).why == "its certificate has expired"


async def test_a_host_without_an_address_and_a_port_without_a_listener_are_told(unused_tcp_port):
    away = KafkaSettings(bootstrap_servers=f"127.0.0.1:{unused_tcp_port}")
    assert "nobody listens there: start one with `lead-router dev up`" in str(
        await why_unreachable(away)
    )
    unknown = KafkaSettings(bootstrap_servers="no-such-host.invalid:9092", allow_plaintext=True)
    assert "cannot be reached: " in (found := (await why_unreachable(unknown)).found)
    assert "nobody listens" not in found


async def test_a_broker_that_says_nothing_is_told_as_such():
    server = await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}")
        assert (await why_unreachable(settings)).why == "it does not answer"


@pytest.mark.parametrize("name", ["ssl_ca_file", "ssl_cert_file", "ssl_key_file"])
def test_a_file_that_is_not_there_is_named_by_its_setting(tmp_path, name):
    missing = tmp_path / "missing.pem"
    settings = KafkaSettings(security_protocol="SSL", **{name: missing})
    said = f"LEAD_ROUTER_KAFKA__{name.upper()} names {missing}, which cannot be read (No such file"
    with pytest.raises(LeadRouterError) as raised:
        ssl_context_of(settings)
    assert str(raised.value).startswith(said)


def test_files_that_do_not_belong_together_are_told(secured):
    files = secured.certificates
    settings = KafkaSettings(
        security_protocol="SSL",
        ssl_cert_file=files.client_certificate,
        ssl_key_file=files.stranger_key,
    )
    with pytest.raises(LeadRouterError, match="PEM files that belong together"):
        ssl_context_of(settings)


@pytest.mark.parametrize(
    "changes", [{}, {"ssl_ca_file": "/nowhere/ca.pem"}], ids=["unknown authority", "missing file"]
)
def test_run_ends_with_one_line_that_names_the_reason(secured, changes):
    settings = settings_for(secured, "TLS", "SSL", {"ssl_ca_file": None, **changes})
    ended = subprocess.run(
        [sys.executable, "-m", "router.cli", "run", "--roles", "intake"],
        env={**os.environ, **variables_of(settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    reason = "/nowhere/ca.pem, which cannot be read" if changes else UNKNOWN_AUTHORITY
    assert reason in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_doctor_names_the_reason_and_the_next_step(secured, monkeypatch, capsys):
    for name, value in variables_of(settings_for(secured, "EXPIRED", "SSL", {})).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    assert ended.value.code == 1
    check = json.loads(capsys.readouterr().out)[-1]
    assert (check["name"], check["ok"]) == ("broker reached", False)
    assert check["found"].endswith("cannot be reached: its certificate has expired")
    assert check["next_step"] == "renew it on the broker"
