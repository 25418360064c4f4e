// SPDX-License-Identifier: Apache-2.0

/// Texts on which a model with narrow weights is compared with its float32 self: queries, sentences, code, numbers and
/// several scripts, short enough to cost little at every start.
enum ProbeTexts {
    static let all = [
        "Hello world",
        "how do I reset my password?",
        "The quick brown fox jumps over the lazy dog.",
        "A man is playing a guitar on a crowded street corner.",
        "Interest rates were left unchanged after the committee's meeting on Thursday.",
        "Mitochondria produce most of the cell's supply of adenosine triphosphate.",
        "best noise cancelling headphones under 200",
        "def mean(values): return sum(values) / len(values)",
        "Order #48213 was shipped on 2024-03-17, tracking number 1Z999AA10123456784.",
        "Les enfants jouent dans le jardin pendant que la pluie tombe.",
        "Der Zug nach Hamburg hat heute zwanzig Minuten Verspätung.",
        "El mercado abre a las nueve de la mañana.",
        "Сегодня в Москве хорошая погода.",
        "今天天气很好，我们去公园散步吧。",
        "東京は日本の首都です。",
        "الكتاب على الطاولة",
    ]
}
