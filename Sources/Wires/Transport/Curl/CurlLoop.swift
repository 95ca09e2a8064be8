import CCurl
import Glibc
import Synchronization
import System

/// The thread that carries out all transfers of a client, with libcurl's multi interface
/// (https://curl.se/libcurl/c/libcurl-multi.html). Everything of libcurl happens on it, but for the wake-up.
final class CurlLoop: Sendable {
    /// What tasks ask of the thread.
    enum Command {
        case start(Transfer)
        /// A pipe has room or bytes again.
        case resume(Transfer)
        case cancel(Transfer)
        case finish
    }

    /// The client's and the transfers' hold on the loop; the thread ends when the last one is gone.
    final class Handle: Sendable {
        private let loop: CurlLoop

        init?(settings: CurlSettings) {
            guard let loop = CurlLoop(settings: settings) else { return nil }
            self.loop = loop
            startThread(named: "belay-http") { loop.run() }
        }

        deinit { loop.submit(.finish) }

        func submit(_ command: Command) { loop.submit(command) }
    }

    private let commands = Mutex<[Command]>([])
    private let settings: CurlSettings
    // Used by the loop's thread alone, but for curl_multi_wakeup, which any thread may call.
    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer

    private init?(settings: CurlSettings) {
        guard Self.isInitialized, let multi = curl_multi_init() else { return nil }
        self.multi = multi
        self.settings = settings
        curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 32)
    }

    /// Once a process; thread-safe in the libcurl that we need (7.84 and later, `threadsafe` feature).
    private static let isInitialized: Bool = {
        SharedLibrary.curl.load()
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()

    private func submit(_ command: Command) {
        // The wake-up is inside the lock, so that the thread cannot see `finish` and free `multi` before it.
        commands.withLock { commands in
            commands.append(command)
            curl_multi_wakeup(multi)
        }
    }

    private func run() {
        var active = Active()
        var isFinishing = false
        while true {
            let commands = self.commands.withLock { commands in
                defer { commands = [] }
                return commands
            }
            for command in commands {
                if case .finish = command { isFinishing = true } else { carryOut(command, &active) }
            }
            if isFinishing { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            reap(&active)
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for easy in active.transfers.keys { end(easy, .failure(CancellationError()), &active) }
        curl_multi_cleanup(multi)
    }

    /// The transfers that libcurl works on.
    private struct Active {
        var transfers: [UnsafeMutableRawPointer: EasyTransfer] = [:]
        var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    }

    private func carryOut(_ command: Command, _ active: inout Active) {
        switch command {
        case .start(let transfer): start(transfer, &active)
        case .resume(let transfer):
            guard let easy = active.handles[ObjectIdentifier(transfer)] else { return }
            curl_easy_pause(easy, CURLPAUSE_CONT)
        case .cancel(let transfer):
            guard let easy = active.handles[ObjectIdentifier(transfer)] else { return }
            end(easy, .failure(CancellationError()), &active)
        case .finish: break
        }
    }

    private func start(_ transfer: Transfer, _ active: inout Active) {
        guard !transfer.hasEnded else { return }
        guard let easy = EasyTransfer(transfer, settings: settings) else {
            return transfer.finish(.failure(HTTPError(.request, "\(transfer.request.url): out of memory")))
        }
        if let refusal = easy.refusal { return transfer.finish(.failure(refusal)) }
        let code = curl_multi_add_handle(multi, easy.handle)
        guard code == CURLM_OK else {
            let reason = String(cString: curl_multi_strerror(code))
            return transfer.finish(.failure(HTTPError(.request, "\(transfer.request.url): \(reason)")))
        }
        active.transfers[easy.handle] = easy
        active.handles[ObjectIdentifier(transfer)] = easy.handle
    }

    private func reap(_ active: inout Active) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let easy = active.transfers[handle]
            else { continue }
            end(handle, easy.result(curl_message_result(message)), &active)
        }
    }

    private func end(_ easy: UnsafeMutableRawPointer, _ result: Result<Void, any Error>, _ active: inout Active) {
        curl_multi_remove_handle(multi, easy)
        guard let ended = active.transfers.removeValue(forKey: easy) else { return }
        active.handles[ObjectIdentifier(ended.transfer)] = nil
        ended.transfer.finish(result)
    }
}

/// What holds for all transfers of a client.
struct CurlSettings: Sendable {
    var proxies: ProxySettings
    var tls: TLSSettings
    var userAgent: String
}
