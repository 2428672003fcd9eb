#!/usr/bin/env python3
"""The HTTP benchmark: our server beside Node's bare http and Hummingbird, each with a constant answer, loaded by wrk."""

import argparse
import os
import signal
import statistics
import subprocess
import sys

from harness import BENCHMARKS, Failure, Server, describe_machine, print_table, write_results
from wrk import load, processor_seconds

SWIFT = BENCHMARKS / "Swift"
RELEASE = SWIFT / ".build" / "release"
OURS = RELEASE / "http-bench"
PEER = "Node, bare http"
HUMMINGBIRD = "Hummingbird 2"
CONNECTIONS = 64
WARM_UP_SECONDS = 1

# Subject: (its command, how often it must be as cheap as Hummingbird or None). By processor time: Hummingbird has a second
# thread, which on a busy machine gives it a second share of the core.
SUBJECTS = {
    PEER: (["node", BENCHMARKS / "Peers" / "node-http" / "server.js"], None),
    HUMMINGBIRD: ([RELEASE / "hummingbird-bench"], None),
    "ours": ([OURS], 1.3),
    "ours, a turn later": ([OURS, "--later"], 1.3),
}


def measure_subject(command, seconds):
    """Requests a second, us of the server's processor time for each."""
    with Server(command) as server:
        load(server.port, WARM_UP_SECONDS, CONNECTIONS)
        before = processor_seconds(server.pid)
        count, rate = load(server.port, seconds, CONNECTIONS)
        return rate, (processor_seconds(server.pid) - before) * 1e6 / count


def measure_allocations(command, seconds):
    """Heap allocations for each request, the few of the connections included."""
    with Server(command, count_allocations=True) as server:
        load(server.port, WARM_UP_SECONDS, CONNECTIONS)
        before = server.allocations()
        count, _ = load(server.port, seconds, CONNECTIONS)
        return (server.allocations() - before) / count


def report(rounds, allocations, options):
    """Prints the table and writes the results; whether a target was missed."""
    for line in describe_machine():
        print(line + "  ")
    print(f"{CONNECTIONS} connections, {options.duration} s a run, median of {options.repeat} rounds\n")
    rows, results, missed = [], [], False
    for subject, (_, target) in SUBJECTS.items():
        rate, cost = (statistics.median(run[subject][part] for run in rounds) for part in (0, 1))
        to_node, to_hummingbird = (
            statistics.median(run[subject][0] / run[other][0] for run in rounds) for other in (PEER, HUMMINGBIRD))
        ratio = statistics.median(run[HUMMINGBIRD][1] / run[subject][1] for run in rounds)
        verdict = "" if target is None else "ok" if ratio >= target else "missed"
        missed = missed or verdict == "missed"
        counted = f"{allocations[subject]:.1f}" if subject in allocations else ""
        limit = "" if target is None else f">= {target}"
        rows.append([subject, verdict, f"{rate:,.0f}", f"{cost:.2f}", counted, f"{to_node:.2f}",
                     f"{to_hummingbird:.2f}", f"{ratio:.2f}", limit])
        results += [
            (subject, f"x{CONNECTIONS}", "requests", rate, "1/s"),
            (subject, f"x{CONNECTIONS}", "server time", cost, "us/request"),
            (subject, f"x{CONNECTIONS}", "ratio to Node", to_node, ""),
            (subject, f"x{CONNECTIONS}", "ratio to Hummingbird", to_hummingbird, ""),
            (subject, f"x{CONNECTIONS}", "ratio to Hummingbird by server time", ratio, ""),
        ]
        if subject in allocations:
            results.append((subject, f"x{CONNECTIONS}", "allocations", allocations[subject], "1/request"))
    print_table(
        ["subject", "verdict", "requests/s", "server us/request", "allocs", "to Node", "to Hummingbird",
         "by server time", "target"], rows)
    write_results("http", results)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=int, default=3, help="whole seconds that each run measures (3)")
    parser.add_argument("--quick", action="store_true", help="two rounds of a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    options = parser.parse_args()
    if options.quick:
        options.duration, options.repeat = 1, 2
    if options.repeat < 1 or options.duration < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if not options.no_build:
        for product in ("http-bench", "hummingbird-bench"):
            subprocess.run(
                ["swift", "build", "-c", "release", "--product", product, "--package-path", SWIFT],
                check=True, stdout=sys.stderr,
            )
        subprocess.run(["make", "-C", BENCHMARKS, ".build/peers/malloc-count.so"], check=True, stdout=sys.stderr)
    # Ends like an interruption does, so that servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rounds = [
        {subject: measure_subject(command, options.duration) for subject, (command, _) in SUBJECTS.items()}
        for _ in range(options.repeat)
    ]
    allocations = {
        subject: measure_allocations(command, options.duration)
        for subject, (command, _) in SUBJECTS.items() if subject != PEER
    }
    return report(rounds, allocations, options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_http: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
