"""``lead-router dev``: a real broker on this machine."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any

import typer

from router.cli.output.terminal import Json, out, progress, write_json
from router.devbroker import dev_broker
from router.devbroker.at_hand import CONFIG_VARIABLE
from router.devbroker.dev_broker import DevBroker
from router.devbroker.local_broker import BOOTSTRAP_VARIABLE
from router.errors import LeadRouterError
from router.kafka.client.readiness import answers_metadata
from router.kafka.queries.broker_probe import broker_answers
from router.settings import Settings

_CONFIGURED = "configured"

dev = typer.Typer(
    help="A real Kafka broker on this machine: up, down, status.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(dev, name="dev")


@dev.command()
def up(
    port: Annotated[
        int | None, typer.Option(help="Where it listens; 9092 or any free one.", min=1, max=65_535)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Start Apache Kafka, or find it running; it keeps running after this command.

    Under Docker Compose if an engine answers, else from Kafka's released jars with this
    machine's Java. Starts none when LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS names another broker.

    Example: lead-router dev up --port 19092
    """
    if found := _configured():
        _show({**found, "started": False}, as_json)
        return
    with progress("starting Apache Kafka") as report:
        broker, started = dev_broker.up(port, report)
    _show({**_describe(broker), "started": started}, as_json)


@dev.command()
def down(
    *,
    wipe: Annotated[bool, typer.Option("--wipe", help="Also delete what it has stored.")] = False,
    as_json: Json = False,
) -> None:
    """End the broker that `dev up` started; its topics are kept for the next time.

    Example: lead-router dev down --wipe
    """
    with progress("ending Apache Kafka"):
        broker = dev_broker.down(wipe=wipe)
    if as_json:
        write_json({"stopped": broker is not None, "wiped": wipe})
        return
    out.print("the development broker has ended" if broker else "no development broker runs")
    if wipe:
        out.print(f"{dev_broker.directory()} is deleted")


@dev.command()
def status(*, as_json: Json = False) -> None:
    """Say whether a broker is at hand; exits with 1 if none is.

    Example: lead-router dev status --json
    """
    if found := _configured():
        _show(found, as_json)
        return
    broker = dev_broker.running()
    if broker is None:
        raise LeadRouterError("no development broker runs: start one with `lead-router dev up`")
    _show({**_describe(broker), "answers": answers_metadata(broker.bootstrap_servers)}, as_json)


def _configured() -> dict[str, Any] | None:
    """Return the broker that the environment names, unless that is the development broker.

    Whoever has set the address that `dev up` told them still wants `dev up` to start it.
    """
    servers = os.environ.get(BOOTSTRAP_VARIABLE)
    if not servers or servers == dev_broker.last_address():
        return None
    answers = asyncio.run(broker_answers(Settings()))
    return {"bootstrap_servers": servers, "engine": _CONFIGURED, "answers": answers}


def _describe(broker: DevBroker) -> dict[str, Any]:
    return {
        "bootstrap_servers": broker.bootstrap_servers,
        "engine": broker.engine.value,
        "kafka_version": broker.kafka_version,
        "pid": broker.pid or None,
        "directory": str(dev_broker.directory()),
    }


def _show(found: dict[str, Any], as_json: bool) -> None:  # noqa: FBT001 - mirrors --json
    if as_json:
        write_json(found)
    elif found.get("answers", True):
        _tell(found)
    if not found.get("answers", True):
        instead = f", or unset {BOOTSTRAP_VARIABLE} for one on this machine"
        raise LeadRouterError(
            f"the broker at {found['bootstrap_servers']} does not answer: run `lead-router doctor`"
            + (instead if found["engine"] == _CONFIGURED else "")
        )


def _tell(found: dict[str, Any]) -> None:
    word = "is started" if found.get("started") else "is at hand"
    what = f"Apache Kafka {found['kafka_version']}" if "kafka_version" in found else "a broker"
    out.print(f"{what} {word} at {found['bootstrap_servers']} ({found['engine']})")
    if "directory" in found:
        out.print(f"its records and its log are in {found['directory']}")
    if found["engine"] == _CONFIGURED:
        return
    sought = Settings().kafka.bootstrap_servers if os.environ.get(CONFIG_VARIABLE) else None
    if sought is not None and found["bootstrap_servers"] != sought:
        out.print(f"other commands look for a broker at {sought}, as {CONFIG_VARIABLE} says")
        out.print(f"next: export {BOOTSTRAP_VARIABLE}={found['bootstrap_servers']}")
    elif found.get("started"):
        out.print("next: lead-router topics apply")
