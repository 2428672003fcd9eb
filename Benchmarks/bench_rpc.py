#!/usr/bin/env python3
"""The RPC benchmark: our server beside gRPC C++ and the C limit, one core for the server and one for the load."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import BENCHMARKS, Failure
from rpc_measure import SUBJECTS, Bench
from rpc_report import report
from rpc_soak import soak

PROJECT = BENCHMARKS.parent


def build(options, subjects):
    subprocess.run(["make", "-C", BENCHMARKS, "peers"], check=True, stdout=sys.stderr)
    if any(subject.is_ours for subject in subjects) and options.server is None:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "echo-server", "--package-path", options.package],
            check=True, stdout=sys.stderr,
        )


def make_certificate(folder):
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    return certificate, key


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--duration", type=float, default=1, help="seconds that each run measures (1)")
    parser.add_argument("--quick", action="store_true", help="two rounds of half a second a run")
    parser.add_argument("--repeat", type=int, default=5, help="rounds; the median is told (5)")
    names = ",".join(subject.name for subject in SUBJECTS)
    parser.add_argument("--subjects", default=names, help="some of: %(default)s")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="instead: full load for that long, and memory")
    parser.add_argument("--no-build", action="store_true", help="take what is built")
    parser.add_argument("--server", type=Path, help="our server's executable, instead of building it")
    parser.add_argument("--package", type=Path, default=PROJECT, help="the package that has echo-server")
    options = parser.parse_args()
    options.warmup = 0.3
    if options.quick:
        options.duration, options.repeat = 0.5, 2
    chosen = options.subjects.split(",")
    unknown = set(chosen) - {subject.name for subject in SUBJECTS}
    if unknown or options.repeat < 1 or options.duration <= 0:
        parser.error(f"unknown subjects: {', '.join(unknown)}" if unknown else "a number is too small")
    return options, [subject for subject in SUBJECTS if subject.name in chosen]


def measure(bench):
    bench.measure_rounds()
    bench.measure_allocations()
    bench.measure_idle()
    return report(bench)


def main():
    options, subjects = parse()
    if len(os.sched_getaffinity(0)) < 2:
        raise Failure("the benchmark needs two cores")
    if not options.no_build:
        build(options, subjects)
    options.server = options.server or options.package / ".build" / "release" / "echo-server"
    if any(subject.is_ours for subject in subjects) and not options.server.exists():
        raise Failure(f"there is no {options.server}")
    # Ends like an interruption does, so that the servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, subjects, *make_certificate(folder))
        return soak(bench) if options.soak else measure(bench)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench_rpc: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
