# SPDX-License-Identifier: Apache-2.0
"""The model in the forms that the runtimes read, made once: python -m comparison.convert MODEL FOLDER PEER…"""

import json
import logging
import shutil
import sys
import warnings
from pathlib import Path

import transformers

from comparison.texts import LONG_TOKENS, MAX_TOKENS


def onnx(model, path):
    """The transformer as ONNX, with batch and length free."""
    import torch
    from transformers import BertModel

    class HiddenStates(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel.from_pretrained(model, add_pooling_layer=False, dtype=torch.float32).eval()

        def forward(self, input_ids, attention_mask):
            return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    # Two tensors: the exporter takes one object given twice for one input.
    ids, mask = torch.ones(2, 16, dtype=torch.int64), torch.ones(2, 16, dtype=torch.int64)
    axes = {0: torch.export.Dim("batch", max=1024), 1: torch.export.Dim("length", max=MAX_TOKENS)}
    torch.onnx.export(
        HiddenStates().eval(), (ids, mask), str(path), input_names=["input_ids", "attention_mask"],
        dynamic_shapes=(axes, axes), dynamo=True, verbose=False, external_data=False)


def onnx_int8(source, path):
    """Dynamic quantisation; a scale for each channel is as fast as one for all, and nearer to the reference."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, path, weight_type=QuantType.QInt8, per_channel=True)


def openvino(source, path):
    import openvino

    openvino.save_model(openvino.convert_model(source), path, compress_to_fp16=False)


def openvino_int8(source, path):
    """Weights as 8-bit integers with the compressor's own choices; activations become 8-bit as they come."""
    import nncf
    import openvino

    openvino.save_model(nncf.compress_weights(openvino.convert_model(source)), path, compress_to_fp16=False)


def long_context(source, folder):
    """The same shape with 8,192 positions and random weights, in sentence-transformers' format."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors", "*.bin"))
    config = BertConfig.from_pretrained(source, max_position_embeddings=LONG_TOKENS)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    for name, change in [
        ("sentence_bert_config.json", {"max_seq_length": LONG_TOKENS}),
        ("tokenizer_config.json", {"model_max_length": LONG_TOKENS}),
    ]:
        content = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(content | change))


def convert(model, folder, peers):
    """Makes what is missing of what the peers read."""
    steps = [("model.onnx", lambda path: onnx(model, path))] if {"onnx", "openvino"} & set(peers) else []
    source = folder / "model.onnx"
    steps += [("model-int8.onnx", lambda path: onnx_int8(source, path))] if "onnx" in peers else []
    if "openvino" in peers:
        steps.append(("model.xml", lambda path: openvino(source, path)))
        steps.append(("model-int8.xml", lambda path: openvino_int8(source, path)))
    steps.append(("long", lambda path: long_context(model, path)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in steps:
        done = folder / f"{name}.done"
        if not done.exists():
            print("making the model's form", name, file=sys.stderr)
            make(folder / name)
            done.touch()


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # The exporters and loaders talk a lot.
    logging.disable(logging.WARNING)
    transformers.utils.logging.disable_progress_bar()
    convert(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
