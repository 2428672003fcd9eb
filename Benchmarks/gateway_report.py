"""What the gateway benchmark tells: tables, verdicts, and the lines of the results file."""

import statistics

from gateway_measure import CONNECTIONS, CONSTANT, FASTAPI, GATEWAY, MEMORY_CONNECTIONS, NODE, QUIET
from gateway_system import LOCATIONS, SKUS
from harness import describe_machine, first_line, print_table, write_results

RATIO_TARGETS = {CONSTANT: 0.3, FASTAPI: 4}
MEMORY_MIB_MAXIMUM = 150
# What the last third of the run may have more than the first: an allocator's arenas fill up slowly.
MEMORY_GROWTH_MIB_MAXIMUM = 8


def report(bench):
    """Prints it all and writes the results; whether a target was missed."""
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['redis-server', '--version'])}; node {first_line(['node', '--version'])}; "
          f"{first_line([bench.python, '-c', VERSIONS])}  ")
    print(f"{CONNECTIONS} connections, {SKUS:,} SKUs x {LOCATIONS} locations, answers of {bench.body_bytes} bytes; "
          f"{bench.options.duration} s a run, median of {bench.options.repeat} rounds\n")
    results = print_subjects(bench)
    print()
    return print_targets(bench, results)


VERSIONS = """
from importlib.metadata import version
print(", ".join(f"{name} {version(name)}" for name in "fastapi uvicorn uvloop httptools orjson redis hiredis".split()))
"""


def median(values):
    return statistics.median(list(values))


def print_subjects(bench):
    rows, results = [], []
    for subject in (CONSTANT, NODE, FASTAPI, GATEWAY, QUIET):
        runs = bench.runs[subject]
        rate, total = median(run.rate for run in runs), median(run.server_cost for run in runs)
        parts = {name: median(run.costs[name] for run in runs) for name in runs[0].costs}
        parts["gateway, or peer"] = parts.pop("gateway", parts.pop("server", 0))
        rows.append([
            subject, f"{rate:,.0f}", f"{parts['gateway, or peer']:.1f}",
            f"{parts['inventory']:.1f}" if "inventory" in parts else "", f"{parts['redis']:.1f}", f"{total:.1f}",
        ])
        setting = f"x{CONNECTIONS}"
        results += [(subject, setting, "requests", rate, "1/s"), (subject, setting, "server time", total, "us/request")]
        results += [(subject, setting, f"time of {name}", cost, "us/request") for name, cost in parts.items()]
    print_table(
        ["subject", "requests/s", "gateway or peer us", "inventory us", "Redis us", "servers' core us/request"], rows)
    return results


def print_targets(bench, results):
    rows, missed = [], False

    def tell(what, is_reached, target, value):
        nonlocal missed
        missed = missed or not is_reached
        rows.append([what, "ok" if is_reached else "missed", target, value])

    ours = bench.runs[GATEWAY]
    for peer, target in RATIO_TARGETS.items():
        pairs = list(zip(ours, bench.runs[peer]))
        ratio = median(run.rate / other.rate for run, other in pairs)
        by_time = median(other.server_cost / run.server_cost for run, other in pairs)
        tell(f"rate over {peer}", ratio >= target, f">= {target}", f"{ratio:.2f}")
        tell("the same by processor time of the servers' core", by_time >= target, f">= {target}", f"{by_time:.2f}")
        results += [(GATEWAY, peer, "ratio of rates", ratio, ""), (GATEWAY, peer, "ratio of server time", by_time, "")]
    memory = bench.memory
    tell(f"memory at {MEMORY_CONNECTIONS:,} connections, MiB", memory["most"] < MEMORY_MIB_MAXIMUM,
         f"< {MEMORY_MIB_MAXIMUM}", f"{memory['most']:.0f}")
    growth = memory["last"] - memory["first"]
    tell(f"its growth from the first to the last third of {bench.options.memory_seconds} s, MiB",
         growth <= MEMORY_GROWTH_MIB_MAXIMUM, f"<= {MEMORY_GROWTH_MIB_MAXIMUM}", f"{growth:.1f}")
    results += [(GATEWAY, f"x{MEMORY_CONNECTIONS}", f"memory, {name}", memory[name], "MiB")
                for name in ("first", "last", "most")]
    results.append((GATEWAY, f"x{MEMORY_CONNECTIONS}", "requests", memory["rate"], "1/s"))
    print_table(["must reach", "verdict", "target", "measured"], rows)
    write_results("gateway", results)
    return missed
