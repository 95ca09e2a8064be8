import Document
import Glibc
import Helm

// Carries out template cases that are written as JSON lines, and counts those that give what they should:
//
//   TemplateCases [--missing-keys=zero|invalid|error] [--now=2024-05-01T12:00:00Z] FILE…        (or standard input)
//
// What was recorded at an instant, without one of its own, is measured against that with `--now`.
// A line is one template,
//   {"template": "{{ upper .a }}", "variables": {"a": "x"}, "expected": "X"}
// or several that see each other, by name:
//   {"templates": {"a/x": {"template": "…", "basePath": "a", "variables": {…}}}, "expected": {"a/x": "…"}}
// with "error" in place of "expected" where it must fail, "strict" where a missing key is an error, "lint" where `required`
// and `fail` let pass, and "volatile" where the result is random, so that only its success and its length are looked at.
// "tpl", "vals", "vars", "expect" and "out" are understood as well.

var paths: [String] = []
var missingKeys = TemplateEvaluator.MissingKeys.zero
var now = 0
for word in CommandLine.arguments.dropFirst() {
    if word.hasPrefix("--missing-keys=") {
        missingKeys = word.hasSuffix("=invalid") ? .invalid : word.hasSuffix("=error") ? .error : .zero
    } else if word.hasPrefix("--now="), let instant = TemplateValue.instant(String(word.dropFirst(6)))?.epochSeconds {
        now = instant
    } else {
        paths.append(word)
    }
}
if paths.isEmpty { paths = ["/dev/stdin"] }

var failures = 0
for path in paths {
    var (passed, total) = (0, 0)
    for (number, line) in lines(of: path).enumerated() {
        total += 1
        do {
            let verdict = try TemplateCase(JSON.parse(line), missingKeys, now: now).verdict()
            if verdict == nil { passed += 1 }
            if let verdict { print("\(path):\(number + 1): \(verdict)") }
        } catch {
            print("\(path):\(number + 1): no case: \(error)")
        }
    }
    failures += total - passed
    print("\(path): \(passed) of \(total)")
}
exit(failures == 0 ? 0 : 1)

/// The lines of a file that are not empty.
func lines(of path: String) -> [[UInt8]] {
    guard let file = fopen(path, "r") else {
        print("\(path) cannot be read: \(String(cString: strerror(errno)))")
        exit(2)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
    return bytes.split(separator: 0x0A).map(Array.init)
}
