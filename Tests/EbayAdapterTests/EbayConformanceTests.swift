import ChannelAdapter
import ChannelMessages
import Crypto
import FileFormats
import TestSupport
import Testing

@testable import EbayAdapter

/// Compares with what the platform published; counts are printed.
@Suite(
    "The adapter and eBay's tables and vectors agree",
    .enabled(if: EbayFiles.isPresent, Comment(rawValue: EbayFiles.absence)))
struct EbayConformanceTests {
    /// Codes whose status alone would say something else.
    private static let special: [Int: PlatformFault.Kind] = [
        34922: .retry, 34929: .retry, 33011: .stale, 32400: .stop, 34500: .doneAlready, 34917: .doneAlready,
        195012: .doneAlready, 195021: .doneAlready,
    ]

    @Test("every row of the table of errors is of a known kind, and of that which its status calls for")
    func errorCodes() throws {
        let rows = try EbayFiles.json("error-codes.json")["errors"]?.elements ?? []
        var kinds: [String: Int] = [:]
        var codes: Set<Int> = []
        for row in rows {
            let code = try #require(row["errorId"]?.integer.map { Int($0) })
            let status = try #require(row["httpStatus"]?.digits.flatMap { Int($0) })
            let operation = row["operation"]?.text ?? ""
            codes.insert(code)
            let list = (200..<300).contains(status) ? "warnings" : "errors"
            let error = JSONValue.members([
                "errorId": .integer(Int64(code)), "domain": row["domain"], "category": row["category"],
                "message": row["message"],
            ])
            let body = JSONValue.members([list: .array([error])]).bytes
            let answer = EbayAnswer(PlatformResponse(status: status, body: body), isChange: true)
            guard case .failure(let fault) = answer.body else {
                kinds["warning", default: 0] += 1
                #expect((200..<300).contains(status) && EbayFaults.warnings.contains(code), "\(operation) \(code)")
                continue
            }
            kinds["\(fault.kind)", default: 0] += 1
            let expected = Self.special[code] ?? (status >= 500 ? .retry : .refused)
            #expect(fault.kind == expected && fault.code == "\(code)", "\(operation) \(status) \(code): \(fault)")
        }
        #expect(rows.count == 1_068 && codes.count == 276)
        let counts = kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        EbayFiles.tell("errors: \(rows.count) rows of \(codes.count) codes run: \(counts); 0 skipped")
    }

    @Test("every sample of an error is read, whichever interface wrote it")
    func errorSamples() throws {
        guard case .object(let samples) = try EbayFiles.json("error-samples.json") else {
            Issue.record("the samples are no object")
            return
        }
        let expected: [String: (code: String, kind: PlatformFault.Kind)] = [
            "traditional": ("930", .unknown), "restful": ("292024", .refused), "oauth": ("Error Message", .unknown),
            "postOrder": ("1", .unknown), "plain": ("http-400", .refused),
        ]
        for sample in samples {
            let response = PlatformResponse(status: 400, body: sample.value.bytes)
            guard case .failure(let fault) = EbayAnswer(response, isChange: true).body else {
                Issue.record("\(sample.name) is no fault")
                continue
            }
            #expect(fault.code == expected[sample.name]?.code && fault.kind == expected[sample.name]?.kind, "\(fault)")
        }
        let errors = samples.flatMap { EbayError.all(in: $0.value) }
        #expect(samples.count == 5 && errors.count == 6)
        EbayFiles.tell("samples of errors: \(samples.count) bodies with \(errors.count) errors read, 0 skipped")
    }

    @Test("tokens are asked for as the samples have it, and each sample of an answer gives one")
    func tokens() throws {
        let samples = try EbayFiles.json("oauth-samples.json")
        var (requests, answers) = (0, 0)
        for (name, owner) in [
            ("refreshToken", EbayTokenCall.Owner.seller(refreshToken: "granted")), ("clientCredentials", .application),
        ] {
            let sample = try #require(samples[name])
            let call = EbayTokenCall(owner: owner, base: "https://x.example", clientID: "id", clientSecret: "secret")
            let request = call.request
            #expect(request.url == "https://x.example\(samples["tokenPath"]?.text ?? "")")
            #expect(
                request.headers.first { $0.name == "Content-Type" }?.value
                    == samples.at("headers", "Content-Type")?.text)
            let form = String(decoding: request.body, as: UTF8.self).split(separator: "&").map {
                $0.split(separator: "=")
            }
            guard case .object(let fields)? = sample["requestForm"] else {
                Issue.record("\(name) has no form")
                continue
            }
            #expect(form.map { String($0[0]) } == fields.map(\.name))
            #expect(String(form[0][1]) == sample.at("requestForm", "grant_type")?.text)
            requests += 1
        }
        for name in ["refreshToken", "clientCredentials", "authorizationCode"] {
            let response = try #require(samples.at(name, "response"))
            let grant = try EbayTokenCall.grant(PlatformResponse(status: 200, body: response.bytes))
            #expect(grant.token == response["access_token"]?.text && grant.seconds == 7_200)
            answers += 1
        }
        EbayFiles.tell(
            "tokens: \(requests) requests and \(answers) answers; 1 request skipped, as no code of a seller's consent is "
                + "exchanged here")
    }

    @Test("every vector of a notification's signature, and every one of a challenge")
    func notifications() throws {
        let vectors = try EbayFiles.json("notification-signature-vectors.json")
        let cases = vectors["notification"]?.elements ?? []
        for vector in cases {
            let name = vector["name"]?.text ?? ""
            let header = vector["xEbaySignature"]?.text ?? ""
            let signature = try #require(EbayNotification.Signature(header), "\(name)")
            #expect(signature.keyID == vector.at("decodedHeader", "kid")?.text, "\(name)")
            let key = vector["publicKeyResponse"].flatMap { EbayPublicKey($0) }
            #expect((key == nil) == (vector["publicKeyResponse"] == nil), "\(name)")
            let body = Array((vector["rawBody"]?.text ?? "").utf8)
            guard let key else { continue }
            #expect(key.isGenuine(body, signature.bytes) == vector["valid"]?.truth, "\(name)")
            guard vector["valid"]?.truth == true else { continue }
            let published = try #require(PlatformTime.microseconds("2021-03-19T20:43:59.679Z"))
            let content = try EbayNotification.content(
                of: PlatformNotification(
                    target: "/", headers: [.init(EbayNotification.signatureHeader, header)], body: body,
                    receivedAt: published + 1_000_000), key: key, settings: [:])
            #expect(content.topic == "MARKETPLACE_ACCOUNT_DELETION" && content.kind == .other)
            #expect(content.subject == "ma8vp1jySJC" && content.eventID.hasPrefix("49feeaeb-"))
        }
        let challenges = vectors["endpointChallenge"]?.elements ?? []
        for vector in challenges {
            let response = EbayNotification.challengeResponse(
                code: vector["challengeCode"]?.text ?? "", verificationToken: vector["verificationToken"]?.text ?? "",
                address: vector["endpoint"]?.text ?? "")
            #expect(response == vector["challengeResponse"]?.text)
        }
        #expect(cases.count == 4 && challenges.count == 2)
        EbayFiles.tell(
            "notifications: \(cases.count) signatures and \(challenges.count) challenges run, 0 skipped")
    }

    @Test("every vector of a call's digital signature")
    func digitalSignatures() throws {
        let vectors = try EbayFiles.json("digital-signature-vectors.json")
        let seed = try #require(vectors["ed25519SeedBase64"]?.text)
        var (digests, skipped) = (0, 0)
        for vector in vectors["contentDigest"]?.elements ?? [] {
            guard vector["algorithm"]?.text == "sha-256" else {
                skipped += 1
                continue
            }
            #expect(EbaySignature.contentDigest(Array((vector["body"]?.text ?? "").utf8)) == vector["header"]?.text)
            digests += 1
        }
        let cases = vectors["signatures"]?.elements ?? []
        for vector in cases {
            let jwe = vector["xEbaySignatureKey"]?.text ?? ""
            let signature = try #require(
                try EbaySignature(["signingKey": jwe, "signingPrivateKey": seed]))
            let input = try #require(vector["signatureInput"]?.text)
            let created = try #require(input.firstRange(of: "created=").flatMap { Int64(input[$0.upperBound...]) })
            let body = Array((vector["body"]?.text ?? "").utf8)
            #expect("sig1=\(EbaySignature.input(hasBody: true, created: created))" == input)
            let base = signature.base(
                method: vector["method"]?.text ?? "", path: vector["path"]?.text ?? "",
                authority: vector["authority"]?.text ?? "", digest: vector["contentDigest"]?.text,
                input: String(input.dropFirst(5)))
            #expect(base == vector["signatureBase"]?.text)
            // A signature of this kind need not be the same bytes each time, so both are verified.
            let headers = try signature.headers(
                method: vector["method"]?.text ?? "", path: vector["path"]?.text ?? "",
                authority: vector["authority"]?.text ?? "", body: body, created: created)
            let key = signature.privateKey.publicKey
            for text in [vector["signature"]?.text, headers.last?.value] {
                let bytes = try #require(text.flatMap { Base64.bytes(String($0.dropFirst(6).dropLast())) })
                #expect(key.isValidSignature(bytes, for: Array(base.utf8)))
            }
            #expect(headers.first == PlatformHeader("Content-Digest", vector["contentDigest"]?.text ?? ""))
        }
        let without = vectors.at("signatureInputWithoutBody", "signatureInput")?.text
        #expect("sig1=\(EbaySignature.input(hasBody: false, created: 1_663_459_378))" == without)
        #expect(digests == 1 && skipped == 1 && cases.count == 2)
        EbayFiles.tell(
            "digital signatures: \(cases.count) signatures, \(digests) digest and 1 input without a body run; \(skipped) "
                + "skipped, as no SHA-512 is sent")
    }

    @Test("every call that is sent is valid by the platform's models; one that is not is found")
    func requests() async throws {
        let all = await EachOperation.calls()
        // The older interface of cancellations has no published model.
        let calls = all.filter { !$0.path.hasPrefix("/post-order/") }
        let line = { (call: ScriptedPlatform.Call, body: JSONValue?) in
            let headers = call.request.headers.map { JSONValue.string($0.name) }
            let json = JSONValue.members([
                "method": .string(call.method), "path": .string(call.path), "headers": .array(headers), "body": body,
            ])
            return String(decoding: json.bytes, as: UTF8.self)
        }
        let lines = calls.map { line($0, $0.request.body.isEmpty ? nil : $0.body) }
        let problems = try OpenAPIValidation.run(lines)
        #expect(problems.count == calls.count)
        for (call, problem) in zip(calls, problems) {
            #expect(problem.isEmpty, "\(call.method) \(call.path) \(call.text): \(problem)")
        }
        let bodies = calls.filter { !$0.request.body.isEmpty }
        let wrong = bodies.map { line($0, $0.body.setting("noSuchMember", to: .bool(true))) }
        #expect(try OpenAPIValidation.run(wrong).allSatisfy { $0.contains("noSuchMember") })
        let kinds = Set(
            calls.map { call in
                "\(call.method) "
                    + call.path.prefix { $0 != "?" }.split(separator: "/").map {
                        $0.contains { $0.isNumber } && $0 != "v1" ? "{}" : $0
                    }
                    .joined(separator: "/")
            })
        #expect(calls.count > 60 && bodies.count > 25 && kinds.count >= 27, "\(kinds.sorted())")
        EbayFiles.tell(
            "requests: \(calls.count) calls of \(kinds.count) kinds validated, \(bodies.count) of them with bodies; "
                + "\(all.count - calls.count) skipped, as cancellations have no published model")
    }
}
