import CatalogFiles
import CatalogMessages

/// What a reader makes of a whole file.
struct ACESReading: Equatable {
    var records: [CatalogRecord] = []
    var header: CatalogFileHeader?
    var declaredCount: Int64?
    var fault: CatalogFileFault?

    /// Reads a file in pieces of a size.
    init(_ bytes: [UInt8], pieceBytes: Int = 65_536) {
        do throws(CatalogFileFault) {
            let reader = try ACESReader()
            do throws(CatalogFileFault) {
                var start = 0
                while start < bytes.count {
                    let end = min(bytes.count, start + pieceBytes)
                    try reader.append(Array(bytes[start..<end]))
                    while let record = try reader.next() { self.records.append(record) }
                    start = end
                }
                try reader.complete()
            } catch {
                self.fault = error
            }
            // Behind a fault the records before it are still given.
            while let record = try? reader.next() { self.records.append(record) }
            self.header = reader.header
            self.declaredCount = reader.declaredCount
        } catch {
            self.fault = error
        }
    }

    init(_ text: String, pieceBytes: Int = 65_536) {
        self.init(Array(text.utf8), pieceBytes: pieceBytes)
    }

    /// The fitments that are to be added.
    var added: [Fitment] {
        self.records.compactMap { record in
            if case .fitment(let fitment, .add) = record.content { fitment } else { nil }
        }
    }

    var refusals: [FailedRecord] {
        self.records.compactMap { record in if case .refused(let refusal) = record.content { refusal } else { nil } }
    }
}

/// Files of our own making.
enum ACESSample {
    static let header = """
        <Header><Company>Acme</Company><SenderName>Jo</SenderName><SenderPhone>1</SenderPhone>\
        <TransferDate>2026-01-01</TransferDate><DocumentTitle>Brakes</DocumentTitle>\
        <EffectiveDate>2026-01-01</EffectiveDate><SubmissionType>Update</SubmissionType></Header>
        """

    /// A file of applications, each beginning a line: the first one line 3.
    static func file(_ applications: [String], version: String = "4.2", count: String? = nil) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ACES version="\(version)">\(Self.header)
        \(applications.joined(separator: "\n"))
        <Footer><RecordCount>\(count ?? "\(applications.count)")</RecordCount></Footer></ACES>
        """
    }

    /// An application with a vehicle, and with what else is given.
    static func application(
        _ vehicle: String = #"<BaseVehicle id="1939"/>"#, _ conditions: String = "", attributes: String = "",
        id: String = "1", quantity: String = "<Qty>1</Qty>", partType: String = #"<PartType id="1896"/>"#,
        part: String = "<Part>P1</Part>", rest: String = ""
    ) -> String {
        """
        <App action="A" id="\(id)"\(attributes)>\(vehicle)\(conditions)\(quantity)\(partType)\(part)\(rest)</App>
        """
    }

    /// One with everything that ACES has for it.
    static let everything = """
        <App action="A" id="7" ref="R &amp; 1" validate="no"><Years from="2018" to="2022"/><Make id="54">Ford</Make>\
        <Model id="688">Mustang</Model><SubModel id="39">GT</SubModel><BodyNumDoors id="2"/>\
        <EngineBase id="9">5.0L</EngineBase><Region id="1"/>\
        <Qual id="5"><param value="10" uom="mm" altvalue="0.4" altuom="in"/><param value="2"/><text>With a b</text></Qual>\
        <Qual id="6"><text>Other</text></Qual><Note>First note with more words</Note>\
        <Note id="3" lang="fr">Deuxième</Note><Qty>2</Qty><PartType id="1896">Rotor</PartType>\
        <MfrLabel>Best</MfrLabel><Position id="22">Front</Position>\
        <Part BrandAAIAID="BMNN" SubBrandAAIAID="BMNP"> AB  12 </Part><DisplayOrder>4</DisplayOrder>\
        <AssetName>IMG1</AssetName><AssetItemOrder>3</AssetItemOrder><AssetItemRef>A</AssetItemRef></App>
        """
}
