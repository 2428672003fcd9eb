"""What the inventory benchmark measures: reads beside redis-benchmark, changes beside pgbench, lists, and a large stock."""

import contextlib
import secrets
import subprocess
import sys
import time

from harness import LOAD_CORE, SERVER_CORE, Failure, run_load
from inventory_data import BRAND, LIST_BRAND, write_list_stock, write_stock
from inventory_peers import Pgbench, redis_benchmark
from inventory_service import TOKEN, InventoryService
from servers import Database, Redis
from writeback import early_writeback

CONNECTIONS = 8
DEEPEST = 64
CALLERS = CONNECTIONS * DEEPEST
# Of updates: the more wait, the more a transaction carries out.
UPDATES_OUTSTANDING = 256
UPDATE_CALLERS = CONNECTIONS * UPDATES_OUTSTANDING
SKUS = 200_000
LOCATIONS = 3
LIST_SKUS = 557_000
LIST_LOCATIONS = 400
LIST_CALLS = 20
# Between the two measurements of the list: enough that no page of the table is as the last vacuum left it.
LIST_UPDATE_SECONDS = 4
WARM_CHANGE_SECONDS = 2
# 16 MiB each: more than all changes write together.
LOG_FILES = 192
SCALES = (1_000, 2_000_000)
SCALE_SECONDS = 10
SLOW_COMMIT_US = 2_000
# In an open loop: what becomes due in that time goes out together, so that the generator sleeps in between.
SEND_INTERVAL_US = 1_000
OPEN_LOOP_OUTSTANDING = 1_024
# A cache is warm when at most so many of a hundred reads miss it.
MISSES_PERCENT_MAXIMUM = 1
WARM_TRIES_MAXIMUM = 10
WARM_SECONDS_MAXIMUM = 300
# Enough that a generator which waits for slow answers is not given up.
TIMEOUT_US = 20_000_000

BOTH_CORES = (SERVER_CORE, LOAD_CORE)
DATABASE_SETTINGS = [
    "shared_buffers = 1GB", "max_wal_size = 8GB", "max_connections = 120", "synchronous_commit = on",
    # Checkpoints come where the benchmark asks for them. What is changed for the first time after one is logged as a
    # whole page: in runs of seconds right behind a checkpoint that would be most of the log, as it never is in service.
    "checkpoint_timeout = 1h",
]


class Bench:
    """Measures, and keeps what it measured: a subject's results by round, and single figures."""

    def __init__(self, options):
        self.options = options
        self.results = {}
        self.figures = {}
        self.pgbench = None
        # None: as the machine has it.
        self.writeback_bytes = None

    def measure(self):
        with early_writeback() as self.writeback_bytes:
            self.measure_all()

    def measure_all(self):
        with Redis(cores=(LOAD_CORE,)) as redis, Database(DATABASE_SETTINGS, cores=BOTH_CORES) as database:
            if self.options.scale:
                for skus in SCALES:
                    self.measure_scale(database, redis, skus)
                return
            self.pgbench = Pgbench(database)
            with self.service(database, redis, "stock") as service:
                self.tell("writing the stock")
                write_stock(database, "stock", SKUS, LOCATIONS)
                write_list_stock(database, "stock", LIST_SKUS, LIST_LOCATIONS)
                self.measure_reads(service, redis)
                self.measure_lists(service, database)
                self.measure_changes(service, database)
                self.check_ledger(database, "stock")
                self.measure_without_redis(service, database, redis)
                self.figures["memory"] = service.peak_mib()

    @contextlib.contextmanager
    def service(self, database, redis, name):
        database.sql(f"create database {name}")
        with self.copy(database, redis, name) as service:
            yield service

    def copy(self, database, redis, name, **settings):
        """One more process of the service."""
        url = database.url_of(name)
        return InventoryService(self.options.server, url, redis, self.options.lanes, settings)

    def tell(self, what):
        print(f"  {what} ...", file=sys.stderr, flush=True)

    def load(self, service, requests, brand=BRAND, **options):
        """One run of the generator."""
        settings = {
            "connections": CONNECTIONS, "outstanding": DEEPEST, "warmup": self.options.warmup,
            "duration": self.options.duration, "skus": SKUS, "locations": LOCATIONS, "timeout_us": TIMEOUT_US,
            "seed": secrets.randbits(32),
        }
        settings |= options
        result = run_load(service, requests=requests, brand=brand, credential=TOKEN, **settings)
        if result["calls"] == 0:
            raise Failure(f"no {requests} was answered: {service.last_words()}")
        return result

    def run(self, subject, service, requests, **options):
        self.tell(subject)
        result = self.load(service, requests, **options)
        self.keep(subject, result)
        return result

    def keep(self, subject, result):
        self.results.setdefault(subject, []).append(result)

    def peer(self, subject, rate):
        self.keep(subject, {"rate": rate, "errors": 0})
        return rate

    # Reads

    def warm(self, service, redis, skus):
        """Reads every SKU until the caches have them."""
        for _ in range(WARM_TRIES_MAXIMUM):
            before = self.misses(redis)
            self.load(service, "stock", calls=skus, skus=skus, in_turn=True, duration=WARM_SECONDS_MAXIMUM)
            if (self.misses(redis) - before) * 100 <= skus * MISSES_PERCENT_MAXIMUM:
                return
        raise Failure("the cache does not get warm")

    def misses(self, redis):
        done = subprocess.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(redis.port), "info", "stats"], capture_output=True, text=True,
            check=True)
        for line in done.stdout.splitlines():
            if line.startswith("keyspace_misses:"):
                return int(line.split(":")[1])
        raise Failure("Redis does not tell its misses")

    def hot_reads(self, subject, service, redis, skus, **options):
        """A run that must find the SKUs in the caches: what the service does not have itself it asks Redis for."""
        before = self.misses(redis)
        result = self.run(subject, service, "stock", skus=skus, **options)
        if (self.misses(redis) - before) * 100 > result["calls"] * MISSES_PERCENT_MAXIMUM:
            raise Failure(f"{subject}: the cache did not have what was read")

    def measure_reads(self, service, redis):
        """Redis stands on the generator's core in both runs, and on the other what asks it: service or redis-benchmark."""
        service.pin(SERVER_CORE)
        self.tell("warming the cache")
        self.warm(service, redis, SKUS)
        redis_benchmark(redis, DEEPEST, 2_000_000, SERVER_CORE, test="set")
        requests = {
            depth: int(redis_benchmark(redis, depth, 50_000 * depth, SERVER_CORE) * self.options.duration)
            for depth in (1, DEEPEST)
        }
        for number in range(self.options.repeat):
            self.tell(f"reads, round {number + 1}")
            for depth in (DEEPEST, 1):
                rate = redis_benchmark(redis, depth, requests[depth], SERVER_CORE)
                self.peer(f"redis-benchmark x{depth}", rate)
                self.hot_reads(f"reads x{depth}", service, redis, SKUS, outstanding=depth)
        service.pin(*BOTH_CORES)

    def measure_without_redis(self, service, database, redis):
        """What the service has in its own memory still answers; a copy without has nothing but the database."""
        redis.__exit__()
        with self.copy(database, redis, "stock", **{"near-cache-mib": 0}) as bare:
            for _ in range(self.options.repeat):
                self.run("reads without Redis", service, "stock")
                self.run("reads without any cache", bare, "stock")
        redis.__enter__()

    # Changes

    def measure_changes(self, service, database):
        """Everything may use both cores: PostgreSQL, the service, and whoever asks."""
        self.tell("changes, warming up")
        self.prepare_log(database)
        for script in ("three", "one"):
            self.pgbench.rate(script, WARM_CHANGE_SECONDS)
        self.warm_changes(service, SKUS)
        self.load(service, "reserve", duration=WARM_CHANGE_SECONDS)
        for number in range(self.options.repeat):
            self.tell(f"changes, round {number + 1}")
            for script in ("three", "one"):
                self.tell(f"pgbench, {script}")
                self.peer(f"pgbench {script}", self.pgbench.rate(script, self.options.duration))
            rate = self.run("updates", service, "adjust", outstanding=UPDATES_OUTSTANDING)["rate"]
            self.run(
                "updates, half", service, "adjust", rate=rate / 2, outstanding=OPEN_LOOP_OUTSTANDING,
                send_interval_us=SEND_INTERVAL_US)
            self.slow_commits(database, SLOW_COMMIT_US)
            self.run("updates, slow commits", service, "adjust", outstanding=UPDATES_OUTSTANDING)
            self.slow_commits(database, 0)
            self.run("reservations", service, "reserve")

    def prepare_log(self, database):
        """Gives the server files for its log, as one has that runs for a while and uses them again behind each checkpoint.

        Without, it makes a file of 16 MiB each second or so, and all commits wait for it."""
        database.sql(
            *["select pg_logical_emit_message(false, 'bench', '')", "select pg_switch_wal()"] * LOG_FILES, "checkpoint")

    def warm_changes(self, service, skus):
        """Changes every SKU once, as a service has that runs for a while: it has met them, and so have the tables' pages."""
        self.load(service, "adjust", calls=skus, skus=skus, in_turn=True, duration=WARM_SECONDS_MAXIMUM)

    def slow_commits(self, database, microseconds):
        """Has the server wait so long before each flush of its log, whoever else commits; one flush at a time."""
        database.sql(
            f"alter system set commit_delay = {microseconds}", "alter system set commit_siblings = 0",
            "select pg_reload_conf()")
        time.sleep(0.2)

    def check_ledger(self, database, name):
        """Every change has left its movement, its command's record and its event, and every reservation one more event."""
        movements, records, events, changed = (
            int(database.sql(f"select {what}", database=name)) for what in (
                "count(*) from movement where reservation_id is null", "count(*) from command_record",
                "coalesce(sum(count), 0)::bigint from event_run",
                "coalesce(sum(version - 1), 0)::bigint from item"))
        reservations = int(database.sql("select count(*) from reservation", database=name))
        if movements + reservations != records or changed + reservations != events:
            raise Failure(f"{movements} movements, {reservations} reservations, {records} records, {events} events of"
                          f" {changed} changes do not match")

    # Lists

    def measure_lists(self, service, database):
        options = {
            "brand": LIST_BRAND, "connections": 1, "outstanding": 1, "calls": LIST_CALLS, "warmup": 0,
        }
        self.load(service, "list", **options)
        self.run("list in stock", service, "list", **options)
        # As between two vacuums: nothing of what the last one knew is true of any page.
        database.sql("alter system set autovacuum = off", "select pg_reload_conf()")
        self.run("updates of the list's SKUs", service, "adjust", brand=LIST_BRAND, skus=LIST_SKUS,
                 duration=LIST_UPDATE_SECONDS)
        self.run("list in stock, after updates", service, "list", **options)
        # Now rather than beside what is measured next.
        database.sql("vacuum", database="stock")
        database.sql("alter system reset autovacuum", "select pg_reload_conf()")

    # A small and a large stock

    def measure_scale(self, database, redis, skus):
        name = f"stock_{skus}"
        with self.service(database, redis, name) as service:
            self.tell(f"writing {skus:,} SKUs")
            write_stock(database, name, skus, LOCATIONS)
            service.pin(SERVER_CORE)
            self.tell("warming the cache")
            self.warm(service, redis, skus)
            for _ in range(self.options.repeat):
                self.hot_reads(f"reads, {skus} SKUs", service, redis, skus)
            service.pin(*BOTH_CORES)
            self.warm_changes(service, skus)
            # The checkpoint falls into the run, and with it the whole pages that the log must hold again.
            checkpoint = subprocess.Popen(
                [database.programs / "psql", "-q", "-d", database.url, "-c",
                 f"select pg_sleep({SCALE_SECONDS / 4})", "-c", "checkpoint"],
                user=database.user, cwd="/", stdout=subprocess.DEVNULL)
            try:
                self.run(f"updates, {skus} SKUs", service, "adjust", skus=skus, duration=SCALE_SECONDS)
            finally:
                checkpoint.wait()
            self.figures[f"memory, {skus} SKUs"] = service.peak_mib()
            self.check_ledger(database, name)
