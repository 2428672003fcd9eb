internal import ChannelAdapter
internal import FileFormats

/// Orders by v0: each order's items are asked for by a call of their own.
extension AmazonSession {
    static let ordersV0Path = "/orders/v0/orders"
    /// Orders that are not paid yet are left out, as by the newer version.
    private static let statusesV0 = "OrderStatuses=Unshipped,PartiallyShipped,Shipped,InvoiceUnconfirmed,Canceled"

    func ordersV0(
        since: Int64, page: String, _ settings: AmazonSettings
    ) async throws(PlatformFault) -> OrderPage {
        let place = AmazonPlaceV0(page)
        var query =
            "MarketplaceIds=\(settings.marketplaceID)&LastUpdatedAfter=\(AmazonText.encoded(PlatformTime.text(since)))"
            + "&FulfillmentChannels=MFN&\(Self.statusesV0)&MaxResultsPerPage=\(AmazonLimits.ordersPageV0)"
        if !place.token.isEmpty { query += "&NextToken=\(AmazonText.encoded(place.token))" }
        let answer = await self.call(.getOrdersV0, "\(Self.ordersV0Path)?\(query)")
        let data = try answer.data.get()["payload"]
        guard let data, case .array(let found)? = data["Orders"] else {
            throw .unreadable("the answer has no list of orders")
        }
        let deadline = self.clock.now() + AmazonLimits.orderItemsMilliseconds
        var (orders, quotas) = ([PlatformOrder](), [answer.quota])
        for order in found {
            let whole = try await self.withItems(order, until: deadline, &quotas)
            orders.append(try AmazonOrderV0.platformOrder(whole))
        }
        let next = AmazonPlaceV0(
            token: data["NextToken"]?.text ?? "",
            toldUntil: place.toldUntil ?? data["LastUpdatedBefore"]?.text.flatMap { PlatformTime.microseconds($0) })
        return OrderPage(
            orders: orders, next: next.text, toldUntil: next.token.isEmpty ? next.toldUntil : nil,
            quotas: AmazonAnswer.sum(quotas))
    }

    /// An order with its items.
    func askedOrderV0(_ id: String, _ quotas: inout [QuotaObservation]) async throws(PlatformFault) -> JSONValue {
        guard !id.isEmpty else { throw .orderMissing(id) }
        let answer = await self.call(.getOrderV0, "\(Self.ordersV0Path)/\(AmazonText.encoded(id))")
        quotas.append(answer.quota)
        let order: JSONValue
        do throws(PlatformFault) {
            guard let found = try answer.data.get()["payload"], found["AmazonOrderId"]?.text == id else {
                throw .unreadable("the answer has not the order that was asked for")
            }
            order = found
        } catch {
            throw AmazonFaults.missing.contains(error.code) ? .orderMissing(id) : error
        }
        let deadline = self.clock.now() + AmazonLimits.orderItemsMilliseconds
        return try await self.withItems(order, until: deadline, &quotas)
    }

    /// An order beside its items. One that is not paid yet has no prices, and is not taken in: nobody asks for its items.
    ///
    /// An order whose items the platform refuses stays without them and cannot be read then, as one such must not keep the
    /// others back.
    private func withItems(
        _ order: JSONValue, until deadline: Int64, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> JSONValue {
        guard let id = order["AmazonOrderId"]?.text, !id.isEmpty, !AmazonOrderV0.isUnpaid(order) else { return order }
        do throws(PlatformFault) {
            let items = try await self.items(of: id, until: deadline, &quotas)
            return order.setting(AmazonOrderV0.items, to: .array(items))
        } catch {
            guard error.kind == .refused else { throw error }
            return order
        }
    }

    private func items(
        of id: String, until deadline: Int64, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> [JSONValue] {
        let path = "\(Self.ordersV0Path)/\(AmazonText.encoded(id))/orderItems"
        var (items, token) = ([JSONValue](), "")
        repeat {
            let query = token.isEmpty ? "" : "?NextToken=\(AmazonText.encoded(token))"
            let data = try await self.itemsPage(path + query, until: deadline, &quotas)
            guard data["AmazonOrderId"]?.text == id, case .array(let page)? = data["OrderItems"] else {
                throw .unreadable("the answer has not the items of the order that was asked for")
            }
            items += page
            let next = data["NextToken"]?.text ?? ""
            guard next.isEmpty || next != token else {
                throw .unreadable("the same page of items comes again and again")
            }
            token = next
            // More than are read of any order: what is there says that it is too many.
        } while !token.isEmpty && items.count <= AmazonLimits.orderLines
        return items
    }

    /// Asks for a page of items, behind a wait where there were too many calls: were the page of orders asked for anew, those
    /// that were read would be, too, and again there would be too many.
    private func itemsPage(
        _ path: String, until deadline: Int64, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) -> JSONValue {
        while true {
            let answer = await self.call(.getOrderItemsV0, path)
            quotas.append(answer.quota)
            do throws(PlatformFault) {
                guard let data = try answer.data.get()["payload"] else {
                    throw .unreadable("the answer has no payload")
                }
                return data
            } catch {
                let wait = error.retryAfterMilliseconds ?? AmazonOperation.getOrderItemsV0.tokenMilliseconds
                guard error.kind == .throttled, self.clock.now() + wait <= deadline else { throw error }
                do {
                    try await self.clock.pause(wait)
                } catch {
                    throw PlatformFault(.retry, code: "cancelled", "the items of orders are no longer waited for")
                }
            }
        }
    }
}

/// A place in a list of orders of v0: where it goes on, and until when the first page said that all is told. Changes that
/// come while pages are read are on none of them.
struct AmazonPlaceV0: Hashable {
    let token: String
    /// In microseconds since 1970; nil: not said.
    let toldUntil: Int64?

    init(token: String, toldUntil: Int64?) {
        self.token = token
        self.toldUntil = toldUntil
    }

    /// The place that a page's token says; the beginning where it is empty.
    init(_ page: String) {
        let parts = page.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            self.init(token: page, toldUntil: nil)
            return
        }
        self.init(token: String(parts[1]), toldUntil: Int64(parts[0]))
    }

    /// Empty where nothing follows.
    var text: String {
        guard !self.token.isEmpty else { return "" }
        return (self.toldUntil.map { "\($0)" } ?? "") + " " + self.token
    }
}
