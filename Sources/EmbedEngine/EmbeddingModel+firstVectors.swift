// SPDX-License-Identifier: Apache-2.0

package import EmbedDevices

extension EmbeddingModel {
    /// Embeds a text and, where the model takes any, an image: proves that it computes, and readies what is made on first
    /// use.
    package func computeFirstVectors() throws(DeviceError) {
        let reading = standardReading
        var text = pipelines[reading.pipeline].tokenize(Array("ready".utf8)[...], reading.prompt)
        text.pipeline = reading.pipeline
        var inputs: [PreparedInput] = [.text(text)]
        if let images { inputs.append(.image(images.blank)) }
        _ = try embed(inputs)
    }
}
