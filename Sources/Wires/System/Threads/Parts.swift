import Glibc
import Synchronization

/// Does work on the parts of a whole at the same time: on this thread and on one more for each further core. Waits for
/// all of it.
///
/// How many parts there are depends on the size of the whole alone, so that a machine's cores have no say in results.
/// - Parameters:
///   - count: items of the whole.
///   - size: items that are worth a thread's while; fewer than two such parts are one, done here.
/// - Returns: what the work gave for each part, in order; one result at least.
package func inParts<Result: Sendable>(
    of count: Int, atLeast size: Int, _ work: @Sendable (Range<Int>) -> Result
) -> [Result] {
    let parts = min(count / max(size, 1), partLimit)
    guard parts > 1 else { return [work(0..<count)] }
    return withoutActuallyEscaping(work) { work in
        let crew = Crew(parts: parts) { part in work(count * part / parts..<count * (part + 1) / parts) }
        let threads = (1..<min(parts, coreCount)).compactMap { _ in crew.startThread() }
        crew.run()
        for thread in threads { pthread_join(thread, nil) }
        return crew.results
    }
}

/// More parts than threads: the last one to end is not long alone.
private let partLimit = 32

/// As many threads as work on one whole.
private let coreCount = min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 4)

private class AnyCrew {
    func run() {}
}

/// Threads that take the parts one after another.
private final class Crew<Result: Sendable>: AnyCrew {
    private let parts: Int
    private let work: @Sendable (Int) -> Result
    private let next = Atomic<Int>(0)
    private let found: Mutex<[Result?]>

    init(parts: Int, _ work: @escaping @Sendable (Int) -> Result) {
        self.parts = parts
        self.work = work
        found = Mutex(Array(repeating: nil, count: parts))
    }

    /// Takes parts until there are none left.
    override func run() {
        while true {
            let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard part < parts else { return }
            let result = work(part)
            found.withLock { $0[part] = result }
        }
    }

    /// - Returns: the thread, to be joined while this object lives; nil where the machine has no room for it.
    func startThread() -> pthread_t? {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Allocator.makeRoom()
                Unmanaged<AnyCrew>.fromOpaque(argument).takeUnretainedValue().run()
                return nil
            }, Unmanaged<AnyCrew>.passUnretained(self).toOpaque())
        return code == 0 ? thread : nil
    }

    /// To be asked for when all threads have ended.
    var results: [Result] {
        found.withLock {
            $0.map { result in
                guard let result else { preconditionFailure("a part ended without its result") }
                return result
            }
        }
    }
}
