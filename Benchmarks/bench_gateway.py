#!/usr/bin/env python3
"""The gateway benchmark: a SKU's stock by REST through gateway, inventory and Redis, beside Node and FastAPI."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from gateway_measure import Bench
from gateway_report import report
from gateway_system import System
from harness import BENCHMARKS, Failure

PROJECT = BENCHMARKS.parent
PRODUCTS = ("driveline", "identity", "inventory", "gateway")
# Where scripts/install-dependencies puts what the peer in Python needs.
PYTHON = PROJECT / ".build" / "python-bench" / "bin" / "python3"


def build():
    for product in PRODUCTS:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", product, "--package-path", PROJECT], check=True,
            stdout=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=int, default=3, help="whole seconds that each run measures (3)")
    parser.add_argument("--quick", action="store_true", help="two rounds of a second a run, memory for six seconds")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    parser.add_argument("--folder", type=Path, help="where the executables are, instead of building them")
    parser.add_argument("--python", type=Path, default=PYTHON, help="the interpreter that has FastAPI")
    options = parser.parse_args()
    options.memory_seconds = 30
    if options.quick:
        options.duration, options.repeat, options.memory_seconds = 1, 2, 6
    if options.repeat < 1 or options.duration < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if not options.python.exists():
        raise Failure(f"there is no {options.python}; run scripts/install-dependencies bench")
    if options.folder is None and not options.no_build:
        build()
    # Ends like an interruption does, so that the servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with System(options.folder or PROJECT / ".build" / "release") as system:
        bench = Bench(system, options.python, options)
        bench.measure()
    return report(bench)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_gateway: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
