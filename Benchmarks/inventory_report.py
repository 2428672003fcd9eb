"""What the inventory benchmark tells: the table, the targets, and the lines of results."""

import statistics

from harness import describe_machine, first_line, print_table, write_results
from inventory_measure import (
    CALLERS, CONNECTIONS, DEEPEST, LIST_LOCATIONS, LIST_SKUS, LOCATIONS, SCALES, SKUS, SLOW_COMMIT_US, UPDATE_CALLERS,
)

HEADER = ["subject", "1/s", "p50 ms", "p99 ms", "service us/call", "errors"]
METRICS = [
    ("calls_per_second", "rate", "1/s"), ("p50", "p50", "us"), ("p99", "p99", "us"), ("p999", "p999", "us"),
    ("server_cpu_per_call", "server_cpu_us_per_call", "us"), ("generator_utilisation", "generator_utilisation", "1"),
    ("errors", "errors", "1"),
]


def figure(bench, subject, key="rate"):
    """The median of the rounds; None where it was not measured."""
    runs = bench.results.get(subject)
    return statistics.median(run[key] for run in runs) if runs else None


def ratio(bench, ours, theirs):
    """The median of the rounds' ratios of rates, so that a slow moment of the machine is slow for both."""
    pairs = list(zip(bench.results.get(ours, []), bench.results.get(theirs, [])))
    return statistics.median(one["rate"] / other["rate"] for one, other in pairs) if pairs else None


def milliseconds(bench, subject, key):
    value = figure(bench, subject, key)
    return None if value is None else value / 1_000


def targets(bench):
    """(what, measured, bound, whether at least)"""
    deep, alone = f"x{DEEPEST}", "x1"
    return [
        ("reads x64: rate over redis-benchmark -P 64", ratio(bench, f"reads {deep}", f"redis-benchmark {deep}"), 0.45,
         True),
        ("reads x1: rate over redis-benchmark -P 1", ratio(bench, f"reads {alone}", f"redis-benchmark {alone}"), 0.35,
         True),
        ("reads without Redis, 1/s", figure(bench, "reads without Redis"), 60_000, True),
        ("reads without any cache, 1/s", figure(bench, "reads without any cache"), 60_000, True),
        ("updates: rate over pgbench, three statements", ratio(bench, "updates", "pgbench three"), 5, True),
        ("updates: rate over pgbench, one statement", ratio(bench, "updates", "pgbench one"), 2, True),
        ("updates at half of that: p99, ms", milliseconds(bench, "updates, half", "p99"), 25, False),
        (f"updates with commits of {SLOW_COMMIT_US / 1_000:g} ms: rate over the one without",
         ratio(bench, "updates, slow commits", "updates"), 1 / 3, True),
        ("reservations of three lines, 1/s", figure(bench, "reservations"), 7_000, True),
        (f"list in stock, {LIST_SKUS:,} SKUs: p50, ms", milliseconds(bench, "list in stock", "p50"), 50, False),
        ("the same after updates: p50, ms", milliseconds(bench, "list in stock, after updates", "p50"), 50, False),
        ("the service's most memory, MiB", bench.figures.get("memory"), 300, False),
    ]


def scale_targets(bench):
    few, many = SCALES

    def slowdown(what):
        small, large = (figure(bench, f"{what}, {skus} SKUs") for skus in (few, many))
        return small / large if small and large else None

    return [
        (f"reads: rate with {few:,} SKUs over that with {many:,}", slowdown("reads"), 1.25, False),
        (f"updates: rate with {few:,} SKUs over that with {many:,}", slowdown("updates"), 2.5, False),
    ] + [
        (f"{skus:,} SKUs: the service's most memory, MiB", bench.figures.get(f"memory, {skus} SKUs"), 300, False)
        for skus in SCALES
    ]


def table_rows(bench):
    rows = []
    for subject, runs in bench.results.items():
        shown = [subject, f"{figure(bench, subject):,.0f}"]
        if "p50" in runs[0]:
            shown += [f"{milliseconds(bench, subject, key):,.2f}" for key in ("p50", "p99")]
            shown.append(f"{figure(bench, subject, 'server_cpu_us_per_call'):,.2f}")
        else:
            shown += ["", "", ""]
        rows.append(shown + [f"{sum(run['errors'] for run in runs)}"])
    return rows


def result_rows(bench):
    rows = []
    for subject, runs in bench.results.items():
        for metric, key, unit in METRICS:
            if key in runs[0]:
                rows.append((subject, "", metric, figure(bench, subject, key), unit))
    rows += [("service", what, "peak_resident", value, "MiB") for what, value in bench.figures.items()]
    return rows


def print_targets(measured):
    rows = []
    for what, value, bound, at_least in measured:
        if value is None:
            verdict = "not measured"
        else:
            verdict = "ok" if (value >= bound if at_least else value <= bound) else "missed"
        shown = "" if value is None else f"{value:,.2f}"
        rows.append([what, verdict, f"{'>=' if at_least else '<='} {bound:,.4g}", shown])
    print()
    print_table(["must reach", "verdict", "target", "measured"], rows)


def report(bench):
    options = bench.options
    print()
    print("  \n".join(describe_machine()))
    print(f"{first_line(['psql', '--version'])}; {first_line(['redis-server', '--version'])}  ")
    print(f"{CONNECTIONS} connections, {UPDATE_CALLERS:,} callers in updates and {CALLERS} in reservations;"
          f" {options.duration:g} s a run, median of {options.repeat} rounds  ")
    written = bench.writeback_bytes
    print(f"the kernel writes in the background from {written >> 20} MiB on" if written else
          "the kernel writes in the background when this machine has it so")
    if not options.scale:
        print(f"{SKUS:,} SKUs x {LOCATIONS} locations; lists of {LIST_SKUS:,} SKUs in {LIST_LOCATIONS} locations")
    print()
    print_table(HEADER, table_rows(bench))
    measured = scale_targets(bench) if options.scale else targets(bench)
    print_targets(measured)
    rows = result_rows(bench) + [("ours", what, "target", value, "1") for what, value, _, _ in measured if value]
    write_results("inventory-scale" if options.scale else "inventory", rows)
    return any(run["errors"] for runs in bench.results.values() for run in runs)
