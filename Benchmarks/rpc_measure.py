"""What the RPC benchmark measures: subjects, settings, and rounds of runs."""

import contextlib
import statistics
import sys
import time
from dataclasses import dataclass

from harness import PEERS, Failure, Server, measure_stalls, median, run_load, start_load, stop

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
# Half of the peak is measured in many short windows: a machine that stops a core for some milliseconds, as this one does a
# few times a second, moves the p99 of every window that it falls into, whatever the server. The median window tells what the
# server does, and the others are told beside it.
HALF_WINDOWS = 8
HALF_WINDOW_SECONDS = 0.2
ALLOCATION_CALLS = 50_000
IDLE_CONNECTIONS = 10_000
IDLE_HOLD_SECONDS = 3
IDLE_OPEN_SECONDS_MAXIMUM = 60
STALLS_SECONDS = 0.5


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

    def run(self, subject, server, setting, duration=None, **options):
        print(f"  {subject.title}, {setting} ...", file=sys.stderr, flush=True)
        result = run_load(
            server, protocol=subject.protocol, method=SERVICE + subject.method, connections=CONNECTIONS,
            warmup=self.options.warmup, duration=duration or self.options.duration, **options,
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
        for _ in range(HALF_WINDOWS if half > 0 else 0):
            self.run(
                subject, server, setting, duration=HALF_WINDOW_SECONDS, outstanding=OPEN_LOOP_OUTSTANDING,
                rate=round(half), send_interval_us=send_interval_us)

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

    def spreads(self, subject, setting):
        """p99 over p50 of each window, ascending."""
        return sorted(run["p99"] / run["p50"] for run in self.results.get((subject, setting), []) if run["p50"] > 0)

    def spread(self, subject, setting):
        """p99 over p50: the median of the windows' ratios."""
        ratios = self.spreads(subject, setting)
        return statistics.median(ratios) if ratios else None
