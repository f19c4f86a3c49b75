"""The ready file: there while the process is ready, and only then."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE

import pytest

from router.errors import UsageError
from router.observe import ready_file
from router.observe.ready_file import shown_ready


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(ready_file, "REFRESH_S", 0.01)


async def test_the_file_comes_goes_and_comes_back_with_readiness(tmp_path):
    path = tmp_path / "ready"
    ready = False
    async with shown_ready(path, lambda: ready):
        assert not path.exists()
        for now in (True, False, True):
            ready = now
            await asyncio.sleep(0.1)
            assert path.exists() is now
    assert not path.exists(), "a process that ends is not ready"


async def test_a_ready_process_keeps_the_file_young(tmp_path):
    path = tmp_path / "ready"
    async with shown_ready(path, lambda: True):
        os.utime(path, (0, 0))
        await asyncio.sleep(0.1)
        assert time.time() - path.stat().st_mtime < 60


async def test_a_file_left_by_a_killed_process_does_not_count(tmp_path):
    path = tmp_path / "ready"
    path.touch()
    async with shown_ready(path, lambda: False):
        assert not path.exists()


async def test_a_directory_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="ready file"):
        async with shown_ready(tmp_path / "nowhere" / "ready", lambda: True):
            pass


async def test_without_a_path_nothing_is_shown(tmp_path):
    async with shown_ready(None, lambda: True):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.kafka
async def test_a_router_is_ready_when_its_partitions_are_open_and_not_after_sigterm(
    topics_ready, tmp_path
):
    path = tmp_path / "ready"
    environment = {
        **os.environ,
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": topics_ready.kafka.bootstrap_servers,
        "LEAD_ROUTER_TOPICS__PREFIX": topics_ready.topics.prefix,
    }
    command = (sys.executable, "-m", "router.cli", "run", "--ready-file", str(path))
    router = await asyncio.create_subprocess_exec(*command, env=environment, stderr=PIPE)
    try:
        for _ in range(600):
            if path.exists() or router.returncode is not None:
                break
            await asyncio.sleep(0.05)
        assert path.exists()
        router.terminate()
        assert await asyncio.wait_for(router.wait(), 30) == 0
        assert not path.exists()
    finally:
        if router.returncode is None:
            router.kill()
        await router.communicate()
