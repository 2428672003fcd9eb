#!/usr/bin/env python3
"""The inventory benchmark: hot reads beside redis-benchmark, durable changes beside pgbench, on two cores."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from harness import BENCHMARKS, Failure
from inventory_measure import Bench
from inventory_report import report

PROJECT = BENCHMARKS.parent


def build(options):
    subprocess.run(["make", "-C", BENCHMARKS, ".build/peers/load"], check=True, stdout=sys.stderr)
    if options.server is None:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "inventory", "--package-path", PROJECT], check=True,
            stdout=sys.stderr,
        )


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=3, help="seconds that each run measures (3)")
    parser.add_argument("--quick", action="store_true", help="two rounds of a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--lanes", type=int, help="the service's lanes; its default otherwise")
    parser.add_argument("--scale", action="store_true", help="instead: 1,000 SKUs beside 2,000,000; ten minutes")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    parser.add_argument("--server", type=Path, help="the service's executable, instead of building it")
    options = parser.parse_args()
    options.warmup = 0.5
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
        build(options)
    options.server = options.server or PROJECT / ".build" / "release" / "inventory"
    if not options.server.exists():
        raise Failure(f"there is no {options.server}")
    # Ends like an interruption does, so that the servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bench = Bench(options)
    bench.measure()
    return report(bench)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_inventory: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
