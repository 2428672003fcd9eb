#!/usr/bin/env python3
"""The RPC benchmark: our server beside gRPC C++ and the C limit, one core for the server and one for the load."""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from harness import (
    BENCHMARKS,
    PEERS,
    Failure,
    Server,
    describe_machine,
    measure_stalls,
    median,
    print_table,
    run_load,
    start_load,
    stop,
    write_results,
)

PROJECT = BENCHMARKS.parent
SERVICE = "driveline.echo.v1.EchoService/"
CONNECTIONS = 8
DEPTHS = (1, 16, 64)
DEEPEST = DEPTHS[-1]
SLOW = {"slow_percent": 1, "slow_wait_us": 5000}
# In an open loop the calls that may be open on a connection: enough that the schedule is kept through a stall.
OPEN_LOOP_OUTSTANDING = 1024
# What becomes due in that time goes out together, as at the peak, where a packet carries many calls. A packet costs the
# kernel more than many calls cost a server: one for each call would fill the server's core at a part of its peak.
SEND_INTERVAL_US = 50
ALLOCATION_CALLS = 50_000
IDLE_CONNECTIONS = 10_000
IDLE_HOLD_SECONDS = 3
IDLE_OPEN_SECONDS_MAXIMUM = 60
STALLS_SECONDS = 0.5
SOAK_SAMPLE_SECONDS = 5
# A run of the generator ends before its connections use up their stream ids.
SOAK_SLICE_SECONDS = 600
SOAK_SETTLE_SHARE = 0.2
SOAK_GROWTH_MAXIMUM_MIB = 8
SOAK_GROWTH_MINUTES = 10
UTILISATION_MAXIMUM = 0.97
# A server whose core is that busy is itself the limit, however busy the generator is.
SERVER_BUSY = 0.95


@dataclass(frozen=True)
class Subject:
    name: str
    title: str
    server: str
    method: str
    can_wait: bool = False

    @property
    def is_ours(self):
        return self.server == "ours"

    @property
    def protocol(self):
        return "grpc" if self.server == "grpc" else "driveline"


SUBJECTS = [
    Subject("c", "C, epoll (limit)", "epoll", "Lookup"),
    Subject("grpc", "gRPC C++", "grpc", "Lookup", can_wait=True),
    Subject("async", "ours, async", "ours", "Lookup", can_wait=True),
    Subject("sync", "ours, synchronous", "ours", "LookupInline"),
    Subject("batch", "ours, batch", "ours", "LookupBatch"),
]


class Bench:
    """Measures, and keeps what it measured: (subject, setting) to the runs' results, and single figures."""

    def __init__(self, options, subjects, certificate, key):
        self.options = options
        self.subjects = subjects
        self.tls = ["--tls-certificate", certificate, "--tls-key", key]
        self.results = {}
        self.figures = {}
        self.stalls = []

    def server(self, kind, *arguments, **keywords):
        commands = {"epoll": PEERS / "epoll-server", "grpc": PEERS / "grpc-server", "ours": self.options.server}
        # A pinned server gets one event loop: more on one core would only switch between each other.
        loops = ["--event-loops", "1"] if kind == "ours" else []
        return Server([commands[kind], "--port", "0", *loops, *arguments], **keywords)

    def run(self, subject, server, setting, **options):
        print(f"  {subject.title}, {setting} ...", file=sys.stderr, flush=True)
        result = run_load(
            server, protocol=subject.protocol, method=SERVICE + subject.method, connections=CONNECTIONS,
            warmup=self.options.warmup, duration=self.options.duration, **options,
        )
        self.results.setdefault((subject.name, setting), []).append(result)
        return result

    def measure_rounds(self):
        """Rounds of short runs. What is compared with each other runs one after the other, so that a machine that is
        slower for a while is slower for all of them."""
        with contextlib.ExitStack() as stack:
            kinds = {subject.server for subject in self.subjects}
            servers = {kind: stack.enter_context(self.server(kind)) for kind in sorted(kinds)}
            encrypted = stack.enter_context(self.server("ours", *self.tls)) if self.ours() else None
            for number in range(self.options.repeat):
                print(f"round {number + 1} of {self.options.repeat}", file=sys.stderr, flush=True)
                self.measure_stalls()
                self.measure_round(servers, encrypted)

    def measure_round(self, servers, encrypted):
        for depth in DEPTHS:
            for subject in self.subjects:
                self.run(subject, servers[subject.server], f"x{depth}", outstanding=depth)
        for subject in self.ours():
            self.run(subject, encrypted, f"x{DEEPEST}, TLS", outstanding=DEEPEST, tls=True)
        for subject in self.subjects:
            if subject.can_wait:
                self.run(subject, servers[subject.server], f"x{DEEPEST}, 1 % slow", outstanding=DEEPEST, **SLOW)
        for subject in self.subjects:
            self.measure_half(subject, servers[subject.server], "half of peak", SEND_INTERVAL_US)
        for subject in self.subjects:
            self.measure_half(subject, servers[subject.server], "half of peak, a packet a call", 0)

    def measure_half(self, subject, server, setting, send_interval_us):
        half = self.results[subject.name, f"x{DEEPEST}"][-1]["rate"] / 2
        if half > 0:
            self.run(
                subject, server, setting, outstanding=OPEN_LOOP_OUTSTANDING, rate=round(half),
                send_interval_us=send_interval_us)

    def measure_stalls(self):
        for share, gaps, longest in measure_stalls(STALLS_SECONDS):
            self.stalls.append({"share": share, "gaps": gaps, "longest": longest})

    def ours(self):
        return [subject for subject in self.subjects if subject.is_ours]

    def measure_allocations(self):
        for subject in self.ours():
            with self.server("ours", count_allocations=True) as server:
                for depth in (DEEPEST, 1):
                    print(f"  {subject.title}, allocations at x{depth} ...", file=sys.stderr, flush=True)
                    self.figures[subject.name, f"allocations x{depth}"] = self.allocations(subject, server, depth)

    def allocations(self, subject, server, depth):
        """Allocations per call: a run three times as long as another one costs what its further calls cost, as
        start-up and connections cost the same in both."""
        totals = []
        for calls in (ALLOCATION_CALLS, ALLOCATION_CALLS, 3 * ALLOCATION_CALLS):
            before = server.allocations()
            result = run_load(
                server, method=SERVICE + subject.method, connections=CONNECTIONS, outstanding=depth, calls=calls
            )
            if result["errors"]:
                raise Failure(f"{result['errors']} errors while allocations were counted")
            totals.append(server.allocations() - before)
        return (totals[2] - totals[1]) / (2 * ALLOCATION_CALLS)

    def measure_idle(self):
        if not self.ours():
            return
        print(f"  ours, {IDLE_CONNECTIONS} idle connections ...", file=sys.stderr, flush=True)
        with self.server("ours") as server:
            self.figures["ours", "resident at start"] = server.resident_mib()
            load = start_load(server, idle=IDLE_CONNECTIONS, duration=IDLE_HOLD_SECONDS)
            try:
                line = load.stdout.readline()
                if not line.startswith("holding"):
                    raise Failure("the idle connections could not be opened")
                time.sleep(IDLE_HOLD_SECONDS / 2)
                self.figures["ours", "resident idle"] = server.resident_mib()
                if load.wait(IDLE_OPEN_SECONDS_MAXIMUM) != 0:
                    raise Failure("idle connections were lost: " + load.stdout.read().strip())
            finally:
                stop(load)
                load.stdout.close()

    def result(self, subject, setting):
        runs = self.results.get((subject, setting))
        return median(runs) if runs else None

    def ratio(self, first, second, key):
        """first over second, each a subject and its setting: the median of the rounds' ratios, or None where one was
        not measured."""
        pairs = zip(self.results.get(first, []), self.results.get(second, []))
        ratios = [one[key] / other[key] for one, other in pairs if one[key] > 0 and other[key] > 0]
        return statistics.median(ratios) if ratios else None

    def spread(self, subject, setting):
        """p99 over p50: the median of the rounds' ratios."""
        ratios = [run["p99"] / run["p50"] for run in self.results.get((subject, setting), []) if run["p50"] > 0]
        return statistics.median(ratios) if ratios else None


# MARK: what is told

HEADER = [
    "subject", "setting", "calls/s", "p50 us", "p99 us", "p999 us", "server us/call", "allocs/call", "generator",
    "errors",
]
METRICS = [
    ("calls_per_second", "rate", "1/s"), ("p50", "p50", "us"), ("p90", "p90", "us"), ("p99", "p99", "us"),
    ("p999", "p999", "us"), ("maximum", "max", "us"), ("server_cpu_per_call", "server_cpu_us_per_call", "us"),
    ("generator_utilisation", "generator_utilisation", "1"), ("errors", "errors", "1"), ("unsent", "unsent", "1"),
]


def table_rows(bench):
    rows = []
    for subject in bench.subjects:
        for name, setting in bench.results:
            if name != subject.name:
                continue
            result = bench.result(name, setting)
            allocations = bench.figures.get((name, f"allocations {setting}"))
            rows.append([
                subject.title, setting, f"{result['rate']:,.0f}", f"{result['p50']:,.1f}", f"{result['p99']:,.1f}",
                f"{result['p999']:,.1f}", f"{result['server_cpu_us_per_call']:.3f}",
                "" if allocations is None else f"{allocations:.2f}",
                f"{result['generator_utilisation']:.0%}", f"{result['errors']:.0f}",
            ])
    return rows


def result_rows(bench):
    rows = []
    for name, setting in bench.results:
        result = bench.result(name, setting)
        rows += [(name, setting, metric, result[key], unit) for metric, key, unit in METRICS]
    for (name, figure), value in bench.figures.items():
        if figure.startswith("allocations"):
            rows.append((name, figure.split()[1], "allocations_per_call", value, "1"))
        else:
            rows.append((name, f"{IDLE_CONNECTIONS} connections", figure.replace(" ", "_"), value, "MiB"))
    return rows


def print_ceiling(bench):
    """How far the generator was from its own limit where it was busiest."""
    limit = bench.result("c", f"x{DEEPEST}")
    if limit and limit["generator_utilisation"] > 0:
        ceiling = limit["rate"] / limit["generator_utilisation"]
        print(f"\nGenerator: {limit['rate']:,.0f} calls/s at {limit['generator_utilisation']:.0%} of its core, "
              f"so its ceiling is about {ceiling:,.0f} calls/s.")
    for name, setting in bench.results:
        result = bench.result(name, setting)
        server_busy = result["rate"] * result["server_cpu_us_per_call"] / 1e6
        # An open loop that waits for its next call by the clock is always busy.
        if setting.startswith("half of peak") or server_busy > SERVER_BUSY:
            continue
        if result["generator_utilisation"] > UTILISATION_MAXIMUM:
            print(f"Bound by the generator: {name}, {setting} (the server's core was {server_busy:.0%} busy).")


def rate_targets(bench):
    """(what, measured, bound, whether at least); measured is None when it was not."""
    deep, cpu = f"x{DEEPEST}", "server_cpu_us_per_call"
    limit, limit_alone, grpc, grpc_alone = ("c", deep), ("c", "x1"), ("grpc", deep), ("grpc", "x1")
    targets = [
        ("async x64: rate over gRPC C++", bench.ratio(("async", deep), grpc, "rate"), 9, True),
        ("async x64: server CPU per call, C limit over ours", bench.ratio(limit, ("async", deep), cpu), 0.25, True),
    ]
    for name in ("sync", "batch"):
        ours = (name, deep)
        shown = f"{name} x64: server CPU per call, C limit over ours"
        targets.append((shown, bench.ratio(limit, ours, cpu), 0.55, True))
        targets.append((f"{name} x64: rate over the C limit", bench.ratio(ours, limit, "rate"), 0.55, True))
    for name in ("async", "sync", "batch"):
        ours = (name, "x1")
        targets.append((f"{name} x1: rate over gRPC C++", bench.ratio(ours, grpc_alone, "rate"), 1.5, True))
        targets.append((f"{name} x1: rate over the C limit", bench.ratio(ours, limit_alone, "rate"), 0.6, True))
    return targets


def own_targets(bench):
    targets = []
    for name, most in (("async", 8), ("sync", 1)):
        for depth in (DEEPEST, 1):
            measured = bench.figures.get((name, f"allocations x{depth}"))
            targets.append((f"{name} x{depth}: allocations per call", measured, most, False))
    for name in ("async", "sync", "batch"):
        spread = bench.spread(name, "half of peak")
        targets.append((f"{name} at half of peak: p99 over p50", spread, 3, False))
    for name in ("async", "sync", "batch"):
        plain, tls = (name, f"x{DEEPEST}"), (name, f"x{DEEPEST}, TLS")
        targets.append((f"{name} x64: rate with TLS over without", bench.ratio(tls, plain, "rate"), 0.65, True))
    resident = bench.figures.get(("ours", "resident idle"))
    targets.append((f"{IDLE_CONNECTIONS:,} idle connections: resident MiB", resident, 400, False))
    return targets


def verdict(measured, bound, at_least):
    if measured is None:
        return "not measured"
    return "ok" if (measured >= bound if at_least else measured <= bound) else "missed"


def print_targets(targets):
    rows = []
    for what, measured, bound, at_least in targets:
        shown = "" if measured is None else f"{measured:.2f}"
        rows.append([what, verdict(measured, bound, at_least), f"{'>=' if at_least else '<='} {bound}", shown])
    print()
    print_table(["must reach", "verdict", "target", "measured"], rows)


def print_stalls(bench):
    """What no server can do anything about, and every latency includes."""
    if not bench.stalls:
        return
    share, gaps = (statistics.median(stall[key] for stall in bench.stalls) for key in ("share", "gaps"))
    longest = max(stall["longest"] for stall in bench.stalls)
    print(f"The machine itself: a loop that reads the clock on each core lost {share:.1%} of its time in {gaps:.0f} "
          f"gaps a second of more than 20 us, the longest {longest:,.0f} us.")


def report(bench):
    print()
    print("\n".join(describe_machine()))
    print(f"{CONNECTIONS} connections, {bench.options.duration:g} s a run, median of {bench.options.repeat} rounds")
    print_stalls(bench)
    print()
    print_table(HEADER, table_rows(bench))
    print_ceiling(bench)
    targets = rate_targets(bench) + own_targets(bench)
    print_targets(targets)
    rows = result_rows(bench)
    rows += [("ours", what, "ratio", measured, "1") for what, measured, _, _ in targets if measured is not None]
    write_results("rpc", rows)
    return any(result["errors"] for runs in bench.results.values() for result in runs)


# MARK: the long run

def slope_per_minute(samples):
    """The least-squares slope of (seconds, MiB) in MiB a minute, without the time in which caches fill."""
    settled = samples[int(len(samples) * SOAK_SETTLE_SHARE):]
    if len(settled) < 2:
        raise Failure("the soak was too short to see a slope")
    middle_time = sum(moment for moment, _ in settled) / len(settled)
    middle_size = sum(size for _, size in settled) / len(settled)
    covariance = sum((moment - middle_time) * (size - middle_size) for moment, size in settled)
    return covariance / sum((moment - middle_time) ** 2 for moment, _ in settled) * 60


def soak_slice(server, subject, seconds, began, samples):
    """One run of the generator under which the server's memory is sampled."""
    load = start_load(server, protocol=subject.protocol, method=SERVICE + subject.method, connections=CONNECTIONS,
                      outstanding=DEEPEST, warmup=0, duration=seconds)
    try:
        while load.poll() is None:
            samples.append((time.monotonic() - began, server.resident_mib()))
            print(f"  {samples[-1][0]:6.0f} s  {samples[-1][1]:8.1f} MiB", file=sys.stderr, flush=True)
            time.sleep(SOAK_SAMPLE_SECONDS)
        print(load.stdout.read().strip())
        if load.returncode != 0:
            raise Failure("calls failed during the soak")
    finally:
        stop(load)
        load.stdout.close()


def soak(bench):
    subject = (bench.ours() or bench.subjects)[0]
    samples, left = [], bench.options.soak
    with bench.server(subject.server) as server:
        began = time.monotonic()
        while left > 0:
            soak_slice(server, subject, min(left, SOAK_SLICE_SECONDS), began, samples)
            left -= SOAK_SLICE_SECONDS
    slope = slope_per_minute(samples)
    print(f"{subject.title}: {samples[0][1]:.1f} MiB at first, {samples[-1][1]:.1f} MiB at last, {slope:+.3f} MiB/min")
    growth = slope * SOAK_GROWTH_MINUTES
    print_targets([(f"growth in {SOAK_GROWTH_MINUTES} minutes, MiB", growth, SOAK_GROWTH_MAXIMUM_MIB, False)])
    write_results("rpc-soak", [
        (subject.name, f"x{DEEPEST}", "resident_slope", slope, "MiB/min"),
        (subject.name, f"x{DEEPEST}", "resident_at_last", samples[-1][1], "MiB"),
    ])
    return growth > SOAK_GROWTH_MAXIMUM_MIB


# MARK: the command

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
