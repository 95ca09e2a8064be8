import CLinux
import Glibc

/// Runs a body on a thread with so many bytes of stack, and waits for it: for what calls itself as often as its input says.
///
/// Memory is taken only as far as the stack grows.
package func withDeepStack<Result>(_ bytes: Int, _ body: () throws -> Result) rethrows -> Result {
    try withoutActuallyEscaping(body) { body in
        let call = DeepCall(body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, bytes)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let context = Unmanaged.passUnretained(call)
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<AnyDeepCall>.fromOpaque(argument).takeUnretainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else { return try body() }
        pthread_join(thread, nil)
        return try withExtendedLifetime(call) { try call.result() }
    }
}

private class AnyDeepCall {
    func run() {}
}

private final class DeepCall<Result>: AnyDeepCall {
    private let body: () throws -> Result
    private var outcome: Swift.Result<Result, any Error>?

    init(_ body: @escaping () throws -> Result) {
        self.body = body
    }

    override func run() {
        outcome = Swift.Result { try body() }
    }

    func result() throws -> Result {
        guard let outcome else { preconditionFailure("a thread ended without its result") }
        return try outcome.get()
    }
}
