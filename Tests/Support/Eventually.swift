/// Waits until something holds that others bring about in their own time; answers whether it came to hold.
///
/// At most two minutes of real time, which guard against waiting for ever and measure nothing. Bounded by time and not by
/// looks: beside a thousand other tests a look may take its time.
package func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(120)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return false
}
