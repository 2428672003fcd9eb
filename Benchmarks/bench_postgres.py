#!/usr/bin/env python3
"""The PostgreSQL benchmark: our client beside a C loop over libpq, with a private server that keeps what it commits."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

from harness import (
    BENCHMARKS, LOAD_CORE, PEERS, Failure, describe_machine, first_line, on_cores, print_table, write_results,
)
from servers import Database

PROJECT = BENCHMARKS.parent
ROWS = 100_000
OUTSTANDING = 64
BATCH_ROWS = 256
# On top of a run's own length: connecting, and preparing the statement.
RUN_SPARE_SECONDS = 30

# What is compared stands side by side, and so runs one after the other.
RUNS = [
    ("libpq", "select"), ("ours", "pipeline"), ("libpq", "pipeline"), ("ours", "select"), ("libpq", "update"),
    ("ours", "update"),
]
TITLES = {"libpq": "C, libpq", "ours": "ours"}
SETTINGS = {
    "select": "SELECT, one at a time", "pipeline": f"SELECT, {OUTSTANDING} at a time",
    "update": f"UPDATE of {BATCH_ROWS} rows",
}

SERVER_SETTINGS = ["shared_buffers = 256MB", "max_wal_size = 4GB"]
TABLES = f"""
create table item (id bigint primary key, value text);
insert into item select id, repeat('x', 96) from generate_series(0, {ROWS - 1}) id;
create table stock (id bigint primary key, on_hand bigint not null) with (fillfactor = 50);
insert into stock select id, 0 from generate_series(0, {ROWS - 1}) id;
vacuum analyze item;
vacuum analyze stock;
"""


def command(subject, form, url, options):
    if subject == "libpq":
        return [PEERS / "postgres-loop", url, form, options.duration, ROWS, OUTSTANDING]
    return [
        options.client, url, form, "--seconds", options.duration, "--rows", ROWS, "--outstanding", OUTSTANDING,
    ]


def run(subject, form, database, options):
    """One run; its rate, and the client's processor time for each query."""
    done = subprocess.run(
        [str(word) for word in command(subject, form, database.url, options)], capture_output=True, text=True,
        timeout=options.duration + RUN_SPARE_SECONDS, preexec_fn=on_cores(LOAD_CORE),
    )
    if done.returncode:
        raise Failure(f"{subject}, {form}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    if result["errors"] or not result["queries"]:
        raise Failure(f"{subject}, {form}: {result['errors']} of {result['queries']} answers were wrong")
    return {
        "rate": result["queries"] / result["seconds"],
        "client_cpu_us": result["processor_seconds"] / result["queries"] * 1e6,
    }


def measure(database, options):
    rounds = []
    for number in range(options.repeat):
        results = {}
        for subject, form in RUNS:
            database.checkpoint()
            results[subject, form] = run(subject, form, database, options)
        rounds.append(results)
        print(f"round {number + 1} of {options.repeat}", file=sys.stderr)
    return rounds


def figure(rounds, run_name, metric):
    return statistics.median(results[run_name][metric] for results in rounds)


def ratio(rounds, ours, theirs):
    """The median of the rounds' ratios of rates, so that a slow moment of the machine is slow for both."""
    return statistics.median(results[ours]["rate"] / results[theirs]["rate"] for results in rounds)


def targets(rounds):
    """(what, measured, bound, whether at least)"""
    return [
        ("64 at a time over one connection: rate over libpq's one at a time",
         ratio(rounds, ("ours", "pipeline"), ("libpq", "select")), 6, True),
        ("64 at a time: the client's whole processor time for a query, us",
         figure(rounds, ("ours", "pipeline"), "client_cpu_us"), 15, False),
        ("UPDATE of 256 rows: rate over libpq's",
         ratio(rounds, ("ours", "update"), ("libpq", "update")), 0.9, True),
    ]


def report(rounds, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.duration:g} s a run, median of {options.repeat} rounds\n")
    rows, lines = [], []
    for subject, form in sorted(RUNS, key=lambda name: (name[1] == "update", name)):
        rate = figure(rounds, (subject, form), "rate")
        processor = figure(rounds, (subject, form), "client_cpu_us")
        rows.append([TITLES[subject], SETTINGS[form], f"{rate:,.0f}", f"{processor:.2f}"])
        lines.append((subject, form, "queries_per_second", rate, "1/s"))
        lines.append((subject, form, "client_cpu_per_query", processor, "us"))
    print_table(["subject", "setting", "queries/s", "client us/query"], rows)
    print()
    verdicts, missed = [], False
    for what, measured, bound, at_least in targets(rounds):
        is_ok = measured >= bound if at_least else measured <= bound
        missed = missed or not is_ok
        verdicts.append([
            what, "ok" if is_ok else "missed", f"{'>=' if at_least else '<='} {bound}", f"{measured:.2f}",
        ])
        lines.append(("ours", what, "target", measured, "1"))
    print_table(["must reach", "verdict", "target", "measured"], verdicts)
    write_results("postgres", lines)
    return missed


def build(options):
    subprocess.run(["make", "-C", BENCHMARKS, ".build/peers/postgres-loop"], check=True, stdout=sys.stderr)
    if options.client is None:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "postgres-bench", "--package-path", BENCHMARKS / "Swift"],
            check=True, stdout=sys.stderr,
        )


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=2, help="seconds that each run measures (2)")
    parser.add_argument("--quick", action="store_true", help="two rounds of half a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    parser.add_argument("--client", type=Path, help="our client's executable, instead of building it")
    options = parser.parse_args()
    if options.quick:
        options.duration, options.repeat = 0.5, 2
    if options.repeat < 1 or options.duration <= 0:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if not options.no_build:
        build(options)
    options.client = options.client or BENCHMARKS / "Swift" / ".build" / "release" / "postgres-bench"
    if not options.client.exists():
        raise Failure(f"there is no {options.client}")
    # Ends like an interruption does, so that the server is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Database(SERVER_SETTINGS) as database:
        for statement in TABLES.strip().split("\n"):
            database.sql(statement)
        return report(measure(database, options), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_postgres: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
