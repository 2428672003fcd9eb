#!/usr/bin/env python3
"""The benchmark of pricing: a system of its own, prices imported by REST, and quotes asked for by RPC."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Failure, describe_machine, first_line, measure_stalls, median, print_table, run_load, write_results
from system import System, build_system

SCOPES = ("pricing:read", "pricing:write", "pricing:redeem")
NEW = {"If-None-Match": "*"}
LINES = 50
RULES = 20
CONNECTIONS = 4
DEEPEST = 8
# Of an open loop: half as many lines as a closed one must reach.
QUOTES_A_SECOND = 1_000
SEND_INTERVAL_US = 500
# As the bench of RPC does, for the same reason: a machine that stops a core for some milliseconds a few times a second moves
# the p99 of every window that it falls into. The median window tells what the service does.
WINDOWS = 24
WINDOW_SECONDS = 0.5
WINDOW_WARMUP_SECONDS = 0.3
STALLS_SECONDS = 5
# Until the server has written what the import changed, and has cleaned up behind it.
SETTLE_SECONDS = 90
LISTS = {
    "us-retail": {"type": "selling", "currency": "USD", "scope": {"region": "US"}, "priority": 10},
    "us-amazon": {"type": "selling", "currency": "USD", "scope": {"region": "US", "channel": "amazon"}, "priority": 20},
    "us-list": {"type": "list", "currency": "USD"},
    "us-map": {"type": "minimum_advertised", "currency": "USD", "scope": {"region": "US"}},
    "us-core": {"type": "core", "currency": "USD"},
}
TARGETS = (
    ("1,000,000 prices imported, s", 60, False), ("the service's memory meanwhile, MiB", 300, False),
    ("quotes, lines/s", 100_000, True), ("a quote, p99, ms", 3, False),
)


class PricingPort:
    """Where the load generator finds the service, and what it measures the processor time of."""

    def __init__(self, system):
        self.port, self.pid = system.base + 14, system.pid("pricing")


def price(number):
    """The base price of a SKU, in cents."""
    return 500 + number * 7919 % 20_000


def write_prices(path, count):
    """Prices of five lists: of each SKU three tiers of the retail list, then one price of another list."""
    with open(path, "w") as file:
        file.write("sku,listId,minimumQuantity,amount\n")
        for number in range(count):
            sku = f"SKU-{number // 5:08}"
            cents = price(number // 5)
            rows = [("us-retail", 1, cents), ("us-retail", 10, cents * 95 // 100), ("us-retail", 50, cents * 90 // 100)]
            rows.append([("us-amazon", 1, cents + 100), ("us-core", 1, 1500)][number // 5 % 2])
            rows.append([("us-map", 1, cents * 70 // 100), ("us-list", 1, cents * 130 // 100)][number // 5 % 2])
            name, quantity, amount = rows[number % 5]
            file.write(f"{sku},{name},{quantity},{amount // 100}.{amount % 100:02}\n")


def rules():
    """Twenty that are in force: some for few products, some for all, some that wait for more than is bought."""
    for number in range(RULES):
        rule = {"name": f"Rule {number}", "priority": number, "scopes": [{"region": "US"}]}
        kind = number % 5
        if kind == 0:
            rule |= {"percentOff": {"percent": "5"}, "products": {"skuPrefixes": [f"SKU-000{number % 10}"]}}
        elif kind == 1:
            rule |= {"amountOff": {"amount": "0.50", "currency": "USD"}, "products": {"skuPrefixes": [f"SKU-0000{number % 10}"]}}
        elif kind == 2:
            rule |= {"buyAndGet": {"buyQuantity": 3, "getQuantity": 1, "percent": "50"},
                     "products": {"skuPrefixes": [f"SKU-0001{number % 10}"]}}
        elif kind == 3:
            rule |= {"percentOff": {"percent": "2", "ofQuote": True}, "minimumSubtotal": "20000", "minimumSubtotalCurrency": "USD"}
        else:
            rule |= {"percentOff": {"percent": "1"}, "minimumQuantity": 2}
        yield f"rule-{number:02}", rule


def measure(options, programs):
    figures = {}
    figures["stalls"] = measure_stalls(STALLS_SECONDS)
    with System(programs, SCOPES) as system, tempfile.TemporaryDirectory() as folder:
        for name, document in LISTS.items():
            system.call("PUT", f"/v1/price-lists/{name}", document, **NEW)
        path = Path(folder) / "prices.csv"
        write_prices(path, options.prices)
        seconds, found = system.import_file("/v1/price-imports", path, {"format": "csv", "listId": "us-retail"})
        if int(found["pricesCreated"]) != options.prices:
            raise Failure(f"of {options.prices} prices {found['pricesCreated']} were made: {found}")
        figures["import"] = seconds * 1_000_000 / options.prices
        figures["memory"] = system.peak_mib("pricing")
        for name, document in rules():
            system.call("PUT", f"/v1/price-rules/{name}", document, **NEW)
        quotes = {
            "requests": "quote", "brand": system.brand, "credential": system.service_token, "skus": options.prices // 5,
            "lines": LINES, "warmup": options.warmup, "duration": options.duration, "connections": CONNECTIONS,
        }
        port = PricingPort(system)
        time.sleep(options.settle)
        figures["closed"] = median([run_load(port, outstanding=DEEPEST, **quotes) for _ in range(options.repeat)])
        window = {**quotes, "warmup": WINDOW_WARMUP_SECONDS, "duration": WINDOW_SECONDS}
        windows = [
            run_load(port, outstanding=256, rate=QUOTES_A_SECOND, send_interval_us=SEND_INTERVAL_US, **window)
            for _ in range(options.windows)
        ]
        figures["windows"] = sorted(one["p99"] / 1e3 for one in windows)
        figures["open"] = median(windows)
        if figures["closed"]["errors"] or figures["open"]["errors"]:
            raise Failure("some quotes were not answered, or wrongly")
        figures["alone"] = run_load(port, outstanding=1, **{**quotes, "connections": 1})
    return figures


def report(figures, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.prices:,} prices of {options.prices // 5:,} SKUs in "
          f"{len(LISTS)} lists, {RULES} rules, quotes of {LINES} lines of random SKUs\n")
    measured = (
        figures["import"], figures["memory"], figures["closed"]["rate"] * LINES, figures["open"]["p99"] / 1e3)
    for core, (share, gaps, longest) in enumerate(figures["stalls"]):
        print(f"Core {core}, before: the machine takes {share:.1%} from a loop that reads the clock, in {gaps:.0f} gaps a "
              f"second, the longest {longest / 1e3:.1f} ms.  ")
    rows, lines, missed = [], [], False
    for (what, bound, at_least), value in zip(TARGETS, measured):
        is_ok = value >= bound if at_least else value < bound
        missed = missed or not is_ok
        rows.append([what, "ok" if is_ok else "missed", f"{'>=' if at_least else '<'} {bound:,}", f"{value:,.2f}"])
        lines.append(("ours", what, "target", value, "1"))
    print_table(["must reach", "verdict", "target", "measured"], rows)
    opened, alone, closed = figures["open"], figures["alone"], figures["closed"]
    windows = figures["windows"]
    quartiles = ", ".join(f"{windows[len(windows) * quarter // 4]:.2f}" for quarter in (1, 2, 3))
    print(f"\nAt {QUOTES_A_SECOND:,} quotes/s in {len(windows)} windows: p50 {opened['p50'] / 1e3:.2f} ms, p99 {windows[0]:.2f} "
          f"to {windows[-1]:.2f} ms, quartiles {quartiles}. "
          f"One caller: p50 {alone['p50'] / 1e3:.2f} ms, p99 {alone['p99'] / 1e3:.2f} ms. "
          f"As many as are answered: {closed['rate']:,.0f} quotes/s, p99 {closed['p99'] / 1e3:.2f} ms.")
    write_results("pricing", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prices", type=int, default=1_000_000, help="prices that are imported (1000000)")
    parser.add_argument("--duration", type=float, default=5, help="seconds that each closed loop measures (5)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the median is told (3)")
    parser.add_argument("--quick", action="store_true", help="100,000 prices, one round of two seconds")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    options.warmup, options.settle, options.windows = 1, SETTLE_SECONDS, WINDOWS
    if options.quick:
        options.prices, options.duration, options.repeat = 100_000, 2, 1
        options.settle, options.windows = 2, 4
    if options.prices < 5 * LINES or options.repeat < 1 or options.duration <= 0:
        parser.error("a number is too small")
    return options


def main():
    options = parse()
    subprocess.run(["make", "-C", Path(__file__).parent, ".build/peers/load", ".build/peers/stalls"], check=True, stdout=sys.stderr)
    programs = options.programs or build_system()
    # Ends like an interruption does, so that the system is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(measure(options, programs), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"bench_pricing: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
