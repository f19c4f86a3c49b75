"""Settings say what is wrong with them instead of going on without."""

from __future__ import annotations

import pytest

from router.cli.commands.setup.doctor import checked_settings, is_setting
from router.errors import UsageError
from router.kafka.queries.broker_probe import probe_broker
from router.settings import Settings


def test_a_settings_file_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("LEAD_ROUTER_CONFIG", str(tmp_path / "nowhere.toml"))
    with pytest.raises(UsageError, match="which is not a file: correct the path"):
        Settings()


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path):
    path = tmp_path / "router.toml"
    path.write_text('default_sales_org = "emea"\nsales_orgs = ["emea", "amer"]\n')
    monkeypatch.setenv("LEAD_ROUTER_CONFIG", str(path))
    assert Settings().default_sales_org == "emea"
    monkeypatch.setenv("LEAD_ROUTER_DEFAULT_SALES_ORG", "amer")
    assert Settings().default_sales_org == "amer"


def test_plaintext_leaves_this_machine_only_when_told_so(monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_DIGEST_KEY", "a key of our own")
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS", "kafka.example:9092")
    with pytest.raises(ValueError, match="would send leads unencrypted"):
        Settings()
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__ALLOW_PLAINTEXT", "true")
    assert not Settings().kafka.is_loopback


def test_a_transaction_ends_before_its_process_is_given_up(monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS", "2000")
    with pytest.raises(ValueError, match=r"TIMEOUT_MS 5000 must be below .* set it to 1000, or"):
        Settings()
    monkeypatch.setenv("LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS", "2000")
    with pytest.raises(ValueError, match="must be below"):
        Settings()
    monkeypatch.setenv("LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS", "1999")
    assert Settings().transactions.timeout_ms == 1_999


def test_a_transaction_ends_before_a_request_of_it_is_repeated(monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS", "30000")
    monkeypatch.setenv("LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS", "15000")
    with pytest.raises(ValueError, match=r"must be below 15000, after which .* is sent again"):
        Settings()
    monkeypatch.setenv("LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS", "14999")
    assert Settings().transactions.timeout_ms == 14_999


def test_doctor_tells_of_a_transaction_that_would_outlive_its_process(monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS", "5000")
    (told,) = [check for check in checked_settings(probe_broker) if check.name == "settings"]
    assert not told.ok
    assert "LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS 5000 must be below" in told.found


def test_a_source_is_configured_by_its_name_and_its_secret_is_never_shown(monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__WEB__KIND", "hubspot")
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__WEB__SECRET", "open-sesame")
    settings = Settings()
    assert settings.sources["web"].kind == "hubspot"
    assert "open-sesame" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "known"),
    [
        ("LEAD_ROUTER_SOURCES__WEB__KIND", True),
        ("LEAD_ROUTER_SOURCES__WEB_FORM__SECRET", True),
        ("LEAD_ROUTER_SOURCES__WEB__KINDS", False),
        ("LEAD_ROUTER_SOURCES__KIND", False),
    ],
)
def test_doctor_knows_the_settings_of_sources_by_their_last_part(variable, known):
    assert is_setting(variable) is known


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KIND", "hubspott", "Input should be"),
        ("TIME_ZONE", "Berlin", "must be an IANA time zone"),
        ("SALES_ORG", "emea", "sources.web.sales_org 'emea' is not in sales_orgs"),
        ("MAP", "/nowhere.yaml", "is not a file: correct the path"),
        ("CURRENCY", "euros", "should match pattern"),
    ],
)
def test_a_source_that_cannot_be_read_so_is_told(monkeypatch, name, value, told):
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__WEB__KIND", "mapped")
    monkeypatch.setenv(f"LEAD_ROUTER_SOURCES__WEB__{name}", value)
    with pytest.raises(ValueError, match=told):
        Settings()
