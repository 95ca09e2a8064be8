import Foundation
import TestSupport

/// `git http-backend` behind a small HTTP server, with folders that ask for a password, redirect, stall or answer
/// rubbish.
final class HTTPServer: Sendable {
    let port: Int
    private let folder: String
    private let program: Program

    var base: String { "http://127.0.0.1:\(port)" }

    /// Serves the repositories beneath `folder`; with a certificate, over TLS.
    init(_ folder: String, certificate: String = "") throws {
        self.folder = folder
        let name = UUID().uuidString
        let script = "\(folder)/\(name).py"
        try Data(Self.script.utf8).write(to: URL(fileURLWithPath: script))
        let portFile = "\(folder)/\(name).port"
        program = try Program(["/usr/bin/python3", script, folder, portFile, certificate])
        var port: Int?
        let deadline = ContinuousClock.now + .seconds(120)
        while port == nil, ContinuousClock.now < deadline {
            usleep(5000)
            port = (try? String(contentsOfFile: portFile, encoding: .utf8)).flatMap(Int.init)
        }
        guard let port else { throw GitProgramFailure(description: "the HTTP server did not start") }
        self.port = port
    }

    /// Lines of `path authorization` that the server was asked with.
    func requests() -> [String] {
        let text = (try? String(contentsOfFile: "\(folder)/requests-\(port)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    private static let script = #"""
        import sys, os, subprocess, time, base64, ssl
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        root, portfile, certificate = sys.argv[1:4]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *a): pass
            def body(self):
                if self.headers.get('Transfer-Encoding') == 'chunked':
                    data = b''
                    while True:
                        size = int(self.rfile.readline().strip(), 16)
                        chunk = self.rfile.read(size); self.rfile.readline()
                        if size == 0: return data
                        data += chunk
                return self.rfile.read(int(self.headers.get('Content-Length') or 0))
            def answer(self, code, headers, data):
                self.send_response(code)
                for k, v in headers: self.send_header(k, v)
                self.send_header('Content-Length', str(len(data))); self.end_headers(); self.wfile.write(data)
            def handle_one(self):
                body = self.body()
                path, _, query = self.path.partition('?')
                with open(f'{root}/requests-{self.server.server_port}', 'a') as f:
                    f.write(f"{path} {self.headers.get('Authorization')}\n")
                parts = path.split('/', 2)
                user = ''
                if parts[1] == 'stall': time.sleep(3600); return
                if parts[1] == 'garbage': return self.answer(200, [('Content-Type', 'text/html')], b'<html>hello')
                if parts[1] == 'error': return self.answer(500, [], b'boom')
                if parts[1] == 'redirect':
                    port, rest = parts[2].split('/', 1)
                    place = f'http://localhost:{port}/{rest}' + ('?' + query if query else '')
                    return self.answer(302, [('Location', place)], b'')
                if parts[1] in ('private', 'private-redirect'):
                    given = self.headers.get('Authorization') or ''
                    names = [base64.b64encode(b'ada:s3cret').decode(), base64.b64encode(b'x-access-token:t0ken').decode()]
                    if given not in ['Basic ' + n for n in names]:
                        return self.answer(401, [('WWW-Authenticate', 'Basic realm="git"')], b'')
                    user = 'ada'
                    if parts[1] == 'private-redirect':
                        port, rest = parts[2].split('/', 1)
                        place = f'http://localhost:{port}/{rest}' + ('?' + query if query else '')
                        return self.answer(302, [('Location', place)], b'')
                    path = '/' + parts[2]
                env = dict(os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL='1', PATH_INFO=path,
                    QUERY_STRING=query, REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get('Content-Type') or '',
                    CONTENT_LENGTH=str(len(body)), HTTP_CONTENT_ENCODING=self.headers.get('Content-Encoding') or '',
                    REMOTE_ADDR='127.0.0.1', REMOTE_USER=user, GIT_CONFIG_GLOBAL='/dev/null')
                done = subprocess.run(['git', 'http-backend'], input=body, env=env, capture_output=True)
                head, _, data = done.stdout.partition(b'\r\n\r\n')
                code, headers = 200, []
                for line in head.decode().split('\r\n'):
                    k, _, v = line.partition(': ')
                    if k == 'Status': code = int(v.split()[0])
                    elif k: headers.append((k, v))
                self.answer(code, headers, data)
            do_GET = do_POST = handle_one

        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with open(portfile + '.new', 'w') as f: f.write(str(server.server_port))
        os.rename(portfile + '.new', portfile)
        server.serve_forever()
        """#
}
