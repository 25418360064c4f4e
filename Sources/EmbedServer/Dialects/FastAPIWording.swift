// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

/// How FastAPI services tell of failures: `{"detail": …}`, a list of field faults or a sentence.
///
/// Also the wording of what belongs to no dialect.
struct FastAPIWording: Wording {
    /// To FastAPI a body that can't be read is one whose fields are wrong.
    func reading(_ failure: RequestFailure) -> RequestFailure {
        switch failure {
        case .emptyBody:
            .invalidFields([FieldFault(type: "missing", path: [], message: "Field required", found: .nothing)])
        case .invalidJSON(let error):
            .invalidFields([
                FieldFault(
                    type: "json_invalid", path: [.index(error.offset)], message: "JSON decode error: \(error)",
                    found: .nothing)
            ])
        default: failure
        }
    }

    func body(of failure: RequestFailure) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("detail") { json in
                switch failure {
                case .invalidFields(let faults): json.faults(faults)
                case .unknownRoute: json.string("Not Found")
                case .wrongMethod: json.string("Method Not Allowed")
                default: json.string(failure.message)
                }
            }
        }
        return json.bytes
    }
}
