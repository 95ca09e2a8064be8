/// How far something done to an image is; told as it goes on, from any thread.
package struct ImageProgress: Sendable, Hashable {
    /// What is being done.
    package enum Step: String, Sendable {
        case resolving, downloading, unpacking, uploading, importing, exporting, done
    }

    package var step: Step
    /// The image, or the layer's digest.
    package var subject: String
    /// Bytes.
    package var done: Int
    /// nil where it is not known.
    package var total: Int?

    package init(_ step: Step, _ subject: String, done: Int = 0, total: Int? = nil) {
        self.step = step
        self.subject = subject
        self.done = done
        self.total = total
    }

    /// Who is told.
    package typealias Report = @Sendable (ImageProgress) -> Void
}
