import System
import TestSupport

@testable import Images
@testable import Transport

/// A client without waits between attempts.
func registryClient(plain: Set<String> = []) throws -> RegistryClient {
    let clock = WallClock(now: { .now }, sleep: { _ in })
    return RegistryClient(http: try HTTPClient(proxies: .none, clock: clock), plain: plain)
}
