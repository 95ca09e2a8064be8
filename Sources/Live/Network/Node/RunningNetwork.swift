import System

/// What a node's network holds between its start and its stop.
struct RunningNetwork {
    let plan: AddressPlan
    let domain: DNSName
    let pods: PodLinks
    let reaper: LinkReaper
    let services: Services
    let names: DNSServer
    var addresses: AddressAllocator
    let claim: Claim
}

/// Keeps the run folder claimed.
final class Claim: Sendable {
    private let lock: FileLock

    init(_ lock: consuming FileLock) {
        self.lock = lock
    }
}
