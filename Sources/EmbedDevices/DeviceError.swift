// SPDX-License-Identifier: Apache-2.0

/// Why a device can't be made, can't load a model or can't compute a batch.
package enum DeviceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The CPU can't run the wished-for kernels, or there are none of that name.
    case instructionSet(String, usable: [String])
    case threads(Int, reason: String)
    case memory(byteCount: Int, reason: String)
    case tokenOutOfVocabulary(id: Int32, vocabularySize: Int)
    case sequenceTooLong(tokens: Int, limit: Int)
    /// A sequence whose patches have so many numbers: not what the model takes for an image, or patches for a model of texts.
    case patches(count: Int, expected: Int)
    /// A weight in the checkpoint is infinite or undefined.
    case nonFiniteWeight(tensor: String, file: String)
    /// A weight in the checkpoint is too large for the type that was asked for.
    case weightOutOfRange(tensor: String, file: String, type: WeightType)
    /// The processor can't read weights of this type.
    case weightType(WeightType, kernels: String)
    /// The vector or a hidden state of the sequence at this index has an infinite or undefined component.
    case nonFiniteOutput(sequence: Int)

    package var description: String {
        switch self {
        case .instructionSet(let name, let usable):
            "kernels \"\(name)\" don't run on this processor; usable: \(usable.joined(separator: ", "))"
        case .threads(let count, let reason): "can't start \(count) compute threads: \(reason)"
        case .memory(let byteCount, let reason): "can't reserve \(byteCount) bytes of memory: \(reason)"
        case .tokenOutOfVocabulary(let id, let size): "token id \(id) is outside the vocabulary of \(size)"
        case .sequenceTooLong(let tokens, let limit): "a sequence of \(tokens) tokens; the model takes \(limit)"
        case .patches(let count, let expected):
            expected == 0
                ? "patches of an image for a model of texts"
                : "an image of \(count) numbers; the model takes \(expected)"
        case .nonFiniteWeight(let tensor, let file): "\(file): tensor \"\(tensor)\" holds infinite or undefined values"
        case .weightOutOfRange(let tensor, let file, let type):
            """
            \(file): tensor \"\(tensor)\" holds numbers too large for \(type); use \
            \(type == .float16 ? "bfloat16 or float32" : "float32")
            """
        case .weightType(let type, let kernels): "kernels \"\(kernels)\" can't read \(type) weights on this processor"
        case .nonFiniteOutput(let sequence): "the vector of sequence \(sequence) is not finite"
        }
    }
}
