"""Make the golden bundles and files: ``python tests/golden/make_golden.py`` from the root.

    bundles/tiny_rgb     RGB, any size, stride 8, 6 latent channels, an average pool and one small convolution
    bundles/tiny_l       grey, 28x28 only, 16 latent channels, an average pool
    bundles/tiny_gained  the networks of tiny_rgb, coded at any quality by three levels of gains
    v1/*.ltc, *.ltcp     files of format version 1
    v1/expected.npz      the symbols and the pixels that they decode to

With the name of a released bundle behind it, it makes files of that bundle instead, in a folder of that name.

Every later release must decode all of these files. So this makes what is missing, be it a file, a bundle or what a file
decodes to, and leaves what is there as it is.
"""

import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from PIL import Image

import latentcodec
from latentcodec._core import PackFile, Tables, kmeans, write_image, write_pack
from latentcodec.container.header import BITS_QUANTISERS, QUANTISERS
from latentcodec.container.read import MAX_PIXELS, read_file
from latentcodec.transform.gains import Gains
from latentcodec.transform.quantisers import quantise
from latentcodec.transform.sessions import open_session

HERE = Path(__file__).resolve().parent
OFFERED_ENTROPY = ("adaptive", "static")
VARIABLE_RATE_ENTROPY = ("static", "context")
OFFERED = {"max": [1, 2, 3], "min_max": [1, 2, 3, 8], "vector": [1, 2, 3], "vector_shared": [1, 2, 3]}
ICC = bytes(range(256)) * 2  # the format does not look into it
EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
NAMES = "\n".join(f"ziffer-{number}-ä.png" for number in range(10)).encode()
RGB_PROFILE = bytes(16) + b"RGB " + bytes(108)  # of a profile, the library looks at its colour space
QUALITY = [[33, "min_max", 1], [66, "min_max", 2], [99, "min_max", 3], [100, "min_max", 8]]

Files = dict[str, tuple[latentcodec.Codec, bytes]]
"""By name: a file, and the codec that made it."""


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A synthetic picture, uint8 (height, width, 3): slow waves of three colours and a bright square."""
    y, x = np.mgrid[:height, :width] / 16
    waves = [np.sin(x + seed), np.cos(y + seed), np.sin(x / 2 + y / 2 + seed)]
    colours = np.stack([120 + 70 * wave for wave in waves], axis=2)
    colours[height // 3 : height // 2, width // 3 : width // 2] = 250
    return colours.round().astype(np.uint8)


def digits(count: int, seed: int = 0) -> np.ndarray:
    """Synthetic white strokes on black, uint8 (count, 28, 28)."""
    out = np.zeros((count, 28, 28), np.uint8)
    for number in range(count):
        place = 4 + (5 * number + 3 * seed) % 18
        out[number, 4:24, place : place + 3] = 255 - 9 * (number % 8)
        out[number, place : place + 3, 4 : 24 - number % 7] = 200
    return out


def graph(
    name: str, input_name: str, output_name: str, nodes: list, weights: dict[str, np.ndarray], path: Path
) -> None:
    """Write a network from ``given`` (N, ?, ?, ?) to ``wanted``."""
    ends = [
        helper.make_tensor_value_info(end, TensorProto.FLOAT, ["n", None, None, None])
        for end in (input_name, output_name)
    ]
    constants = [numpy_helper.from_array(value, key) for key, value in weights.items()]
    model = helper.make_model(
        helper.make_graph(nodes, name, ends[:1], ends[1:], constants),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
        producer_name="latentcodec tests",
    )
    save(model, path)


def rgb_networks(folder: Path) -> None:
    """4x4 means, then per 2x2 of them 6 numbers instead of 12: each brightness, and two colour differences."""
    luma, red, blue = np.array([[1, 1, 1], [2, -1, -1], [-1, -1, 2]]) / 3
    pairs = [*((luma, cell) for cell in np.eye(4)), (red, np.full(4, 0.25)), (blue, np.full(4, 0.25))]
    rows = np.stack([np.multiply.outer(colour, cells).ravel() for colour, cells in pairs])
    offset = np.array([0, 0, 0, 0, 0.5, 0.5])  # `max` wants latents that are not negative
    inverse = np.linalg.pinv(rows).T
    graph(
        "analysis", "image", "latents",
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[4, 4], strides=[4, 4]),
            helper.make_node("Conv", ["means", "weight", "offset"], ["latents"], kernel_shape=[2, 2], strides=[2, 2]),
        ],
        {"weight": rows.reshape(6, 3, 2, 2).astype(np.float32), "offset": offset.astype(np.float32)},
        folder / "encoder.onnx",
    )  # fmt: skip
    graph(
        "synthesis", "latents", "image",
        [
            helper.make_node("Sub", ["latents", "offset"], ["centred"]),
            helper.make_node("ConvTranspose", ["centred", "weight"], ["means"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Resize", ["means", "", "scales"], ["image"], mode="nearest"),
        ],
        {
            "weight": inverse.reshape(6, 3, 2, 2).astype(np.float32),
            "offset": offset.reshape(1, 6, 1, 1).astype(np.float32),
            "scales": np.array([1, 1, 4, 4], np.float32),
        },
        folder / "decoder.onnx",
    )  # fmt: skip


def grey_networks(folder: Path) -> None:
    """28x28 to 4x4 means, as 16 channels at one position, and back."""
    graph(
        "analysis", "image", "latents",
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[7, 7], strides=[7, 7]),
            helper.make_node("Reshape", ["means", "shape"], ["latents"]),
        ],
        {"shape": np.array([-1, 16, 1, 1])},
        folder / "encoder.onnx",
    )  # fmt: skip
    graph(
        "synthesis", "latents", "image",
        [
            helper.make_node("Reshape", ["latents", "shape"], ["means"]),
            helper.make_node("Resize", ["means", "", "scales"], ["image"], mode="nearest"),
        ],
        {"shape": np.array([-1, 1, 4, 4]), "scales": np.array([1, 1, 7, 7], np.float32)},
        folder / "decoder.onnx",
    )  # fmt: skip


def fit(latents: np.ndarray) -> bytes:
    """tables.bin from training latents (N, C, h, w)."""
    entries = []
    for name, offered in OFFERED.items():
        for bits in offered:
            codebook = kmeans(latents.ravel(), 2**bits) if name == "vector_shared" else None
            symbols = quantise(name, bits, latents, codebook)[0].swapaxes(0, 1).reshape(latents.shape[1], -1)
            counts = np.stack([np.bincount(channel, minlength=2**bits) for channel in symbols]).astype(np.int64)
            entries.append((QUANTISERS.index(name), bits, codebook, counts))
    return Tables.build(entries)


def fit_variable_rate(latents: np.ndarray) -> bytes:
    """tables.bin of gains, with bands of quality for both entropy models, from training latents (N, 6, h, w)."""
    logarithms = np.log([[2], [8], [60]] * np.array([1, 1, 1, 1, 0.7, 0.7])).astype(np.float32)
    rounding = np.repeat(np.array([[90], [110], [128]], np.uint8), 6, axis=1)
    gains = Gains(logarithms, rounding)
    streams = [(quality, gains.quantise(quality, latents)) for quality in range(5, 101, 10)]
    return Tables.build([], variable_rate=(logarithms, rounding, streams, 5, 2))


def bundle(
    name: str,
    networks: Callable[[Path], None],
    facts: dict,
    training: np.ndarray,
    fit: Callable[[np.ndarray], bytes] = fit,
) -> latentcodec.Codec:
    """Write a bundle fitted to training pictures (N, C, H, W) if it is missing, and open it."""
    folder = HERE / "bundles" / name
    if folder.exists():
        return latentcodec.open(folder, provider="cpu")
    offered = {"quantisers": OFFERED, "entropy": list(OFFERED_ENTROPY), "quality": QUALITY}
    facts = {**offered, **facts, "name": name}
    with tempfile.TemporaryDirectory() as parts:
        encoder, decoder = Path(parts) / "encoder.onnx", Path(parts) / "decoder.onnx"
        networks(Path(parts))
        session = open_session(encoder, provider="cpu")
        (latents,) = session.run(None, {"image": training.astype(np.float32) / 255})
        card = {"name": name, "licence": "MIT", "data": "synthetic pictures"}
        latentcodec.write_bundle(folder, facts, encoder=encoder, decoder=decoder, tables=fit(latents), card=card)
    return latentcodec.open(folder, provider="cpu")


def with_extras(data: bytes, codec: latentcodec.Codec, **extras: Any) -> bytes:
    """The picture or pack that a file holds, as a file with tiles or chunks."""
    file, symbols, tables = read_file(data, MAX_PIXELS), codec.symbols(data), codec.bundle.tables
    head = (
        file.model,
        file.width,
        file.height,
        file.quantiser,
        file.parameter,
        file.entropy,
        file.side_information,
        symbols,
    )
    if isinstance(file, PackFile):
        return write_pack(*head, file.block, tables, **extras)
    return write_image(*head, tables, **extras)


def main() -> None:
    rgb_facts = {"colour": "RGB", "image_size": None, "stride": 8, "receptive_field": 8, "latent_channels": 6}
    photos = np.stack([picture(64, 64, seed) for seed in range(1, 9)]).transpose(0, 3, 1, 2)
    rgb = bundle("tiny_rgb", rgb_networks, rgb_facts, photos)
    grey_facts = {"colour": "L", "image_size": [28, 28], "stride": 28, "receptive_field": 28, "latent_channels": 16}
    grey = bundle("tiny_l", grey_networks, grey_facts, digits(40, seed=1)[:, None])

    variable_rate_facts = {
        **rgb_facts,
        "quantisers": {"gained": []},
        "entropy": list(VARIABLE_RATE_ENTROPY),
        "quality": [],
    }
    variable_rate = bundle("tiny_gained", rgb_networks, variable_rate_facts, photos, fit_variable_rate)

    files: Files = {}
    for (height, width), bits in (((37, 53), 2), ((1, 1), 1), ((20, 8), 3)):
        for quantiser in BITS_QUANTISERS:
            for entropy in OFFERED_ENTROPY:
                data = rgb.encode(picture(height, width), quantiser=quantiser, bits=bits, entropy=entropy)
                files[f"{quantiser}_{entropy}_{width}x{height}.ltc"] = rgb, data
    for entropy in OFFERED_ENTROPY:
        data = with_extras(files[f"min_max_{entropy}_53x37.ltc"][1], rgb, tile=2)
        files[f"tiled_{entropy}_53x37.ltc"] = rgb, data
    data = with_extras(files["vector_static_53x37.ltc"][1], rgb, chunks=[(2, ICC), (3, EXIF), (200, b"?")])
    files["chunks_53x37.ltc"] = rgb, data
    for quantiser, entropy in (("min_max", "static"), ("vector", "adaptive")):
        data = grey.encode_pack(digits(10), quantiser=quantiser, bits=2, entropy=entropy, block=4)
        files[f"{quantiser}_{entropy}_10.ltcp"] = grey, data
    data = with_extras(files["min_max_static_10.ltcp"][1], grey, chunks=[(4, zlib.compress(NAMES))])
    files["names_10.ltcp"] = grey, data
    for entropy in VARIABLE_RATE_ENTROPY:
        for quality in (1, 50, 100):
            data = variable_rate.encode(picture(37, 53), quality=quality, entropy=entropy)
            files[f"gained_{entropy}_q{quality}_53x37.ltc"] = variable_rate, data
        files[f"gained_{entropy}_tiled_53x37.ltc"] = variable_rate, with_extras(data, variable_rate, tile=2)
        pictures = [picture(16, 24, seed) for seed in range(5)]
        data = variable_rate.encode_pack(pictures, quality=70, entropy=entropy, block=2)
        files[f"gained_{entropy}_5.ltcp"] = variable_rate, data
    write(HERE / "v1", files)


def lossless_files(codec: latentcodec.Codec) -> Files:
    """A digit, a pack of them, a grey picture, and one in tiles: nothing in them that zlib compressed, so that their
    bytes are the same for ever too."""
    scan = picture(70, 150)[..., 0]
    if codec.bundle.facts.any_picture:
        return {name: (codec, data) for name, data in any_picture_files(codec).items()}
    made = {
        "digit.ltc": codec.encode(digits(1)[0]),
        "digits.ltcp": codec.encode_pack(digits(10), block=4),
        "grey.ltc": codec.encode(scan),
        "tiled.ltc": codec.encode(scan, tile=64),
    }
    return {name: (codec, data) for name, data in made.items()}


def any_picture_files(codec: latentcodec.Codec) -> dict[str, bytes]:
    """A picture of each kind. screen_by_plane.ltc is that of screen.ltc as an earlier encoder wrote it."""
    colours, random = picture(30, 40), np.random.default_rng(0)
    image, steep = Image.fromarray(colours), np.add.outer(np.arange(20) ** 2 * 60, np.arange(30) ** 2 * 40)
    deep = np.stack([steep, steep // 2 + np.arange(30) % 7, steep // 3], 2).astype(np.uint16)
    return {
        "digit.ltc": codec.encode(digits(1)[0]),
        "grey.ltc": codec.encode(colours[..., 0] ^ (np.arange(40, dtype=np.uint8) & 1)),
        "repeated.ltc": codec.encode(np.tile(colours[..., 0] * np.uint8(37), (3, 2))),
        "colour.ltc": codec.encode(colours),
        "tiled.ltc": codec.encode(colours, tile=16),
        "alpha.ltc": codec.encode(np.dstack([colours, colours[..., 0]])),
        "grey_alpha.ltc": codec.encode(colours[..., :2]),
        "deep.ltc": as_older(codec.encode(deep[..., 0]), codec),
        "deep_colour.ltc": as_older(codec.encode(deep), codec),
        "sixteen.ltc": codec.encode(deep[..., 0]),
        "sixteen_colour.ltc": codec.encode(deep),
        "bilevel.ltc": codec.encode(image.convert("L").point(lambda level: level > 120 and 255, "1")),
        "screen.ltc": codec.encode(np.tile(colours[:9, :7], (4, 6, 1))),
        "palette.ltc": codec.encode(image.quantize(9)),
        "noise.ltc": codec.encode(random.integers(0, 256, (9, 9, 3), np.uint8)),
        "levels.ltc": codec.encode(random.integers(0, [5, 5, 5, 1], (20, 30, 4), np.uint8)),
        "sixteen_levels.ltc": codec.encode(random.integers(0, 4096, (20, 20), np.uint16) << 4),
        "pack.ltcp": codec.encode_pack([picture(12, 16, seed) for seed in range(5)], block=2),
    }


def as_older(data: bytes, codec: latentcodec.Codec) -> bytes:
    """The picture of 16 bits that a file holds, as older versions coded it: the kind of planes was 4 less."""
    file, symbols = read_file(data, MAX_PIXELS), codec.symbols(data)
    head = (file.model, file.width, file.height, file.quantiser, file.parameter - 4, file.entropy)
    return write_image(*head, file.side_information, symbols, codec.bundle.tables, grey=file.grey)


def released(name: str) -> None:
    """Files of a released bundle for pictures of any size: colour, grey, transparency in tiles, and a named pack."""
    codec = latentcodec.open(name, provider="cpu")
    if codec.bundle.facts.lossless:
        write(HERE / name, lossless_files(codec))
        return
    colours = picture(70, 150)
    transparent = np.dstack([colours, colours[..., 0]])
    image = Image.fromarray(transparent)
    image.info["icc_profile"], image.info["exif"] = RGB_PROFILE, EXIF
    write(
        HERE / name,
        {
            "colour_q20.ltc": (codec, codec.encode(colours, quality=20)),
            "colour_q100.ltc": (codec, codec.encode(colours, quality=100)),
            "grey.ltc": (codec, codec.encode(colours[..., 0])),
            "alpha_tiled.ltc": (codec, codec.encode(image, tile=8 * codec.bundle.facts.stride)),
            "digits.ltcp": (codec, codec.encode_pack(digits(10), names=NAMES.decode().split("\n"), block=4)),
        },
    )


def write(folder: Path, files: Files) -> None:
    """Write the files that are missing, and beside them what they decode to."""
    folder.mkdir(exist_ok=True)
    path = folder / "expected.npz"
    expected = dict(np.load(path)) if path.exists() else {}
    for name, (codec, data) in files.items():
        if (folder / name).exists():
            continue
        (folder / name).write_bytes(data)
        expected[f"{name}:symbols"] = codec.symbols(data)
        decoded = codec.decode_pack(data) if name.endswith(".ltcp") else codec.decode_array(data)
        expected[f"{name}:pixels"] = decoded
    np.savez_compressed(path, **expected)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        released(sys.argv[1])
    else:
        main()
