#!/usr/bin/env python3
"""The Redis benchmark: our client beside redis-benchmark, one core for the server and one for the client."""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys

from harness import BENCHMARKS, LOAD_CORE, Failure, describe_machine, on_cores, print_table, write_results
from servers import Redis

SWIFT = BENCHMARKS / "Swift"
CONNECTIONS = 8
OUTSTANDING = 64
KEYS = 200_000
VALUE_BYTES = 96
PEER = "redis-benchmark"
RUN_SPARE_SECONDS = 60

# Form of redis-bench: (what it is, least ratio of its rate to redis-benchmark's or None).
FORMS = {
    "batch": ("ours, a batch of GETs", 0.7),
    "mget": ("ours, one MGET", None),
    "await": ("ours, an await for each GET, on the loop", 0.2),
    "await-elsewhere": ("ours, an await for each GET, on other threads", None),
}


def run(command, seconds):
    """The output, and the processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=seconds + RUN_SPARE_SECONDS,
            preexec_fn=on_cores(LOAD_CORE),
        )
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]} did not end") from error
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed: {done.stderr.strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_ours(server, form, seconds):
    """GETs a second, and the client's processor time for each in us."""
    output, processor = run(
        [SWIFT / ".build" / "release" / "redis-bench", form, "--url", f"redis://127.0.0.1:{server.port}",
         "--connections", CONNECTIONS, "--outstanding", OUTSTANDING, "--keys", KEYS, "--seconds", seconds],
        seconds,
    )
    result = json.loads(output)
    if result.get("errors", 0) > 0:
        raise Failure(f"{form}: {result['errors']} GETs failed or gave another value")
    return (result["gets"] / result["seconds"], processor * 1e6 / result["gets"]) if "gets" in result else None


def run_peer(server, requests):
    """The same of redis-benchmark."""
    output, processor = run(
        ["redis-benchmark", "-h", "127.0.0.1", "-p", server.port, "-t", "get", "-r", KEYS, "-d", VALUE_BYTES,
         "-P", OUTSTANDING, "-c", CONNECTIONS, "-n", requests, "--csv"],
        RUN_SPARE_SECONDS,
    )
    for line in output.splitlines():
        words = [word.strip('"') for word in line.split(",")]
        if words[0].startswith("GET"):
            return float(words[1]), processor * 1e6 / requests
    raise Failure("redis-benchmark told no rate")


def measure(server, options):
    """What each round gave: [{subject: (GETs a second, us of processor time for each)}]."""
    run_ours(server, "fill", 1)
    # As many requests as take redis-benchmark the time that ours is given.
    requests = int(max(run_peer(server, 500_000)[0] * options.duration, 500_000))
    rounds = []
    for _ in range(options.repeat):
        runs = {}
        for form in FORMS:
            runs[form] = run_ours(server, form, options.duration)
            # Beside each, so that a machine that is slower for a while is slower for both.
            runs[form, PEER] = run_peer(server, requests)
        rounds.append(runs)
    return rounds


def report(rounds, options):
    """Prints the tables and writes the results; whether a target was missed."""
    for line in describe_machine():
        print(line + "  ")
    print(f"{CONNECTIONS} connections x {OUTSTANDING} GETs of {KEYS:,} keys of {VALUE_BYTES} bytes,"
          f" {options.duration:g} s a run, median of {options.repeat} rounds\n")
    setting = f"{CONNECTIONS}x{OUTSTANDING}"
    missed = False
    rate, cost = (statistics.median(run[form, PEER][part] for run in rounds for form in FORMS) for part in (0, 1))
    rows = [[PEER, "", f"{rate:,.0f}", f"{cost:.3f}", "", ""]]
    results = [(PEER, setting, "gets", rate, "1/s"), (PEER, setting, "client time", cost, "us/get")]
    for form, (name, target) in FORMS.items():
        rate, cost = (statistics.median(run[form][part] for run in rounds) for part in (0, 1))
        ratio = statistics.median(run[form][0] / run[form, PEER][0] for run in rounds)
        verdict = "" if target is None else "ok" if ratio >= target else "missed"
        missed = missed or verdict == "missed"
        limit = "" if target is None else f">= {target}"
        rows.append([name, verdict, f"{rate:,.0f}", f"{cost:.3f}", f"{ratio:.2f}", limit])
        results += [
            (form, setting, "gets", rate, "1/s"), (form, setting, "client time", cost, "us/get"),
            (form, setting, "ratio to redis-benchmark", ratio, ""),
        ]
    print_table(["subject", "verdict", "GETs/s", "client us/GET", "ratio", "target"], rows)
    write_results("redis", results)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=1.5, help="seconds that each run measures (1.5)")
    parser.add_argument("--quick", action="store_true", help="two rounds of a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    options = parser.parse_args()
    if options.quick:
        options.duration, options.repeat = 1, 2
    if options.repeat < 1 or options.duration <= 0:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if not options.no_build:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "redis-bench", "--package-path", SWIFT],
            check=True, stdout=sys.stderr,
        )
    # Ends like an interruption does, so that the server is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Redis() as server:
        return report(measure(server, options), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_redis: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
