// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EmbedDevices
import EmbedModelFiles
import EmbedModels

extension Bench {
    /// Measures batches of ``images`` random images, from their patches to their vectors.
    func measureImages(of located: LocatedModel, _ type: WeightType, _ reader: SettingsReader) throws {
        if let wrong = images.first(where: { $0 < 1 || $0 > 1024 }) {
            throw ValidationError("--images is \(wrong); expected 1 to 1024.")
        }
        let pipeline = try SentenceTransformersConfig(in: located.directory).standardPipeline
        guard let tower = try Architectures.imageTower(in: located.directory, pipeline) else {
            throw ValidationError("\(located.id) is a model of texts; --images is for models of texts and images.")
        }
        let (operations, length, probes) = (tower.transformer.operations, tower.sequenceLength, tower.probes())
        for threads in try threadCounts(reader) {
            let device = try reader.makeDevice(threads: threads)
            let loaded = try device.load(tower.transformer, head: tower.head, weights: type)
            if !json {
                print(
                    """
                    \(located.id), \(device.name), \(threads) thread\(threads == 1 ? "" : "s"), \(type) weights, \
                    \(loaded.arithmetic) arithmetic
                    """)
                print(BenchRow.header(unit: "images/s"))
            }
            for count in images {
                var batch = RaggedBatch()
                for number in 0..<count { batch.append(patches: probes[number % probes.count]) }
                let row = try measure(
                    count == 1 ? "one image" : "\(count) images", tokens: count * length, images: count,
                    (
                        Double(count) * operations.products(length: length),
                        Double(count) * operations.attention(length: length)
                    ), type, device
                ) { _ = try loaded.embed(batch) }
                if json {
                    try Terminal.print(row.jsonLine)
                } else {
                    print(row.line)
                }
            }
        }
    }
}
