import Images
import Network
import Synchronization

/// Images that are there, except those of which the test says otherwise.
final class FakeImages: ImageProvider {
    struct State {
        var configs: [String: ImageConfig] = [:]
        var failures: [String: any Error] = [:]
        var asked: [String] = []
    }

    let state = Mutex(State())

    func image(
        _ reference: String, policy: PullPolicy, credentials: [RegistryCredential]
    ) async throws -> ReadyImage {
        try state.withLock { state in
            state.asked.append(reference)
            if let failure = state.failures[reference] { throw failure }
            let config = state.configs[reference] ?? ImageConfig(entrypoint: ["/app"])
            return ReadyImage(
                digest: "sha256:\(reference.utf8.count)", reference: reference, config: config, lowerFolders: ["/layer"]
            )
        }
    }
}

/// Gives addresses and remembers what it was told.
final class FakeNetwork: PodNetwork {
    struct State {
        var addresses: [String: PodAddress] = [:]
        var next: UInt32 = 0x0a58_0002
        var services: [ServiceRule] = []
        var records: [DNSRecord] = []
    }

    let state = Mutex(State())

    func attach(pod id: String, namespace path: String) async throws -> PodAddress {
        state.withLock { state in
            if let known = state.addresses[id] { return known }
            let address = PodAddress(
                address: IPv4Address(bits: state.next), gateway: IPv4Address(bits: 0x0a58_0001))
            state.next += 1
            state.addresses[id] = address
            return address
        }
    }

    func detach(pod id: String) async throws { state.withLock { $0.addresses[id] = nil } }
    func setServices(_ services: [ServiceRule]) async throws { state.withLock { $0.services = services } }
    func setRecords(_ records: [DNSRecord]) async throws { state.withLock { $0.records = records } }

    var resolver: ResolverConfig {
        get async {
            ResolverConfig(
                nameserver: IPv4Address(bits: 0x0a58_0001), domain: "cluster.local", options: ["ndots:5"])
        }
    }
}
