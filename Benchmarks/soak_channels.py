#!/usr/bin/env python3
"""Channels under load while processes are killed, two copies of the channel service among them: shelves end at our numbers.

Stock of all SKUs is changed by REST in every way, and buyers buy in sandbox shops that show the same stock, more than there is of
some. A second account of Amazon sells nothing: its stock is counted again and again, all of it, and goes in feeds. Some purchases are taken back, some ship, some are cancelled by the brand. A random process is killed again and again: either
copy of the channel service, inventory, or the sandbox; with --faults the shops also fail in other ways. What was acknowledged and
what was bought is kept outside the system, in a journal, and compared with it once it is quiet."""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from channel_check import retrying, settle, shops_sold
from channel_copy import ChannelCopy, kill
from channel_load import (ANSWER_SECONDS_MAXIMUM, LOCATIONS, Buyer, Clerk, FeedMischief, Journal, Mischief, StockTaker,
                          StockWriter)
from harness import Failure
from shops import NEW, UNLIMITED, Control, add_products, connect, feeds, set_stock, wait_subscribed
from system import System, build_system

SCOPES = ("catalog:read", "catalog:write", "channel:read", "channel:write", "inventory:admin", "inventory:read",
          "inventory:write", "order:read", "order:write")
# The first are bought; of those the first have few units, and the others enough. The rest is set to whatever number.
SKUS, BOUGHT, SCARCE = 60, 40, 20
SCARCE_UNITS, UNITS = 10, 10_000
# Enough for a feed.
COUNTED, COUNT_SECONDS = 700, 6
FEED_PROCESSING_MILLISECONDS, FEED_SECONDS = 4_000, 60
WRITERS, BUYERS = 12, 8
# Amazon lets one more question for orders come back in three minutes, and more than is shown waits for its answer.
FINAL_SECONDS = 420
VICTIMS = ("channel", "channel-2", "inventory", "sandbox")
ORDERS = {"takeIn": True, "pollEvery": "3s"}
PLATFORMS = {"amazon": "amazon", "amazon-feeds": "amazon", "ebay": "ebay", "partner": "feed"}
WITHOUT_ORDERS = ("amazon-feeds", "partner")
POLICIES = {
    "shop-a": {},
    "shop-b": {"buffer": 2, "cap": 50},
    "shop-c": {"shareBasisPoints": 5_000, "minimumToPublish": 3},
    "shop-d": {"locations": ["WHS1"], "buffer": 1},
    "amazon": {"buffer": 1, "cap": 40},
    "amazon-feeds": {},
    # A listing can be changed 250 times a day: of the parts that are listed it shows the same for long.
    "ebay": {"cap": 20},
    # Files of stock, and no orders.
    "partner": {"cap": 1_000},
}


def listed_on(shop, skus):
    """What a shop has of all SKUs."""
    if shop == "amazon-feeds":
        return skus[SKUS:]
    return skus[SCARCE:BOUGHT] if shop == "ebay" else skus[:SKUS]


def sku_of(number):
    return f"SKU-{number:04}"


def prepare(system, control, journal):
    """Stock, shops and connections; all SKUs, and the seller who sends feeds."""
    seller = None
    for place, location in enumerate(LOCATIONS):
        system.call("PUT", f"/v1/locations/{location}", {"name": location, "active": True, "priority": place}, **NEW)
    skus = [sku_of(number) for number in range(SKUS + COUNTED)]
    add_products(system, skus, "parts")
    for some, units in ((skus[:SCARCE], SCARCE_UNITS), (skus[SCARCE:BOUGHT], UNITS), (skus[BOUGHT:SKUS], SCARCE_UNITS),
                        (skus[SKUS:], UNITS)):
        set_stock(system, some, units, f"first-{some[0]}", LOCATIONS)
        journal.on_hand.update({(sku, location): units for sku in some for location in LOCATIONS})
    for name, policy in POLICIES.items():
        platform, listed = PLATFORMS.get(name, "shopify"), listed_on(name, skus)
        shop = control.create(name, listed, platform)
        control.set_faults(name, **faultless(name))
        orders = {} if name in WITHOUT_ORDERS else {"orders": ORDERS}
        settings = {"feedSeconds": str(FEED_SECONDS)} if name == "amazon-feeds" else {}
        connect(system, control, shop, listed, settings, stock=policy, **orders)
        if platform in ("shopify", "ebay"):
            wait_subscribed(system, name)
        if name == "amazon-feeds":
            seller = shop
    return skus, seller


def faultless(shop):
    """How a shop is where nothing goes wrong in it."""
    return UNLIMITED | ({"processingMilliseconds": FEED_PROCESSING_MILLISECONDS} if shop == "amazon-feeds" else {})


def callers(options, system, journal, is_over, skus):
    """All that change something."""
    shops = [name for name in POLICIES if name not in WITHOUT_ORDERS]
    threads = [StockTaker(system, journal, f"{options.seed}-taker", COUNT_SECONDS, is_over, skus[SKUS:])]
    for number in range(WRITERS):
        bought, unbought = skus[number:BOUGHT:WRITERS], skus[BOUGHT + number:SKUS:WRITERS]
        threads.append(StockWriter(
            system, journal, f"{options.seed}-writer{number}", WRITERS / options.changes, is_over, bought, unbought))
    for number in range(BUYERS):
        threads.append(Buyer(
            system, journal, f"{options.seed}-buyer{number}", BUYERS / options.purchases, is_over, shops, skus[:BOUGHT],
            lambda shop: listed_on(shop, skus)))
    threads.append(Clerk(system, journal, f"{options.seed}-clerk", 0.5 / options.purchases, is_over))
    if options.faults:
        threads.append(Mischief(system, journal, f"{options.seed}-mischief", 1.5, is_over, shops))
        threads.append(FeedMischief(
            system, journal, f"{options.seed}-feed-mischief", 10, is_over, ["amazon-feeds"], faultless("amazon-feeds")))
    return threads


def load(options, system, copy, journal, skus):
    """Load and kills; the kills by victim."""
    is_over, chance, kills = threading.Event(), random.Random(options.seed), Counter()
    threads = callers(options, system, journal, is_over, skus)
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while not journal.failures:
        left = began + options.seconds - time.monotonic()
        time.sleep(max(0.0, min(options.every, left)))
        if left <= options.every:
            break
        victim = chance.choice(VICTIMS)
        kills[victim] += kill(system, copy, victim)
    is_over.set()
    for thread in threads:
        thread.join(ANSWER_SECONDS_MAXIMUM + 30)
    return kills


def verify(system):
    """`driveline inventory verify` of the system's database."""
    url = f"postgresql:///?host={system.data}/postgres&port={system.base + 1}&user=postgres"
    done = subprocess.run([system.command, "inventory", "verify", "--postgres-url", url], capture_output=True, text=True, timeout=300)
    return [] if done.returncode == 0 else [f"verify: {done.stdout} {done.stderr}"]


def dead_letters(system):
    letters = retrying(system.call, "GET", "/v1/dead-letters").get("deadLetters", [])
    return [f"a dead letter: {letter}" for letter in letters]


def check(options, system, control, journal, skus):
    """How long shelves and orders took, all orders, and what is wrong."""
    # Whatever went wrong in shops ends now.
    for name in POLICIES:
        retrying(control.call, "PUT", f"/control/shops/{name}/faults", faultless(name))
    shelves, told, orders, wrong = settle(
        system, control, journal, POLICIES, {name: listed_on(name, skus) for name in POLICIES}, skus, FINAL_SECONDS)
    wrong = journal.failures + wrong + shops_sold(control, journal, [name for name in POLICIES if name not in WITHOUT_ORDERS])
    return shelves, told, orders, wrong + dead_letters(system) + verify(system)


def run(options, programs):
    journal = Journal(options.journal)
    with System(programs, SCOPES, limits=100_000, options=("--sandbox",)) as system:
        control = Control(system)
        skus, seller = prepare(system, control, journal)
        with ChannelCopy(system) as copy:
            began = time.monotonic()
            kills = load(options, system, copy, journal, skus)
            elapsed = time.monotonic() - began
            shelves, told, orders, wrong = check(options, system, control, journal, skus)
            wrong += copy.failures
            sent = Counter(feeds(control, seller))
        if options.logs:
            shutil.copytree(system.data / "logs", options.logs, dirs_exist_ok=True)
    journal.file.close()
    statuses = Counter("short" if order.get("shortfall") else order["status"] for order in orders)
    print(f"seed {options.seed}: {elapsed:.0f} s, {sum(kills.values())} kills {dict(kills)}; {dict(journal.counts)}; orders "
          f"{dict(statuses)}; feeds {dict(sent)}; shelves in step after {seconds_of(shelves)}, orders after {seconds_of(told)} of quiet")
    for sentence in wrong[:50]:
        print(f"WRONG: {sentence}")
    return bool(wrong)


def seconds_of(value):
    return "never" if value is None else f"{value:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long stock is changed and bought (300)")
    parser.add_argument("--every", type=float, default=2, help="seconds between kills (2)")
    parser.add_argument("--changes", type=float, default=100, help="changes of stock a second (100)")
    parser.add_argument("--purchases", type=float, default=8, help="purchases a second, over six shops (8)")
    parser.add_argument("--faults", action="store_true", help="shops also throttle, fail, are late, and repeat themselves")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what chance goes by")
    parser.add_argument("--journal", type=Path, default=Path("/dev/null"), help="where what was acknowledged is written")
    parser.add_argument("--logs", type=Path, help="a folder that the services' logs are copied to")
    parser.add_argument("--programs", type=Path, help="the folder of the executables, instead of building them")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run(options, options.programs or build_system("sandbox"))


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        sys.exit(f"soak_channels: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
