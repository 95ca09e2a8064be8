import Glibc
import Scrub
import System

// How fast detectors sweep texts of four kinds, in megabytes a second of one core's time: `make bench-detect`. Each text is
// made here, the same on each run; files that are named are swept too.

/// Numbers that are the same on each run (SplitMix64).
struct Chance {
    private var state: UInt64 = 2026

    mutating func next(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }

    mutating func one(of words: [String]) -> String { words[next(words.count)] }
}

/// The texts, each about so long.
enum Sample: String, CaseIterable {
    case prose
    case customers
    case manifests
    case source

    func bytes(_ count: Int) -> [UInt8] {
        var chance = Chance()
        var text: [UInt8] = []
        text.reserveCapacity(count + 4096)
        if self == .customers {
            text += Array(
                "COPY customers (id, first_name, last_name, email, phone, born, street, note, seen) FROM stdin;\n".utf8)
        }
        var number = 0
        while text.count < count {
            number += 1
            text += Array(piece(number, &chance).utf8)
        }
        return text
    }

    private func piece(_ number: Int, _ chance: inout Chance) -> String {
        switch self {
        case .prose: Self.sentence(&chance)
        case .customers: Self.customer(number, &chance)
        case .manifests: Self.manifest(number, &chance)
        case .source: Self.function(number, &chance)
        }
    }

    private static let words = """
        the rope holds what hangs on it and a sailor who makes it fast can sleep because nothing drifts while the wind is
        from the west at night every knot has a name some have two and the harbour master writes each of them into a book
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    private static func sentence(_ chance: inout Chance) -> String {
        let text = (0..<(6 + chance.next(14))).map { _ in chance.one(of: words) }.joined(separator: " ")
        return text
            + (chance.next(5) == 0 ? ".\n" : chance.next(9) == 0 ? " (see chapter \(chance.next(40)));\n" : ". ")
    }

    private static let given = ["Greta", "Søren", "Hugo", "Irina", "José", "Tara", "Ulrich", "Zoe"]
    private static let family = ["Sharma", "Müller", "O'Neill", "García", "Kowalski", "Rossi", "van der Velde"]

    private static func customer(_ number: Int, _ chance: inout Chance) -> String {
        let (first, last) = (chance.one(of: given), chance.one(of: family))
        let day = "\(1940 + chance.next(65))-0\(1 + chance.next(9))-1\(chance.next(10))"
        let time =
            "2025-0\(1 + chance.next(9))-2\(chance.next(9)) 1\(chance.next(10)):2\(chance.next(10)):3\(chance.next(10)).5+00"
        return
            "\(number)\t\(first)\t\(last)\tmail\(number)@post-kunden.de\t+49 30 \(1_000_000 + chance.next(8_999_999))\t\(day)\t"
            + "Hafenstraße \(1 + chance.next(200))\tasked about order \(chance.next(99_999)), \(chance.one(of: words))\t\(time)\n"
    }

    private static func manifest(_ number: Int, _ chance: inout Chance) -> String {
        let name = "\(chance.one(of: words))-\(number)"
        return """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: \(name)
              labels: {app.kubernetes.io/name: \(name), tier: \(chance.one(of: words))}
            spec:
              replicas: \(chance.next(9))
              selector: {matchLabels: {app.kubernetes.io/name: \(name)}}
              template:
                spec:
                  containers:
                  - name: \(name)
                    image: registry.internal/shop/\(name):1.\(chance.next(40)).\(chance.next(9))
                    env:
                    - {name: LOG_LEVEL, value: info}
                    - name: DB_PASSWORD
                      valueFrom: {secretKeyRef: {name: \(name), key: password}}
                    resources: {limits: {cpu: 500m, memory: 256Mi}, requests: {cpu: 50m, memory: 64Mi}}
            ---

            """
    }

    private static func function(_ number: Int, _ chance: inout Chance) -> String {
        let name = "\(chance.one(of: words))\(number)"
        return """
            /// Counts what \(chance.one(of: words)) has, \(chance.next(99)) at most.
            func \(name)(_ items: [Item], at place: Int = 0x\(String(chance.next(1 << 30), radix: 16))) -> Int? {
                guard let first = items.first(where: { $0.key == "\(chance.one(of: words))" }), place < items.count else {
                    return nil  // nothing to count
                }
                let total = items[place...].reduce(first.count) { $0 + $1.count * \(chance.next(1000)) }
                self.cache["\(name)"] = total
                return total
            }


            """
    }
}

func measured(_ text: [UInt8]) -> (seconds: Double, findings: Int) {
    func time() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    var best = Double.infinity
    var findings = 0
    for _ in 0..<3 {
        var stream = DetectorStream()
        findings = 0
        let start = time()
        var place = 0
        while place < text.count {
            let end = min(place + (1 << 20), text.count)
            stream.add(text[place..<end]) { _ in findings += 1 }
            place = end
        }
        stream.finish { _ in findings += 1 }
        best = min(best, time() - start)
    }
    return (best, findings)
}

func report(_ name: String, _ text: [UInt8]) {
    let (seconds, findings) = measured(text)
    let speed = Int(Double(text.count) / 1e6 / seconds)
    print("\(name): \(speed) MB/s, \(findings) findings in \(text.count / 1_000_000) MB")
}

for sample in Sample.allCases { report(sample.rawValue, sample.bytes(32_000_000)) }
for path in CommandLine.arguments.dropFirst() { report(path, try Files.read(path, limit: 1 << 30)) }
