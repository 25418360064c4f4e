// SPDX-License-Identifier: Apache-2.0

/// The cosine of the angle between two vectors, in double precision.
func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    func dot(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
        zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
