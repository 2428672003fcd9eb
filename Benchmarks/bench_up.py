#!/usr/bin/env python3
"""How long `driveline up` takes until the whole system is ready, with a new data folder and with one that exists."""

import argparse
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, print_table, write_results
from servers import free_port_base

PROJECT = BENCHMARKS.parent
COMMAND_SECONDS_MAXIMUM = 180
SECONDS_TARGETS = {"new": 15, "existing": 6}


def driveline(command, *arguments):
    done = subprocess.run(
        [str(word) for word in [command, *arguments]], capture_output=True, text=True, timeout=COMMAND_SECONDS_MAXIMUM)
    if done.returncode:
        raise Failure(f"driveline {arguments[0]}: {done.stderr.strip()}")


def start_seconds(command, data, ports):
    """Starts the system and stops it again; the seconds until it was ready."""
    start = time.monotonic()
    driveline(command, "up", "--detach", "--data", data, "--port-base", ports)
    seconds = time.monotonic() - start
    driveline(command, "down", "--data", data)
    return seconds


def measure(command, rounds):
    results = {folder: [] for folder in SECONDS_TARGETS}
    ports = free_port_base()
    for number in range(rounds):
        # Servers that run as root's stand-ins must be able to enter it.
        folder = Path(tempfile.mkdtemp(prefix="bench-up-"))
        folder.chmod(0o755)
        try:
            for kind in results:
                results[kind].append(start_seconds(command, folder / "data", ports))
        finally:
            subprocess.run([command, "down", "--data", folder / "data"], capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return results


def report(results):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"as `make up` builds it; median of {len(results['new'])} rounds\n")
    rows, lines, missed = [], [], False
    for kind, seconds in results.items():
        median, bound = statistics.median(seconds), SECONDS_TARGETS[kind]
        missed = missed or median > bound
        rows.append([kind, f"{median:.1f}", f"{max(seconds):.1f}", f"<= {bound}", "ok" if median <= bound else "missed"])
        lines.append(("driveline up", kind, "seconds", median, "s"))
    print_table(["data folder", "seconds until ready", "longest", "target", "verdict"], rows)
    write_results("up", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    options = parser.parse_args()
    if options.quick:
        options.repeat = 1
    if options.repeat < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if not options.no_build:
        subprocess.run(["swift", "build", "--package-path", PROJECT], check=True, stdout=sys.stderr)
    # Ends like an interruption does, so that the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(measure(PROJECT / ".build" / "debug" / "driveline", options.repeat))


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_up: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
