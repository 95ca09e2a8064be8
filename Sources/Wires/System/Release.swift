/// Which Belay this is, for every program that is built of it.
package enum Release {
    package static let number = "0.1.0"
}
