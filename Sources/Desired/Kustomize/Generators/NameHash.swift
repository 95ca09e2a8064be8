import Crypto
import Document

/// The hash at the end of a generated object's name, which changes with its content.
enum NameHash {
    /// Ten characters over the kind and data as Go writes them in JSON. The name is always empty there: kustomize looks
    /// for a field called `metadata/name`, which no object has.
    static func hash(of object: Value) -> String {
        let isSecret = object["kind"]?.string == "Secret"
        var content = Mapping()
        func field(_ name: String) -> Value {
            guard let value = object[name] else { return "" }
            return value.scalar.map { .string($0.text) } ?? value
        }
        for binary in [isSecret ? "stringData" : "binaryData"] where object[binary]?.fields != nil {
            content[binary] = field(binary)
        }
        content["data"] = field("data")
        content["kind"] = .string(isSecret ? "Secret" : "ConfigMap")
        content["name"] = ""
        if isSecret { content["type"] = field("type") }
        let hex = Digest.sha256(JSON.emit(.mapping(content), .go)).hex
        // Digits that could form words or be taken for one another have stand-ins.
        let standIns: [Character: Character] = ["0": "g", "1": "h", "3": "k", "a": "m", "e": "t"]
        return String(hex.prefix(10).map { standIns[$0] ?? $0 })
    }

    /// Where what goes into the hash is written, behind some places; of many, the first and last line in each file.
    static func places(of object: Value, after first: [Place]) -> [Place] {
        var places = first
        func add(_ value: Value) {
            if value.origin.isKnown { places.append(value.place) }
        }
        for field in ["data", "stringData", "binaryData"] {
            guard let entries = object[field]?.fields?.entries else { continue }
            places.reserveCapacity(places.count + entries.count + 1)
            for entry in entries { add(entry.value) }
        }
        if let type = object["type"], type.trivia?.synthesis != .whole { add(type) }
        if places.count <= placeLimit { return places }
        var spans: [SourceFile: Place] = [:]
        for place in places {
            var span = spans[place.origin.file] ?? place
            let (low, high) = (span.span.lowerBound, span.span.upperBound)
            if place.origin.line < span.origin.line { span.origin = place.origin }
            span.lines = min(low, place.span.lowerBound)...max(high, place.span.upperBound)
            spans[place.origin.file] = span
        }
        return spans.values.sorted { $0.origin.file.path < $1.origin.file.path }
    }

    /// Every reference to a generated object remembers its places: more would cost memory where few would read them.
    private static let placeLimit = 16
}
