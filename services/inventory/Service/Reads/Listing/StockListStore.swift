internal import Postgres

/// Finds the SKUs that match filters, and counts them.
///
/// There is a statement for each way to find them, so that each has an index that leads to little more than what matches,
/// whatever the plan is made for. SKUs ascend by bytes, and a page begins behind the last one of the page before.
enum StockListStore {
    /// The commands that find a page of SKUs and count all that match.
    ///
    /// - Parameters:
    ///   - last: The last SKU of the page before; empty: from the start.
    ///   - limit: The most SKUs of the page.
    static func commands(
        _ filter: StockFilter, of brand: PostgresUUID, after last: String, limit: Int
    ) -> (page: PostgresCommand, count: PostgresCommand) {
        guard let locations = filter.locations else { return self.byItem(filter, brand, last, limit) }
        if locations.count == 1, !filter.isBelowThreshold, filter.changedSince == nil {
            return self.byLocation(filter, locations[0], brand, last, limit)
        }
        return self.byLocations(filter, locations, brand, last, limit)
    }

    private static func byItem(
        _ filter: StockFilter, _ brand: PostgresUUID, _ last: String, _ limit: Int
    ) -> (page: PostgresCommand, count: PostgresCommand) {
        let range = filter.range
        // Below the threshold is what there are fewest of.
        if filter.isBelowThreshold {
            return (
                PostgresCommand(
                    self.belowPage, brand, range.first, range.last, filter.isInStock, filter.changedSince, last,
                    Int64(limit)),
                PostgresCommand(
                    self.belowCount, brand, range.first, range.last, filter.isInStock, filter.changedSince)
            )
        }
        if filter.isInStock == true, filter.changedSince == nil {
            let count =
                range == .all
                ? PostgresCommand(self.allInStockCount, brand)
                : PostgresCommand(self.inStockCount, brand, range.first, range.last)
            return (PostgresCommand(self.inStockPage, brand, range.first, range.last, last, Int64(limit)), count)
        }
        return (
            PostgresCommand(
                self.itemPage, brand, range.first, range.last, filter.isInStock, filter.changedSince, last,
                Int64(limit)),
            PostgresCommand(self.itemCount, brand, range.first, range.last, filter.isInStock, filter.changedSince)
        )
    }

    private static func byLocation(
        _ filter: StockFilter, _ location: String, _ brand: PostgresUUID, _ last: String, _ limit: Int
    ) -> (page: PostgresCommand, count: PostgresCommand) {
        let range = filter.range
        return (
            PostgresCommand(
                self.locationPage, brand, location, range.first, range.last, filter.isInStock, last, Int64(limit)),
            PostgresCommand(self.locationCount, brand, location, range.first, range.last, filter.isInStock)
        )
    }

    private static func byLocations(
        _ filter: StockFilter, _ locations: [String], _ brand: PostgresUUID, _ last: String, _ limit: Int
    ) -> (page: PostgresCommand, count: PostgresCommand) {
        let range = filter.range
        let count =
            filter.isBelowThreshold || filter.changedSince != nil
            ? PostgresCommand(
                self.locationsChosenCount, brand, locations, range.first, range.last, filter.isInStock,
                filter.isBelowThreshold, filter.changedSince)
            : PostgresCommand(self.locationsCount, brand, locations, range.first, range.last, filter.isInStock)
        return (
            PostgresCommand(
                self.locationsPage, brand, locations, range.first, range.last, filter.isInStock,
                filter.isBelowThreshold, filter.changedSince, last, Int64(limit)),
            count
        )
    }
}

extension StockListStore {
    private static let itemPage = PostgresStatement(
        """
        select sku from item
        where brand_id = $1 and sku >= $2 and sku <= $3 and ($4::boolean is null or is_in_stock = $4)
            and ($5::timestamptz is null or changed_at >= $5) and sku > $6
        order by sku limit $7
        """,
        readOnly: true)

    private static let itemCount = PostgresStatement(
        """
        select count(*) from item
        where brand_id = $1 and sku >= $2 and sku <= $3 and ($4::boolean is null or is_in_stock = $4)
            and ($5::timestamptz is null or changed_at >= $5)
        """,
        readOnly: true)

    private static let inStockPage = PostgresStatement(
        """
        select sku from item where brand_id = $1 and is_in_stock and sku >= $2 and sku <= $3 and sku > $4
        order by sku limit $5
        """,
        readOnly: true)

    private static let inStockCount = PostgresStatement(
        "select count(*) from item where brand_id = $1 and is_in_stock and sku >= $2 and sku <= $3", readOnly: true)

    /// Without the range, so that the small index will do: a third of the time.
    private static let allInStockCount = PostgresStatement(
        "select count(*) from item where brand_id = $1 and is_in_stock", readOnly: true)

    private static let belowPage = PostgresStatement(
        """
        select sku from item
        where brand_id = $1 and is_below_threshold and sku >= $2 and sku <= $3
            and ($4::boolean is null or is_in_stock = $4) and ($5::timestamptz is null or changed_at >= $5) and sku > $6
        order by sku limit $7
        """,
        readOnly: true)

    private static let belowCount = PostgresStatement(
        """
        select count(*) from item
        where brand_id = $1 and is_below_threshold and sku >= $2 and sku <= $3
            and ($4::boolean is null or is_in_stock = $4) and ($5::timestamptz is null or changed_at >= $5)
        """,
        readOnly: true)

    private static let locationPage = PostgresStatement(
        """
        select sku from level
        where bucket >= 0 and brand_id = $1 and location_id = $2 and sku >= $3 and sku <= $4
            and ($5::boolean is null or is_in_stock = $5) and sku > $6
        order by sku limit $7
        """,
        readOnly: true)

    private static let locationCount = PostgresStatement(
        """
        select count(*) from level
        where bucket >= 0 and brand_id = $1 and location_id = $2 and sku >= $3 and sku <= $4
            and ($5::boolean is null or is_in_stock = $5)
        """,
        readOnly: true)

    private static let locationsPage = PostgresStatement(
        """
        select l.sku from level l join item i on i.bucket = l.bucket and i.brand_id = l.brand_id and i.sku = l.sku
        where l.bucket >= 0 and l.brand_id = $1 and l.location_id = any($2) and l.sku >= $3 and l.sku <= $4
            and (not $6 or i.is_below_threshold) and ($7::timestamptz is null or i.changed_at >= $7) and l.sku > $8
        group by l.sku having $5::boolean is null or bool_or(l.is_in_stock) = $5
        order by l.sku limit $9
        """,
        readOnly: true)

    private static let locationsCount = PostgresStatement(
        """
        select count(*) from (
            select 1 from level
            where bucket >= 0 and brand_id = $1 and location_id = any($2) and sku >= $3 and sku <= $4
            group by sku having $5::boolean is null or bool_or(is_in_stock) = $5
        ) matching
        """,
        readOnly: true)

    private static let locationsChosenCount = PostgresStatement(
        """
        select count(*) from (
            select 1 from level l join item i on i.bucket = l.bucket and i.brand_id = l.brand_id and i.sku = l.sku
            where l.bucket >= 0 and l.brand_id = $1 and l.location_id = any($2) and l.sku >= $3 and l.sku <= $4
                and (not $6 or i.is_below_threshold) and ($7::timestamptz is null or i.changed_at >= $7)
            group by l.sku having $5::boolean is null or bool_or(l.is_in_stock) = $5
        ) matching
        """,
        readOnly: true)
}
