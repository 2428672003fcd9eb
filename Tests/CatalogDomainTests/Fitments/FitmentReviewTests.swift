import CatalogMessages
import TestSupport
import Testing
import Vehicles

@testable import CatalogDomain

@Suite("What is doubtful among fitments", .processorBound)
struct FitmentReviewTests {
    private func fitment(_ first: Int32, _ last: Int32, _ change: (inout Fitment) -> Void = { _ in }) -> Fitment {
        var fitment = Fitment(
            vehicle: VehicleSelector(yearFrom: first, yearTo: last, make: "Toyota", model: "Camry"), partTypeID: 1)
        change(&fitment)
        return fitment
    }

    private func review(
        _ kinds: Set<FitmentFindingKind>, known: KnownVehicles? = nil, _ fitments: [(String, Fitment)]
    ) -> [FitmentFinding] {
        var review = FitmentReview(kinds, known)
        var findings: [FitmentFinding] = []
        for (index, (sku, fitment)) in fitments.enumerated() {
            findings += review.add(ReviewedFitment(fitment, sku: sku, reference: "\(index)", known))
        }
        return findings + review.finish()
    }

    @Test("parts overlap where years, conditions and all else are the same, once for each run of years")
    func overlaps() {
        let findings = self.review(
            [.overlap],
            [
                ("A", self.fitment(2000, 2010)), ("B", self.fitment(2003, 2005)), ("C", self.fitment(2006, 2006)),
                ("D", self.fitment(2010, 2012)), ("E", self.fitment(2011, 2011) { $0.notes = [.init(text: "x")] }),
                ("F", self.fitment(2011, 2011) { $0.positionID = 22 }), ("G", self.fitment(2013, 2013)),
            ])
        #expect(findings.map(\.skus) == [["A", "B", "C"], ["A", "D"]])
        #expect(findings.map { [$0.vehicle?.yearFrom, $0.vehicle?.yearTo] } == [[2003, 2006], [2010, 2010]])
    }

    @Test("the same twice is a duplicate; another asset makes two of it")
    func duplicates() {
        let findings = self.review(
            [.duplicate, .overlap],
            [
                ("A", self.fitment(2000, 2004)), ("A", self.fitment(2004, 2008)), ("A", self.fitment(2009, 2009)),
                ("A", self.fitment(2000, 2009) { $0.assetName = "X" }),
            ])
        #expect(findings.map(\.kind) == [.duplicate])
        #expect(findings.map(\.fitmentIDs) == [["0", "1"]])
    }

    @Test("conditions beside none")
    func commentNoComment() {
        let findings = self.review(
            [.commentNoComment],
            [
                ("A", self.fitment(2000, 2004)), ("B", self.fitment(2003, 2008) { $0.vehicle?.submodel = "LE" }),
                ("C", self.fitment(2006, 2007)), ("D", self.fitment(2009, 2009)),
            ])
        #expect(findings.map(\.skus) == [["A", "B"], ["B", "C"]])
    }

    @Test("years that are missing between those of a part, but not those in which the model was not made")
    func gaps() throws {
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        let fitments = [
            ("A", self.fitment(2000, 2003)), ("A", self.fitment(2006, 2006)), ("B", self.fitment(2004, 2005)),
        ]
        #expect(self.review([.gap], known: known, fitments).map(\.years) == [[2004, 2005]])
        func corvette(_ year: Int32) -> Fitment {
            self.fitment(year, year) { ($0.vehicle!.make, $0.vehicle!.model) = ("Pontiac", "GTO") }
        }
        // There was no GTO between 1974 and 2004; the tables tell from 1984 on.
        #expect(self.review([.gap], known: known, [("A", corvette(1999)), ("A", corvette(2004))]) == [])
        #expect(
            self.review([.gap], [("A", corvette(1999)), ("A", corvette(2004))]).map(\.years) == [
                [2000, 2001, 2002, 2003]
            ])
    }

    @Test("names and years that the tables do not have")
    func unknownVehicles() throws {
        let known = KnownVehicles(try VehicleTables.embedded.catalog)
        func named(_ make: String, _ model: String, _ first: Int32, _ last: Int32) -> Fitment {
            self.fitment(first, last) { ($0.vehicle!.make, $0.vehicle!.model) = (make, model) }
        }
        let findings = self.review(
            [.unknownVehicle], known: known,
            [
                ("A", named("Toyoda", "Camry", 2000, 2001)), ("B", named("Toyota", "Camri", 2000, 2001)),
                ("C", named("Pontiac", "GTO", 2004, 2012)), ("D", named("Toyota", "Camry", 2000, 2020)),
            ])
        #expect(findings.map(\.skus) == [["A"], ["B"], ["C"]])
        #expect(findings[0].suggestions.first == "Toyota" && findings[1].suggestions.first == "Camry")
        #expect(findings[2].years.last == 2012)
    }

    @Test("groups are told apart, and a large one is reviewed in pieces")
    func groups() {
        var fitments: [(String, Fitment)] = []
        for number in 0..<(FitmentReview.maximumGroup + 1) {
            fitments.append(("\(number % 2)", self.fitment(2000, 2000) { $0.notes = [.init(text: "\(number / 2)")] }))
        }
        #expect(self.review([.overlap], fitments).count == FitmentReview.maximumGroup / 2)
    }

    // The reference spells years out, and looks at each pair.
    @Test("ranges are compared as if their years were spelled out")
    func property() {
        let seed = testSeed()
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var members: [ReviewedFitment] = []
            for index in 0..<Int.random(in: 2...7, using: &generator) {
                let first = Int32.random(in: 2000...2006, using: &generator)
                let fitment = self.fitment(first, first + .random(in: 0...3, using: &generator)) {
                    if Int.random(in: 0..<3, using: &generator) == 0 { $0.notes = [.init(text: "x")] }
                }
                members.append(
                    ReviewedFitment(
                        fitment, sku: ["A", "B"].randomElement(using: &generator)!, reference: "\(index)", nil))
            }
            func years(_ kind: FitmentFindingKind) -> Set<Int32> {
                let findings = FitmentReview.findings(in: members, [kind], nil)
                return Set(findings.flatMap { Array($0.vehicle!.yearFrom...$0.vehicle!.yearTo) })
            }
            func plain(_ isFound: (ReviewedFitment, ReviewedFitment) -> Bool) -> Set<Int32> {
                var years: Set<Int32> = []
                for (place, left) in members.enumerated() {
                    for right in members.dropFirst(place + 1) where isFound(left, right) {
                        years.formUnion(Set(left.years).intersection(right.years))
                    }
                }
                return years
            }
            #expect(years(.overlap) == plain { $0.words == $1.words && $0.sku != $1.sku }, "\(seed): \(members)")
            #expect(years(.duplicate) == plain { $0.words == $1.words && $0.sku == $1.sku }, "\(seed): \(members)")
            #expect(years(.commentNoComment) == plain { $0.words != $1.words }, "\(seed): \(members)")
        }
    }
}
