#!/usr/bin/env python3
"""The benchmark of files of prices: a system of its own, and imports, an undoing and exports by REST, as anybody would do
them."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Failure, describe_machine, first_line, print_table, write_results
from system import JOB_SECONDS_MAXIMUM, POLL_SECONDS, System, build_system

SCOPES = ("pricing:read", "pricing:write")
LISTS = 5
SECONDS_PER_MILLION_MOST = 60
MEMORY_MIB_MOST = 300


def write_file(path, skus, cents):
    """A price of each SKU in each list."""
    with open(path, "w") as file:
        file.write("listId,sku,minimumQuantity,amount,validFrom,validTo\n")
        for sku in range(skus):
            for number in range(LISTS):
                amount = 1_000 + sku * 7919 % 20_000 + number * 100 + cents
                file.write(f"list-{number},SKU-{sku:08},1,{amount // 100}.{amount % 100:02},,\n")


def finish(system, path):
    """Waits until a job has succeeded; the job."""
    deadline = time.monotonic() + JOB_SECONDS_MAXIMUM
    while time.monotonic() < deadline:
        found = system.call("GET", path)
        if found["state"] == "succeeded":
            return found
        if found["state"] in ("failed", "cancelled"):
            raise Failure(f"{path}: {found}")
        time.sleep(POLL_SECONDS)
    raise Failure(f"{path} takes too long")


def run_import(system, path, name, count, expected, options=None):
    """Imports a file; its seconds and the import. The counts that are expected are checked."""
    named = path.with_name(f"{name.replace(' ', '-').replace(',', '')}.csv")
    path.rename(named)
    seconds, found = system.import_file("/v1/price-imports", named, {"format": "csv"} | (options or {}))
    named.rename(path)
    if int(found[expected]) != count:
        raise Failure(f"{name}: {expected} is {found[expected]} and not {count}: {found}")
    return seconds, found


def run_export(system, format, count):
    start = time.monotonic()
    options = {"format": format} | ({"brandCode": "BNCH"} if format == "pies" else {})
    begun = system.call("POST", "/v1/price-exports", {"options": options}, **{"Idempotency-Key": f"export-{format}"})
    found = finish(system, f"/v1/price-exports/{begun['exportId']}")
    if int(found["records"]) != count:
        raise Failure(f"the export has {found['records']} prices of {count}")
    return time.monotonic() - start


def measure(options, programs):
    """Seconds by run, and the service's peak memory in MiB."""
    count = options.skus * LISTS
    seconds = {}
    with System(programs, SCOPES) as system, tempfile.TemporaryDirectory() as folder:
        for number in range(LISTS):
            document = {"type": "selling", "currency": "USD", "priority": number, "tradeCode": "JBR", "sheetNumber": f"S{number}"}
            system.call("PUT", f"/v1/price-lists/list-{number}", document)
        first, second = Path(folder) / "first.csv", Path(folder) / "second.csv"
        write_file(first, options.skus, 0)
        write_file(second, options.skus, 1)
        runs = [
            ("import, all new", first, "pricesCreated", None), ("import, nothing changed", first, "unchanged", None),
            ("import, dry run, all different", second, "pricesChanged", {"dryRun": True}),
            ("import, all changed", second, "pricesChanged", None),
        ]
        for name, path, expected, how in runs:
            seconds[name], found = run_import(system, path, name, count, expected, how)
        start = time.monotonic()
        undo = system.call("POST", f"/v1/price-imports/{found['importId']}/undo", {})["undoJobId"]
        finish(system, f"/v1/jobs/{undo}")
        seconds["undo, all changed"] = time.monotonic() - start
        for format in ("csv", "pies"):
            seconds[f"export, {format.upper()}"] = run_export(system, format, count)
        return seconds, system.peak_mib("pricing")


def report(seconds, memory, options):
    count = options.skus * LISTS
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {count:,} prices of {options.skus:,} SKUs in {LISTS} lists\n")
    rows, lines = [], []
    for name, value in seconds.items():
        rows.append([name, f"{value:.1f}", f"{count / value:,.0f}"])
        lines.append(("ours", name, "rate", count / value, "prices/s"))
    print_table(["run", "s", "prices/s"], rows)
    print()
    verdicts, missed = [], False
    for what, value, bound in [
        ("1,000,000 prices imported, all new, s", seconds["import, all new"] * 1_000_000 / count, SECONDS_PER_MILLION_MOST),
        ("1,000,000 prices imported, all changed, s", seconds["import, all changed"] * 1_000_000 / count, SECONDS_PER_MILLION_MOST),
        ("the service's memory, MiB", memory, MEMORY_MIB_MOST),
    ]:
        missed = missed or value >= bound
        verdicts.append([what, "ok" if value < bound else "missed", f"< {bound:,}", f"{value:,.1f}"])
        lines.append(("ours", what, "target", value, "1"))
    print_table(["must reach", "verdict", "target", "measured"], verdicts)
    write_results("pricing-import", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=200_000, help=f"SKUs, each with a price in {LISTS} lists (200000)")
    parser.add_argument("--quick", action="store_true", help="20,000 SKUs")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    if options.quick:
        options.skus = 20_000
    if options.skus < 1:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    programs = options.programs or build_system()
    # Ends like an interruption does, so that the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(*measure(options, programs), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_pricing_import: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
