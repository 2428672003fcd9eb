import Testing

@testable import Postgres

@Suite struct ListenBufferTests {
    private func notification(_ number: Int) -> PostgresNotification {
        PostgresNotification(channel: "channel", payload: "\(number)")
    }

    @Test("the same notification is held once, until it is taken")
    func once() {
        var buffer = ListenBuffer(maximumNotifications: 10)
        for number in [1, 2, 1, 2, 1] { buffer.received(self.notification(number)) }
        #expect(buffer.next() == .notification(self.notification(1)))
        buffer.received(self.notification(1))
        #expect(buffer.next() == .notification(self.notification(2)))
        #expect(buffer.next() == .notification(self.notification(1)))
        #expect(buffer.next() == nil)
    }

    @Test("more than it holds become one word that some may have been missed")
    func overflow() {
        var buffer = ListenBuffer(maximumNotifications: 3)
        for number in 1...100 { buffer.received(self.notification(number)) }
        #expect(buffer.next() == .mayHaveMissed)
        var left = 0
        while buffer.next() != nil { left += 1 }
        #expect(left <= 3)
        buffer.received(self.notification(1))
        #expect(buffer.next() == .notification(self.notification(1)))
    }
}
