import Document
import TestSupport
import Testing

/// Random and mangled input: never a crash, a hang, or a value that does not survive being written.
@Suite struct FuzzTests {
    private static let seeds = [
        "a: &x {b: [1, 'two', \"thr\\u00e9e\"], <<: {c: |\n  x\n}}\nd: *x\n---\n- >-\n  fold\n  ed\n- ? k\n  : v\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a # c\n  labels: {a: b}\nspec:\n  containers:\n  - name: x\n    args: [a, b]\n",
        "{\"a\":[1,-2.5e3,true,null,\"\\ud83d\\ude00\"],\"b\":{\"c\":\"\\n\"}}",
    ].map { Array($0.utf8) }

    private static let marks =
        Array("\n\t -:?#&*!|>'\"%@`{}[],\\\u{0}\u{7F}~=<.0\r".utf8) + [
            0xC2, 0x85, 0xE2, 0x80, 0xA8, 0xFF, 0xEF, 0xBB, 0xBF,
        ]

    private func mangled(_ chance: inout SplitMix) -> [UInt8] {
        var bytes = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &chance)]
        for _ in 0..<Int.random(in: 1...8, using: &chance) {
            let place = Int.random(in: 0..<bytes.count, using: &chance)
            let mark = Self.marks[Int.random(in: 0..<Self.marks.count, using: &chance)]
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: bytes[place] = mark
            case 1: bytes.insert(mark, at: place)
            case 2: bytes.remove(at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...12, using: &chance))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &chance))
            }
            if bytes.isEmpty { bytes = [mark] }
        }
        return bytes
    }

    @Test(arguments: 0..<8)
    func `reads mangled YAML or says why not, and writes what reads back the same`(seed: UInt64) throws {
        var chance = SplitMix(state: seed)
        for _ in 0..<400 {
            let bytes = mangled(&chance)
            guard let documents = try? YAML.parse(bytes, file: SourceFile("fuzz"), keepsComments: true) else {
                continue
            }
            for form in [YAML.Form.canonical, .asWritten] {
                guard let back = try? YAML.parse(YAML.emit(documents, form), file: SourceFile("fuzz")) else { continue }
                #expect(back.count == documents.filter { !$0.isNull }.count || back == documents)
            }
            for document in documents {
                #expect(try JSON.parse(JSON.emit(document)).fields?.count == document.fields?.count)
            }
        }
    }

    @Test(arguments: 0..<4)
    func `reads mangled JSON or says why not`(seed: UInt64) throws {
        var chance = SplitMix(state: seed &+ 100)
        for _ in 0..<1000 {
            let bytes = mangled(&chance)
            guard let value = try? JSON.parse(bytes) else { continue }
            #expect(try JSON.parse(JSON.emit(value)) == value)
        }
    }

    @Test(arguments: 0..<4)
    func `survives noise`(seed: UInt64) {
        var chance = SplitMix(state: seed &+ 200)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...200, using: &chance)).map { _ in
                UInt8.random(in: 0...255, using: &chance)
            }
            _ = try? YAML.parse(bytes, file: SourceFile("noise"))
            _ = try? JSON.parse(bytes)
            let ascii = bytes.map { Self.marks[Int($0) % 34] }
            _ = try? YAML.parse(ascii, file: SourceFile("noise"))
            _ = try? EditPath(String(decoding: ascii, as: UTF8.self))
        }
    }

    @Test(arguments: 0..<6)
    func `edits mangled files rightly or not at all`(seed: UInt64) throws {
        var chance = SplitMix(state: seed &+ 300)
        let paths = try [
            "a", "a.b", "metadata.name", "spec.containers[name=x].image", "d.new", "a.b[0]", "metadata.labels.z",
        ].map { try EditPath($0) }
        for _ in 0..<150 {
            let bytes = mangled(&chance)
            guard var edit = try? SourceEdit(bytes, file: SourceFile("fuzz")) else { continue }
            for path in paths {
                guard (try? edit.set(path, to: "v: 1")) != nil else { continue }
                #expect(try edit.value(at: path)?.string == "v: 1")
            }
            for path in paths { try? edit.remove(path) }
        }
    }
}
