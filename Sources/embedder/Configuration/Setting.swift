// SPDX-License-Identifier: Apache-2.0

/// What a setting is, and where it stands.
struct Setting: Sendable, Equatable {
    /// One value, or those of a list.
    var values: [String]
    var origin: Origin

    /// All values as they would be typed.
    var text: String { values.joined(separator: ",") }

    /// Where a value stands.
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        /// An argument without a flag.
        case argument
        case flag(String)
        case variable(String)
        /// A line of an environment file.
        case line(Int, file: String, variable: String)
        /// Nowhere: it follows from another setting.
        case consequence(of: String)
        case byDefault

        var description: String {
            switch self {
            case .argument: "argument"
            case .flag(let name): "--\(name)"
            case .variable(let name): "environment variable \(name)"
            case .line(let line, let file, let variable): "\(file), line \(line): \(variable)"
            case .consequence(let cause): "because of \(cause)"
            case .byDefault: "default"
            }
        }

        /// The variable, in the environment or in a file.
        var variable: String? {
            switch self {
            case .variable(let name), .line(_, _, let name): name
            case .argument, .flag, .consequence, .byDefault: nil
            }
        }
    }
}
