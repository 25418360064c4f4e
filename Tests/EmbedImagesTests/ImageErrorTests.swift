// SPDX-License-Identifier: Apache-2.0

import EmbedImages
import Testing

@Suite struct ImageErrorTests {
    @Test func `An image that is too large is told its size and the limits`() {
        let error = ImageError.tooLarge(width: 9000, height: 10, ImageLimits())
        #expect(
            error.description
                == "the image has 9000 × 10 pixels; at most 40000000 in all and 8192 a side are read")
    }

    @Test func `Unknown bytes are told which formats there are`() {
        #expect(
            ImageError.unknownFormat.description == "not an image that can be read: PNG, JPEG, WebP, GIF are known")
    }
}
