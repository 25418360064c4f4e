// SPDX-License-Identifier: Apache-2.0

import EmbedEngine
import EmbedJSON

extension JSONWriter {
    /// Writes one vector with numbers of `type`.
    mutating func vector(_ vector: ArraySlice<Float>, as type: OutputType, _ format: EncodingFormat) {
        guard let quantized = QuantizedVector(vector, as: type) else {
            switch format {
            case .float: array(of: vector)
            case .base64: asciiString { Base64.append(vector.span.bytes, to: &$0) }
            }
            return
        }
        switch format {
        case .float:
            array { json in
                switch quantized {
                case .signed(let numbers): for number in numbers { json.int(Int(number)) }
                case .unsigned(let numbers): for number in numbers { json.int(Int(number)) }
                }
            }
        case .base64:
            let bytes = quantized.bytes
            asciiString { Base64.append(bytes.span.bytes, to: &$0) }
        }
    }
}
