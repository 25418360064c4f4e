// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// One member of a request's JSON that is not what it should be.
///
/// Types and messages are Pydantic's, which FastAPI services put into `detail`.
struct FieldFault: Equatable, Sendable {
    /// A step from the body to the member.
    enum Step: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    /// What stood there: scalars that say nothing private; never a text.
    enum Found: Equatable, Sendable {
        case nothing
        case null
        case bool(Bool)
        case int(Int)
        case double(Double)
        /// A string, an array or an object.
        case kind(JSONValue.Kind)
    }

    /// What of the request holds the member.
    enum Part: String, Equatable, Sendable {
        case body, query
    }

    var part = Part.body
    /// Pydantic's name of the fault, such as "missing".
    var type: String
    /// Where it is, from the part down.
    var path: [Step]
    /// What was expected, as a sentence.
    var message: String
    var found: Found

    /// The name of the member of the body that is concerned; `nil` for the body itself.
    var field: String? {
        guard case .key(let name) = path.first else { return nil }
        return name
    }

    /// For people: where, what was expected and what was found.
    var description: String {
        var place = ""
        for step in path {
            switch step {
            case .key(let name): place += place.isEmpty ? name : ".\(name)"
            case .index(let index): place += "[\(index)]"
            }
        }
        let subject = place.isEmpty ? "The \(part)" : "`\(place)`"
        return found == .nothing ? "\(subject): \(message)" : "\(subject): \(message), found \(found.description)"
    }
}

extension FieldFault.Found {
    init(_ value: JSONValue?) {
        guard let value else {
            self = .nothing
            return
        }
        switch value.kind {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number:
            if let int = value.int {
                self = .int(int)
            } else if let double = value.double, double.isFinite {
                self = .double(double)
            } else {
                self = .kind(.number)
            }
        case .string, .array, .object: self = .kind(value.kind)
        }
    }

    var description: String {
        switch self {
        case .nothing: "nothing"
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .kind(let kind): kind.name
        }
    }
}

extension JSONWriter {
    /// Writes faults as FastAPI does: `[{"type", "loc", "msg", "input"}]`; texts are not repeated in `input`.
    mutating func faults(_ faults: [FieldFault]) {
        array { json in
            for fault in faults { json.fault(fault) }
        }
    }

    private mutating func fault(_ fault: FieldFault) {
        object { json in
            json.member("type", fault.type)
            json.member("loc") { json in
                json.array { json in
                    json.string(fault.part.rawValue)
                    for step in fault.path {
                        switch step {
                        case .key(let name): json.string(name)
                        case .index(let index): json.int(index)
                        }
                    }
                }
            }
            json.member("msg", fault.message)
            json.member("input") { json in
                switch fault.found {
                case .nothing, .null, .kind: json.null()
                case .bool(let value): json.bool(value)
                case .int(let value): json.int(value)
                case .double(let value): json.double(value)
                }
            }
        }
    }
}
