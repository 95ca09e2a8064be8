import Scrub
import Testing

@testable import Datasets

@Suite struct CellFindingsTests {
    /// Looks at cells as verification does.
    private static func found(_ cells: [String]) -> [String: Int] {
        let fingerprint = CellFingerprint(ScrubKeys(environment: [3]).fingerprints)
        let search = CellFindings()
        for cell in cells {
            let bytes = Array(cell.utf8)
            bytes.withUnsafeBufferPointer { search.look(at: $0, fingerprint.value(of: $0)) }
        }
        let found = search.take()
        #expect(search.take().isEmpty)
        return found
    }

    @Test func `what detectors find in each cell is counted, as often as it comes`() {
        let people = (0..<5000).flatMap {
            ["Greta", "person\($0 % 40)@post-kunden.de", "1987-03-0\(1 + $0 % 9)", "Greta"]
        }
        #expect(Self.found(people) == ["email": 5000])
    }

    @Test func `several findings of one cell count, and those of cells without any before it`() {
        let cells = [
            "", "nothing", "write to a@post-kunden.de or b@post-kunden.de", "nothing", "4111 1111 1111 1111", "nothing",
            "call a@post-kunden.de at +49 30 5550123",
        ]
        #expect(Self.found(cells) == ["email": 3, "payment-card": 1, "phone": 1])
    }

    /// So many different cells that nothing is remembered any more.
    @Test func `cells that do not come again are all looked at`() {
        let cells = (0..<20_000).map { $0 % 4 == 0 ? "x\($0)@post-kunden.de" : "word \($0)" }
        #expect(Self.found(cells) == ["email": 5000])
    }
}
