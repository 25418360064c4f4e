// SPDX-License-Identifier: Apache-2.0

import CEmbedKernels
import EmbedModelFiles
import EmbedModels

/// A way of the kernels to keep matrices and to multiply by them; `CEmbedKernels.h` says what each function does.
struct WeightFormat: Sendable {
    let type: WeightType
    /// A constant of the C target, which nobody writes.
    private nonisolated(unsafe) let format: UnsafePointer<embed_format>

    init(_ format: UnsafePointer<embed_format>, type: WeightType) {
        self.format = format
        self.type = type
    }

    /// What multiplies: "float32", or the unit that multiplies narrow numbers.
    var arithmetic: String { String(cString: format.pointee.arithmetic) }

    /// Bytes of one panel over `inputs` inputs; also where its input number `inputs` begins, at multiples of
    /// ``depthStep``.
    func panelByteCount(inputs: Int) -> Int { format.pointee.panel_bytes(inputs) }

    /// A product over some of the inputs begins at a multiple of this.
    static let depthStep = Int(EMBED_DEPTH_STEP)

    /// Lays out the weight of `layer` from column `column` of `panels` on; whether all weights are finite in this format.
    func pack(_ layer: Linear, column: Int, into panels: UnsafeMutableRawPointer) -> Bool {
        let (weight, outputs, inputs) = (layer.weight, layer.outputs, layer.inputs)
        guard layer.isTransposed else {
            return weight.withBytes { bytes in
                format.pointee.pack(bytes.baseAddress, weight.elementType.storage, outputs, inputs, column, panels)
            }
        }
        let stored = weight.converted
        let turned = [Float](unsafeUninitializedCapacity: stored.count) { buffer, initialized in
            for output in 0..<outputs {
                for input in 0..<inputs { buffer[output * inputs + input] = stored[input * outputs + output] }
            }
            initialized = stored.count
        }
        return format.pointee.pack(turned, EMBED_STORAGE_F32, outputs, inputs, column, panels)
    }

    /// Bytes of ``embed_product/scratch`` for a product of this size or a smaller one.
    func scratchByteCount(rows: Int, depth: Int) -> Int { format.pointee.scratch_bytes(rows, depth) }

    func product(_ job: inout embed_product) { format.pointee.product(&job) }

    /// Keeps the units that multiply busy; returns the number of multiplications and additions done.
    func peak(iterations: Int) -> Double {
        var sink: Float = 0
        return format.pointee.peak(iterations, &sink)
    }
}

extension WeightType {
    /// How the kernels call the type.
    var kernelType: embed_weight_type {
        switch self {
        case .float32: EMBED_WEIGHTS_F32
        case .float16: EMBED_WEIGHTS_F16
        case .bfloat16: EMBED_WEIGHTS_BF16
        case .int8: EMBED_WEIGHTS_I8
        }
    }

    /// Bytes of one number, without the factors of whole numbers.
    var byteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .int8: 1
        }
    }
}
