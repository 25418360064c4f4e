// SPDX-License-Identifier: Apache-2.0

import EmbedModelFiles
import EmbedModels
import EmbedTestSupport
import Testing

@Suite struct JinaBERTTests {
    /// ALiBi's own `get_slopes`, arXiv 2108.12409.
    @Test(arguments: [
        ("jina-bert", [0.0625, 0.00390625, 0.25] as [Float]),
        ("jina-bert-code", [0.25, 0.0625, 0.015625, 0.00390625, 0.5]),
    ])
    func hasASlopeForEachHead(model: String, expected: [Float]) throws {
        let transformer = try describedFixture(model)
        #expect(transformer.embeddings?.positions == nil)
        for block in transformer.blocks {
            guard case .slopes(let slopes) = block.attention.relativeBias else {
                Issue.record("no slopes")
                return
            }
            #expect(slopes == expected)
        }
    }

    /// No tensor says how many positions there are.
    @Test func refusesMoreBiasesThanAnyModelNeeds() throws {
        let error = #expect(throws: ModelFileError.self) {
            try describedFixture("jina-bert") {
                $0.replacing(#""num_attention_heads": 3"#, with: #""num_attention_heads": 18"#)
                    .replacing(#""max_position_embeddings": 160"#, with: #""max_position_embeddings": 1000000"#)
            }
        }
        #expect(error?.description.contains("is 1000000; expected at most 932067 for 18 heads") == true)
    }

    @Test func tellsItsTwoCodesApartByTheirTensors() throws {
        let plain = try describedFixture("jina-bert").blocks[1]
        #expect(plain.attention.queryNorm == nil)
        #expect(plain.attentionNorms.secondSum == nil)
        #expect(plain.feedForwardNorms.sum?.weight.name == "encoder.layer.1.mlp.layernorm.weight")
        // The code's name is the same in both repositories.
        let normed = try describedFixture("jina-bert-code") {
            $0.replacing("jinaai/jina-bert-v2-qk-post-norm--", with: "")
        }.blocks[1]
        #expect(normed.attention.queryNorm?.size == 20)
        #expect(normed.attention.keyNorm?.weight.name == "encoder.layer.1.attention.self.layer_norm_k.weight")
        #expect(normed.attentionNorms.sum?.weight.name == "encoder.layer.1.attention.output.LayerNorm.weight")
        #expect(normed.attentionNorms.secondSum?.weight.name == "encoder.layer.1.layer_norm_1.weight")
        #expect(normed.feedForwardNorms.sum?.weight.name == "encoder.layer.1.layer_norm_2.weight")
    }
}
