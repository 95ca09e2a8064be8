/// Where data comes from.
package protocol DataSource: Sendable {
    /// The schema of what `read` will hand on, in the same form, where it can be had before; else nil.
    func schema() async throws -> [UInt8]?

    /// Hands all data on, piece by piece, and returns once it is certain that there is no more.
    ///
    /// - Parameter write: takes a piece, and returns when there is room for another.
    /// - Throws: `Problem` when the data ended early, or not as it should; `CancellationError`.
    func read(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws
}

extension DataSource {
    package func schema() async throws -> [UInt8]? { nil }
}

/// Where data goes to. Until `commit` has returned, what was there before is there.
package protocol DataSink: Sendable {
    /// Takes a piece; returns when there is room for another.
    func write(_ piece: [UInt8]) async throws

    /// All pieces have come and are good: puts them in place.
    ///
    /// - Throws: `Problem` when they could not be, and what was there before still is; anything else when nobody can tell.
    func commit() async throws

    /// Gives up: what was there before stays. Does nothing after `commit`.
    func abort() async
}

/// A target that was told to take the data, and did not say whether it has.
package struct UncertainCommit: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
