"""A tables' directory that is full, damaged or gone: engagement says so and waits, others go on."""

import asyncio
import os
import shutil
import subprocess

import pytest

from tests.roles.streams.engagement.conftest import activity
from tests.roles.streams.engagement.test_on_kafka import assignments_of, lead_value

SIZE_BYTES = 24 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system of its own, with room for little."""
    directory = tmp_path / "small"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES},uid={os.getuid()}", "tmpfs"]
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    done = subprocess.run([*as_root, *mount, directory], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    yield directory
    subprocess.run([*as_root, "umount", "-l", directory], check=True)


@pytest.fixture
def at(marketing):
    """Has the tables lie in a directory."""

    def move(directory):
        streams = marketing.settings.streams.model_copy(update={"directory": directory})
        marketing.settings = marketing.settings.model_copy(update={"streams": streams})

    return move


def fill(directory):
    """Leave no room at all; returns the file that takes it."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
    return filler


async def points(marketing, lead_id, at_least):
    async def found():
        values = [each["points_milli"] for each in await marketing.engagement_of(lead_id)]
        return bool(values) and max(values) >= 1_000 * at_least - 500

    await marketing.until(found, f"{at_least} points of {lead_id}")


async def awaited(marketing, readiness, text):
    async def says():
        return text in (readiness() or "")

    await marketing.until(says, text)


@pytest.mark.kafka
async def test_a_full_disk_ends_no_other_role_and_engagement_goes_on_when_there_is_room(
    marketing, small_disk, at
):
    at(small_disk / "tables")
    await marketing.hire()
    await marketing.publish_policy()
    marketing.run("intake", "route")
    _, _, awaits = marketing.run_streams()
    await marketing.act("L-1", "webinar", "a-1")
    await points(marketing, "L-1", 20)
    filler = fill(small_disk)
    await marketing.act("L-1", "webinar", "a-2")
    await marketing.send(
        marketing.topics.activity, [activity(f"L-2{n}", "form", f"b-{n}") for n in range(1_000)]
    )
    await awaited(marketing, awaits, f"disk full: {small_disk}/tables")
    await marketing.send(marketing.topics.leads, [(b"L-9", lead_value("L-9"))])
    await marketing.until(lambda: assignments_of(marketing, "L-9", "assigned"), "a decision")
    await asyncio.sleep(5)
    assert "make room there" in awaits()
    filler.unlink()
    await marketing.act("L-1", "webinar", "a-3")
    await points(marketing, "L-1", 60)
    await marketing.until(lambda: is_none(awaits), "readiness")
    [*_, last] = await marketing.engagement_of("L-1")
    assert last["points_milli"] <= 60_000, "none has been counted twice"


async def is_none(awaits):
    return awaits() is None


@pytest.mark.kafka
async def test_a_damaged_table_is_restored_once_it_is_deleted(marketing, tmp_path):
    await marketing.publish_policy()
    await marketing.act("L-1", "webinar", "a-1")
    marketing.run_streams()
    await points(marketing, "L-1", 20)
    await marketing.stop_all()
    [damaged] = [
        path
        for path in tmp_path.glob("tables/**/*.db")
        if damage(path) and "-backups" not in str(path)
    ][:1]
    _, _, awaits = marketing.run_streams()
    await awaited(marketing, awaits, "is damaged: delete it")
    for path in tmp_path.glob("tables/**/*.db"):
        shutil.rmtree(path)
    await marketing.act("L-1", "webinar", "a-2")
    await points(marketing, "L-1", 40)
    assert damaged.exists()


def damage(database):
    """Overwrite the list of a RocksDB's files."""
    manifests = list(database.glob("MANIFEST*"))
    for manifest in manifests:
        manifest.write_bytes(b"garbage" * 20)
    return bool(manifests)
