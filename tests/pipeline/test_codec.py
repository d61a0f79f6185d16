"""Encoding and decoding with one bundle: any size, any setting, the same bytes, and clear refusals."""

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_golden import graph, picture
from onnx import helper
from PIL import Image

import latentcodec
from latentcodec import BundleError, Codec, FormatError, LimitError, UnknownModelError, load_bundle
from latentcodec.container.header import BITS_QUANTISERS
from latentcodec.container.read import read_image
from latentcodec.settings import Settings
from latentcodec.transform import sessions, windows

GOLDEN = Path(__file__).parents[1] / "golden"
RGB = latentcodec.open(GOLDEN / "bundles" / "tiny_rgb", provider="cpu")  # hypothesis wants no fixtures


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from(BITS_QUANTISERS),
    st.integers(1, 3),
    st.sampled_from(["adaptive", "static"]),
)
def test_a_picture_of_any_size_comes_back_in_its_size(height, width, quantiser, bits, entropy) -> None:
    data = RGB.encode(picture(height, width), quantiser=quantiser, bits=bits, entropy=entropy)
    decoded = RGB.decode_array(data)
    assert decoded.shape == (height, width, 3)
    assert decoded.dtype == np.uint8
    facts = latentcodec.info(data)
    assert (facts["width"], facts["height"]) == (width, height)
    assert (facts["quantiser"], facts["bits"], facts["entropy"]) == (quantiser, bits, entropy)


def test_the_entropy_model_changes_the_bytes_and_nothing_else(rgb: Codec) -> None:
    static, adaptive = (rgb.encode(picture(40, 50), entropy=entropy) for entropy in ("static", "adaptive"))
    assert len(static) < len(adaptive)
    assert np.array_equal(rgb.symbols(static), rgb.symbols(adaptive))
    assert np.array_equal(rgb.decode_array(static), rgb.decode_array(adaptive))


@pytest.mark.parametrize("quantiser", BITS_QUANTISERS)
def test_decoding_is_the_synthesis_of_the_dequantised_symbols_cropped(rgb: Codec, quantiser: str) -> None:
    original = picture(37, 53)
    data = rgb.encode(original, quantiser=quantiser, bits=3)
    symbols = rgb.symbols(data)
    assert symbols.shape == (6, 5, 7)
    side_information = read_image(data).side_information
    latents = rgb.transform.dequantise(Settings(quantiser, 3, "static"), symbols, side_information)
    assert np.array_equal(rgb.synthesise(latents[None], 37, 53)[0], rgb.decode_array(data))
    assert np.abs(latents - rgb.analyse(original[None])[0]).mean() < 0.1


def test_a_higher_quality_is_closer_and_costs_more(rgb: Codec) -> None:
    original = picture(96, 96)
    files = [rgb.encode(original, quality=quality) for quality in (1, 34, 67, 100)]
    errors = [np.square(rgb.decode_array(data) - original.astype(float)).mean() for data in files]
    assert errors == sorted(errors, reverse=True)
    assert len({len(data) for data in files}) == 4
    assert [len(data) for data in files] == sorted(len(data) for data in files)
    assert rgb.encode(original) == rgb.encode(original, quality=50)


def test_the_same_picture_gives_the_same_bytes_also_from_several_threads(rgb: Codec) -> None:
    pictures = [picture(30 + 7 * number, 40) for number in range(6)]
    once = [rgb.encode(each, quantiser="vector", bits=2) for each in pictures]
    fresh = latentcodec.open(rgb.bundle.path, provider="cpu")  # its sessions are made by whichever thread comes first
    with ThreadPoolExecutor(6) as pool:
        again = list(pool.map(lambda each: fresh.encode(each, quantiser="vector", bits=2), pictures))
        decoded = list(pool.map(lambda data: fresh.decode_array(data), once))
    assert again == once
    for data, pixels in zip(once, decoded, strict=True):
        assert np.array_equal(pixels, rgb.decode_array(data))


def test_pixels_come_back_in_their_places(rgb: Codec) -> None:
    original = np.kron(np.arange(0, 240, 20).reshape(3, 4), np.ones((4, 4))).astype(np.uint8)  # 12x16: padded below
    for turned in (original, original.T):
        decoded = rgb.decode_array(rgb.encode(turned, quality=100))
        assert np.abs(decoded.astype(int) - turned).max() <= 2


def test_threads_that_start_together_make_one_session_each_way(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    original = sessions.open_session

    def slow(*arguments: object, **options: str) -> object:
        made.append(options["label"])
        time.sleep(0.05)
        return original(*arguments, **options)

    monkeypatch.setattr(sessions, "open_session", slow)
    fresh = Codec(rgb.bundle, provider="cpu")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: fresh.decode(fresh.encode(picture(8, 8))), range(4)))
    assert sorted(made) == ["decoder.onnx of bundle tiny_rgb", "encoder.onnx of bundle tiny_rgb"]


@pytest.mark.parametrize("level", [0, 1, 128, 255])
@pytest.mark.parametrize("quantiser", BITS_QUANTISERS)
def test_a_flat_picture_comes_back_flat(rgb: Codec, quantiser: str, level: int) -> None:
    data = rgb.encode(np.full((20, 20, 3), level, np.uint8), quantiser=quantiser, bits=3)
    decoded = rgb.decode_array(data)
    assert np.ptp(decoded, axis=(0, 1)).max() == 0
    if quantiser == "vector":
        assert np.abs(decoded.astype(int) - level).max() <= 1


def test_decode_gives_a_pillow_image_unless_an_array_is_asked_for(rgb: Codec, tmp_path: Path) -> None:
    data = rgb.encode(picture(9, 17))
    (tmp_path / "a.ltc").write_bytes(data)
    image = rgb.decode(tmp_path / "a.ltc")
    assert isinstance(image, Image.Image)
    assert (image.mode, image.size) == ("RGB", (17, 9))
    with (tmp_path / "a.ltc").open("rb") as file:
        assert np.array_equal(rgb.decode_array(file), np.asarray(image))


def test_many_pictures_at_once_give_the_latents_of_each_alone(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = np.stack([picture(20, 28, seed) for seed in range(5)])
    alone = np.concatenate([rgb.analyse(each[None]) for each in pictures])
    monkeypatch.setitem(windows.WINDOW, "cpu", 40)  # two pictures of 24x32 at a time: five make three batches
    np.testing.assert_allclose(rgb.analyse(pictures), alone, atol=1e-6)
    difference = rgb.synthesise(alone, 20, 28).astype(int) - rgb.synthesise(alone[2:3], 20, 28)
    assert np.abs(difference[2]).max() <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"quality": 0}, "quality is 1 to 100, not 0"),
        ({"quality": 101}, "quality is 1 to 100, not 101"),
        ({"quality": 50, "quantiser": "max", "bits": 2}, "not both"),
        ({"quantiser": "max"}, "belong together"),
        ({"bits": 2}, "belong together"),
        ({"quantiser": "mean", "bits": 2}, "offers the quantisers max, min_max"),
        ({"quantiser": "max", "bits": 5}, "max with 1, 2, 3 bits, not 5"),
        ({"entropy": "context"}, "entropy models adaptive, static, not 'context'"),
    ],
)
def test_settings_that_the_bundle_does_not_offer_are_named(rgb: Codec, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rgb.encode(picture(8, 8), **settings)


def test_a_file_of_another_model_is_refused(rgb: Codec, grey: Codec) -> None:
    data = grey.encode(np.zeros((28, 28), np.uint8))
    with pytest.raises(UnknownModelError, match=f"{grey.bundle.model_id.hex()}.*{rgb.bundle.model_id.hex()}"):
        rgb.decode(data)


def test_a_file_larger_than_the_limit_is_refused(rgb: Codec) -> None:
    data = rgb.encode(picture(20, 30))
    assert rgb.decode(data, max_pixels=600).size == (30, 20)
    with pytest.raises(LimitError):
        rgb.decode(data, max_pixels=599)


def test_a_bundle_of_one_size_takes_that_size_only(grey: Codec) -> None:
    with pytest.raises(ValueError, match="pictures of 28x28 only, not 29x28"):
        grey.encode(np.zeros((28, 29), np.uint8))
    elsewhere = latentcodec._core.write_image(
        grey.bundle.model_id, 29, 28, 0, 1, 0, np.zeros(1, np.float32), np.zeros((16, 1, 2), np.int16), None
    )
    with pytest.raises(FormatError, match="29x28"):
        grey.decode(elsewhere)


def test_arrays_that_do_not_suit_the_networks_are_refused(rgb: Codec, grey: Codec) -> None:
    with pytest.raises(ValueError, match="uint8 of shape"):
        rgb.analyse(picture(8, 8)[None].astype(np.float32))
    with pytest.raises(ValueError, match="uint8 of shape"):
        grey.analyse(picture(28, 28)[None])
    with pytest.raises(ValueError, match="3 channels, not 4"):
        rgb.analyse(np.zeros((1, 8, 8, 4), np.uint8))
    with pytest.raises(ValueError, match=r"\(N, 6, 1, 2\), not \(1, 6, 2, 2\)"):
        rgb.synthesise(np.zeros((1, 6, 2, 2), np.float32), 8, 16)
    for threads in (-1, 257, 2.5, "2", None):
        with pytest.raises(ValueError, match=rf"threads is 0 \(all cores\) to 256, not {threads!r}$"):
            Codec(rgb.bundle, threads=threads)  # type: ignore[arg-type]


def test_a_network_that_gives_nan_is_an_error_not_a_picture(remake, tmp_path: Path) -> None:
    nodes = [
        helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Concat", ["means", "means"], ["six"], axis=1),
        helper.make_node("Sub", ["six", "six"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["latents"]),
    ]
    graph("broken", "image", "latents", nodes, {}, tmp_path / "nan.onnx")
    with pytest.raises(BundleError, match=r"encoder.onnx of bundle tiny_rgb gave values that are not finite"):
        Codec(load_bundle(remake(encoder=tmp_path / "nan.onnx")), provider="cpu").encode(picture(8, 8))


def test_a_network_of_another_shape_or_with_other_ends_is_an_error(remake, tmp_path: Path) -> None:
    pool = helper.make_node("AveragePool", ["image"], ["latents"], kernel_shape=[8, 8], strides=[8, 8])
    graph("broken", "image", "latents", [pool], {}, tmp_path / "three.onnx")
    with pytest.raises(BundleError, match=r"float32 \(1, 3, 1, 1\) where float32 \(1, 6, 1, 1\) was due"):
        Codec(load_bundle(remake(encoder=tmp_path / "three.onnx")), provider="cpu").encode(picture(8, 8))
    graph("broken", "x", "y", [helper.make_node("Relu", ["x"], ["y"])], {}, tmp_path / "ends.onnx")
    with pytest.raises(BundleError, match=r"leads from \['x'\] to \['y'\], not 'image' to 'latents'"):
        Codec(load_bundle(remake(encoder=tmp_path / "ends.onnx")), provider="cpu").encode(picture(8, 8))


def test_a_network_that_onnx_runtime_cannot_load_is_a_bundle_error(remake, tmp_path: Path) -> None:
    (tmp_path / "junk.onnx").write_bytes(b"no network")
    with pytest.raises(BundleError, match=r"cannot load encoder.onnx of bundle tiny_rgb"):
        Codec(load_bundle(remake(encoder=tmp_path / "junk.onnx")), provider="cpu").encode(picture(8, 8))


@pytest.mark.parametrize("quality", [0, 100.5, 0.99, True, "60"])
def test_a_quality_that_is_no_number_from_1_to_100_is_refused(rgb: Codec, quality: object) -> None:
    with pytest.raises(ValueError, match="quality is 1 to 100, not"):
        rgb.encode(picture(8, 8), quality=quality)  # type: ignore[arg-type]


def test_decoding_pixels_instead_of_a_file_says_what_a_file_is(rgb: Codec) -> None:
    with pytest.raises(TypeError, match="its bytes, its path or as an open binary file, not as ndarray"):
        rgb.decode(picture(8, 8))  # type: ignore[arg-type]


SHAPES = st.sampled_from([(), (1,), (2,), (3,), (4,)])


@given(st.integers(1, 40), st.integers(1, 40), SHAPES, st.integers(1, 100), st.sampled_from([0, 8, 24]), st.booleans())
def test_every_shape_comes_back_with_its_alpha(height, width, last, quality, tile, as_image) -> None:
    array = np.random.default_rng(height * width).integers(0, 256, (height, width, *last), dtype=np.uint8)
    source = Image.fromarray(array) if as_image and last != (1,) else array
    data = RGB.encode(source, quality=quality, tile=tile)
    assert data == RGB.encode(array, quality=quality, tile=tile)
    channels = last[0] if last else 1
    decoded = RGB.decode_array(data)
    assert decoded.shape == ((height, width, channels) if channels > 1 else (height, width))
    if channels in (2, 4):
        assert np.array_equal(decoded[..., -1], array[..., -1])
    image = RGB.decode(data)
    assert image.mode == ["L", "LA", "RGB", "RGBA"][channels - 1]
    assert np.array_equal(np.asarray(image), decoded)


def test_grey_needs_no_more_bytes_than_the_same_in_colour(rgb: Codec) -> None:
    shades = picture(40, 50)[..., 0]
    assert len(rgb.encode(shades)) == len(rgb.encode(np.dstack([shades] * 3)))
    assert np.array_equal(rgb.symbols(rgb.encode(shades)), rgb.symbols(rgb.encode(np.dstack([shades] * 3))))
    assert latentcodec.info(rgb.encode(shades))["grey"]


def test_a_grey_bundle_keeps_alpha_too(grey: Codec) -> None:
    both = np.dstack([picture(28, 28), picture(28, 28)[..., 0]])
    decoded = grey.decode_array(grey.encode(both))
    assert decoded.shape == (28, 28, 2)
    assert np.array_equal(decoded[..., 1], both[..., 3])


def test_a_batch_gives_the_same_files_in_order_from_several_workers(rgb: Codec) -> None:
    pictures = [picture(30 + 7 * number, 40) for number in range(9)]
    expected = [rgb.encode(each, quality=80, tile=16) for each in pictures]
    for workers in (0, 1, 3):
        files = list(rgb.encode_batch(pictures, workers=workers, quality=80, tile=16))
        assert files == expected
        decoded = rgb.decode_batch(iter(files), workers=workers)
        for pixels, data in zip(decoded, expected, strict=True):
            assert np.array_equal(pixels, rgb.decode_array(data))
    assert next(rgb.decode_batch(expected)).size == (40, 30)


def test_the_networks_of_a_batch_use_one_thread_each(rgb: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    original = sessions.open_session

    def noted(*arguments: object, **options: int) -> object:
        threads.append(options["threads"])
        return original(*arguments, **options)

    monkeypatch.setattr(sessions, "open_session", noted)
    codec = Codec(rgb.bundle, provider="cpu", threads=2)
    files = list(codec.encode_batch([picture(8, 8)] * 4, workers=2))
    list(codec.decode_batch(files, workers=2))
    assert threads == [1, 1]  # an encoder and a decoder, which the workers share


def test_a_batch_is_lazy_and_its_settings_are_checked_at_once(rgb: Codec, tmp_path: Path) -> None:
    taken = []

    def pictures():
        for number in range(100):
            taken.append(number)
            yield picture(8, 8)

    files = rgb.encode_batch(pictures(), workers=2)
    assert taken == []
    next(files)
    assert len(taken) <= 4
    with pytest.raises(ValueError, match="quality is 1 to 100"):
        rgb.encode_batch(pictures(), quality=0)
    with pytest.raises(ValueError, match="multiple of 8"):
        rgb.encode_batch(pictures(), tile=5)
    failing = rgb.encode_batch([picture(8, 8), tmp_path / "none.png", picture(8, 8)], workers=2)
    assert next(failing)
    with pytest.raises(FileNotFoundError):
        next(failing)


def test_one_codec_serves_threads_that_do_different_things(rgb: Codec) -> None:
    original = picture(60, 90)
    data = rgb.encode(original, tile=16)
    pack = rgb.encode_pack([original, original], names=["a", "b"])
    jobs = {
        "encode": lambda: rgb.encode(original, tile=16),
        "decode": lambda: rgb.decode_array(data).tobytes(),
        "region": lambda: rgb.decode_array(data, (5, 6, 70, 50)).tobytes(),
        "pack": lambda: rgb.decode_pack(pack, ["b"]).tobytes(),
        "append": lambda: rgb.append_pack(pack, [original], names=["c"]),
        "batch": lambda: b"".join(rgb.encode_batch([original] * 3, workers=2)),
    }
    alone = {name: job() for name, job in jobs.items()}
    with ThreadPoolExecutor(6) as pool:
        together = [(name, pool.submit(job)) for _ in range(5) for name, job in jobs.items()]
        for name, future in together:
            assert future.result() == alone[name], name


def test_a_codec_survives_pickling_with_its_bundle_and_settings(rgb: Codec) -> None:
    again = pickle.loads(pickle.dumps(rgb))
    assert again.bundle.model_id == rgb.bundle.model_id and again.provider == "cpu"
    assert again.encode(picture(24, 40)) == rgb.encode(picture(24, 40))


def test_a_pickled_bundle_whose_folder_has_changed_is_refused(remake) -> None:
    pickled = pickle.dumps(load_bundle(remake()))
    remake(facts={"receptive_field": 9})
    with pytest.raises(BundleError, match="holds another bundle than"):
        pickle.loads(pickled)


def test_one_bad_picture_need_not_end_a_batch(rgb: Codec, tmp_path: Path) -> None:
    pictures = [picture(8, 8), tmp_path / "missing.png", picture(16, 8)]
    files = list(rgb.encode_batch(pictures, on_error="return"))
    assert [type(each) for each in files] == [bytes, FileNotFoundError, bytes]
    decoded = list(rgb.decode_batch([files[0], b"junk", files[2]], on_error="return"))
    assert decoded[0].size == (8, 8) and isinstance(decoded[1], FormatError) and decoded[2].size == (8, 16)
    with pytest.raises(FileNotFoundError):
        list(rgb.encode_batch(pictures))
    with pytest.raises(ValueError, match="on_error is 'raise' or 'return', not 'ignore'"):
        rgb.encode_batch(pictures, on_error="ignore")


def test_what_is_parsed_already_is_taken_as_it_is(rgb: Codec) -> None:
    file = read_image(rgb.encode(picture(24, 40)))
    assert np.array_equal(rgb.decode_array(file), rgb.decode_array(rgb.encode(picture(24, 40))))


def test_an_option_of_another_name_is_refused_with_those_that_there_are(rgb: Codec) -> None:
    for encode in (rgb.encode, rgb.encode_pack, rgb.encode_batch):
        with pytest.raises(TypeError, match=r"there is no option 'qualty': there are .*bits, .*quality"):
            encode([picture(8, 8)], qualty=5)
