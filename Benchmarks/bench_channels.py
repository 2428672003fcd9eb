#!/usr/bin/env python3
"""The benchmark of channels: a system of its own with sandbox shops; how soon a committed change of stock is on its shelf, and how
soon a stock that goes to zero passes a backlog."""

import argparse
import bisect
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from harness import BENCHMARKS, Failure, describe_machine, first_line, measure_stalls, print_table, write_results
from shops import (
    LOOK_SECONDS, NEW, PIECE, PUBLISHED, UNLIMITED, Control, add_products, backlog, connect, set_stock, wait_in_step)
from system import System, build_system

SCOPES = ("catalog:read", "catalog:write", "channel:read", "channel:write", "inventory:admin", "inventory:read",
          "inventory:write", "pricing:read", "pricing:write")
# Of requests of the key, far away.
LIMIT = 1_000_000
LOCATION = "WHS1"
SHOPS = 5
SENDERS = 32
REQUEST_SECONDS = 30
# What each SKU has at first; each of its changes is one more.
UNITS = 1_000
STALLS_SECONDS = 5
# Until shelves are in step at first, and until all that was sent is there.
IN_STEP_SECONDS_MAXIMUM = 600
ARRIVAL_SECONDS_MAXIMUM = 60
ZEROES = 10
ZERO_SECONDS_MAXIMUM = 60
ZERO_LOOK_SECONDS = 0.02
SEED = 9
BUSY = "busy"


class Sender(threading.Thread):
    """Makes its share of the changes, each at its time, whatever became of those before it."""

    def __init__(self, system, changes, start):
        super().__init__(daemon=True)
        self.system, self.changes, self.start_time = system, changes, start
        self.answers, self.failure = [], None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.system.base, timeout=REQUEST_SECONDS)
        headers = self.system.headers | {"Content-Type": "application/json"}
        try:
            for due, sku, amount in self.changes:
                time.sleep(max(0.0, self.start_time + due - time.time()))
                body = json.dumps({"sku": sku, "warehouses": [{"locationId": LOCATION, "stockAvailable": amount}]}).encode()
                sent = time.time()
                connection.request("POST", "/v1/inventory/update", body=body, headers=headers | {"Idempotency-Key": f"{sku}-{amount}"})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    raise Failure(f"{sku}: {answer.status} {content.decode(errors='replace')}")
                self.answers.append((sku, amount, sent, time.time()))
        except (OSError, http.client.HTTPException, Failure) as error:
            self.failure = error
        finally:
            connection.close()


class Arrivals:
    """What has come to shelves, by the shops' own record of it."""

    def __init__(self, control, shops):
        self.control = control
        self.numbers = {shop: 0 for shop in shops}
        self.amounts, self.times = {}, {}
        self.look()
        self.amounts, self.times = {}, {}

    def look(self):
        for shop, number in self.numbers.items():
            while True:
                changes = self.control.changes(shop, number)
                for change in changes:
                    number = change["number"]
                    amounts = self.amounts.setdefault(change["sku"], [])
                    # Only more is looked for: what is less was set before.
                    if not amounts or change["available"] > amounts[-1]:
                        amounts.append(change["available"])
                        self.times.setdefault(change["sku"], []).append(change["at"] / 1_000)
                self.numbers[shop] = number
                if not changes:
                    break

    def time(self, sku, amount):
        """When a shelf had an amount, or what came in its place; `None` before that."""
        amounts = self.amounts.get(sku, [])
        place = bisect.bisect_left(amounts, amount)
        return self.times[sku][place] if place < len(amounts) else None


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def plan(skus, rate, seconds):
    """Changes by sender: each SKU in turn, so that none changes again before its change is there."""
    order = list(skus)
    random.Random(SEED).shuffle(order)
    changes = [[] for _ in range(SENDERS)]
    for number in range(int(rate * seconds)):
        changes[number % SENDERS].append((number / rate, order[number % len(order)], UNITS + 1 + number // len(order)))
    return changes


def prepare_shops(system, control, options):
    """Shops with SKUs of their own, all in step; the SKUs by shop."""
    shops = {f"shop{number}": [f"S{number}-{sku:06}" for sku in range(options.skus)] for number in range(SHOPS)}
    add_products(system, [sku for skus in shops.values() for sku in skus], "first")
    for name, skus in shops.items():
        set_stock(system, skus, UNITS, f"first-{name}")
        shop = control.create(name, skus)
        control.set_faults(name, **UNLIMITED)
        connect(system, control, shop, skus)
    seconds = wait_in_step(control, {name: dict.fromkeys(skus, UNITS) for name, skus in shops.items()}, IN_STEP_SECONDS_MAXIMUM)
    print(f"{SHOPS} shops with {options.skus:,} SKUs each are in step {seconds:.1f} s behind the last listing", file=sys.stderr)
    return shops


def measure_arrivals(system, control, shops, options, seconds):
    """Of each change when it was sent, when it was answered, and when it was on the shelf."""
    arrivals = Arrivals(control, shops)
    skus = [sku for some in shops.values() for sku in some]
    start = time.time() + 0.5
    senders = [Sender(system, changes, start) for changes in plan(skus, options.rate, seconds)]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        arrivals.look()
        time.sleep(LOOK_SECONDS)
    failures = [sender.failure for sender in senders if sender.failure]
    if failures:
        raise Failure(f"a change of stock failed: {failures[0]}")
    answers = [answer for sender in senders for answer in sender.answers]
    end = time.time() + ARRIVAL_SECONDS_MAXIMUM
    while any(arrivals.time(sku, amount) is None for sku, amount, _, _ in answers):
        if time.time() > end:
            missing = [sku for sku, amount, _, _ in answers if arrivals.time(sku, amount) is None]
            raise Failure(f"{len(missing)} changes are on no shelf after {ARRIVAL_SECONDS_MAXIMUM} s, such as of {missing[:3]}")
        time.sleep(LOOK_SECONDS)
        arrivals.look()
    rate = len(answers) / (max(answered for _, _, _, answered in answers) - start)
    # A shop's clock has milliseconds, so that what is there at once may seem to be there before.
    latencies = [max(0.0, arrivals.time(sku, amount) - answered) for sku, amount, _, answered in answers]
    return {"rate": rate, "latencies": latencies, "commits": [answered - sent for _, _, sent, answered in answers]}


def prepare_backlog(system, control, options):
    """A shop whose listings all wait: for stock that was changed again and again, and for a price each. Its SKUs and what waits."""
    skus = [f"B-{sku:06}" for sku in range(options.listings)]
    system.call("PUT", "/v1/price-lists/retail", {"type": "selling", "currency": "USD"}, **NEW)
    add_products(system, skus, "busy")
    set_stock(system, skus, UNITS, "first-busy")
    shop = control.create(BUSY, skus)
    control.set_faults(BUSY, **UNLIMITED)
    connect(system, control, shop, skus, prices={"push": True, "currency": "USD"})
    seconds = wait_in_step(control, {BUSY: dict.fromkeys(skus, UNITS)}, IN_STEP_SECONDS_MAXIMUM)
    print(f"{options.listings:,} listings of one shop are in step {seconds:.1f} s behind the last listing", file=sys.stderr)
    system.call("POST", f"/v1/connections/{BUSY}/pause", {"reason": "a backlog is made"})
    # A price each, and the rest are changes of stock.
    rounds = max(1, options.changes // options.listings - 1)
    for number in range(rounds):
        set_stock(system, skus, UNITS + 1 + number, f"again-{number}")
    for first in range(0, len(skus), PIECE):
        prices = [{"sku": sku, "amount": "24.99"} for sku in skus[first:first + PIECE]]
        system.call("POST", "/v1/price-lists/retail/prices", {"prices": prices}, **{"Idempotency-Key": f"prices-{first}"})
    wanted, waiting = 2 * options.listings, {}
    end = time.monotonic() + IN_STEP_SECONDS_MAXIMUM
    while sum(waiting.values()) < wanted:
        if time.monotonic() > end:
            raise Failure(f"of {wanted} rows {waiting} wait")
        time.sleep(LOOK_SECONDS)
        waiting = backlog(system, BUSY)
    control.set_faults(BUSY, **PUBLISHED)
    return skus, (rounds + 1) * options.listings, waiting


def measure_zeroes(system, control, options):
    """Seconds until each stock that goes to zero is on the shelf, and what waited then."""
    skus, changes, waiting = prepare_backlog(system, control, options)
    system.call("POST", f"/v1/connections/{BUSY}/resume", {})
    end = time.monotonic() + ZERO_SECONDS_MAXIMUM
    # The first call is out, and so the connection is worked for again.
    while sum(backlog(system, BUSY).values()) == sum(waiting.values()):
        if time.monotonic() > end:
            raise Failure(f"nothing of {BUSY} is sent")
        time.sleep(ZERO_LOOK_SECONDS)
    zeroes = []
    # The last ones wait longest.
    for sku in random.Random(SEED).sample(skus[len(skus) // 2:], ZEROES):
        left = sum(backlog(system, BUSY).values())
        document = {"sku": sku, "warehouses": [{"locationId": LOCATION, "stockAvailable": 0}]}
        system.call("POST", "/v1/inventory/update", document, **{"Idempotency-Key": f"zero-{sku}"})
        began = time.monotonic()
        while control.available(BUSY, sku) != 0:
            if time.monotonic() - began > ZERO_SECONDS_MAXIMUM:
                raise Failure(f"{sku} is not at zero after {ZERO_SECONDS_MAXIMUM} s: {backlog(system, BUSY)}")
            time.sleep(ZERO_LOOK_SECONDS)
        zeroes.append((time.monotonic() - began, left))
    return {"zeroes": zeroes, "changes": changes, "waiting": waiting}


def measure(options, programs):
    figures = {"stalls": measure_stalls(STALLS_SECONDS)}
    with System(programs, SCOPES, limits=LIMIT, options=("--sandbox",)) as system:
        control = Control(system)
        system.call("PUT", f"/v1/locations/{LOCATION}", {"name": LOCATION, "active": True, "priority": 0}, **NEW)
        shops = prepare_shops(system, control, options)
        figures["arrivals"] = measure_arrivals(system, control, shops, options, options.duration)
        figures |= measure_zeroes(system, control, options)
        figures["memory"] = {part: system.peak_mib(part) for part in ("gateway", "inventory", "channel", "sandbox")}
    return figures


def report(figures, options):
    print()
    for line in describe_machine():
        print(line + "  ")
    print(f"{first_line(['psql', '--version'])}; {SHOPS} sandbox shops with {options.skus:,} SKUs each, and one with "
          f"{options.listings:,}\n")
    for core, (share, gaps, longest) in enumerate(figures["stalls"]):
        print(f"Core {core}, before: the machine takes {share:.1%} from a loop that reads the clock, in {gaps:.0f} gaps a "
              f"second, the longest {longest / 1e3:.1f} ms.  ")
    arrivals = figures["arrivals"]
    latencies = [latency * 1e3 for latency in arrivals["latencies"]]
    zeroes = [seconds for seconds, _ in figures["zeroes"]]
    targets = (
        (f"changes of stock, of {options.rate:g}/s", options.rate * 0.98, True, arrivals["rate"]),
        ("a change on the shelf, p50, ms", 300, False, percentile(latencies, 0.5)),
        ("a change on the shelf, p99, ms", 2_000, False, percentile(latencies, 0.99)),
        (f"zero behind {figures['changes']:,} changes, s", 2, False, max(zeroes)))
    rows, lines, missed = [], [], False
    for what, bound, at_least, value in targets:
        is_ok = value >= bound if at_least else value < bound
        missed = missed or not is_ok
        rows.append([what, "ok" if is_ok else "missed", f"{'>=' if at_least else '<'} {bound:,g}", f"{value:,.1f}"])
        lines.append(("ours", what, "target", value, "1"))
    print_table(["must reach", "verdict", "target", "measured"], rows)
    commits = [latency * 1e3 for latency in arrivals["commits"]]
    print(f"\n{len(latencies):,} changes over {SHOPS} connections, from the answer until the shelf: "
          f"p50 {percentile(latencies, 0.5):.0f} ms, p90 {percentile(latencies, 0.9):.0f} ms, p99 {percentile(latencies, 0.99):.0f} ms, "
          f"the longest {max(latencies):.0f} ms; "
          f"the answer itself p50 {percentile(commits, 0.5):.1f} ms, p99 {percentile(commits, 0.99):.1f} ms. "
          f"{figures['changes']:,} changes wait as {sum(figures['waiting'].values()):,} rows ({figures['waiting']}), with published "
          f"limits; zeroes after {', '.join(f'{seconds:.2f}' for seconds in zeroes)} s, behind "
          f"{figures['zeroes'][0][1]:,} to {figures['zeroes'][-1][1]:,} rows. "
          f"Memory, MiB: {', '.join(f'{part} {size:.0f}' for part, size in figures['memory'].items())}.")
    write_results("channels", lines)
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=500, help="SKUs of each of the five shops (500)")
    parser.add_argument("--rate", type=float, default=500, help="changes a second over all shops (500)")
    parser.add_argument("--duration", type=int, default=30, help="seconds of changes (30)")
    parser.add_argument("--listings", type=int, default=20_000, help="listings of the shop with the backlog (20000)")
    parser.add_argument("--changes", type=int, default=100_000, help="changes that wait there (100000)")
    parser.add_argument("--quick", action="store_true", help="ten seconds; a backlog of 10,000 changes of 2,000 listings")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    if options.quick:
        options.duration, options.listings, options.changes = 10, 2_000, 10_000
    return options


def main():
    options = parse()
    subprocess.run(["make", "-C", BENCHMARKS, ".build/peers/stalls"], check=True, stdout=sys.stderr)
    programs = options.programs or build_system("sandbox")
    # Ends like an interruption does, so that the servers are stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return report(measure(options, programs), options)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"bench_channels: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
