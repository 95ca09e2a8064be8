import Glibc
import Synchronization
import System

/// An HTTP server on unix sockets and loopback ports: HTTP/1.1 and WebSocket through libwebsockets.
///
/// One thread of libwebsockets' serves all connections; each request is answered by a task of its own. Requests are
/// bounded in head, body and time, answers and messages wait for slow clients with bounded buffers.
package final class HTTPServer: Sendable {
    /// A certificate and its key, both as PEM.
    package struct TLSIdentity: Sendable {
        /// The server's own first, then those that vouch for it.
        package var certificates: [UInt8]
        package var key: [UInt8]

        package init(certificates: [UInt8], key: [UInt8]) {
            self.certificates = certificates
            self.key = key
        }
    }

    /// What the server is made with.
    package struct Configuration: Sendable {
        package var endpoints: [Endpoint]
        /// For the TCP endpoints; nil serves plain HTTP on them. (kubectl sends its token over TLS only.)
        package var tls: TLSIdentity?
        /// Bytes of a request's line and headers.
        package var headLimit: Int
        /// Bytes of a request's body; longer ones are answered 413.
        package var bodyLimit: Int
        /// Bytes of one WebSocket message.
        package var messageLimit: Int
        /// Connections at once; further ones wait in the kernel's queue.
        package var connectionLimit: Int
        /// Seconds for a request's head and body to arrive.
        package var requestSeconds: Int
        /// Seconds that a connection may stand idle between requests.
        package var idleSeconds: Int
        /// Seconds that a client may leave its answer unread.
        package var stallSeconds: Int
        /// WebSocket subprotocols that are served, the preferred ones first.
        package var subprotocols: [String]
        /// Further request headers that handlers see, in lower case.
        package var headers: [String]

        package init(endpoints: [Endpoint], subprotocols: [String] = [], headers: [String] = []) {
            self.endpoints = endpoints
            self.subprotocols = subprotocols
            self.headers = headers
            headLimit = 16384
            bodyLimit = 3 << 20
            messageLimit = 1 << 20
            connectionLimit = 1024
            requestSeconds = 20
            idleSeconds = 90
            stallSeconds = 60
        }
    }

    /// What answers.
    package struct Handlers: Sendable {
        /// Answers a request. Its task is cancelled when the client goes away.
        package var request: @Sendable (ServerRequest) async -> ServerResponse
        /// Whether a request may become a WebSocket: nil if so, else the refusal. Called on the server's thread: it must
        /// not block.
        package var admitWebSocket: @Sendable (ServerRequest) -> ServerResponse?
        /// Serves a WebSocket until it returns. Its task is cancelled when the client goes away.
        package var webSocket: @Sendable (WebSocketSession) async -> Void

        package init(
            request: @escaping @Sendable (ServerRequest) async -> ServerResponse,
            admitWebSocket: @escaping @Sendable (ServerRequest) -> ServerResponse? = { _ in
                .text("no WebSocket is served here\n", status: 400)
            },
            webSocket: @escaping @Sendable (WebSocketSession) async -> Void = { _ in }
        ) {
            self.request = request
            self.admitWebSocket = admitWebSocket
            self.webSocket = webSocket
        }
    }

    /// Where it listens, with the ports that were free.
    package let endpoints: [Endpoint]
    private let commands = LoopCommands()

    /// Starts to listen and to serve.
    ///
    /// - Throws: `ListenerError`; `.inUse` when somebody else listens on an endpoint.
    package init(_ configuration: Configuration, _ handlers: Handlers) throws(ListenerError) {
        var sockets: [Int32] = []
        var files: [SocketFile] = []
        var found: [Endpoint] = []
        for endpoint in configuration.endpoints {
            do {
                let socket = try ListeningSocket(endpoint)
                found.append(socket.endpoint)
                files.append(socket.file)
                sockets.append(socket.release())
            } catch {
                for file in files { file.remove() }
                for socket in sockets { close(socket) }
                throw error
            }
        }
        endpoints = found
        let isTCP = found.map { if case .tcp = $0 { true } else { false } }
        let (commands, listening, made) = (commands, sockets, files)
        startThread(named: "listener") {
            let loop = ServiceLoop(configuration, handlers, commands)
            loop.run(sockets: Array(zip(listening, isTCP)))
            for file in made { file.remove() }
            commands.ended()
        }
    }

    deinit {
        commands.send(.stop)
    }

    /// Stops: takes no new connection, lets answers that are under way end within `grace`, and closes what is left.
    package func stop(grace: Duration = .seconds(5)) async {
        commands.send(.drain)
        let ending = Task { [commands] in
            try await Task.sleep(for: grace)
            commands.send(.stop)
        }
        await commands.waitForEnd()
        ending.cancel()
    }
}
