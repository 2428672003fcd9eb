"""What the RPC benchmark tells: the table, the bounds, and the lines of results."""

import statistics

from harness import describe_machine, print_table, write_results
from rpc_measure import CONNECTIONS, DEEPEST, IDLE_CONNECTIONS

UTILISATION_MAXIMUM = 0.97
# A server whose core is that busy is itself the limit, however busy the generator is.
SERVER_BUSY = 0.95

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


def print_spreads(bench):
    for subject in bench.subjects:
        ratios = bench.spreads(subject.name, "half of peak")
        if len(ratios) < 4:
            continue
        quarters = ", ".join(f"{quarter:.1f}" for quarter in statistics.quantiles(ratios, n=4))
        print(f"{subject.title}, half of peak: p99 over p50 in {len(ratios)} windows: quartiles {quarters}")


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
    print_spreads(bench)
    print()
    print_table(HEADER, table_rows(bench))
    print_ceiling(bench)
    targets = rate_targets(bench) + own_targets(bench)
    print_targets(targets)
    rows = result_rows(bench)
    rows += [("ours", what, "ratio", measured, "1") for what, measured, _, _ in targets if measured is not None]
    write_results("rpc", rows)
    return any(result["errors"] for runs in bench.results.values() for result in runs)
