#!/usr/bin/env python3
"""The benchmark of events: from a log by RPC to a consumer, and how fast a backlog drains while more comes in."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import (
    BENCHMARKS, LOAD_CORE, SERVER_CORE, START_SECONDS_MAXIMUM, Failure, describe_machine, first_line, on_cores,
    print_table, stop, write_results,
)
from servers import Database

INTAKE = 5_000
RUN_SECONDS_MAXIMUM = 600
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
SERVER_SETTINGS = ["shared_buffers = 1GB", "max_wal_size = 8GB", "checkpoint_timeout = 30min"]


class Log:
    """A process that serves the log on its core, from `with` to the end of the block."""

    def __init__(self, options, url, core):
        self.folder = tempfile.TemporaryDirectory(prefix="bench-events-")
        self.socket = Path(self.folder.name) / "log.sock"
        self.command = [str(options.program), "serve", url, str(self.socket)]
        self.core = core

    def __enter__(self):
        self.process = subprocess.Popen(self.command, preexec_fn=on_cores(self.core))
        end = time.monotonic() + START_SECONDS_MAXIMUM
        while not self.socket.exists():
            if time.monotonic() > end or self.process.poll() is not None:
                self.__exit__()
                raise Failure("the log's server did not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.folder.cleanup()

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def run(options, core, *words):
    done = subprocess.run(
        [str(word) for word in [options.program, *words]], capture_output=True, text=True,
        timeout=RUN_SECONDS_MAXIMUM, preexec_fn=on_cores(core),
    )
    if done.returncode:
        raise Failure(f"{words[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else {}


def consume(options, database, log, name, *words):
    """One consumer from the log's beginning; its figures with the server's processor time."""
    database.sql("truncate effect", "checkpoint")
    before = log.processor_seconds()
    result = run(options, LOAD_CORE, "consume", database.url, log.socket, "--name", name, *words)
    result["server_seconds"] = log.processor_seconds() - before
    result["rate"] = result["events"] / result["seconds"]
    result["processor_us"] = (result["processor_seconds"] + result["server_seconds"]) / result["events"] * 1e6
    if "--stream-only" not in words:
        # Sorted: the planner knows nothing of the table, and its hash of a million keys took minutes instead of a second.
        distinct = "select count(*) from (select distinct bucket, sequence from effect) e"
        count = int(database.sql("set enable_hashagg = off", distinct))
        total = int(database.sql("select count(*) from effect"))
        moved = int(database.sql(f"select sum(sequence) from event_cursor where consumer = '{name}'"))
        if count != total or moved != total or total < result["events"]:
            raise Failure(f"{result['events']} events had {total} effects, {count} different ones; cursor {moved}")
    return result


def drain(options, database, log):
    """A consumer that begins with the whole log as its backlog, while more comes in."""
    command = [str(options.program), "append", database.url, "--rate", str(INTAKE), "--seconds", str(RUN_SECONDS_MAXIMUM)]
    intake = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        return consume_beside(options, database, log)
    finally:
        stop(intake)


def consume_beside(options, database, log):
    database.sql("truncate effect")
    result = run(options, LOAD_CORE, "consume", database.url, log.socket, "--name", "drain", "--slack", INTAKE // 5)
    result["intake"] = (result["events"] - options.events) / result["seconds"]
    result["drain"] = options.events / result["seconds"]
    return result


def measure(options):
    with Database(SERVER_SETTINGS, cores=(SERVER_CORE,)) as database:
        run(options, LOAD_CORE, "prepare", database.url)
        run(options, LOAD_CORE, "fill", database.url, "--events", options.events)
        database.sql("vacuum analyze event_run", "checkpoint")
        with Log(options, database.url, LOAD_CORE) as log:
            streams = [consume(options, database, log, f"s{number}", "--stream-only") for number in range(options.repeat)]
            consumers = [consume(options, database, log, f"c{number}") for number in range(options.repeat)]
            return streams, consumers, drain(options, database, log)


def median(results, metric):
    return statistics.median(result[metric] for result in results)


def report(streams, consumers, drained, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.events:,} events, median of {options.repeat} rounds\n")
    rows = [
        ["the stream alone", f"{median(streams, 'rate'):,.0f}", f"{median(streams, 'processor_us'):.2f}"],
        ["with a consumer", f"{median(consumers, 'rate'):,.0f}", f"{median(consumers, 'processor_us'):.2f}"],
    ]
    print_table(["log to consumer, both on one core", "events/s", "us of that core/event"], rows)
    print()
    per_core = 1e6 / median(consumers, "processor_us")
    targets = [
        ("events/s from log to consumer, by the processor time of both", per_core, 100_000),
        ("a backlog drains, in times the intake", drained["drain"] / INTAKE, 3),
    ]
    print_table(
        ["must reach", "verdict", "target", "measured"],
        [[what, "ok" if value >= least else "missed", f">= {least:,}", f"{value:,.1f}"] for what, value, least in targets])
    print(f"\nThe backlog of {options.events:,} was gone after {drained['seconds']:.1f} s, "
          f"while {drained['intake']:,.0f}/s came in.")
    write_results("events", [
        ("ours", "stream", "events_per_second", median(streams, "rate"), "1/s"),
        ("ours", "consumer", "events_per_second", median(consumers, "rate"), "1/s"),
        ("ours", "consumer", "cpu_per_event", median(consumers, "processor_us"), "us"),
        ("ours", "drain", "events_per_second", drained["drain"], "1/s"),
    ])
    return any(value < least for _, value, least in targets)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the log (1,000,000)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the median is told (3)")
    parser.add_argument("--quick", action="store_true", help="one round of 100,000 events")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    parser.add_argument("--program", type=Path, help="event-bench, instead of building it")
    options = parser.parse_args()
    if options.quick:
        options.events, options.repeat = 100_000, 1
    if options.events < 1_000 or options.repeat < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if options.program is None:
        options.program = BENCHMARKS / "Swift" / ".build" / "release" / "event-bench"
        if not options.no_build:
            subprocess.run(
                ["swift", "build", "-c", "release", "--product", "event-bench", "--package-path", BENCHMARKS / "Swift"],
                check=True, stdout=sys.stderr)
    if not options.program.exists():
        raise Failure(f"there is no {options.program}")
    # Ends like an interruption does, so that the servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(*measure(options), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_events: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
