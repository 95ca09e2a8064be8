import ContainerRuntime
import Document
import Glibc
import System

/// The command line: reads the words, finds the verb, answers with its exit code.
@main
struct Belay {
    static func main() async {
        // A reader that has gone (`belay get pods | head -1`) is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        if let words = OCI.words(CommandLine.arguments) { _exit(OCIRuntime.main(words)) }
        let code = await run(Array(CommandLine.arguments.dropFirst()))
        // Without the libraries' exit handlers: threads that still close a connection use what those take away.
        fflush(nil)
        _exit(code)
    }

    static func run(_ words: [String], terminal: Terminal = .current) async -> Int32 {
        let parser = Parser(root: Verbs.all(), common: Verbs.common)
        do {
            switch try parser.parse(words) {
            case .help(let command, let path):
                try terminal.out(Help(command: command, path: path, common: Verbs.common).text)
                return 0
            case .run(let invocation):
                // What works on files alone starts without the libraries that the rest needs in any case.
                if Verbs.light.contains(invocation.path.first ?? "") {
                    Allocator.suitShortRun()
                } else {
                    for library in SharedLibrary.allCases { library.load() }
                }
                return try await invocation.command.run(invocation)
            }
        } catch let error as UsageError {
            terminal.message("belay: \(error)")
            return 2
        } catch let error as SystemError where error.code == EPIPE {
            return 1
        } catch is CancellationError {
            return 130
        } catch {
            terminal.message("belay: \(error)")
            return 1
        }
    }
}
