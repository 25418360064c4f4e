// SPDX-License-Identifier: Apache-2.0

/// The tiny models of Tests/Fixtures/ImageModels, which have a tower for texts and one for images.
///
/// The suites take their arguments from here, so that a new model is one line.
package enum TinyImageModels {
    package static let names = [
        "clip",
        "clip-old",
        "clip-plain",
        "siglip",
        "siglip2",
    ]
}
