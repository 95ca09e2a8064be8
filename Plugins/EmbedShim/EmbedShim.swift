import Foundation
import PackagePlugin

/// Builds `belay-shim`, the static C launcher, and hands it to ContainerRuntime as a Swift source that holds its bytes.
///
/// The shim is compiled by `cc` and not as a SwiftPM target because SwiftPM would link the Swift runtime into it.
@main
struct EmbedShim: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "Sources/Shim")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let sources = names.filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }.map { folder.appending(path: $0) }
        let binary = context.pluginWorkDirectoryURL.appending(path: "belay-shim")
        let image = context.pluginWorkDirectoryURL.appending(path: "ShimImage.swift")
        let units = sources.filter { $0.pathExtension == "c" }.map(\.path)
        return [
            .buildCommand(
                displayName: "Building belay-shim",
                executable: URL(filePath: "/bin/sh"),
                arguments: [folder.appending(path: "embed.sh").path, binary.path, image.path] + units,
                inputFiles: sources + [folder.appending(path: "embed.sh")],
                outputFiles: [image])
        ]
    }
}
