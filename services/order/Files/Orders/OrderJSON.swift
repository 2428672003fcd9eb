internal import FileFormats
internal import OrderMessages
internal import ProtobufC
public import Transcoding

/// Orders in JSON, as docs/api.md has them: what readers and writers of files go by.
///
/// It is made of the descriptors that are linked with the messages, by the tables that the gateway goes by: so every
/// field is known here, and faults are named as in answers. Made once, in about a millisecond; it does not change and
/// serves all threads.
public struct OrderJSON: Sendable {
    /// Members of an answer that no order says of itself: who takes in an order that was answered passes over them.
    private let onlyInAnswers: Set<String>
    private let transcoder: Transcoder
    private let placing: MessageType
    private let answer: MessageType
    let columns: OrderColumnSet

    /// Compiles the descriptors.
    ///
    /// - Throws: `SchemaError` where they are not as they were when this was written.
    public init() throws(SchemaError) {
        let schema = try Schema([OrderDescriptors.fileDescriptorSet])
        guard let placing = schema.message(PlaceOrderRequest.fullName) else {
            throw Self.missing(PlaceOrderRequest.fullName)
        }
        guard let answer = schema.message(Order.fullName) else { throw Self.missing(Order.fullName) }
        guard let item = schema.message(OrderItem.fullName) else { throw Self.missing(OrderItem.fullName) }
        self.placing = placing
        self.answer = answer
        let said = Set(schema.fields(of: placing).map(\.name))
        self.onlyInAnswers = Set(schema.fields(of: answer).map(\.name)).subtracting(said)
        self.columns = OrderColumnSet(schema, order: placing, item: item)
        // A row is longer in JSON than in CSV by the names of its fields.
        self.transcoder = Transcoder(
            schema, limits: TranscodingLimits(maximumInputBytes: 4 * OrderFileLimits.maximumRecordBytes))
    }

    private static func missing(_ name: String) -> SchemaError {
        SchemaError(subject: name, reason: "is not among the descriptors")
    }

    /// Reads a document: what `POST /v1/orders` takes, or what `GET /v1/orders/{id}` answers.
    ///
    /// - Parameter name: What a field is called in the file.
    func request(
        _ json: [UInt8], name: (String) -> String = { $0 }
    ) throws(OrderRecordFault) -> PlaceOrderRequest {
        let wire: [UInt8]
        do throws(TranscodingError) {
            wire = try self.transcoder.wire(json: self.withoutAnswers(json), of: self.placing)
        } catch {
            throw OrderRecordFault(error, name: name)
        }
        do throws(DecodingError) {
            var request = try PlaceOrderRequest(decoding: wire)
            request.clearAnswers()
            return request
        } catch {
            throw OrderRecordFault(field: "", message: "the record cannot be kept: \(error)")
        }
    }

    /// A document without the members that stand in answers only.
    private func withoutAnswers(_ json: [UInt8]) -> [UInt8] {
        // What is no object is told of by the transcoder.
        guard let members = JSONMembers(json[...])?.all,
            members.contains(where: { self.onlyInAnswers.contains($0.name) })
        else { return json }
        var said: [UInt8] = [UInt8(ascii: "{")]
        for member in members where !self.onlyInAnswers.contains(member.name) {
            if said.count > 1 { said.append(UInt8(ascii: ",")) }
            JSONQuoting.append(member.name.utf8, to: &said)
            said.append(UInt8(ascii: ":"))
            said += member.value
        }
        said.append(UInt8(ascii: "}"))
        return said
    }

    /// The document of an order, on one line.
    func document(_ order: Order) throws(OrderFileFault) -> [UInt8] { try self.json(order, self.answer) }

    /// The members by which an order could be taken in again.
    func members(_ order: Order) throws(OrderFileFault) -> [JSONMembers.Member] {
        let json = try self.json(PlaceOrderRequest(again: order), self.placing)
        return JSONMembers(json[...])?.all ?? []
    }

    private func json(_ message: some Message, _ type: MessageType) throws(OrderFileFault) -> [UInt8] {
        do { return try self.transcoder.json(wire: try message.encodedBytes(), of: type) } catch {
            throw OrderFileFault(code: "order-not-written", message: "an order cannot be written: \(error)")
        }
    }
}

extension OrderRecordFault {
    /// - Parameter name: What a field is called in the file.
    fileprivate init(_ error: TranscodingError, name: (String) -> String) {
        guard let first = error.fields.first else {
            self.init(field: "", message: error.message)
            return
        }
        var texts = error.fields.prefix(Self.maximumFields).map { fault in
            let field = fault.field.isEmpty ? "the record" : name(fault.field)
            return "\(field) \(fault.reason); expected \(fault.expected)"
        }
        let more = error.fields.count - texts.count
        if more > 0 { texts.append("\(more) more fields are at fault") }
        self.init(field: name(first.field), message: texts.joined(separator: ". "))
    }
}

extension PlaceOrderRequest {
    /// What an order that stands would be taken in by again.
    init(again order: Order) {
        self.init(
            orderID: order.orderID, platform: order.platform, connection: order.connection, orderDate: order.orderDate,
            items: order.items, status: order.status, paymentStatus: order.paymentStatus,
            shippingTracking: order.shippingTracking, currency: order.currency, region: order.region,
            customerGroup: order.customerGroup, customerID: order.customerID, buyer: order.buyer,
            shippingAddress: order.shippingAddress, billingAddress: order.billingAddress, shipping: order.shipping,
            shippingTax: order.shippingTax, discounts: order.discounts, fees: order.fees,
            taxIncluded: order.taxIncluded, vehicle: order.vehicle, coupons: order.coupons, note: order.note,
            tags: order.tags)
        self.clearAnswers()
    }

    /// Clears what stands in answers only, and the quote of prices that are a fact now.
    fileprivate mutating func clearAnswers() {
        self.quoteVersion = ""
        for index in self.items.indices {
            self.items[index].total = nil
            (self.items[index].cancelled, self.items[index].shipped, self.items[index].delivered) = (0, 0, 0)
            (self.items[index].returned, self.items[index].coresReturned, self.items[index].backordered) = (0, 0, 0)
            self.items[index].allocations = []
            self.items[index].substituteFor = ""
            self.items[index].priceListID = ""
            self.items[index].priceRuleIDs = []
        }
    }
}

/// Texts in quotation marks, as JSON has them; their bytes are UTF-8.
enum JSONQuoting {
    static func append(_ text: some Collection<UInt8>, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: json += Array("\\u00".utf8) + [Self.digit(byte >> 4), Self.digit(byte & 15)]
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
