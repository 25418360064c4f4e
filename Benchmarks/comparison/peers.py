# SPDX-License-Identifier: Apache-2.0
"""The peers as a Python program uses them; each runs in a process of its own, by `worker`."""

import numpy as np

BATCH = 32  # sentence-transformers' default; the runtimes, which leave it to their user, get the same


class SentenceTransformers:
    def __init__(self, folder, files, dtype, threads, max_tokens):
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer

        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(threads)
        self.model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": getattr(torch, dtype)})
        self.model.max_seq_length = max_tokens

    def embed(self, texts):
        return self.model.encode(texts, batch_size=BATCH, show_progress_bar=False)


class Runtime:
    """What a user writes around a bare runtime: padded batches of texts of similar length, mean pooling, length 1."""

    def __init__(self, folder, max_tokens):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.enable_padding()

    def embed(self, texts):
        order = sorted(range(len(texts)), key=lambda position: -len(texts[position]))
        vectors = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            encodings = self.tokenizer.encode_batch([texts[position] for position in chosen])
            ids = np.array([encoding.ids for encoding in encodings], np.int64)
            mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
            states = self.hidden_states(ids, mask)
            weights = mask[:, :, None].astype(np.float32)
            pooled = (states * weights).sum(1) / weights.sum(1)
            pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
            for position, vector in zip(chosen, pooled):
                vectors[position] = vector
        return np.stack(vectors)


class ONNXRuntime(Runtime):
    def __init__(self, folder, files, dtype, threads, max_tokens):
        import onnxruntime

        super().__init__(folder, max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        path = files / ("model-int8.onnx" if dtype == "int8" else "model.onnx")
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def hidden_states(self, ids, mask):
        return self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


class OpenVINO(Runtime):
    def __init__(self, folder, files, dtype, threads, max_tokens):
        import openvino

        super().__init__(folder, max_tokens)
        settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        # By itself OpenVINO computes in bfloat16 where the CPU can, and so it does beside int8 weights.
        if dtype != "int8":
            settings["INFERENCE_PRECISION_HINT"] = {"float32": "f32", "bfloat16": "bf16"}[dtype]
        path = files / ("model-int8.xml" if dtype == "int8" else "model.xml")
        self.request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()

    def hidden_states(self, ids, mask):
        return self.request.infer({"input_ids": ids, "attention_mask": mask})[0]


PEERS = {"st": SentenceTransformers, "onnx": ONNXRuntime, "openvino": OpenVINO}
