import Crypto
import Glibc
import System

/// One of the two nftables tables, with what of it is known to be in force.
final class PacketFilter {
    private let socket: NetlinkSocket
    private let table: String
    /// The table's note when it is in force as it should be.
    private let wanted: String
    private let writeFrame: (NftablesBatch) -> Void

    /// - Parameter note: kept with the table beside its fingerprint.
    init(
        _ socket: NetlinkSocket, table: String, note: String = "", frame: @escaping (NftablesBatch) -> Void
    ) throws {
        self.socket = socket
        self.table = table
        writeFrame = frame
        let batch = NftablesBatch(table: table)
        frame(batch)
        wanted = "belay \(Digest.sha256(try batch.bytes).hex.prefix(16))\(note)"
    }

    /// Makes the table unless it is there just so: a process that starts again leaves what carries traffic in force.
    func converge() throws {
        guard try socket.nftablesNotes()[table] != wanted else { return }
        let batch = NftablesBatch(table: table)
        batch.addTable(note: wanted)
        batch.removeTable()
        batch.addTable(note: wanted)
        writeFrame(batch)
        try batch.commit(on: socket)
    }

    /// Whether the table is there as it was made: others may flush all tables of a host.
    func isInForce() throws -> Bool {
        try socket.nftablesNotes()[table] == wanted
    }

    /// Changes elements, all at once.
    func change(_ write: (NftablesBatch) -> Void) throws {
        let batch = NftablesBatch(table: table)
        write(batch)
        try batch.commit(on: socket)
    }

    /// Removes the table, which may be gone already.
    static func remove(_ table: String, on socket: NetlinkSocket) throws {
        let batch = NftablesBatch(table: table)
        batch.addTable(note: "")
        batch.removeTable()
        try batch.commit(on: socket)
    }
}
