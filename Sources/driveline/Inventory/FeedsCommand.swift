internal import ArgumentParser
internal import InventoryAPI
internal import InventoryMessages
internal import RPC

/// `driveline inventory feeds`: where partners' figures of stock come from.
struct FeedsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feeds",
        abstract: "Lists, puts, runs and deletes the feeds of stock of a brand.",
        subcommands: [List.self, Put.self, Run.self, Runs.self, Delete.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists a brand's feeds, with the age of their figures.")

        @OptionGroup var options: FeedCallOptions

        func run() async throws {
            try await self.options.withClient { client, call in
                let feeds = try await client.listFeeds(ListFeedsRequest(), options: call).feeds
                try self.options.show(feeds)
            }
        }
    }

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes or replaces a feed, of a drop folder or by HTTPS.",
            discussion: """
                driveline inventory feeds put acme --folder acme --pattern 'stock-*.csv' --every 15 \
                --sku-column Item --quantity-column Qty --location WHS1 --full --stale-after 26h --hide-stale
                """)

        @Argument(help: "The feed's id.")
        var feed: String

        @OptionGroup var definition: FeedOptions

        @OptionGroup var options: FeedCallOptions

        func run() async throws {
            try await self.options.withClient { client, call in
                let request = PutFeedRequest(feedID: self.feed, feed: self.definition.feed)
                try self.options.show([try await client.putFeed(request, options: call)])
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a feed due now; `feeds runs` shows what became of it.")

        @Argument(help: "The feed's id.")
        var feed: String

        @Flag(help: "Takes the next file however much falls by it.")
        var acceptFall = false

        @OptionGroup var options: FeedCallOptions

        func run() async throws {
            try await self.options.withClient { client, call in
                let request = RunFeedRequest(feedID: self.feed, acceptFall: self.acceptFall)
                try self.options.show([try await client.runFeed(request, options: call)])
            }
        }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists a feed's latest runs, the newest first.")

        @Argument(help: "The feed's id.")
        var feed: String

        @Option(help: "How many at most, 1 to 200.")
        var limit: UInt32 = 20

        @OptionGroup var options: FeedCallOptions

        func run() async throws {
            try await self.options.withClient { client, call in
                let request = ListFeedRunsRequest(feedID: self.feed, pageSize: self.limit)
                let runs = try await client.listFeedRuns(request, options: call).runs
                try Listing(columns: FeedRunEntry.columns, entries: runs.map(FeedRunEntry.init))
                    .print(asJSON: self.options.json)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a feed, with its runs; the stock that it has brought stays.")

        @Argument(help: "The feed's id.")
        var feed: String

        @OptionGroup var options: FeedCallOptions

        func run() async throws {
            try await self.options.withClient { client, call in
                _ = try await client.deleteFeed(DeleteFeedRequest(feedID: self.feed), options: call)
            }
        }
    }
}

/// How commands about feeds reach the service, and how they show what it answers.
struct FeedCallOptions: ParsableArguments {
    @Flag(help: "Writes JSON instead of a table.")
    var json = false

    @OptionGroup var options: InventoryOptions

    /// Makes a client for the length of `body`, which gets the options of its calls, too; a failure becomes one line.
    func withClient(_ body: (InventoryServiceClient, CallOptions) async throws -> Void) async throws {
        try await reportingFailure {
            try await self.options.withClient { try await body($0, self.options.callOptions) }
        }
    }

    fileprivate func show(_ feeds: [Feed]) throws {
        try Listing(columns: FeedEntry.columns, entries: feeds.map(FeedEntry.init)).print(asJSON: self.json)
    }
}
