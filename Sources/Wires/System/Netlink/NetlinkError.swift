import Glibc

/// What the kernel answered to a netlink message that it refused.
package struct NetlinkError: Error, Hashable, CustomStringConvertible {
    /// errno(3), without the sign.
    package var code: Int32
    /// What the message was about: `link belay-1a2b3c`.
    package var subject: String
    /// The kernel's own words (NETLINK_EXT_ACK), where it has some.
    package var detail: String

    package init(_ code: Int32, subject: String, detail: String = "") {
        self.code = code
        self.subject = subject
        self.detail = detail
    }

    package var description: String {
        let reason = String(cString: strerror(code))
        return "netlink \(subject): \(reason)\(detail.isEmpty ? "" : " (\(detail))")"
    }
}
