internal import ChannelAdapter
internal import ChannelDomain

/// What a listing is to say, made of its product as it was when the listing was found to be due.
struct MadeContent: Sendable {
    /// As it is sent.
    var row: ContentRow
    /// Of all of its values.
    var hash: String
    /// The revision of the row that it was made for.
    var revision: Int64

    /// A row as it stands now, with this as its content; nil where it was marked again since.
    func sent(for work: DueWork) -> DueWork? {
        guard work.row.revision == self.revision else { return nil }
        var work = work
        work.row.content = self.hash
        return work
    }
}
