"""One worker an org and platform, whatever launched it and however it ended."""

import multiprocessing
import os
import signal

import pytest

from dropship_pipeline.errors import RunRefused, StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock


def _hold_for_ever(url: str, ready: "multiprocessing.synchronize.Event") -> None:
    with platform_lock(Database(url), "default", "amazon", wait_s=0):
        ready.set()
        signal.pause()


def test_a_second_worker_for_the_same_platform_is_refused_with_the_reason(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    with (
        platform_lock(database, "default", "amazon", wait_s=0),
        pytest.raises(RunRefused, match="amazon"),
        platform_lock(other, "default", "amazon", wait_s=0),
    ):
        pass
    other.close()


def test_the_other_platform_and_the_other_org_are_free(database: Database) -> None:
    with (
        platform_lock(database, "default", "amazon", wait_s=0),
        platform_lock(database, "default", "ebay", wait_s=0),
        platform_lock(database, "other", "amazon", wait_s=0),
    ):
        pass


def test_a_lock_is_free_again_after_its_block(database: Database) -> None:
    for _ in range(2):
        with platform_lock(database, "default", "amazon", wait_s=0):
            pass


def test_a_killed_worker_does_not_keep_its_lock(database: Database, database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    holder = spawn.Process(target=_hold_for_ever, args=(database_url, ready))
    holder.start()
    assert ready.wait(30)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(10)
    with platform_lock(database, "default", "amazon", wait_s=5) as lock:
        lock.check()


def test_a_lock_whose_connection_was_cut_is_noticed(database: Database) -> None:
    with platform_lock(database, "default", "amazon", wait_s=0) as lock:
        with database.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(StorageUnavailable):
            lock.check()


def test_the_lock_of_a_machine_that_was_lost_is_not_kept_for_hours(database: Database) -> None:
    with platform_lock(database, "default", "amazon", wait_s=0) as lock:
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        idle, interval, probes = (int(lock._connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names)
    assert 0 < idle + interval * probes <= 60
