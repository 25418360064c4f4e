# SPDX-License-Identifier: Apache-2.0
"""Writes one model of random weights for each family of architectures: real widths, four layers, a small vocabulary.

Utilisation depends on the shapes of the products, which every layer repeats; fewer layers only save time and disk.

    make_models.py FOLDER [NAME…]
"""

import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, BertTokenizer

LAYERS = 4
VOCABULARY = 8192

SMALL = {"num_hidden_layers": LAYERS, "vocab_size": VOCABULARY, "pad_token_id": 0}
# Model type and sizes, as in the config.json of the model after which the entry is named.
FAMILIES = {
    "minilm-l6": ("bert", dict(hidden_size=384, num_attention_heads=12, intermediate_size=1536)),
    "bert-base": ("bert", {}),
    "xlm-roberta-base": ("xlm-roberta", dict(max_position_embeddings=514, pad_token_id=1)),
    "distilbert-base": ("distilbert", dict(n_layers=LAYERS)),
    "mpnet-base": ("mpnet", dict(max_position_embeddings=514, pad_token_id=1)),
    "electra-small": ("electra", dict(hidden_size=256, num_attention_heads=4, intermediate_size=1024)),
    "albert-base": ("albert", dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072)),
    "nomic-v1.5": ("nomic_bert", dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072)),
    "gte-base-v1.5": ("gte", dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072)),
    "modernbert-base": ("modernbert", dict(hidden_size=768, num_attention_heads=12, intermediate_size=1152)),
    "eurobert-210m": ("eurobert", dict(
        hidden_size=768, num_attention_heads=12, num_key_value_heads=12, intermediate_size=3072)),
    "qwen2-0.5b": ("qwen2", dict(
        hidden_size=896, num_attention_heads=14, num_key_value_heads=2, intermediate_size=4864)),
    "qwen3-0.6b": ("qwen3", dict(
        hidden_size=1024, num_attention_heads=16, num_key_value_heads=8, head_dim=128, intermediate_size=3072)),
    "mistral-7b": ("mistral", dict(
        hidden_size=4096, num_attention_heads=32, num_key_value_heads=8, intermediate_size=14336)),
    "gemma2-2b": ("gemma2", dict(
        hidden_size=2304, num_attention_heads=8, num_key_value_heads=4, head_dim=256, intermediate_size=9216)),
    "embeddinggemma-300m": ("gemma3_text", dict(
        hidden_size=768, num_attention_heads=3, num_key_value_heads=1, head_dim=256, intermediate_size=1152,
        use_bidirectional_attention=True)),
}


def make(folder, name):
    model_type, sizes = FAMILIES[name]
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **{**SMALL, **sizes})
    model = AutoModel.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder / name)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = special + [f"w{i}" for i in range(VOCABULARY - len(special))]
    tokens = {token: i for i, token in enumerate(vocabulary)}
    BertTokenizer(vocab=tokens, model_max_length=512).save_pretrained(folder / name)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for wanted in sys.argv[2:] or FAMILIES:
        make(target, wanted)
