import Document
import Foundation
import Testing
@Suite struct ScratchTests {
    @Test func scratch() throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "/tmp/doc/emit/in.yaml")))
        var docs = try YAML.parse(bytes, file: SourceFile("in.yaml"), keepsComments: false)
        docs.sort { KeyOrderName($0) < KeyOrderName($1) }
        try Data(YAML.emit(docs)).write(to: URL(fileURLWithPath: "/tmp/doc/emit/got.yaml"))
    }
    func KeyOrderName(_ v: Value) -> String { v["metadata"]?["name"]?.string ?? "" }
}
