// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How a resized image is made of the pixels of its source; raw values are Pillow's numbers, as "resample" has them.
///
/// Follows the filters of Pillow's Resample.c.
package enum ResampleFilter: Int, Sendable, CaseIterable {
    case nearest = 0
    case lanczos = 1
    case bilinear = 2
    case bicubic = 3
    case box = 4
    case hamming = 5

    /// How far from its centre a filter reaches, in pixels of the smaller of source and result.
    var support: Double {
        switch self {
        case .nearest, .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight of what lies `distance` from the centre; ``nearest`` weighs nothing, see ``NearestPixels``.
    func weight(at distance: Double) -> Double {
        let x = distance.magnitude
        switch self {
        case .nearest: return 0
        case .box: return distance > -0.5 && distance <= 0.5 ? 1 : 0
        case .bilinear: return x < 1 ? 1 - x : 0
        case .hamming:
            if x == 0 { return 1 }
            if x >= 1 { return 0 }
            // Pillow's constants are single precision.
            return Self.sinc(x) * (Double(0.54 as Float) + Double(0.46 as Float) * cos(x * .pi))
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        case .lanczos: return distance >= -3 && distance < 3 ? Self.sinc(distance) * Self.sinc(distance / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double {
        if x == 0 { return 1 }
        return sin(x * .pi) / (x * .pi)
    }
}
