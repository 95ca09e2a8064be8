import CLinux
import CMnl
import Glibc

/// A netlink socket in one network namespace (netlink(7)); it stays there whichever thread uses it.
///
/// The kernel works a batch off while it is being sent, so every answer is there when the call returns and nothing waits.
package final class NetlinkSocket {
    /// Which part of the kernel is spoken to.
    package enum Bus: Int32, Sendable {
        /// rtnetlink(7): links, addresses, routes, neighbours.
        case route = 0
        /// nfnetlink: nftables and connection tracking.
        case netfilter = 12
    }

    private let socket: OpaquePointer
    private var sendLimit = 0

    /// Opens a socket in a namespace; in the caller's own when none is named.
    package init(_ bus: Bus, in namespace: NetworkNamespace? = nil) throws {
        let raw = try namespace.map { namespace in try namespace.run { try Self.open(bus) } } ?? Self.open(bus)
        guard let socket = mnl_socket_fdopen(raw) else {
            let code = errno
            close(raw)
            throw SystemError(code, call: "mnl_socket_fdopen")
        }
        self.socket = socket
        var one: Int32 = 1
        // Without these two an error only repeats the request; with them it carries the kernel's words.
        mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &one, 4)
        mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &one, 4)
        // Lets rtnetlink dump by filters instead of ignoring them.
        mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &one, 4)
    }

    deinit {
        mnl_socket_close(socket)
    }

    /// Sends a batch and reads the answers to it. What succeeds is not acknowledged: only refusals and data come back.
    ///
    /// - Parameter tolerated: errors that are as good as success, for each message alone.
    /// - Returns: the messages that the kernel sent back.
    /// - Throws: `NetlinkError` for the first message that the kernel refused.
    @discardableResult
    package func send(_ batch: NetlinkBatch, tolerating tolerated: Set<Int32> = []) throws -> [NetlinkMessage] {
        guard batch.count > 0 else { return [] }
        try transmit(batch)
        var answers = NetlinkAnswers(subjects: batch.subjects, tolerated: tolerated)
        while try receive(into: &answers, wait: false) {}
        if let failure = answers.failure { throw failure }
        return answers.messages
    }

    /// Asks for a list; `write` writes the one request, with `NLM_F_DUMP` among its flags.
    package func dump(_ write: (NetlinkBatch) -> Void) throws -> [NetlinkMessage] {
        for _ in 0..<8 {
            let batch = NetlinkBatch()
            write(batch)
            try transmit(batch)
            var answers = NetlinkAnswers(subjects: batch.subjects, tolerated: [])
            while !answers.isDone, answers.failure == nil { _ = try receive(into: &answers, wait: true) }
            if let failure = answers.failure { throw failure }
            // A list that changed while it was read is read again.
            if !answers.isInterrupted { return answers.messages }
        }
        throw NetlinkError(EBUSY, subject: "list", detail: "it kept changing while it was read")
    }

    private static func open(_ bus: Bus) throws(SystemError) -> Int32 {
        // SOCK_RAW, SOCK_CLOEXEC and SOCK_NONBLOCK, socket(2).
        try checked("socket", on: "netlink") { Glibc.socket(AF_NETLINK, 3 | 0o2000000 | 0o4000, bus.rawValue) }
    }

    private func transmit(_ batch: NetlinkBatch) throws {
        let sent = try batch.withBytes { bytes in
            makeRoom(for: bytes.count)
            return mnl_socket_sendto(socket, bytes.baseAddress, bytes.count)
        }
        if sent == -1 { throw SystemError(errno, call: "sendto", subject: "netlink") }
    }

    /// The kernel refuses a message longer than the send buffer.
    private func makeRoom(for size: Int) {
        guard size > sendLimit else { return }
        var limit = Int32(clamping: max(size * 2, 1 << 18))
        setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &limit, 4)
        setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &limit, 4)
        sendLimit = Int(limit)
    }

    /// Reads one datagram; false when there is none.
    private func receive(into answers: inout NetlinkAnswers, wait: Bool) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 32768)
        while true {
            let count = mnl_socket_recvfrom(socket, &buffer, buffer.count)
            if count >= 0 {
                answers.read(buffer[..<count])
                return true
            }
            switch errno {
            case EINTR: continue
            case EAGAIN where wait: try awaitAnswer()
            case EAGAIN: return false
            case let code: throw SystemError(code, call: "recvmsg", subject: "netlink")
            }
        }
    }

    private func awaitAnswer() throws {
        var poll = pollfd(fd: mnl_socket_get_fd(socket), events: Int16(POLLIN), revents: 0)
        guard try checked("poll", on: "netlink", { Glibc.poll(&poll, 1, 5000) }) > 0 else {
            throw SystemError(ETIMEDOUT, call: "poll", subject: "netlink")
        }
    }
}

/// What the kernel answered so far.
private struct NetlinkAnswers {
    let subjects: [String]
    let tolerated: Set<Int32>
    var messages: [NetlinkMessage] = []
    var failure: NetlinkError?
    var isDone = false
    var isInterrupted = false

    mutating func read(_ datagram: ArraySlice<UInt8>) {
        var rest = datagram
        while rest.count >= 16 {
            let header = rest.withUnsafeBytes { $0.loadUnaligned(as: nlmsghdr.self) }
            let length = Int(header.nlmsg_len)
            guard length >= 16, length <= rest.count else { return }
            take(header, Array(rest.dropFirst(16).prefix(length - 16)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
    }

    private mutating func take(_ header: nlmsghdr, _ payload: [UInt8]) {
        if Int32(header.nlmsg_flags) & NLM_F_DUMP_INTR != 0 { isInterrupted = true }
        switch Int32(header.nlmsg_type) {
        case NLMSG_ERROR: takeError(header, payload)
        case NLMSG_DONE:
            isDone = true
            let code = payload.count >= 4 ? payload.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) } : 0
            if code < 0 { fail(header, -code, detail: "") }
        default: messages.append(NetlinkMessage(type: header.nlmsg_type, payload: payload))
        }
    }

    private mutating func takeError(_ header: nlmsghdr, _ payload: [UInt8]) {
        guard payload.count >= 20 else { return }
        let code = payload.withUnsafeBytes { -$0.loadUnaligned(as: Int32.self) }
        guard code != 0, !tolerated.contains(code) else { return }
        let attributes = NetlinkAttributes(payload.dropFirst(20))
        let said = Int32(header.nlmsg_flags) & NLM_F_ACK_TLVS != 0
        fail(header, code, detail: said ? attributes.text(Int(NLMSGERR_ATTR_MSG.rawValue)) ?? "" : "")
    }

    private mutating func fail(_ header: nlmsghdr, _ code: Int32, detail: String) {
        guard failure == nil else { return }
        let index = Int(header.nlmsg_seq) - 1
        let subject = subjects.indices.contains(index) ? subjects[index] : "batch"
        failure = NetlinkError(code, subject: subject, detail: detail)
    }
}
