"""What must be true of channels once it is quiet: compared with the journal, from outside."""

import http.client
import time
from collections import Counter

from channel_load import LOCATIONS
from harness import Failure
from shops import PIECE

LOOK_SECONDS = 0.5
EXAMPLES = 5


def retrying(call, *arguments):
    """A call behind the kills, when processes still start."""
    for _ in range(200):
        try:
            return call(*arguments)
        except (OSError, http.client.HTTPException):
            if call.__self__.connection is not None:
                call.__self__.connection.close()
        except Failure as failure:
            if ": 5" not in str(failure):
                raise
        time.sleep(0.3)
    raise Failure(f"{arguments} is not answered")


def wanted(levels, policy):
    """What a connection is to show of a SKU by its policy: share, then buffer, then cap; below the minimum none."""
    counted = [one for one in levels if not policy.get("locations") or one["locationId"] in policy["locations"]]
    units = sum(max(0, int(one.get("stockAvailable", 0))) for one in counted)
    units = units * (policy.get("shareBasisPoints") or 10_000) // 10_000
    units = max(0, units - policy.get("buffer", 0))
    if "cap" in policy:
        units = min(units, policy["cap"])
    return units if units >= policy.get("minimumToPublish", 0) else 0


def stock_of(system, skus):
    items = []
    for first in range(0, len(skus), PIECE):
        found = retrying(system.call, "POST", "/v1/inventory/lookup", {"skus": skus[first:first + PIECE]})
        items += found["items"]
    return {item["sku"]: item.get("warehouses", []) for item in items}


def out_of_step(system, control, policies, listed):
    """Shelves that do not show our number: by shop and SKU what is there and what is wanted.

    Arguments: the SKUs that are listed, by shop."""
    stock, late = stock_of(system, sorted({sku for skus in listed.values() for sku in skus})), {}
    for shop, policy in policies.items():
        shelf = retrying(control.shelf, shop)
        for sku in listed[shop]:
            units = wanted(stock.get(sku, []), policy)
            if shelf.get(sku) != units:
                late[shop, sku] = (shelf.get(sku), units)
    return late


def all_orders(system):
    orders, token = [], ""
    while True:
        page = retrying(system.call, "GET", f"/v1/orders?pageSize=200&pageToken={token}")
        orders += page["orders"]
        token = page.get("nextPageToken", "")
        if not token:
            return orders


def not_told(control, journal, orders):
    """What is not, or not once, as it must be in our orders and in the shops'; as sentences."""
    ours, wrong = Counter((order["connection"], order["orderId"]) for order in orders), []
    wrong += [f"{key} is there {count} times" for key, count in ours.items() if count > 1]
    wrong += [f"{key} was never bought" for key in ours if key not in journal.purchases]
    by_key = {(order["connection"], order["orderId"]): order for order in orders}
    for (shop, number), purchase in journal.purchases.items():
        order = by_key.get((shop, number))
        if order is None:
            # What was taken back before it was seen here need not come any more.
            if purchase["fate"] != "taken back":
                wrong.append(f"{number} of {shop} was bought, and is no order")
            continue
        bought = Counter()
        for line in purchase["lines"]:
            bought[line["sku"]] += line["quantity"]
        here = Counter()
        for item in order["items"]:
            here[item["sku"]] += int(item["quantity"])
        if here != bought:
            wrong.append(f"{number} of {shop} has {dict(here)}, and {dict(bought)} was bought")
        wrong += wrong_status(control, shop, number, purchase, order)
    return wrong


def wrong_status(control, shop, number, purchase, order):
    status, fate = order["status"], purchase["fate"]
    if fate == "stays":
        return [] if status == "confirmed" or status == "pending" and order.get("shortfall") else [
            f"{number} of {shop} is {status}"]
    if status != ("shipped" if fate == "shipped" else "cancelled"):
        return [f"{number} of {shop} was {fate}, and is {status}"]
    there = retrying(control.call, "GET", f"/control/shops/{shop}/orders/{purchase['number']}")
    if fate == "shipped":
        parcels = [parcel["number"] for one in there["fulfilments"] for parcel in one["tracking"]]
        return [] if parcels == [f"1Z{purchase['number']}"] else [f"{number} of {shop} was shipped, and the shop has the parcels {parcels}"]
    return [] if there["state"] == "CANCELLED" else [f"{number} of {shop} was {fate}, and is {there['state']} there"]


def wrong_stock(system, journal, orders, skus):
    """What is not as the journal has it, or was sold without being there."""
    stock, wrong, held, shipped = stock_of(system, skus), [], Counter(), Counter()
    for order in orders:
        for item in order["items"]:
            shipped[item["sku"]] += int(item.get("shipped", 0))
            if order["status"] == "confirmed":
                held[item["sku"]] += int(item["quantity"]) - int(item.get("cancelled", 0)) - int(item.get("shipped", 0))
    for sku in skus:
        levels = stock.get(sku, [])
        on_hand, reserved = sum(int(one["onHand"]) for one in levels), sum(int(one["reserved"]) for one in levels)
        expected = sum(journal.on_hand[sku, place] for place in LOCATIONS) - shipped[sku]
        if on_hand != expected:
            wrong.append(f"{sku}: {on_hand} on hand, and by what was acknowledged there must be {expected}")
        if reserved != held[sku]:
            wrong.append(f"{sku}: {reserved} reserved for {held[sku]} that are ordered")
        if any(int(one["onHand"]) < int(one["reserved"]) for one in levels):
            wrong.append(f"{sku}: more is sold than is there: {levels}")
    return wrong


def why_late(system, shop, sku, there, units):
    """What the service says of a listing that is out of step."""
    listing = retrying(system.call, "GET", f"/v1/listings/{shop}/{sku}")
    drifts = retrying(system.call, "GET", f"/v1/drift?connection={shop}&pageSize=500")["drifts"]
    health = retrying(system.call, "GET", f"/v1/connections/{shop}").get("health")
    return (f"{shop} shows {there} of {sku}, and {units} is wanted: {listing.get('sync')}, drifts "
            f"{[drift for drift in drifts if drift['sku'] == sku]}, health {health}")


def settle(system, control, journal, policies, listed, skus, seconds):
    """Waits until all is as it must be; how long shelves took, how long orders took, and what is wrong then, as sentences."""
    began, shelves, told = time.monotonic(), None, None
    while True:
        late = out_of_step(system, control, policies, listed)
        shelves = None if late else shelves or time.monotonic() - began
        orders = all_orders(system)
        wrong = not_told(control, journal, orders) + wrong_stock(system, journal, orders, skus)
        told = None if wrong else told or time.monotonic() - began
        is_over = time.monotonic() - began > seconds
        if is_over or not late and not wrong:
            break
        time.sleep(LOOK_SECONDS)
    if late:
        wrong = [f"{len(late)} shelves are out of step after {seconds} s"] + [
            why_late(system, *key, *amounts) for key, amounts in list(late.items())[:EXAMPLES]] + wrong
    return shelves, told, orders, wrong


def shops_sold(control, journal, shops):
    """What shops have sold beyond what the journal has."""
    wrong = []
    for shop in shops:
        found = retrying(control.call, "GET", f"/control/shops/{shop}/orders")
        count = sum(1 for name, _ in journal.purchases if name == shop)
        if found["total"] != count:
            wrong.append(f"{shop} has sold {found['total']} times, and {count} purchases are known")
    return wrong
