import ChannelAdapter
import FileFormats

@testable import EbayAdapter

/// What a platform answers about the vehicles that categories take.
struct FitmentPlatform: Sendable {
    static let properties = ["Year", "Make", "Model"]

    /// Nil: the category has no policy.
    var basedOn: String? = "ASSEMBLY"
    var maximum = 3_000
    /// By the platform's names.
    var values = [
        "Year": ["2018", "2019", "2020"], "Make": ["Ford", "Honda", "Mercedes-Benz", "MINI"],
        "Model": ["F-150", "Focus", "Civic", "Civic Tourer", "C230"],
    ]

    /// nil: the call is about something else.
    func answer(_ call: ScriptedPlatform.Call) -> PlatformResponse? {
        let path = call.path.prefix { $0 != "?" }
        switch path.split(separator: "/").last {
        case "get_automotive_parts_compatibility_policies":
            guard let basedOn = self.basedOn else { return PlatformResponse(status: 204) }
            let id = call.path.firstRange(of: "categoryIds%3A%7B").map {
                call.path[$0.upperBound...].prefix { $0 != "%" }
            }
            return .json(
                #"{"automotivePartsCompatibilityPolicies":[{"categoryTreeId":"100","categoryId":"\#(id ?? "")","#
                    + #""compatibilityBasedOn":"\#(basedOn)","maxNumberOfCompatibleVehicles":\#(self.maximum)}]}"#)
        case "get_default_category_tree_id": return .json(#"{"categoryTreeId":"100","categoryTreeVersion":"1"}"#)
        case "get_compatibility_properties":
            let names = Self.properties.map { #"{"name":"\#($0)","localizedName":"\#($0 == "Make" ? "Marke" : $0)"}"# }
            return .json(#"{"compatibilityProperties":[\#(names.joined(separator: ","))]}"#)
        case "get_compatibility_property_values":
            let name = call.path.firstRange(of: "compatibility_property=").map { String(call.path[$0.upperBound...]) }
            let values = (self.values[name ?? ""] ?? []).map { #"{"value":"\#($0)"}"# }
            return .json(#"{"compatibilityPropertyValues":[\#(values.joined(separator: ","))]}"#)
        default: return nil
        }
    }
}
