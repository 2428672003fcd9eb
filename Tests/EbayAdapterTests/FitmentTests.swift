import ChannelAdapter
import FileFormats
import TestSupport
import Testing

@testable import EbayAdapter

@Suite("Vehicles are compared with what their category allows before anything is sent", .timeLimit(.minutes(1)))
struct FitmentTests {
    private static let vehiclePath = "/sell/inventory/v1/inventory_item/EB-1/product_compatibility"
    private static let offer =
        #"{"offerId":"9001","sku":"EB-1","marketplaceId":"EBAY_MOTORS_US","status":"PUBLISHED","categoryId":"33563"}"#

    private static func row(_ fitment: String, category: String? = "33563") -> ContentRow {
        let values = [("title", "t"), ("fitment", fitment)] + (category.map { [("categoryId", $0)] } ?? [])
        return ContentRow(
            listing: ListingReference(sku: "EB-1", platformSKU: "", ids: [:]),
            values: values.map { ContentRow.Value(target: $0.0, value: $0.1) })
    }

    private static func platform(
        _ fitment: FitmentPlatform = FitmentPlatform(), offer: String = Self.offer,
        _ special: @escaping @Sendable (ScriptedPlatform.Call) -> PlatformResponse? = { _ in nil }
    ) -> ScriptedPlatform {
        ScriptedPlatform { (call, _) in
            if let answer = special(call) ?? fitment.answer(call) { return answer }
            return call.path.hasPrefix("/sell/inventory/v1/offer?") ? .json(#"{"offers":[\#(offer)]}"#) : .json("{}")
        }
    }

    private static func push(
        _ fitment: String, to platform: ScriptedPlatform, category: String? = "33563",
        _ settings: [String: String] = [:]
    ) async -> PlatformFault? {
        let session = platform.session(settings)
        return await session.pushContent([Self.row(fitment, category: category)], key: "k").outcomes[0].fault
    }

    /// What was put as vehicles; empty: nothing was.
    private static func vehicles(_ platform: ScriptedPlatform) -> String {
        platform.calls.last { $0.method == "PUT" && $0.path == Self.vehiclePath }?.text ?? ""
    }

    private static func reads(_ platform: ScriptedPlatform) -> [String] {
        platform.lines.filter { $0.contains("/metadata/") || $0.contains("/taxonomy/") }
    }

    private static func changes(_ platform: ScriptedPlatform) -> [String] {
        platform.lines.filter { !$0.hasPrefix("GET") }
    }

    @Test("names and values go as the platform spells them, whatever their case and the blanks around them")
    func spelling() async {
        let platform = Self.platform()
        let fault = await Self.push(
            #"[{"year":" 2020","MAKE":"ford ","Model":"f-150","notes":"Front"},{"Marke":"mini"},{"make":"MINI"}]"#,
            to: platform)
        #expect(fault == nil)
        #expect(
            Self.vehicles(platform)
                == #"{"compatibleProducts":[{"compatibilityProperties":[{"name":"Year","value":"2020"},"#
                + #"{"name":"Make","value":"Ford"},{"name":"Model","value":"F-150"}],"notes":"Front"},"#
                + #"{"compatibilityProperties":[{"name":"Make","value":"MINI"}]}]}"#)
        let tree = "GET /commerce/taxonomy/v1/category_tree/100"
        #expect(
            Self.reads(platform) == [
                "GET /sell/metadata/v1/marketplace/EBAY_MOTORS_US/get_automotive_parts_compatibility_policies"
                    + "?filter=categoryIds%3A%7B33563%7D",
                "GET /commerce/taxonomy/v1/get_default_category_tree_id?marketplace_id=EBAY_MOTORS_US",
                "\(tree)/get_compatibility_properties?category_id=33563",
                "\(tree)/get_compatibility_property_values?category_id=33563&compatibility_property=Make",
                "\(tree)/get_compatibility_property_values?category_id=33563&compatibility_property=Model",
                "\(tree)/get_compatibility_property_values?category_id=33563&compatibility_property=Year",
            ])
    }

    @Test(
        "what is not allowed is named with what is, and nothing is sent",
        arguments: [
            (
                #"[{"Year":"2020","Make":"Frod"}]"#,
                #"the vehicle "2020 Frod" has the Make "Frod", which is not known; near are "Ford""#
            ),
            (
                #"[{"Model":"Civi"},{"Model":"Focus"}]"#,
                #"the vehicle "Civi" has the Model "Civi", which is not known; near are "Civic", "Civic Tourer""#
            ),
            (#"[{"Make":"Lada"}]"#, #"the vehicle "Lada" has the Make "Lada", which is not known; no value is near"#),
            (#"[{"Make":" "}]"#, #"the vehicle " " has the Make " ", which is not known; no value is near"#),
            (
                #"[{"Make":"Ford","Trim":"XL"}]"#,
                #"the vehicle "Ford XL" has the property "Trim"; valid are Make, Model, Year"#
            ),
        ])
    func findings(_ fitment: String, _ said: String) async {
        let platform = Self.platform()
        let fault = await Self.push(fitment, to: platform)
        #expect(fault?.kind == .refused && fault?.code == "fitment-invalid")
        #expect(fault?.message == "fitment is not what the category 33563 allows: \(said)")
        #expect(Self.changes(platform).isEmpty)
    }

    @Test("many findings are counted, and the first are told")
    func manyFindings() async {
        let vehicles = (0..<40).map { #"{"Make":"unknown\#($0)"}"# }.joined(separator: ",")
        let fault = await Self.push("[\(vehicles)]", to: Self.platform())
        #expect(fault?.message.hasSuffix("; and 35 more") == true && (fault?.message.utf8.count ?? 0) < 1_000)
    }

    @Test("an item has no more vehicles than its category takes; none is left out silently")
    func maximum() async {
        var fitment = FitmentPlatform()
        fitment.maximum = 2
        let vehicles = [#"{"Make":"Ford"}"#, #"{"Make":"Honda"}"#, #"{"ktype":"1"}"#]
        let many = Self.platform(fitment)
        let fault = await Self.push("[\(vehicles.joined(separator: ","))]", to: many)
        #expect(
            fault?.kind == .refused
                && fault?.message.hasSuffix("it has 3 vehicles, and the category takes at most 2 of an item") == true)
        #expect(Self.changes(many).isEmpty)
        let few = Self.platform(fitment)
        #expect(await Self.push("[\(vehicles[0]),\(vehicles[2])]", to: few) == nil && !Self.vehicles(few).isEmpty)
        // Twice the same is one vehicle.
        let same = Self.platform(fitment)
        #expect(await Self.push(#"[\#(vehicles[0]),\#(vehicles[1]),{"make":"FORD"}]"#, to: same) == nil)
    }

    @Test("a category that takes no vehicles is named, and so is one that is found by specifications")
    func unsupported() async {
        var none = FitmentPlatform()
        none.basedOn = nil
        var specification = FitmentPlatform()
        specification.basedOn = "SPECIFICATION"
        let disabled = Self.platform { call in
            call.path.contains("get_compatibility_properties") ? .errors(62101, status: 400) : nil
        }
        for platform in [Self.platform(none), Self.platform(specification), disabled] {
            let fault = await Self.push(#"[{"Make":"Ford"}]"#, to: platform)
            #expect(fault?.kind == .refused && fault?.code == "fitment-not-supported")
            #expect(fault?.message.contains("the category 33563") == true && Self.changes(platform).isEmpty)
        }
        // To take the list away needs no category that takes one.
        let emptied = Self.platform(none)
        #expect(await Self.push("[]", to: emptied) == nil && Self.reads(emptied).isEmpty)
        #expect(emptied.lines.contains("DELETE \(Self.vehiclePath)"))
    }

    @Test("vehicles by number need no properties, and a connection may have nothing checked")
    func unchecked() async {
        let numbers = Self.platform()
        #expect(await Self.push(#"[{"ktype":"10232"}]"#, to: numbers) == nil)
        #expect(Self.reads(numbers).count == 1 && Self.vehicles(numbers).contains(#""ktype":"10232""#))
        let off = Self.platform()
        #expect(await Self.push(#"[{"Make":"Frod"}]"#, to: off, ["fitmentCheck": "off"]) == nil)
        #expect(Self.reads(off).isEmpty && Self.vehicles(off).contains("Frod"))
        #expect(
            EbaySettings.problems(in: ["marketplace": "EBAY_DE", "fitmentCheck": "no"]).map(\.field) == ["fitmentCheck"]
        )
        // A property without values takes whatever it is given.
        var free = FitmentPlatform()
        free.values["Model"] = []
        let open = Self.platform(free)
        #expect(await Self.push(#"[{"Model":"Anything"}]"#, to: open) == nil && !Self.vehicles(open).isEmpty)
    }

    @Test("without a category of the content's own, the offer's counts; where there is neither, nothing is compared")
    func category() async {
        let known = Self.platform()
        #expect(await Self.push(#"[{"Make":"Frod"}]"#, to: known, category: nil)?.code == "fitment-invalid")
        let unknown = Self.platform(offer: Self.offer.replacing(#","categoryId":"33563""#, with: ""))
        #expect(await Self.push(#"[{"Make":"Frod"}]"#, to: unknown, category: nil) == nil)
        #expect(Self.reads(unknown).isEmpty && !Self.vehicles(unknown).isEmpty)
    }

    @Test(
        "what cannot be read is asked for again with the content, which is not sent before",
        arguments: ["policies", "tree_id", "properties", "values"])
    func unreadable(_ part: String) async {
        let answers: [(PlatformResponse, PlatformFault.Kind)] = [
            (.errors(62000, status: 500), .retry), (.errors(2001, status: 429), .throttled), (.json("x"), .retry),
        ]
        for (answer, kind) in answers {
            let failing = TestSeconds()
            let platform = Self.platform { call in
                failing.now == 0 && call.path.prefix { $0 != "?" }.hasSuffix(part) ? answer : nil
            }
            let session = platform.session(clock: { failing.now * 1_000_000 })
            let row = Self.row(#"[{"Make":"Ford"}]"#)
            #expect(await session.pushContent([row], key: "k").outcomes[0].fault?.kind == kind)
            #expect(Self.changes(platform).isEmpty)
            failing.now = 120
            #expect(await session.pushContent([row], key: "k").outcomes[0].fault == nil)
        }
    }

    @Test(
        "what is allowed is kept for a day, what there is none of for an hour, and is asked for once however many wait")
    func keeping() async {
        let seconds = TestSeconds()
        let allowed = EbayAllowedValues { seconds.now }
        let platform = Self.platform()
        let push: @Sendable () async -> PlatformFault? = {
            let session = platform.session(allowedValues: allowed)
            return await session.pushContent([Self.row(#"[{"Make":"Ford"}]"#)], key: "k").outcomes[0].fault
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { #expect(await push() == nil) } }
        }
        #expect(Self.reads(platform).count == 4)
        seconds.now = 86_399
        #expect(await push() == nil && Self.reads(platform).count == 4)
        seconds.now = 86_400
        #expect(await push() == nil && Self.reads(platform).count == 8)
        var none = FitmentPlatform()
        none.basedOn = nil
        let missing = Self.platform(none)
        for (second, reads) in [(0, 1), (3_599, 1), (3_600, 2)] as [(Int64, Int)] {
            seconds.now = 200_000 + second
            let session = missing.session(["endpoint": "http://127.0.0.1:9"], allowedValues: allowed)
            _ = await session.pushContent([Self.row(#"[{"Make":"Ford"}]"#)], key: "k")
            #expect(Self.reads(missing).count == reads)
        }
    }

    @Test("no more answers and values are kept than the limits say, and the newest stays")
    func limits() async throws {
        let seconds = TestSeconds()
        let allowed = EbayAllowedValues { seconds.now }
        let name = { (number: Int) in EbayAllowedValues.Name(base: "b", path: "\(number)") }
        for number in 0..<EbayLimits.allowedEntries + 50 {
            seconds.now += 1
            _ = try await allowed.answer(name(number)) { () async throws(PlatformFault) in .tree("1") }
        }
        #expect(allowed.count == EbayLimits.allowedEntries)
        let many = EbaySpellings((0..<EbayLimits.allowedValues / 3).map { "v\($0)" })
        for number in 0..<5 {
            seconds.now += 1
            _ = try await allowed.answer(name(-1 - number)) { () async throws(PlatformFault) in .spellings(many) }
            #expect(allowed.count <= EbayLimits.allowedValues)
        }
        _ = try await allowed.answer(name(-5)) { () async throws(PlatformFault) in
            Issue.record("the newest was thrown away")
            return .missing
        }
    }

    @Test("vehicles in any spelling go as the platform's; with one wrong letter they never go")
    func random() async {
        let seed = testSeed()
        var random = SeededGenerator(seed: seed)
        let values = FitmentPlatform().values
        for _ in 0..<200 {
            let name = FitmentPlatform.properties.randomElement(using: &random) ?? ""
            let value = values[name]?.randomElement(using: &random) ?? ""
            let mixed = { (text: String, random: inout SeededGenerator) in
                String(
                    text.map { Bool.random(using: &random) ? Character($0.uppercased()) : Character($0.lowercased()) })
            }
            let blanks = String(repeating: " ", count: Int.random(in: 0...2, using: &random))
            let isWrong = Bool.random(using: &random)
            let given = blanks + mixed(value, &random) + (isWrong ? "#" : "") + blanks
            let platform = Self.platform()
            let fault = await Self.push(#"[{"\#(mixed(name, &random))":"\#(given)"}]"#, to: platform)
            #expect((fault == nil) != isWrong, "seed \(seed): \(given)")
            let expected = #"{"name":"\#(name)","value":"\#(value)"}"#
            #expect(Self.vehicles(platform).contains(expected) != isWrong, "seed \(seed): \(given)")
            if isWrong { #expect(fault?.message.contains(value.debugDescription) == true, "seed \(seed): \(given)") }
        }
    }
}
