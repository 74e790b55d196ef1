#!/usr/bin/python3
"""Our language models against plain ones: random weights, same tokens, same logits within 1e-4.

    language_models_test.py MODELS-LANGUAGE

GPT-2 and Llama are written below once more, from their papers, a position at a time where that is plainer, and the
files by the few lines of write_safetensors(), which share nothing with ours.
Exit status: 0 all agree, 1 not, 77 without torch.
"""
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("language_models_test: skipped: no torch (package python3-torch)")
    sys.exit(77)

TOLERANCE = 1e-4
TYPES = {torch.float32: "F32", torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16"}


def raw(tensor):
    tensor = tensor.detach().contiguous()
    if tensor.dtype is torch.bfloat16:
        return tensor.view(torch.int16).numpy().tobytes()
    return tensor.numpy().tobytes()


def write_safetensors(path, tensors):
    header, parts, end = {}, [], 0
    for name, tensor in tensors.items():
        part = raw(tensor)
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def causal(scores):
    hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).tril().logical_not()
    return scores.masked_fill(hidden, -math.inf).softmax(-1)


def gelu(x, kind):
    if kind == "gelu":
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def layer_norm(x, weight, bias, epsilon):
    x = x - x.mean(-1, keepdim=True)
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon) * weight + bias


def gpt2_weights(c):
    d, inner = c["n_embd"], c.get("n_inner") or 4 * c["n_embd"]
    shapes = {"wte.weight": (c["vocab_size"], d), "wpe.weight": (c["n_positions"], d), "ln_f.weight": (d,), "ln_f.bias": (d,)}
    for i in range(c["n_layer"]):
        h = f"h.{i}."
        for norm in ("ln_1", "ln_2"):
            shapes |= {f"{h}{norm}.weight": (d,), f"{h}{norm}.bias": (d,)}
        for name, a, b in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, inner), ("mlp.c_proj", inner, d)):
            shapes |= {f"{h}{name}.weight": (a, b), f"{h}{name}.bias": (b,)}
    return shapes


def gpt2(c, w, ids):
    heads, e = c["n_head"], c["layer_norm_epsilon"]
    x = w["wte.weight"][ids] + w["wpe.weight"][:ids.shape[1]]
    for i in range(c["n_layer"]):
        p = {k[len(f"h.{i}."):]: v for k, v in w.items() if k.startswith(f"h.{i}.")}
        y = layer_norm(x, p["ln_1.weight"], p["ln_1.bias"], e) @ p["attn.c_attn.weight"] + p["attn.c_attn.bias"]
        q, k, v = (t.unflatten(-1, (heads, -1)) for t in y.split(c["n_embd"], -1))
        shares = causal(torch.einsum("bthd,bshd->bhts", q, k) / math.sqrt(q.shape[-1]))
        y = torch.einsum("bhts,bshd->bthd", shares, v).flatten(2)
        x = x + y @ p["attn.c_proj.weight"] + p["attn.c_proj.bias"]
        y = layer_norm(x, p["ln_2.weight"], p["ln_2.bias"], e) @ p["mlp.c_fc.weight"] + p["mlp.c_fc.bias"]
        x = x + gelu(y, c["activation_function"]) @ p["mlp.c_proj.weight"] + p["mlp.c_proj.bias"]
    return layer_norm(x, w["ln_f.weight"], w["ln_f.bias"], e) @ w.get("lm_head.weight", w["wte.weight"]).T


def llama_weights(c):
    d, w = c["hidden_size"], c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    q, k, inner = w * c["num_attention_heads"], w * c["num_key_value_heads"], c["intermediate_size"]
    shapes = {"embed_tokens.weight": (c["vocab_size"], d), "norm.weight": (d,)}
    for i in range(c["num_hidden_layers"]):
        h = f"layers.{i}."
        shapes |= {f"{h}input_layernorm.weight": (d,), f"{h}post_attention_layernorm.weight": (d,)}
        for name, a, b in (("self_attn.q_proj", d, q), ("self_attn.k_proj", d, k), ("self_attn.v_proj", d, k),
                           ("self_attn.o_proj", q, d)):
            shapes |= {f"{h}{name}.weight": (b, a)}
            if c.get("attention_bias"):
                shapes |= {f"{h}{name}.bias": (b,)}
        for name, a, b in (("gate_proj", d, inner), ("up_proj", d, inner), ("down_proj", inner, d)):
            shapes |= {f"{h}mlp.{name}.weight": (b, a)}
            if c.get("mlp_bias"):
                shapes |= {f"{h}mlp.{name}.bias": (b,)}
    return shapes


def frequency(c, i, width):
    f = c.get("rope_theta", 10000.0) ** (-2 * i / width)
    scaling = c.get("rope_scaling")
    if not scaling:
        return f
    if scaling["rope_type"] == "linear":
        return f / scaling["factor"]
    length, low, high = 2 * math.pi / f, scaling["low_freq_factor"], scaling["high_freq_factor"]
    original = scaling["original_max_position_embeddings"]
    if length < original / high:
        return f
    if length > original / low:
        return f / scaling["factor"]
    smooth = (original / length - low) / (high - low)
    return (1 - smooth) * f / scaling["factor"] + smooth * f


def rotate(c, x):
    """Number i of the first half and of the second are a point in a plane, turned by position x frequency."""
    width = x.shape[-1]
    out = x.clone()
    for t in range(x.shape[1]):
        for i in range(width // 2):
            angle = t * frequency(c, i, width)
            a, b = x[:, t, :, i], x[:, t, :, i + width // 2]
            out[:, t, :, i] = a * math.cos(angle) - b * math.sin(angle)
            out[:, t, :, i + width // 2] = b * math.cos(angle) + a * math.sin(angle)
    return out


def llama(c, w, ids):
    heads, groups = c["num_attention_heads"], c["num_key_value_heads"]
    norm = lambda x, weight: x / torch.sqrt((x * x).mean(-1, keepdim=True) + c["rms_norm_eps"]) * weight
    x = w["embed_tokens.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        def linear(name, y):
            return y @ w[f"layers.{i}.{name}.weight"].T + w.get(f"layers.{i}.{name}.bias", 0)
        y = norm(x, w[f"layers.{i}.input_layernorm.weight"])
        q = rotate(c, linear("self_attn.q_proj", y).unflatten(-1, (heads, -1)))
        k = rotate(c, linear("self_attn.k_proj", y).unflatten(-1, (groups, -1)))
        v = linear("self_attn.v_proj", y).unflatten(-1, (groups, -1))
        each = []
        for head in range(heads):
            shared = head // (heads // groups)
            shares = causal(q[:, :, head] @ k[:, :, shared].transpose(1, 2) / math.sqrt(q.shape[-1]))
            each.append(shares @ v[:, :, shared])
        x = x + linear("self_attn.o_proj", torch.cat(each, -1))
        y = norm(x, w[f"layers.{i}.post_attention_layernorm.weight"])
        gate = linear("mlp.gate_proj", y)
        x = x + linear("mlp.down_proj", gate / (1 + torch.exp(-gate)) * linear("mlp.up_proj", y))
    return norm(x, w["norm.weight"]) @ w.get("lm_head.weight", w["embed_tokens.weight"]).T


GPT2 = {"model_type": "gpt2", "vocab_size": 97, "n_positions": 40, "n_embd": 48, "n_layer": 3, "n_head": 4,
        "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
LLAMA = {"model_type": "llama", "vocab_size": 89, "max_position_embeddings": 64, "hidden_size": 48, "num_hidden_layers": 3,
         "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 80, "rms_norm_eps": 1e-6, "hidden_act": "silu"}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
CASES = [
    ("GPT-2", GPT2, {}, {}),
    ("GPT-2, names without their first word, buffers of old files", GPT2, {}, {"prefix": "", "buffers": True}),
    ("GPT-2, a head of its own, a wider perceptron, erf", GPT2,
     {"tie_word_embeddings": False, "n_inner": 100, "activation_function": "gelu"}, {}),
    ("GPT-2 in shards", GPT2, {}, {"shards": 3}),
    ("GPT-2 in half precision", GPT2, {}, {"dtype": torch.float16}),
    ("Llama", LLAMA, {}, {}),
    ("Llama, tied", LLAMA, {"tie_word_embeddings": True}, {}),
    ("Llama, shared keys, another base", LLAMA, {"num_key_value_heads": 2, "rope_theta": 500000.0}, {}),
    ("Llama, one key for all, wide heads, biases", LLAMA,
     {"num_key_value_heads": 1, "head_dim": 20, "attention_bias": True, "mlp_bias": True}, {}),
    ("Llama, linear scaling", LLAMA, {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}, {}),
    ("Llama 3's scaling, in shards, bf16", LLAMA, {"rope_scaling": LLAMA3, "rope_theta": 500.0}, {"shards": 2, "dtype": torch.bfloat16}),
]


def write_model(folder, config, weights, how):
    prefix = how.get("prefix", {"gpt2": "transformer.", "llama": "model."}[config["model_type"]])
    named = {name if name.startswith("lm_head") else prefix + name: w for name, w in weights.items()}
    if how.get("buffers"):
        named["h.0.attn.bias"] = torch.ones(1, 1, 40, 40)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    count = how.get("shards")
    if not count:
        write_safetensors(folder / "model.safetensors", named)
        return
    where = {}
    for i in range(count):
        file = f"model-{i + 1:05}-of-{count:05}.safetensors"
        part = dict(list(named.items())[i::count])
        write_safetensors(folder / file, part)
        where |= {name: file for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))


def main(tool):
    torch.manual_seed(11)
    with tempfile.TemporaryDirectory() as work:
        for number, (name, base, change, how) in enumerate(CASES):
            config = {**base, **change}
            plain, shapes = (gpt2, gpt2_weights(config)) if base is GPT2 else (llama, llama_weights(config))
            if not config.get("tie_word_embeddings", base is GPT2):
                shapes["lm_head.weight"] = (config["vocab_size"], config.get("n_embd", config.get("hidden_size")))
            weights = {k: torch.randn(s) * 0.2 + (1 if "norm.weight" in k or "ln_" in k and "weight" in k else 0)
                       for k, s in shapes.items()}
            weights = {k: w.to(how.get("dtype", torch.float32)) for k, w in weights.items()}
            folder = pathlib.Path(work) / str(number)
            write_model(folder, config, weights, how)
            ids = torch.randint(0, config["vocab_size"], (3, 33))
            logits = plain(config, {k: w.double() for k, w in weights.items()}, ids).float()
            assert logits.abs().max() > 3, "weights so small that every model agrees"
            case = pathlib.Path(work) / f"{number}.case"
            write_safetensors(case, {"input": ids, "logits": logits})
            done = subprocess.run([tool, folder, case], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (name, done.stderr)
            difference = float(done.stdout)
            print(f"{name}: {difference:.2g} of {logits.abs().max():.3g}")
            assert difference < TOLERANCE, name
            done = subprocess.run([tool, folder, case, "bf16"], capture_output=True, text=True, check=True)
            assert float(done.stdout) < 0.15 * logits.abs().max(), (name, "bf16", done.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
