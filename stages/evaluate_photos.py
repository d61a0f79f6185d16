"""Measure one photo codec as it is deployed: ``python -m stages.evaluate_photos ae2``.

Every test picture is encoded to a file by the finished bundle in exports/study/<codec> and decoded from it again, with
every quantiser, b and entropy model that the bundle offers. Writes in build/<codec>/evaluation/: points.json (rows of the
results), pictures.json (file bytes and distortions of every picture), timings.json, and reconstructions.npz (a few
pictures, for the figures: ``sample`` (S,) their indices, ``original`` (S, C, H, W), and ``<quantiser>_<b>``).
"""

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

import latentcodec
from stages import metrics
from stages.params import load_params


def code(codec: latentcodec.Codec, pictures: np.ndarray, setting: dict) -> tuple[list[int], np.ndarray, dict]:
    """File bytes per picture, the decoded stack (N, C, H, W) and the median times of one setting."""
    encode, decode = metrics.Stopwatch(), metrics.Stopwatch()
    files = [encode(codec.encode, picture.transpose(1, 2, 0), **setting) for picture in pictures]
    decoded = np.stack([decode(codec.decode, data, as_array=True) for data in files])
    times = {"encode_ms": encode.median(), "decode_ms": decode.median()}
    return [len(data) for data in files], decoded.transpose(0, 3, 1, 2), times


def measure(name: str, codec: latentcodec.Codec, pictures: np.ndarray) -> tuple[list[dict], list[dict], dict]:
    """(bytes and distortions per setting, times per setting, decoded stacks by ``<quantiser>_<b>``)."""
    facts = codec.bundle.facts
    settings = [(quantiser, bits) for quantiser, offered in facts["quantisers"].items() for bits in offered]
    measured, times, stacks = [], [], {}
    code(codec, pictures[:1], {"quantiser": settings[0][0], "bits": settings[0][1]})  # the first run sets things up
    for quantiser, bits in tqdm(settings, name, unit="point"):
        distortions, key = None, f"{quantiser}_{bits}"
        for entropy in facts["entropy"]:
            setting = {"quantiser": quantiser, "bits": bits, "entropy": entropy}
            sizes, decoded, lasted = code(codec, pictures, setting)
            if distortions is None:
                distortions, stacks[key] = metrics.distortions(pictures, decoded), decoded
            elif not np.array_equal(decoded, stacks[key]):
                raise SystemExit(f"{name}: {quantiser} b={bits}: the entropy models decode to different pictures")
            measured.append({**setting, "bytes": sizes, **distortions})
            times.append({"codec": name, **setting, **lasted})
    return measured, times, stacks


def samples(pictures: np.ndarray, wanted: list[int]) -> np.ndarray:
    """The indices of ``wanted`` as an array; all must be there."""
    if not wanted or max(wanted) >= len(pictures):
        raise SystemExit(f"params.yaml: evaluate.samples: {wanted} must name some of the {len(pictures)} test pictures")
    return np.array(wanted)


def main(name: str, params: dict, root: Path = Path()) -> None:
    pictures = np.load(root / "build/data/photos/test.npy")
    sample = samples(pictures, params["evaluate"]["samples"])
    codec = latentcodec.open(root / "exports/study" / name)
    measured, times, stacks = measure(name, codec, pictures)
    out = root / "build" / name / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        metrics.point(name, of, pictures.shape, **{key: of[key] for key in ("quantiser", "bits", "entropy")})
        for of in measured
    ]
    (out / "points.json").write_text(json.dumps(rows, indent=1))
    (out / "pictures.json").write_text(json.dumps(measured))
    (out / "timings.json").write_text(json.dumps(times, indent=1))
    shown = {key: stack[sample] for key, stack in stacks.items()}
    np.savez_compressed(out / "reconstructions.npz", sample=sample, original=pictures[sample], **shown)


if __name__ == "__main__":
    main(sys.argv[1], load_params())
