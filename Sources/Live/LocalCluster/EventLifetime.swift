import Document
import Manifest
import System

/// Which Events have served: those past their time, and the oldest of too many.
enum EventLifetime {
    static func expired(_ events: [Manifest], now: Timestamp, lifetime: Duration, limit: Int) -> [ObjectKey] {
        let aged = events.map { (key: $0.key, time: lastTime(of: $0)) }.sorted { $0.time < $1.time }
        let surplus = max(0, aged.count - limit)
        return aged.enumerated().filter { $0.offset < surplus || $0.element.time + lifetime < now }.map(\.element.key)
    }

    /// When an Event last happened.
    private static func lastTime(of event: Manifest) -> Timestamp {
        let fields = [
            ["series", "lastObservedTime"], ["lastTimestamp"], ["eventTime"], ["metadata", "creationTimestamp"],
        ]
        for field in fields {
            if let time = event.value[path: field]?.string.flatMap({ Timestamp($0) }) { return time }
        }
        return Timestamp(nanoseconds: 0)
    }
}
