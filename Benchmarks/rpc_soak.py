"""The RPC benchmark's long run: full load, and whether memory grows."""

import sys
import time

from harness import Failure, start_load, stop, write_results
from rpc_measure import CONNECTIONS, DEEPEST, SERVICE
from rpc_report import print_targets

SOAK_SAMPLE_SECONDS = 5
# A run of the generator ends before its connections use up their stream ids.
SOAK_SLICE_SECONDS = 600
SOAK_SETTLE_SHARE = 0.2
SOAK_GROWTH_MAXIMUM_MIB = 8
SOAK_GROWTH_MINUTES = 10


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
