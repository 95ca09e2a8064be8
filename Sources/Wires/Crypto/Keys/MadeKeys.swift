import Synchronization

/// Keys and slow digests that were made, by the secrets that they follow from: to make one takes as long as to render a
/// hundred objects.
package final class MadeKeys: Sendable {
    private let texts = Mutex<[[UInt8]: String]>([:])
    private let limit: Int

    /// - Parameter limit: texts that are kept; with one more, all are forgotten.
    package init(limit: Int = 1024) {
        self.limit = limit
    }

    /// The text that follows from a seed, made if it is not known.
    package func text<Failure>(
        from seed: [UInt8], make: () throws(Failure) -> String
    ) throws(Failure) -> String {
        if let known = texts.withLock({ $0[seed] }) { return known }
        let text = try make()
        texts.withLock { texts in
            if texts.count >= limit { texts.removeAll() }
            texts[seed] = text
        }
        return text
    }
}
