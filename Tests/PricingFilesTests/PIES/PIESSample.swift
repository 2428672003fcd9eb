@testable import PricingFiles

/// Files of PIES, put together.
enum PIESSample {
    static let choices = [
        PIESListChoice(tradeCode: "LST", currency: "USD", listID: "us-list"),
        PIESListChoice(tradeCode: "JBR", sheetNumber: "CA", listID: "ca-jobber"),
        PIESListChoice(tradeCode: "JBR", listID: "us-jobber"),
    ]

    static func header(_ more: String = "", submission: String = "FULL", version: String = "7.2") -> String {
        "<Header><PIESVersion>\(version)</PIESVersion><SubmissionType>\(submission)</SubmissionType>\(more)"
            + "<PCdbVersionDate>2025-12-26</PCdbVersionDate></Header>"
    }

    static func sheets(_ sheets: String...) -> String { "<PriceSheets>\(sheets.joined())</PriceSheets>" }

    static func sheet(_ number: String, _ more: String = "", maintenance: String = "A") -> String {
        "<PriceSheet MaintenanceType=\"\(maintenance)\"><PriceSheetNumber>\(number)</PriceSheetNumber>\(more)</PriceSheet>"
    }

    static func pricing(
        _ content: String = "<PriceSheetNumber>S</PriceSheetNumber><Price UOM=\"PE\">12.5000</Price>",
        type: String = "JBR",
        maintenance: String = "A"
    ) -> String {
        "<Pricing MaintenanceType=\"\(maintenance)\" PriceType=\"\(type)\">\(content)</Pricing>"
    }

    static func item(_ sku: String = "A1", _ prices: String..., maintenance: String = "A") -> String {
        "<Item MaintenanceType=\"\(maintenance)\"><HazardousMaterialCode>N</HazardousMaterialCode>"
            + "<PartNumber>\(sku)</PartNumber><BrandAAIAID>QQVX</BrandAAIAID><Descriptions>"
            + "<Description MaintenanceType=\"A\" DescriptionCode=\"SHO\">A<x/>B</Description></Descriptions>"
            + "<Prices>\(prices.joined())</Prices><Kits><KitComponent><PartNumber>no</PartNumber></KitComponent></Kits>"
            + "</Item>"
    }

    static func file(
        _ items: String..., header: String = Self.header(), sheets: String = "", count: Int? = nil,
        namespace: String = "http://www.autocare.org"
    ) -> [UInt8] {
        Array(
            ("<?xml version=\"1.0\"?>\n<PIES xmlns=\"\(namespace)\">\n\(header)\n\(sheets)\n<Items>\n"
                + items.joined(separator: "\n")
                + "\n</Items><Trailer><ItemCount>\(count ?? items.count)</ItemCount>"
                + "<TransactionDate>2026-01-01</TransactionDate></Trailer></PIES>").utf8)
    }
}
