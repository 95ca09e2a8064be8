import Foundation
import System
import TestSupport

/// `git http-backend` behind a small HTTP server, on a machine's own loopback address.
final class GitServer: Sendable {
    /// The address of what is beneath the folder.
    let base: String
    private let program: Program

    /// - Parameters:
    ///   - folder: what is served: repositories without working trees.
    ///   - enter: the words that lead a command into the network that it is served to.
    init(_ folder: String, port: Int, enter: [String]) async throws {
        let script = "\(folder)/serve.py"
        try Data(Self.script.utf8).write(to: URL(fileURLWithPath: script))
        base = "http://127.0.0.1:\(port)"
        program = try Program(enter + ["python3", script, folder, "\(port)"])
        let marker = "\(folder)/is-serving"
        try await eventually("the server of git answers") { Files.exists(marker) }
    }

    private static let script = #"""
        import os, subprocess, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        root, port = sys.argv[1], int(sys.argv[2])

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *words): pass
            def do_GET(self):
                path, _, query = self.path.partition('?')
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                settings = {
                    'GIT_PROJECT_ROOT': root, 'GIT_HTTP_EXPORT_ALL': '1', 'PATH_INFO': path, 'QUERY_STRING': query,
                    'REQUEST_METHOD': self.command, 'CONTENT_TYPE': self.headers.get('Content-Type') or '',
                    'CONTENT_LENGTH': str(len(body)), 'GIT_PROTOCOL': self.headers.get('Git-Protocol') or ''}
                answer = subprocess.run(
                    ['git', '-c', 'safe.directory=*', 'http-backend'], input=body, stdout=subprocess.PIPE,
                    env={**os.environ, **settings}).stdout
                head, _, rest = answer.partition(b'\r\n\r\n')
                fields = [line.split(': ', 1) for line in head.decode().split('\r\n') if ': ' in line]
                status = [int(value.split()[0]) for name, value in fields if name == 'Status']
                self.send_response(status[0] if status else 200)
                for name, value in fields:
                    if name != 'Status': self.send_header(name, value)
                self.send_header('Content-Length', str(len(rest)))
                self.end_headers()
                self.wfile.write(rest)
            do_POST = do_GET

        server = ThreadingHTTPServer(('127.0.0.1', port), Handler)
        open(root + '/is-serving', 'w').close()
        server.serve_forever()
        """#
}
