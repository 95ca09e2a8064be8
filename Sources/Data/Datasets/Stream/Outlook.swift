/// A look at what comes next in a window, which is widened where it shows too little.
///
/// What it shows depends on the input alone, not on how the input is cut into readings, and so do the blocks that rows are
/// taken in, and what is refused for its length.
struct Outlook {
    private let window: InputWindow
    /// How many bytes an item that is looked for may have.
    private let longest: Int
    private var wanted: Int
    /// Whether the input ends with what is shown.
    private(set) var isAll: Bool

    /// - Parameter wanted: how many bytes it shows at first.
    init(_ window: InputWindow, wanted: Int, longest: Int) throws {
        self.window = window
        self.longest = longest
        self.wanted = wanted
        isAll = try !window.require(wanted)
    }

    /// A look at as much as a block of rows has.
    init(_ window: InputWindow, longest: Int) throws {
        try self.init(window, wanted: window.blockSize, longest: longest)
    }

    /// What it shows; good until it is widened, or the window is.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: window.bytes.prefix(wanted)) }

    /// Shows twice as much, so that looking anew costs no more than reading.
    ///
    /// - Returns: false where an item that is not whole yet is too long.
    mutating func widen() throws -> Bool {
        guard wanted <= longest else { return false }
        wanted = min(2 * wanted, longest + 1)
        isAll = try !window.require(wanted)
        return true
    }
}
