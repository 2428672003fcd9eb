/// Says on a terminal how far a verification is, on one line that is written over.
struct VerifyProgress {
    private static let clearLine = "\r\u{1B}[K"

    /// Shows how many movements were read.
    ///
    /// - Parameter about: How many there are, as far as PostgreSQL knows; nil: nobody knows.
    func show(_ movements: Int, of about: Int64?) {
        guard Terminal.current.showsProgress() else { return }
        let known = about.flatMap { $0 > 0 ? $0 : nil }
        let text: String
        if movements == 0 {
            text = "PostgreSQL puts \(known.map { "about \($0)" } ?? "the") movements in order"
        } else {
            text = "read \(movements) movements" + (known.map { " of about \($0)" } ?? "")
        }
        Terminal.current.showProgress(Self.clearLine + text)
    }

    /// Takes the line away.
    func clear() {
        guard Terminal.current.showsProgress() else { return }
        Terminal.current.showProgress(Self.clearLine)
    }
}
