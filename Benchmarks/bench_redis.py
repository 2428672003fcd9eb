#!/usr/bin/env python3
"""The Redis benchmark: our client beside redis-benchmark, one core for the server and one for the client."""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from harness import BENCHMARKS, LOAD_CORE, SERVER_CORE, Failure, describe_machine, on_core, print_table, stop, write_results

SWIFT = BENCHMARKS / "Swift"
CONNECTIONS = 8
OUTSTANDING = 64
KEYS = 200_000
VALUE_BYTES = 96
PEER = "redis-benchmark"
START_SECONDS_MAXIMUM = 20
RUN_SPARE_SECONDS = 60

# Form of redis-bench: (what it is, least ratio of its rate to redis-benchmark's or None).
FORMS = {
    "batch": ("ours, a batch of GETs", 0.7),
    "mget": ("ours, one MGET", None),
    "await": ("ours, an await for each GET, on the loop", 0.2),
    "await-elsewhere": ("ours, an await for each GET, on other threads", None),
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Redis:
    """A server on its core that keeps nothing on disk, from `with` to the end of the block."""

    def __enter__(self):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder.name],
            stdout=subprocess.DEVNULL, preexec_fn=on_core(SERVER_CORE),
        )
        end = time.monotonic() + START_SECONDS_MAXIMUM
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise Failure("redis-server did not start")

    def __exit__(self, *_):
        stop(self.process)
        self.folder.cleanup()


def run(command, seconds):
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=seconds + RUN_SPARE_SECONDS,
            preexec_fn=on_core(LOAD_CORE),
        )
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{command[0]} did not end") from error
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def run_ours(server, form, seconds):
    """GETs a second."""
    output = run(
        [SWIFT / ".build" / "release" / "redis-bench", form, "--url", f"redis://127.0.0.1:{server.port}",
         "--connections", CONNECTIONS, "--outstanding", OUTSTANDING, "--keys", KEYS, "--seconds", seconds],
        seconds,
    )
    result = json.loads(output)
    if result.get("errors", 0) > 0:
        raise Failure(f"{form}: {result['errors']} GETs failed or gave another value")
    return result["gets"] / result["seconds"] if "gets" in result else None


def run_peer(server, requests):
    """GETs a second of redis-benchmark."""
    output = run(
        ["redis-benchmark", "-h", "127.0.0.1", "-p", server.port, "-t", "get", "-r", KEYS, "-d", VALUE_BYTES,
         "-P", OUTSTANDING, "-c", CONNECTIONS, "-n", requests, "--csv"],
        RUN_SPARE_SECONDS,
    )
    for line in output.splitlines():
        words = [word.strip('"') for word in line.split(",")]
        if words[0].startswith("GET"):
            return float(words[1])
    raise Failure("redis-benchmark told no rate")


def measure(server, options):
    """The rates of each round: [{subject: GETs a second}]."""
    run_ours(server, "fill", 0)
    # As many requests as take redis-benchmark the time that ours is given.
    requests = int(max(run_peer(server, 500_000) * options.duration, 500_000))
    rounds = []
    for _ in range(options.repeat):
        rates = {}
        for form in FORMS:
            rates[form] = run_ours(server, form, options.duration)
            # Beside each, so that a machine that is slower for a while is slower for both.
            rates[form, PEER] = run_peer(server, requests)
        rounds.append(rates)
    return rounds


def report(rounds, options):
    """Prints the tables and writes the results; whether a target was missed."""
    for line in describe_machine():
        print(line + "  ")
    print(f"{CONNECTIONS} connections x {OUTSTANDING} GETs of {KEYS:,} keys of {VALUE_BYTES} bytes,"
          f" {options.duration:g} s a run, median of {options.repeat} rounds\n")
    setting = f"{CONNECTIONS}x{OUTSTANDING}"
    peer = statistics.median(rates[form, PEER] for rates in rounds for form in FORMS)
    rows, results, missed = [[PEER, "", f"{peer:,.0f}", "", ""]], [(PEER, setting, "gets", peer, "1/s")], False
    for form, (name, target) in FORMS.items():
        rate = statistics.median(rates[form] for rates in rounds)
        ratio = statistics.median(rates[form] / rates[form, PEER] for rates in rounds)
        verdict = "" if target is None else "ok" if ratio >= target else "missed"
        missed = missed or verdict == "missed"
        rows.append([name, verdict, f"{rate:,.0f}", f"{ratio:.2f}", "" if target is None else f">= {target}"])
        results += [(form, setting, "gets", rate, "1/s"), (form, setting, "ratio to redis-benchmark", ratio, "")]
    print_table(["subject", "verdict", "GETs/s", "ratio", "target"], rows)
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
