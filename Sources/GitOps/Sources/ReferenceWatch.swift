internal import CLinux
internal import Git
internal import Glibc
internal import System

/// Notices at once, by inotify(7), that the branches of a repository on this machine may have moved.
///
/// It is a hint to look, never a fact: the poll goes on. A repository that vanishes or is replaced is noticed through
/// its parent folder; one whose parent is missing too is found again by the next poll.
final class ReferenceWatch: Sendable {
    private let path: String
    private let changed: @Sendable () -> Void
    private let events: Int32
    private let stop: Int32

    /// - Parameter changed: called on the watch's own thread, at most once in a few milliseconds.
    init?(of path: String, changed: @escaping @Sendable () -> Void) {
        self.path = path
        self.changed = changed
        events = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        stop = eventfd(0, Int32(EFD_CLOEXEC))
        guard events >= 0, stop >= 0 else { return nil }
    }

    /// Starts to watch, and the thread that tells, which ends with `cancel`. Whoever looks after this misses nothing.
    func start() {
        var table = WatchTable(events: events, path: path)
        table.rebuild()
        startThread(named: "git-refs") { [self, table] in
            run(table)
            close(events)
            close(stop)
        }
    }

    /// Ends the thread; nothing is called after the one call that may be under way.
    func cancel() {
        eventfd_write(stop, 1)
    }

    private func run(_ start: WatchTable) {
        var table = start
        while true {
            guard wait(milliseconds: -1) else { return }
            // A push moves several files: the first quiet moment ends it, and twenty milliseconds at the latest.
            var isNews = table.drain()
            let end = ContinuousClock.now + .milliseconds(20)
            while isNews, ContinuousClock.now < end, isReadable(milliseconds: 2) { isNews = table.drain() || isNews }
            if table.needsRebuild { table.rebuild() }
            if isNews { changed() }
        }
    }

    /// Waits for events; false when the watch is to end.
    private func wait(milliseconds: Int32) -> Bool {
        var waits = [
            pollfd(fd: events, events: Int16(POLLIN), revents: 0), pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&waits, 2, milliseconds) < 0 {
            if errno != EINTR { return false }
        }
        return waits[1].revents == 0
    }

    private func isReadable(milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: events, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, milliseconds) == 1
    }
}

/// The watches of one inotify descriptor: the folders of references, and the parent that tells of their coming and
/// going.
private struct WatchTable {
    private enum Place {
        /// Holds `HEAD` and `packed-refs`.
        case repository
        /// `refs` or a folder beneath it.
        case references(String)
        /// What is there and is no repository, or not yet: anything that happens in it may make it one.
        case unfinished
        /// The folder that holds the repository; only the repository's own name matters in it.
        case parent(name: String)
    }

    private let events: Int32
    private let path: String
    private var places: [Int32: Place] = [:]
    private(set) var needsRebuild = false

    /// Folders that are watched at most; branches beyond them are noticed by the poll.
    private static let limit = 4096
    private static let mask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)

    init(events: Int32, path: String) {
        self.events = events
        self.path = path
    }

    /// Watches what is there now.
    mutating func rebuild() {
        for watch in places.keys { inotify_rm_watch(events, watch) }
        places = [:]
        needsRebuild = false
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        add(parent, .parent(name: String(path[path.index(after: slash)...])))
        // Before it is opened: one that is half made now tells of its other half.
        for folder in [path, "\(path)/.git"] { add(folder, .unfinished) }
        guard let repository = try? GitRepository(opening: path), let folder = try? repository.gitFolder(),
            let common = try? repository.commonFolder()
        else { return }
        add(folder, .repository)
        if common != folder { add(common, .repository) }
        for case (let watch, .unfinished) in places {
            inotify_rm_watch(events, watch)
            places[watch] = nil
        }
        addReferences("\(common)/refs", depth: 0)
    }

    private mutating func addReferences(_ folder: String, depth: Int) {
        guard depth < 16, places.count < Self.limit, add(folder, .references(folder)) else { return }
        for name in (try? Files.names(in: folder)) ?? [] where !name.hasSuffix(".lock") {
            addReferences("\(folder)/\(name)", depth: depth + 1)
        }
    }

    @discardableResult
    private mutating func add(_ folder: String, _ place: Place) -> Bool {
        let watch = inotify_add_watch(events, folder, Self.mask | UInt32(IN_ONLYDIR))
        if watch >= 0 { places[watch] = place }
        return watch >= 0
    }

    /// Reads all events that are there; whether any may mean a moved branch.
    mutating func drain() -> Bool {
        var isNews = false
        var buffer = [UInt8](repeating: 0, count: 16384)
        while true {
            let size = buffer.count
            let count = read(events, &buffer, size)
            guard count > 0 else { return isNews }
            var offset = 0
            while offset + 16 <= count {
                let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self) }
                let bytes = buffer[(offset + 16)..<min(offset + 16 + Int(event.len), count)].prefix { $0 != 0 }
                isNews = take(event.wd, event.mask, String(decoding: bytes, as: UTF8.self)) || isNews
                offset += 16 + Int(event.len)
            }
        }
    }

    private mutating func take(_ watch: Int32, _ mask: UInt32, _ name: String) -> Bool {
        if mask & UInt32(IN_Q_OVERFLOW) != 0 {
            needsRebuild = true
            return true
        }
        guard let place = places[watch] else { return false }
        if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0 {
            needsRebuild = true
            return true
        }
        switch place {
        case .parent(let own):
            guard name == own else { return false }
            needsRebuild = true
            return true
        case .unfinished:
            needsRebuild = true
            return true
        case .repository:
            if name == "refs" || name == "objects" { needsRebuild = true }
            return ["HEAD", "packed-refs", "refs", "objects"].contains(name)
        case .references(let folder):
            if name.hasSuffix(".lock") { return false }
            if mask & UInt32(IN_ISDIR) != 0, mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 {
                addReferences("\(folder)/\(name)", depth: 1)
            }
            return true
        }
    }
}
