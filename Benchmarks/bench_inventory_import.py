#!/usr/bin/env python3
"""The benchmark of stock files: a system of its own, and imports and exports by the command, as anybody would do them."""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, first_line, print_table, write_results
from servers import free_port_base
from system import build_system

LOCATIONS = 3
ROWS_PER_SECOND_LEAST = 50_000
MEMORY_MIB_MOST = 300
START_SECONDS_MAXIMUM = 180
COMMAND_SECONDS_MAXIMUM = 900


class System:
    """PostgreSQL, Redis and the services, from `with` to the end of the block, with a brand and its key."""

    def __init__(self, programs):
        self.command = programs / "driveline"

    def __enter__(self):
        # Servers that run as root's stand-ins must be able to enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
        self.folder.chmod(0o755)
        self.base = free_port_base()
        try:
            self._run("up", "--detach", "--data", self.data, "--port-base", self.base, seconds=START_SECONDS_MAXIMUM)
            identity = ["--identity", f"127.0.0.1:{self.base + 10}", "--token-file", self.data / "secrets" / "service-token"]
            self._run("brands", "create", "bench", "--name", "Bench", *identity)
            scopes = "inventory:read,inventory:write,inventory:admin"
            key = self._run("keys", "create", "--brand", "bench", "--scopes", scopes, *identity)
            self.key = self.folder / "key"
            self.key.write_text(key)
            for number in range(LOCATIONS):
                self._put_location(f"WHS{number + 1}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.command, "down", "--data", self.data], capture_output=True, timeout=START_SECONDS_MAXIMUM)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self):
        return self.folder / "data"

    @property
    def address(self):
        return f"127.0.0.1:{self.base + 11}"

    def inventory(self, *arguments):
        """Runs a command about stock; its seconds and what it said."""
        start = time.monotonic()
        output = self._run("inventory", *arguments, "--inventory", self.address, "--key-file", self.key, "--timeout", 60)
        return time.monotonic() - start, output.strip()

    def peak_mib(self, part):
        """The most memory that a part has had since it was asked to begin anew."""
        for line in Path(f"/proc/{self._pid(part)}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise Failure(f"{part} has ended")

    def processor_seconds(self):
        """What inventory and PostgreSQL have used so far: (the service, the server with all of its processes)."""
        return self._processor(self._pid("inventory")), sum(
            self._processor(int(path.name)) for path in Path("/proc").iterdir()
            if path.name.isdigit() and self._parent(path) == self._pid("postgres")
        )

    def _pid(self, part):
        record = json.loads((self.data / "system.json").read_text())
        for entry in record["parts"]:
            if entry["name"] == part and entry.get("process"):
                return entry["process"]["processID"]
        raise Failure(f"{part} does not run")

    @staticmethod
    def _parent(path):
        try:
            return int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return 0

    @staticmethod
    def _processor(pid):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _put_location(self, name):
        # PutLocationRequest: the name, and a location that is active.
        message = bytes([10, len(name)]) + name.encode() + bytes([18, 2, 80, 1])
        self._run(
            "rpc", "call", self.address, "driveline.inventory.v1.InventoryService/PutLocation", "-", "--key-file",
            self.key, input=message)

    def _run(self, *arguments, seconds=COMMAND_SECONDS_MAXIMUM, input=None):
        done = subprocess.run(
            [str(word) for word in [self.command, *arguments]], capture_output=True, timeout=seconds, input=input)
        if done.returncode:
            raise Failure(f"driveline {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")


def write_file(path, skus, units):
    with open(path, "w") as file:
        file.write("sku,locationId,onHand\n")
        for sku in range(skus):
            for location in range(LOCATIONS):
                file.write(f"SKU-{sku:09},WHS{location + 1},{units + sku % 7 + location}\n")


def measure(options, programs):
    """Rounds of (run, seconds, the service's and PostgreSQL's processor time), and the service's memory."""
    rows = options.skus * LOCATIONS
    rounds, memory = [], []
    for number in range(options.repeat):
        with System(programs) as system, tempfile.TemporaryDirectory() as folder:
            first, second = Path(folder) / "first.csv", Path(folder) / "second.csv"
            write_file(first, options.skus, 10)
            write_file(second, options.skus, 50)
            runs = [
                ("import, all new", ["import", first], f"{rows} rows: {rows} applied"),
                ("import, all changed", ["import", second], f"{rows} rows: {rows} applied"),
                ("import, nothing changed", ["import", second], f"{rows} rows: 0 applied, {rows} unchanged"),
                ("import, dry run, all different", ["import", first, "--dry-run"], f"{rows} rows: {rows} applied"),
                ("export, CSV", ["export", Path(folder) / "out.csv"], ""),
                ("export, JSON", ["export", Path(folder) / "out.json"], ""),
            ]
            results = {}
            for name, arguments, expected in runs:
                before = system.processor_seconds()
                seconds, output = system.inventory(*arguments)
                after = system.processor_seconds()
                if expected not in output:
                    raise Failure(f"{name}: {output}; expected {expected}")
                results[name] = {
                    "rate": rows / seconds, "service_us": (after[0] - before[0]) / rows * 1e6,
                    "postgres_us": (after[1] - before[1]) / rows * 1e6,
                }
            lines = (Path(folder) / "out.csv").read_text().count("\n")
            if lines != rows + 1:
                raise Failure(f"the export has {lines} lines for {rows} rows")
            memory.append(system.peak_mib("inventory"))
            rounds.append(results)
        print(f"round {number + 1} of {options.repeat}", file=sys.stderr)
    return rounds, max(memory)


def report(rounds, memory, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.skus:,} SKUs at {LOCATIONS} locations, "
          f"median of {options.repeat} rounds; the service's peak memory {memory:.0f} MiB\n")
    table, lines, rates = [], [], {}
    for name in rounds[0]:
        figures = {metric: statistics.median(results[name][metric] for results in rounds) for metric in rounds[0][name]}
        rates[name] = figures["rate"]
        table.append([name, "", f"{figures['rate']:,.0f}", f"{figures['service_us']:.1f}", f"{figures['postgres_us']:.1f}"])
        for metric, unit in (("rate", "rows/s"), ("service_us", "us"), ("postgres_us", "us")):
            lines.append(("ours", name, metric, figures[metric], unit))
    print_table(["run", "", "rows/s", "service us/row", "PostgreSQL us/row"], table)
    print()
    verdicts, missed = [], False
    for what, measured, bound, at_least in [
        ("import with movements, all new, rows/s", rates["import, all new"], ROWS_PER_SECOND_LEAST, True),
        ("import with movements, all changed, rows/s", rates["import, all changed"], ROWS_PER_SECOND_LEAST, True),
        ("the service's memory, MiB", memory, MEMORY_MIB_MOST, False),
    ]:
        is_ok = measured >= bound if at_least else measured <= bound
        missed = missed or not is_ok
        verdicts.append([
            what, "ok" if is_ok else "missed", f"{'>=' if at_least else '<='} {bound:,}", f"{measured:,.0f}"])
        lines.append(("ours", what, "target", measured, "1"))
    print_table(["must reach", "verdict", "target", "measured"], verdicts)
    write_results("inventory-import", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=200_000, help="SKUs, each at three locations (200000)")
    parser.add_argument("--quick", action="store_true", help="20,000 SKUs, one round")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the median is told (3)")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    if options.quick:
        options.skus, options.repeat = 20_000, 1
    if options.repeat < 1 or options.skus < 1:
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
        sys.exit(f"bench_inventory_import: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
