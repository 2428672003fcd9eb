#!/usr/bin/env python3
"""The transcoding benchmark: the JSON of a 4 KB product to wire bytes and back, on one core."""

import argparse
import json
import statistics
import subprocess
import sys

from harness import BENCHMARKS, LOAD_CORE, Failure, describe_machine, on_core, print_table, write_results

SWIFT = BENCHMARKS / "Swift"
RUN_SPARE_SECONDS = 60
# Direction: (what it is, the least MB of JSON a second of processor time).
DIRECTIONS = {"read": ("JSON to wire bytes", 150), "write": ("wire bytes to JSON", 150)}


def run(direction, seconds):
    """MB of JSON a second of processor time, and of time."""
    try:
        done = subprocess.run(
            [str(SWIFT / ".build" / "release" / "transcoding-bench"), direction, "--seconds", str(seconds)],
            capture_output=True, text=True, timeout=seconds + RUN_SPARE_SECONDS, preexec_fn=on_core(LOAD_CORE),
        )
    except OSError as error:
        raise Failure(f"transcoding-bench: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure("transcoding-bench did not end") from error
    if done.returncode != 0:
        raise Failure(f"transcoding-bench failed: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    megabytes = result["messages"] * result["json_bytes"] / 1e6
    return megabytes / result["processor_seconds"], megabytes / result["seconds"]


def report(rounds, options):
    """Prints the table and writes the results; whether a target was missed."""
    for line in describe_machine():
        print(line + "  ")
    print(f"a product of 4 KB, {options.duration:g} s a run, median of {options.repeat} rounds\n")
    missed, rows, results = False, [], []
    for direction, (name, target) in DIRECTIONS.items():
        processor, elapsed = (statistics.median(each[direction][part] for each in rounds) for part in (0, 1))
        verdict = "ok" if processor >= target else "missed"
        missed = missed or verdict == "missed"
        rows.append([name, verdict, f"{processor:,.0f}", f"{elapsed:,.0f}", f">= {target}"])
        results += [
            (direction, "product", "JSON by processor time", processor, "MB/s"),
            (direction, "product", "JSON", elapsed, "MB/s"),
        ]
    print_table(["direction", "verdict", "MB/s of processor time", "MB/s", "target"], rows)
    write_results("transcoding", results)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=1.5, help="seconds that each run measures (1.5)")
    parser.add_argument("--quick", action="store_true", help="two rounds of half a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    options = parser.parse_args()
    if options.quick:
        options.duration, options.repeat = 0.5, 2
    if options.repeat < 1 or options.duration <= 0:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    if not options.no_build:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "transcoding-bench", "--package-path", SWIFT],
            check=True, stdout=sys.stderr,
        )
    # One after the other, so that a machine that is slower for a while is slower for both.
    rounds = [{direction: run(direction, options.duration) for direction in DIRECTIONS} for _ in range(options.repeat)]
    return report(rounds, options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_transcoding: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
