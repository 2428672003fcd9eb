/// How many notices the server has sent on a connection. Their texts are thrown away: libpq would print them.
final class NoticeCount {
    var count = 0
}
