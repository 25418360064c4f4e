# SPDX-License-Identifier: Apache-2.0
"""Writes one model of random weights for each family of architectures: real widths, few layers, a small vocabulary.

Towers for images have all their layers, so that images a second mean something. Utilisation depends on the shapes of the products, which every layer repeats; fewer layers only save time and disk.

    make_models.py FOLDER [NAME…]
"""

import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, BertTokenizer, CLIPConfig, CLIPModel

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
# Models without a class in Transformers: names and config.json of a fixture, whose sizes become real ones.
FIXTURES = Path(__file__).parents[2] / "Tests/Fixtures/Models"
ENLARGED = {
    "jina-v2-base": ("jina-bert", dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072),
                     {36: 768, 50: 3072, 100: 6144}),
    "nomic-v2-moe": ("nomic-bert-moe", dict(n_embd=768, n_head=12, n_inner=3072, num_experts=8),
                     {24: 768, 72: 2304, 20: 3072, 80: 8 * 3072, 4: 8}),
}
# Towers for images, in CLIP's files, beside which the one for texts is as small as can be.
IMAGES = {
    "vit-b-32": (512, dict(hidden_size=768, num_attention_heads=12, intermediate_size=3072, num_hidden_layers=12,
                           patch_size=32)),
    "vit-l-14": (768, dict(hidden_size=1024, num_attention_heads=16, intermediate_size=4096, num_hidden_layers=24,
                           patch_size=14)),
}


def make(folder, name):
    torch.manual_seed(0)
    if name in IMAGES:
        dimension, sizes = IMAGES[name]
        small = dict(hidden_size=64, num_attention_heads=1, intermediate_size=64, num_hidden_layers=1)
        config = CLIPConfig(
            projection_dim=dimension, text_config=small, vision_config={**sizes, "projection_dim": dimension})
        CLIPModel(config).to(torch.bfloat16).save_pretrained(folder / name)
        return
    if name in ENLARGED:
        enlarge(folder / name, *ENLARGED[name])
    else:
        from_config(folder / name, *FAMILIES[name])
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = special + [f"w{i}" for i in range(VOCABULARY - len(special))]
    tokens = {token: i for i, token in enumerate(vocabulary)}
    BertTokenizer(vocab=tokens, model_max_length=512).save_pretrained(folder / name)


def enlarge(folder, fixture, sizes, dimensions):
    """Random weights with the names of `fixture`, each of its `dimensions` as large as the real model's."""
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((FIXTURES / fixture / "config.json").read_text())
    config.update(sizes, vocab_size=VOCABULARY)
    for key in ("n_positions", "max_trained_positions", "max_position_embeddings"):
        if key in config:
            config[key] = 512
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    dimensions = {237: VOCABULARY, **dimensions}
    tensors = {}
    with safe_open(FIXTURES / fixture / "model.safetensors", "pt") as file:
        for key in file.keys():
            shape = [dimensions.get(size, size) for size in file.get_slice(key).get_shape()]
            tensors[key] = (torch.randn(shape) / shape[-1] ** 0.5).to(torch.bfloat16)
    save_file(tensors, folder / "model.safetensors")


def from_config(folder, model_type, sizes):
    config = AutoConfig.for_model(model_type, **{**SMALL, **sizes})
    AutoModel.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for wanted in sys.argv[2:] or [*FAMILIES, *ENLARGED, *IMAGES]:
        make(target, wanted)
