"""The demo on a real broker: a router process, the users' own commands, leads through topics."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.resources import as_file
from io import StringIO

from rich.markup import escape
from rich.text import Text

from router.cli.demo.demo_run import FILES, SALES_ORG, DemoRun
from router.cli.demo.feed import RATE_PER_S, Feed
from router.cli.demo.leads import demo_leads
from router.cli.main import build_app
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import progress
from router.cli.records import broker_errors
from router.cli.router_process import RouterProcess
from router.devbroker.local_broker import BOOTSTRAP_VARIABLE, Broker, open_broker
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.settings import Settings

_PREFIX_VARIABLE = "LEAD_ROUTER_TOPICS__PREFIX"
_LOOK_EVERY_S = 0.5
_INTERRUPTED = 130  # what typer makes of Ctrl-C


@dataclass(slots=True)
class KafkaDemo:
    """A finished run whose broker and router are still there."""

    run: DemoRun
    router: RouterProcess
    broker: Broker
    told_to_end: threading.Event

    def stay(self) -> None:
        """Keep both until Ctrl-C.

        Raises:
            LeadRouterError: the router has ended by itself.
        """
        show(
            "[bold]Both keep running until Ctrl-C.[/bold] In another terminal:",
            f"  export {BOOTSTRAP_VARIABLE}={self.broker.bootstrap_servers}",
            *([f"  export {_PREFIX_VARIABLE}={prefix}"] if (prefix := _own_prefix()) else []),
            "  lead-router status",
            "  lead-router explain engaged",
            "  lead-router watch --last 10",
            "  lead-router dead-letters list",
            f"The board, in a browser: http://127.0.0.1:{Settings().board.port}",
        )
        while not self.told_to_end.is_set():
            self.router.check()
            time.sleep(_LOOK_EVERY_S)
        raise KeyboardInterrupt


@contextmanager
def run_on_kafka(seed: int, *, quiet: bool) -> Iterator[KafkaDemo]:
    """Run the demo; broker and router end with the ``with`` block, whatever happens in it.

    Raises:
        LeadRouterError: no broker can be had, or the router ended.
    """
    is_foreign = bool(os.environ.get(BOOTSTRAP_VARIABLE))
    with ExitStack() as stack:
        told_to_end = stack.enter_context(_sigterm_as_interrupt())
        with progress("starting Apache Kafka") as report:
            broker = stack.enter_context(open_broker(report=report))
        stack.enter_context(_environment(broker, is_foreign=is_foreign))
        settings = Settings()
        if is_foreign:
            stack.callback(lambda: asyncio.run(_delete_topics(settings)))
        began = time.perf_counter()
        commands = [_command("topics", "apply")]
        router = stack.enter_context(RouterProcess())
        commands += _publish()
        # Dated no later than they are sent: of a lead from the future, reports of today are stale.
        leads = demo_leads(seed, _now_ms(), apart_ms=1000 // RATE_PER_S)
        feed = Feed(settings, DemoRun(leads), router)
        with progress("starting the router") as report, broker_errors(settings, "run the demo"):
            asyncio.run(feed.run_through(report))
        if not quiet:
            _show_heading(broker, commands, feed, time.perf_counter() - began)
        yield KafkaDemo(feed.run, router, broker, told_to_end)


def _publish() -> list[tuple[str, str]]:
    """Publish roster, accounts and policy, as a user would."""
    with as_file(FILES) as directory:
        return [
            _command("roster", "apply", f"{directory}/roster.csv"),
            _command("import", "accounts", f"{directory}/accounts.csv"),
            _command("policy", "publish", f"{directory}/policy.yaml"),
        ]


def _command(*arguments: str) -> tuple[str, str]:
    """Run one of our own commands here; returns how it reads, and the last line it wrote.

    Raises:
        LeadRouterError: it fell short.
    """
    shown = " ".join(argument.rpartition("/")[2] for argument in arguments)
    written = StringIO()
    with redirect_stdout(written):
        code = build_app(arguments)(list(arguments), standalone_mode=False)
    lines = written.getvalue().strip().splitlines() or [""]
    if code == _INTERRUPTED:
        raise KeyboardInterrupt
    if code:
        raise LeadRouterError(f"`lead-router {shown}` fell short: {lines[-1]}")
    return shown, lines[-1] if len(lines) == 1 else f"{len(lines)} lines, the last: {lines[-1]}"


@contextmanager
def _environment(broker: Broker, *, is_foreign: bool) -> Iterator[None]:
    """The settings of the demo, for our own commands and for the router process.

    On a broker of somebody else the topics have a name of their own and are deleted afterwards.
    """
    wanted = {
        BOOTSTRAP_VARIABLE: broker.bootstrap_servers,
        "LEAD_ROUTER_SALES_ORGS": f'["{SALES_ORG}"]',
        "LEAD_ROUTER_DEFAULT_SALES_ORG": SALES_ORG,
    }
    if is_foreign:
        wanted[_PREFIX_VARIABLE] = f"lead-router-demo-{secrets.token_hex(4)}."
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _own_prefix() -> str | None:
    return os.environ.get(_PREFIX_VARIABLE)


@contextmanager
def _sigterm_as_interrupt() -> Iterator[threading.Event]:
    """End in the same good order for SIGTERM as for Ctrl-C.

    The event stays set: Python forgets an interruption that comes while something is finalised.
    """
    told_to_end = threading.Event()

    def interrupt(*_: object) -> None:
        told_to_end.set()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so it is in a script's background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield told_to_end
    finally:
        signal.signal(signal.SIGTERM, before)


async def _delete_topics(settings: Settings) -> None:
    admin = Clients(settings.kafka).admin()
    await admin.start()
    try:
        names = await admin.list_topics()
        ours = [name for name in names if name.startswith(settings.topics.prefix)]
        if ours:
            await admin.delete_topics(ours)
    finally:
        await admin.close()


def _show_heading(
    broker: Broker, commands: list[tuple[str, str]], feed: Feed, took_s: float
) -> None:
    show(f"[bold]Apache Kafka[/bold] at {broker.bootstrap_servers}, and a router process. Done:")
    for command, said in commands:
        show(f"  $ lead-router {escape(command)}", f"    {escape(said)}")
    run = feed.run
    show(
        Text(),
        f"[bold]{len(run.sent)} lead events[/bold] sent at {feed.rate_per_s:.0f} a second; from"
        f" sending one to reading its committed assignment: {feed.latency_in_words()}."
        f" {took_s:.1f} s in all.",
        Text(),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
