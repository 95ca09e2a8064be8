/// Texts that see each other's templates, as those of one chart do.
package struct TemplateBatch {
    /// A text and what it is carried out with.
    package struct Item {
        let source: TemplateSource
        let data: TemplateValue
        /// What `.Template.BasePath` is; nil leaves `.Template` as it is.
        let basePath: String?

        package init(_ source: TemplateSource, data: TemplateValue, basePath: String? = nil) {
            self.source = source
            self.data = data
            self.basePath = basePath
        }
    }

    /// How much stack templates may take; who carries them out gives four times that.
    package static let stack = 48 << 20

    private let items: [Item]

    package init(_ items: [Item]) {
        // Of two definitions with one name the last one counts: the deeper a chart lies, the less its templates count.
        let depths = items.map { item in (item, item.source.name.utf8.count { $0 == UInt8(ascii: "/") }) }
        self.items = depths.sorted { left, right in
            left.1 == right.1 ? GoText.precedes(right.0.source.name, left.0.source.name) : left.1 > right.1
        }.map(\.0)
    }

    /// Carries out all but those whose names begin with `_`.
    package func run(_ evaluator: TemplateEvaluator) throws -> [(name: String, file: String, output: RenderedText)] {
        try read(evaluator)
        var outputs: [(String, String, RenderedText)] = []
        for item in items where !PathFunctions.base(item.source.name).hasPrefix("_") {
            if let base = item.basePath {
                // Set late: texts of one chart share one map, and see what an earlier one put there.
                item.data.map?["Template"] = .map(["Name": .string(item.source.name), "BasePath": .string(base)])
            }
            let output: RenderedText
            do {
                output = try evaluator.carryOut(item.source.name, item.data)
            } catch {
                // All texts are read before the first is carried out, as far as anybody can tell.
                for item in items where Self.mayWait(item.source) { _ = try evaluator.parse(item.source, keeps: false) }
                throw error
            }
            outputs.append((item.source.name, item.source.file, output.withoutMissing))
        }
        return outputs
    }

    /// Reads the texts that define templates. The others, most of a chart, are read when they are carried out, so that they
    /// need not all be in memory.
    private func read(_ evaluator: TemplateEvaluator) throws {
        for (index, item) in items.enumerated() where !Self.mayWait(item.source) {
            do {
                try evaluator.add(item.source)
            } catch {
                // The first one that cannot be read is the one to tell of.
                for earlier in items[..<index] { _ = try evaluator.parse(earlier.source, keeps: false) }
                throw error
            }
        }
        for item in items where Self.mayWait(item.source) {
            if evaluator.templates[item.source.name] == nil {
                evaluator.addLater(item.source)
            } else {
                try evaluator.add(item.source)
            }
        }
    }

    private static let defining = ["define", "block"].map { Array($0.utf8) }

    private static func mayWait(_ source: TemplateSource) -> Bool {
        !PathFunctions.base(source.name).hasPrefix("_")
            && defining.allSatisfy { Search.find($0, in: source.bytes, from: 0) == nil }
    }
}
