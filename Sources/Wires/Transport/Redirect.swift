/// Where a redirecting answer leads, and what may go there (RFC 9110 §15.4).
enum Redirect {
    /// The request that follows an answer; nil when it does not redirect or none may be followed any more.
    ///
    /// To another origin go only the headers that describe the wish, never those that could carry a credential.
    ///
    /// - Throws: `HTTPError.redirect` when the place cannot be gone to: no URL, from https to http, too many.
    static func next(
        after request: HTTPRequest, status: Int, headers: HTTPHeaders, followed: Int
    ) throws(HTTPError) -> HTTPRequest? {
        guard [301, 302, 303, 307, 308].contains(status), request.maximumRedirects > 0,
            let location = headers["Location"]
        else { return nil }
        guard followed < request.maximumRedirects else {
            throw HTTPError(.redirect, "\(request.url): more than \(request.maximumRedirects) redirects")
        }
        var next = request
        do { next.url = try WebURL(location, relativeTo: request.url) } catch {
            throw HTTPError(.redirect, "\(request.url) redirects to no place: \(error.message)")
        }
        guard next.url.scheme == "https" || request.url.scheme == "http" else {
            throw HTTPError(.redirect, "\(request.url) redirects from https to \(next.url), which is not encrypted")
        }
        let becomesGet = status == 303 ? request.method != "HEAD" : status <= 302 && request.method == "POST"
        if becomesGet {
            next.method = "GET"
            next.body = .none
            next.headers["Content-Type"] = nil
        }
        if !next.url.hasOrigin(of: request.url) { next.headers = next.headers.keeping(harmless) }
        return next
    }

    private static let harmless: Set<String> = [
        "accept", "accept-encoding", "accept-language", "content-type", "if-match", "if-modified-since",
        "if-none-match", "if-unmodified-since", "range", "user-agent",
    ]
}
