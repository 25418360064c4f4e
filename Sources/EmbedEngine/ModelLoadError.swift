// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices
package import EmbedModelFiles
package import EmbedTokenizers

/// Why a model can't be loaded.
package enum ModelLoadError: Error, Sendable, CustomStringConvertible {
    case files(ModelFileError)
    case tokenizer(TokenizerError)
    case device(DeviceError)
    /// The wished-for number of input tokens is not one the model has positions for.
    case inputLimit(Int, smallest: Int, largest: Int)
    /// With weights of this type the vectors would be too far from those of float32.
    case fidelity(WeightType, Fidelity)
    case unexpected(String)

    package var description: String {
        switch self {
        case .files(let error): "\(error)"
        case .tokenizer(let error): "\(error)"
        case .device(let error): "\(error)"
        case .inputLimit(let wanted, let smallest, let largest):
            "max-input-tokens is \(wanted); this model takes \(smallest) to \(largest)"
        case .fidelity(let type, let fidelity):
            """
            \(type) weights change this model's vectors too much: worst cosine to float32 \(fidelity.worstCosine), at \
            least \(Fidelity.smallestCosine) is needed; choose another --dtype; float32 always works
            """
        case .unexpected(let reason): reason
        }
    }
}

extension ModelLoadError {
    /// Runs `work`, whose errors are those of files, tokenizers, devices and of loading itself.
    static func catching<Result>(_ work: () throws -> Result) throws(ModelLoadError) -> Result {
        do {
            return try work()
        } catch let error as ModelFileError {
            throw .files(error)
        } catch let error as TokenizerError {
            throw .tokenizer(error)
        } catch let error as DeviceError {
            throw .device(error)
        } catch let error as ModelLoadError {
            throw error
        } catch {
            throw .unexpected(String(describing: error))
        }
    }
}
