#!/usr/bin/env python3
"""How long `driveline inventory verify` takes for how many movements, and what memory it needs."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, first_line, print_table, write_results
from servers import Database

PROJECT = BENCHMARKS.parent
MOVEMENTS = 10_000_000
MOVEMENTS_QUICK = 500_000
# So there are 200,000 SKUs at 3 locations, as in other benchmarks of inventory.
MOVEMENTS_OF_ITEM = 50
LOCATIONS = 3
DATABASE = "driveline_inventory"
SERVER_SETTINGS = ["shared_buffers = 256MB", "max_wal_size = 8GB", "wal_level = minimal", "max_wal_senders = 0"]
WATCH_SECONDS = 0.2
# Until the session's process has ended behind its client.
SESSION_END_SECONDS = 1

SECONDS_TARGET = 60
MEBIBYTES_TARGET = 512

BRAND = "018f2d6e-0000-7000-8000-000000000001"

# Each SKU gets 100 units at each location; then one is reserved and shipped, by turns. The movements of all SKUs come in
# turn, as in life, so that those of one SKU lie far apart. At the end some of each SKU are still reserved.
TABLES = """
create table movement_first partition of movement for values from ('2026-10-01') to ('2026-11-01');
create table movement_second partition of movement for values from ('2026-11-01') to ('2026-12-01');
insert into movement
    (bucket, brand_id, sku, version, part, occurred_at, location_id, from_state, to_state, quantity, reason, available,
    reserved, quarantined, in_transit, incoming, reservation_id, command_id, actor, reference)
select s % 64, '{brand}', 'SKU-' || lpad(s::text, 8, '0'), v, 0,
    '2026-10-01'::timestamptz + (v - 1) * interval '1 day' + s * interval '0.1 s', 'WHS' || 1 + v % {locations},
    case when k = 0 then 6 when k % 2 = 1 then 1 else 2 end, case when k = 0 then 1 when k % 2 = 1 then 2 else 7 end,
    case when k = 0 then 100 else 1 end,
    case when k = 0 then 'receive' when k % 2 = 1 then 'reserve' else 'commit' end,
    100 - (k + 1) / 2, k % 2, 0, 0, 0, case when k > 0 then 'order-' || (k + 1) / 2 || '-' || s || '-' || v % {locations} end,
    'command-' || v || '-' || s, 'key-0123456789', ''
from generate_series(1, {versions}) v, lateral (select (v - 1) / {locations} as k) x, generate_series(1, {items}) s;
insert into level
    (bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming, version)
select bucket, brand_id, sku, location_id, available, reserved, quarantined, in_transit, incoming, version
from movement where version > {versions} - {locations};
insert into item (bucket, brand_id, sku, version, total_available, changed_at, is_in_stock)
select bucket, brand_id, sku, {versions}, sum(available), now(), true from level group by bucket, brand_id, sku;
insert into reservation (bucket, brand_id, reservation_id, state, created_at, changed_at, reference, version)
select bucket, brand_id, reservation_id, 2, occurred_at, occurred_at, '', 1 from movement
where version > {versions} - {locations} and to_state = 2;
insert into allocation (bucket, brand_id, reservation_id, part, line, sku, location_id, quantity, backordered)
select bucket, brand_id, reservation_id, 0, 0, sku, location_id, 1, 0 from movement
where version > {versions} - {locations} and to_state = 2;
vacuum analyze;
"""


class FilledDatabase:
    """A server with the inventory's tables, filled, from `with` to the end of the block."""

    def __init__(self, programs, movements):
        self.service = programs / "inventory"
        self.movements = movements
        self.server = Database(SERVER_SETTINGS, cores=os.sched_getaffinity(0))

    def __enter__(self):
        self.server.__enter__()
        try:
            self.fill()
        except BaseException:
            self.server.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def fill(self):
        self.server.sql("create database driveline_inventory")
        subprocess.run(
            [self.service, "migrate", "up", "--postgres-url", self.server.url_of(DATABASE)], check=True,
            stdout=sys.stderr)
        print(f"making {self.movements:,} movements", file=sys.stderr)
        script = TABLES.format(
            brand=BRAND, items=self.movements // MOVEMENTS_OF_ITEM, versions=MOVEMENTS_OF_ITEM, locations=LOCATIONS
        )
        self.server.sql(*(text for text in script.split(";\n") if text.strip()), database=DATABASE)

    @property
    def url(self):
        return self.server.url

    def megabytes(self):
        """The size of the movements with their indexes."""
        query = "select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'movement'::regclass"
        return int(self.server.sql(query, database=DATABASE)) / 1e6

    def postmaster(self):
        return int((self.server.data / "postmaster.pid").read_text().split()[0])

    def processes(self):
        """The ids of the server's own processes."""
        first = self.postmaster()
        return [first] + [int(word) for word in Path(f"/proc/{first}/task/{first}/children").read_text().split()]

    def cpu_seconds(self):
        """The processor time of the server's processes that have ended, those of sessions among them."""
        # Behind the name in parentheses, which may hold spaces. Source: proc(5), /proc/pid/stat, cutime and cstime.
        fields = Path(f"/proc/{self.postmaster()}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def private_kibibytes(process):
    """The memory that a process has for itself: without PostgreSQL's shared buffers."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


class ServerMemory:
    """The most that the server's processes had for themselves during the block, over what they had before, in MiB."""

    def __init__(self, database):
        self.database = database

    def __enter__(self):
        self.before = self.now()
        self.most = self.before
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def watch(self):
        while not self.is_over.wait(WATCH_SECONDS):
            self.most = max(self.most, self.now())

    def now(self):
        return sum(private_kibibytes(process) for process in self.database.processes())

    @property
    def mebibytes(self):
        return (self.most - self.before) / 1024


def run(database, options):
    """One run: seconds, the most memory of the command and of the server's processes."""
    with tempfile.TemporaryFile("w+") as output, ServerMemory(database) as memory:
        cpu_before, start = database.cpu_seconds(), time.monotonic()
        process = subprocess.Popen(
            [options.programs / "driveline", "inventory", "verify", "--json"], stdout=output,
            env={**os.environ, "DRIVELINE_POSTGRES_URL": database.url},
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        time.sleep(SESSION_END_SECONDS)
        server_cpu_seconds = database.cpu_seconds() - cpu_before
        output.seek(0)
        last = output.read().splitlines()[-1:]
    if process.returncode or not last:
        raise Failure(f"driveline ended with {process.returncode}: {''.join(last)}")
    summary = json.loads(last[0])
    if summary["movements"] != database.movements or summary["differences"]:
        raise Failure(f"driveline saw something else than was there: {summary}")
    return {
        "seconds": seconds, "command_mebibytes": usage.ru_maxrss / 1024, "server_mebibytes": memory.mebibytes,
        "command_cpu_seconds": usage.ru_utime + usage.ru_stime, "server_cpu_seconds": server_cpu_seconds,
    }


def report(database, results, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(
        f"{first_line(['psql', '--version'])}; {database.movements:,} movements of "
        f"{database.movements // MOVEMENTS_OF_ITEM:,} SKUs at {LOCATIONS} locations, {database.megabytes():,.0f} MB with "
        f"indexes; median of {len(results)} runs\n"
    )
    figures = {name: statistics.median(result[name] for result in results) for name in results[0]}
    rate = database.movements / figures["seconds"]
    print_table(["what", "unit", "value"], [
        ["time", "s", f"{figures['seconds']:.1f}"], ["movements", "1/s", f"{rate:,.0f}"],
        ["processor time of the command", "s", f"{figures['command_cpu_seconds']:.1f}"],
        ["processor time of the server", "s", f"{figures['server_cpu_seconds']:.1f}"],
        ["memory of the command", "MiB", f"{figures['command_mebibytes']:.0f}"],
        ["memory of the server, its buffers aside", "MiB", f"{figures['server_mebibytes']:.0f}"],
    ])
    lines = [("verify", "all", name, value, "") for name, value in figures.items()]
    lines.append(("verify", "all", "movements_per_second", rate, "1/s"))
    write_results("inventory_verify", lines)
    if options.quick:
        return False
    memory = figures["command_mebibytes"] + figures["server_mebibytes"]
    verdicts, missed = [], False
    for what, measured, bound in [
        (f"time for {database.movements:,} movements, s", figures["seconds"], SECONDS_TARGET),
        ("memory of command and server, MiB", memory, MEBIBYTES_TARGET),
    ]:
        is_ok = measured < bound
        missed = missed or not is_ok
        verdicts.append([what, "ok" if is_ok else "missed", f"< {bound}", f"{measured:.1f}"])
    print()
    print_table(["must reach", "verdict", "target", "measured"], verdicts)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movements", type=int, default=MOVEMENTS, help=f"how many ({MOVEMENTS})")
    parser.add_argument("--quick", action="store_true", help=f"{MOVEMENTS_QUICK} movements, one run")
    parser.add_argument("--repeat", type=int, default=3, help="runs; the median is told (3)")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    if options.quick:
        options.movements, options.repeat = MOVEMENTS_QUICK, 1
    if options.repeat < 1 or options.movements < MOVEMENTS_OF_ITEM:
        parser.error("a number is too small")
    options.movements -= options.movements % MOVEMENTS_OF_ITEM
    return options


def build():
    for product in ("driveline", "inventory"):
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", product, "--package-path", PROJECT], check=True,
            stdout=sys.stderr,
        )
    return PROJECT / ".build" / "release"


def main():
    options = parse()
    if options.programs is None:
        options.programs = build()
    # Ends like an interruption does, so that the server is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with FilledDatabase(options.programs, options.movements) as database:
        results = []
        for number in range(options.repeat):
            results.append(run(database, options))
            print(f"run {number + 1} of {options.repeat}", file=sys.stderr)
        return report(database, results, options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_inventory_verify: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
