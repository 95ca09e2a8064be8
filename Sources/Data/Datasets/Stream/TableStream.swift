package import Scrub

/// A table's rows on their way: its plan, each lane's own transforms, and how many rows have passed.
///
/// Sendable unchecked: a lane touches only what is at its own index; the parser alone counts.
package final class TableStream: @unchecked Sendable {
    package let schema: TableSchema
    package let plan: TablePlan
    /// Each lane's transforms by the column's place in the schema; one lane more than there are threads, for the parser.
    private let transforms: [[(any CellTransform)?]]
    /// Rows that the parser has met so far.
    package var rows: UInt64 = 0
    /// Rows that each lane has written.
    private let written: UnsafeMutableBufferPointer<Int>

    package init(_ schema: TableSchema, _ plan: TablePlan, lanes: Int) {
        self.schema = schema
        self.plan = plan
        transforms = (0...lanes).map { _ in
            plan.columns.map { if case .transform(let recipe) = $0 { recipe.instance() } else { nil } }
        }
        written = .allocate(capacity: (lanes + 1) * Self.stride)
        written.initialize(repeating: 0)
    }

    deinit { written.deallocate() }

    /// Counters of two lanes lie in two lines of the cache.
    private static let stride = 16

    /// Whether rows pass byte for byte.
    package var isKept: Bool {
        guard plan.rows == nil, !plan.isEmptied, !plan.isDropped else { return false }
        return plan.columns.allSatisfy { if case .keep = $0 { true } else { false } }
    }

    /// Whether no row goes out.
    package var hasNoRows: Bool { plan.isEmptied || plan.isDropped }

    package func transform(_ column: Int, lane: Int) -> (any CellTransform)? { transforms[lane][column] }

    /// The lane that belongs to the parser.
    package var parserLane: Int { transforms.count - 1 }

    package func count(_ rows: Int, lane: Int) { written[lane * Self.stride] += rows }

    /// Rows written by all lanes; to be asked when they have stopped.
    package var rowsWritten: Int { written.reduce(0, +) }
}

/// What becomes of one field of a row, with all that a loop over rows needs at hand.
package struct FieldWork {
    /// What is done.
    package enum Action: UInt8 { case keep, drop, transform }

    package var action: Action
    /// The column's place in the schema.
    package var column: Int
    package var transform: (any CellTransform)?
    package var replacesNull = false
    /// Whether the field is decoded before any transform of the row is applied.
    package var isContext = false
    package var isNumber = false

    /// The fields of a row, by the columns that they hold.
    package static func fields(of table: TableStream, columns: [Int], lane: Int) -> [FieldWork] {
        columns.map { column in
            var field = FieldWork(action: .keep, column: column)
            switch table.plan.columns[column] {
            case .keep: break
            case .drop, .generated: field.action = .drop
            case .transform(let recipe):
                field.action = .transform
                field.transform = table.transform(column, lane: lane)
                field.replacesNull = recipe.replacesNull
            }
            field.isContext =
                table.plan.contextColumns.contains(column) || table.plan.rows?.reads.contains(column) == true
            let kind = table.schema.columns[column].type.kind
            field.isNumber = kind == .integer || kind == .decimal
            return field
        }
    }
}
