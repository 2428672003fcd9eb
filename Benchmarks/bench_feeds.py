#!/usr/bin/env python3
"""The benchmark of feeds: a seller's account on the stand-in of Amazon with its published limits, all of whose listings have
changed. They go in feeds; how long that takes is forecast before, and compared with how long it took. Meanwhile stocks go to
zero, which go out by calls of their own."""

import argparse
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, first_line, measure_stalls, print_table, write_results
from shops import LOOK_SECONDS, NEW, PIECE, Control, add_products, backlog, seller_credentials, set_stock
from system import System, build_system

SCOPES = ("catalog:read", "catalog:write", "channel:read", "channel:write", "inventory:admin", "inventory:read", "inventory:write")
LIMIT = 1_000_000
LOCATION, SHOP = "WHS1", "seller"
STALLS_SECONDS = 5
UNITS = 100
# How long the stand-in leaves a feed in its queue, and then takes for it beside its messages; a submission is shown that late.
PROCESSING_SECONDS = 20
SECONDS_MAXIMUM = 3_600
ZEROES, ZERO_PAUSE_SECONDS = 10, 8
SEED = 10


def wait_for(what, seconds, is_done):
    """Until something is so; how many seconds that took."""
    began = time.monotonic()
    while not is_done():
        if time.monotonic() - began > seconds:
            raise Failure(f"{what} is not so after {seconds} s")
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def lanes(system):
    found = system.call("GET", f"/v1/connections/{SHOP}/sync")
    return {lane["lane"]: lane for lane in found.get("lanes", [])}


def prepare(system, control, count):
    """An account all of whose listings are known by their ids."""
    skus = [f"A-{number:06}" for number in range(count)]
    system.call("PUT", f"/v1/locations/{LOCATION}", {"name": LOCATION, "active": True, "priority": 0}, **NEW)
    add_products(system, skus, "parts")
    set_stock(system, skus, UNITS, "first")
    shop = control.create(SHOP, skus, "amazon")
    control.set_faults(SHOP, limitsEnabled=True, processingMilliseconds=PROCESSING_SECONDS * 1_000)
    address = f"http://127.0.0.1:{control.port}"
    system.call(
        "PUT", f"/v1/connections/{SHOP}", {
            "platform": "amazon", "name": SHOP, "credentials": seller_credentials(shop), "settings": {
                "sellerId": shop["sellerId"], "marketplaceId": shop["marketplaceId"], "endpoint": f"{address}/shops/{SHOP}"}},
        **NEW)
    system.call("POST", f"/v1/connections/{SHOP}/pause", {"reason": "everything is to change"})
    ids = {"productType": "AUTO_PART", "fulfillmentChannel": "DEFAULT", "currency": "USD"}
    for first in range(0, count, PIECE):
        listings = [{"connection": SHOP, "sku": sku, "platformIds": ids} for sku in skus[first:first + PIECE]]
        system.call("POST", "/v1/listings", {"listings": listings})
    return skus


class ShelfWatch:
    """When SKUs first came to zero, by the shop's own record of what changed."""

    def __init__(self, control):
        self.control, self.after, self.zeroes = control, 0, {}
        self.look()
        self.zeroes = {}

    def look(self):
        while True:
            changes = self.control.changes(SHOP, self.after)
            for change in changes:
                self.after = change["number"]
                if change["available"] == 0:
                    self.zeroes.setdefault(change["sku"], change["at"] / 1_000)
            if not changes:
                return


def push_all(system, control, skus, units, zeroes):
    """Sends all of it; the forecast before, the seconds that it took, and of each zero how long it took to be sent."""
    wait_for("the backlog", SECONDS_MAXIMUM, lambda: sum(backlog(system, SHOP).values()) >= len(skus))
    forecast = lanes(system)["stock"]["forecastSeconds"]
    watch = ShelfWatch(control)
    began = time.monotonic()
    system.call("POST", f"/v1/connections/{SHOP}/resume", {})
    sent = {}
    for sku in random.Random(SEED).sample(skus, zeroes):
        time.sleep(ZERO_PAUSE_SECONDS)
        watch.look()
        document = {"sku": sku, "warehouses": [{"locationId": LOCATION, "stockAvailable": 0}]}
        system.call("POST", "/v1/inventory/update", document, **{"Idempotency-Key": f"zero-{units}-{sku}"})
        sent[sku] = time.time()

    def is_sent():
        watch.look()
        return sum(backlog(system, SHOP).values()) == 0

    wait_for("the end of all feeds", SECONDS_MAXIMUM, is_sent)
    seconds = time.monotonic() - began

    def is_right():
        watch.look()
        shelf = control.shelf(SHOP)
        return all(shelf.get(sku) == (0 if sku in sent else units) for sku in skus)

    wait_for("the shelf", 3 * PROCESSING_SECONDS, is_right)
    missing = [sku for sku in sent if sku not in watch.zeroes]
    if missing:
        raise Failure(f"{missing} were never at zero")
    return forecast, seconds, [watch.zeroes[sku] - PROCESSING_SECONDS - at for sku, at in sent.items()]


def measure(options, programs):
    figures = {"stalls": measure_stalls(STALLS_SECONDS)}
    with System(programs, SCOPES, limits=LIMIT, options=("--sandbox",)) as system:
        control = Control(system)
        skus = prepare(system, control, options.listings)
        figures["first"] = push_all(system, control, skus, UNITS, 0)
        print(f"first: forecast {figures['first'][0]:.0f} s, took {figures['first'][1]:.0f} s", file=sys.stderr)
        system.call("POST", f"/v1/connections/{SHOP}/pause", {"reason": "everything is to change"})
        set_stock(system, skus, UNITS + 1, "second")
        figures["second"] = push_all(system, control, skus, UNITS + 1, ZEROES)
        figures["memory"] = {part: system.peak_mib(part) for part in ("gateway", "inventory", "channel", "sandbox")}
    return figures


def report(figures, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {options.listings:,} listings of one account, its published limits kept\n")
    for core, (share, gaps, longest) in enumerate(figures["stalls"]):
        print(f"Core {core}, before: the machine takes {share:.1%} from a loop that reads the clock, in {gaps:.0f} gaps a "
              f"second, the longest {longest / 1e3:.1f} ms.  ")
    forecast, seconds, zeroes = figures["second"]
    rows, lines, missed = [], [], False
    for what, bound, value in (
            ("forecast against the time that it took, off by, %", 20, abs(forecast / seconds - 1) * 100),
            ("a zero until it is sent, the slowest, s", 2, max(zeroes))):
        is_ok = value < bound
        missed = missed or not is_ok
        rows.append([what, "ok" if is_ok else "missed", f"< {bound:,g}", f"{value:,.1f}"])
        lines.append(("ours", what, "target", value, "1"))
    print_table(["must reach", "verdict", "target", "measured"], rows)
    print(f"\n{options.listings:,} changed quantities: forecast {forecast:.0f} s, took {seconds:.0f} s; the first time, before any "
          f"feed was seen, forecast {figures['first'][0]:.0f} s, took {figures['first'][1]:.0f} s. Zeroes sent after "
          f"{', '.join(f'{zero:.2f}' for zero in sorted(zeroes))} s. "
          f"Memory, MiB: {', '.join(f'{part} {size:.0f}' for part, size in figures['memory'].items())}.")
    write_results("feeds", lines)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000, help="listings of the account (100000)")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    subprocess.run(["make", "-C", BENCHMARKS, ".build/peers/stalls"], check=True, stdout=sys.stderr)
    programs = options.programs or build_system("sandbox")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(measure(options, programs), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"bench_feeds: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
