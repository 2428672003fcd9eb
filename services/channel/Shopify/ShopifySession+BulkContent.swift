internal import ChannelAdapter
internal import FileFormats

extension ShopifySession {
    func pushContentInBulk(_ rows: [ContentRow], key: String) async -> PushAnswer {
        var (content, quotas) = (ShopifyBulkContent(rows), [QuotaObservation]())
        do throws(PlatformFault) {
            try await self.awaitEarlierBulks(&quotas)
            try await self.lookUp(&content, &quotas)
        } catch {
            content.fail(error)
        }
        let products = content.products()
        content.take(products: await self.results(.setProduct, products, &quotas), of: products)
        let variants = content.variants()
        content.take(variants: await self.results(.updateVariants, variants, &quotas), of: variants)
        let metafields = content.metafields()
        content.take(metafields: await self.results(.setMetafields, metafields, &quotas), of: metafields)
        if content.hasNew {
            let location = await self.location()
            quotas += location.quotas
            if let id = try? location.id.get() { content.take(location: id) }
        }
        return PushAnswer(outcomes: content.outcomes, quotas: ShopifyAnswer.sum(quotas))
    }

    private func results(
        _ document: ShopifyDocument, _ step: ShopifyBulkContent.Step, _ quotas: inout [QuotaObservation]
    ) async -> [ShopifyAnswer?] {
        do throws(PlatformFault) {
            return try await self.runBulk(document, step.lines, &quotas)
        } catch {
            return step.lines.map { _ in ShopifyAnswer(error) }
        }
    }

    /// Looks for listings that the shop may have under their SKUs, many in one query.
    private func lookUp(
        _ content: inout ShopifyBulkContent, _ quotas: inout [QuotaObservation]
    ) async throws(PlatformFault) {
        var left = content.unknown[...]
        while !left.isEmpty {
            let places = left.prefix(ShopifyLimits.lookupRows)
            left = left.dropFirst(ShopifyLimits.lookupRows)
            let query = places.map { Self.search(content.sku(at: $0)) }.joined(separator: " OR ")
            let answer = await self.call(
                .variantsBySKU,
                .members(["query": .string(query), "first": .integer(Int64(ShopifyLimits.lookupVariants))]))
            quotas += answer.quotas
            let found = try answer.data.get()["productVariants"]
            let isAll = found?.at("pageInfo", "hasNextPage")?.truth == false
            for place in places {
                let ids: Result<[String: String], PlatformFault>
                do throws(PlatformFault) {
                    if isAll {
                        ids = .success(
                            try Self.ids(of: content.sku(at: place), among: found?["nodes"]?.elements ?? []))
                    } else {
                        let (row, listing) = content.row(at: place)
                        ids = .success(try await self.knownIDs(row, listing, &quotas))
                    }
                } catch {
                    ids = .failure(error)
                }
                content.take(ids: ids, at: place)
            }
            if !left.isEmpty { await self.leavePoints(quotas.last) }
        }
    }

    /// Waits until half of the plan's points are there: nothing of a bulk is urgent, and stock may be.
    private func leavePoints(_ quota: QuotaObservation?) async {
        guard let quota, let available = quota.available, let burst = quota.burst, let rate = quota.ratePerSecond,
            rate > 0, available < burst / 2
        else { return }
        let seconds = min((burst / 2 - available) / rate, ShopifyLimits.pointsSeconds)
        try? await Task.sleep(for: .milliseconds(Int64(seconds * 1_000)))
    }
}
