import CMnl
import Glibc

/// Netlink messages one after another in one buffer, laid out by libmnl (netlink(7)), sent in one system call.
///
/// The sequence number of a message is its place in the batch, counted from 1, so that an answer names its message.
package final class NetlinkBatch {
    private var base: UnsafeMutableRawPointer
    private var capacity = 4096
    /// Where the message being written starts.
    private var start = 0
    private var writing = false
    /// An attribute's length has 16 bits; one that outgrew them makes the whole batch unusable.
    private var overflown = false
    /// What each message is about, for errors.
    private(set) var subjects: [String] = []

    package init() {
        base = Self.zeroed(capacity)
    }

    deinit {
        base.deallocate()
    }

    /// How many messages it has.
    package var count: Int { subjects.count }

    /// The finished messages.
    ///
    /// - Throws: `NetlinkError` when an attribute was longer than 65,535 bytes.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(NetlinkError) -> Result {
        guard !overflown else {
            throw NetlinkError(
                EMSGSIZE, subject: subjects.last ?? "", detail: "an attribute is longer than 65535 bytes")
        }
        return body(UnsafeRawBufferPointer(start: base, count: start))
    }

    /// Writes one message.
    ///
    /// - Parameters:
    ///   - type: `RTM_NEWLINK` and its like.
    ///   - flags: besides `NLM_F_REQUEST`.
    ///   - header: the family's fixed part, `ifinfomsg` and its like.
    ///   - subject: what it is about, for errors.
    func message(
        _ type: Int, flags: Int32, header: some BitwiseCopyable, about subject: String,
        _ attributes: (NetlinkBatch) -> Void = { _ in }
    ) {
        reserve(MemoryLayout.size(ofValue: header))
        subjects.append(subject)
        let message = mnl_nlmsg_put_header(base + start)
        message?.pointee.nlmsg_type = UInt16(truncatingIfNeeded: type)
        message?.pointee.nlmsg_flags = UInt16(truncatingIfNeeded: NLM_F_REQUEST | flags)
        message?.pointee.nlmsg_seq = UInt32(subjects.count)
        writing = true
        raw(header)
        attributes(self)
        start += (length + 3) & ~3
        writing = false
    }

    func put(_ attribute: Int, _ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        reserve(bytes.count)
        overflown = overflown || bytes.count > 65000
        mnl_attr_put(open, UInt16(truncatingIfNeeded: attribute), overflown ? 0 : bytes.count, bytes)
    }

    func put(_ attribute: Int, _ value: some BitwiseCopyable) {
        reserve(MemoryLayout.size(ofValue: value))
        withUnsafeBytes(of: value) {
            mnl_attr_put(open, UInt16(truncatingIfNeeded: attribute), $0.count, $0.baseAddress)
        }
    }

    /// A string with its final zero.
    func put(_ attribute: Int, _ text: String) {
        reserve(text.utf8.count + 1)
        mnl_attr_put_strz(open, UInt16(truncatingIfNeeded: attribute), text)
    }

    /// A number in network order, as netfilter has all of its own.
    func put(_ attribute: Int, big value: some FixedWidthInteger & BitwiseCopyable) {
        put(attribute, value.bigEndian)
    }

    /// An attribute of attributes.
    func nest(_ attribute: Int, _ attributes: (NetlinkBatch) -> Void) {
        reserve(0)
        let place = length
        mnl_attr_nest_start(open, UInt16(truncatingIfNeeded: attribute))
        attributes(self)
        guard length - place <= 0xffff else {
            overflown = true
            return
        }
        let nest = (base + start + place).assumingMemoryBound(to: nlattr.self)
        mnl_attr_nest_end(open, nest)
    }

    /// Writes bytes with no attribute around them, padded to four: a header inside a nested attribute.
    func raw(_ value: some BitwiseCopyable) {
        let size = (MemoryLayout.size(ofValue: value) + 3) & ~3
        reserve(size)
        let place = mnl_nlmsg_put_extra_header(open, size)
        withUnsafeBytes(of: value) { bytes in
            if let source = bytes.baseAddress { place?.copyMemory(from: source, byteCount: bytes.count) }
        }
    }

    private var open: UnsafeMutablePointer<nlmsghdr> {
        (base + start).assumingMemoryBound(to: nlmsghdr.self)
    }

    /// Bytes of the message being written, as far as it is.
    private var length: Int { Int(open.pointee.nlmsg_len) }

    /// Makes room for an attribute of `count` bytes; libmnl itself does not look at the buffer's end.
    private func reserve(_ count: Int) {
        let used = writing ? start + length : start
        guard used + count + 64 > capacity else { return }
        let larger = max(capacity * 2, used + count + 4096)
        let moved = Self.zeroed(larger)
        moved.copyMemory(from: base, byteCount: used)
        base.deallocate()
        base = moved
        capacity = larger
    }

    /// Bytes between attributes are sent too; the same messages are always the same bytes.
    private static func zeroed(_ count: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        return memory
    }
}
