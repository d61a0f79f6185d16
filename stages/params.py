"""The blocks of params.yaml as types, and the one way to read it. params.yaml says what each key means.

A block stays the dictionary that the file holds: checkpoints are named by its digest.
"""

from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from typing_extensions import TypedDict

Family = Literal["photos", "digits"]
Precision = Literal["bf16", "float32"]
Structure = dict[Literal["ssim", "ms_ssim", "ssimulacra2"], float]
Block = TypeVar("Block", bound=type)


def checked(block: Block) -> Block:
    """Strictly, when params.yaml is read: as pydantic.with_config does, which a machine that only trains lacks."""
    block.__pydantic_config__ = {"extra": "forbid", "strict": True}  # type: ignore[attr-defined]
    return block


@checked
class Holdout(TypedDict):
    photos: int
    digits: int


@checked
class Mirrored(TypedDict):
    mirror: str | None


@checked
class Data(Mirrored):
    photos: str
    digits: str
    folder: str | None
    crops: int
    terms: str
    lossless: list[str] | None
    drawn: list[int]
    seed: int
    holdout: Holdout


@checked
class Noise(TypedDict):
    low: float
    high: float
    bits: int


@checked
class Train(TypedDict):
    network: dict[str, Any]
    data: Family
    noise: Noise | None
    epochs: int
    batch: int
    crop: int | None
    learning_rate: float
    precision: Precision
    seed: int


@checked
class RateDistortionTraining(TypedDict):
    network: dict[str, Any]
    pictures: list[str] | None
    terms: str | None
    start: str | None
    dead_zones: str | None
    steps: int
    minutes: float | None
    batch: int
    crop: int
    scales: list[float] | None
    learning_rate: float
    fixed_gains: bool
    structure: Structure | None
    warm_up: int
    average: float
    precision: Precision
    holdout: bool
    seed: int


@checked
class Lossless(TypedDict):
    kind: str
    data: Family
    pictures: list[str] | None
    count: int | None
    drawn: list[int] | None
    terms: str | None


@checked
class Quantise(TypedDict):
    quantisers: list[str]
    bits: list[int]
    entropy: list[str]
    default: str


@checked
class QuantiseFamilies(TypedDict):
    photos: Quantise
    digits: Quantise


@checked
class Fit(TypedDict):
    pictures: int
    kmeans_values: int
    seed: int


@checked
class DeadZone(TypedDict):
    count: int
    pixels: int


@checked
class FitRateDistortion(TypedDict):
    pixels: int
    megapixels: float
    dead_zone: DeadZone
    seed: int


@checked
class Evaluate(TypedDict):
    samples: list[int]
    ssim_digits: int
    block: int
    qualities: list[int]


@checked
class LosslessAutoencoder(TypedDict):
    latent_dims: list[int]
    epochs: int
    batch: int
    learning_rate: float
    block: int
    seed: int


@checked
class LatentSpace(TypedDict):
    digits: int
    perplexity: float
    seed: int


@checked
class Quoted(TypedDict):
    quantiser: str
    bits: int


@checked
class Report(TypedDict):
    photos: Quoted
    digits: Quoted


@checked
class TrainingKit(TypedDict):
    codec: str
    settings: dict[str, Any]
    pixels: int
    megabytes: float


@checked
class FineTune(TypedDict):
    codec: str
    bundle: str
    settings: dict[str, Any]
    megapixels: float


@checked
class Params(TypedDict):
    data: Data
    device: str
    train: dict[str, Train]
    rate_distortion: dict[str, RateDistortionTraining]
    lossless: dict[str, Lossless]
    quantise: QuantiseFamilies
    fit: Fit
    fit_rate_distortion: FitRateDistortion
    evaluate: Evaluate
    classical: dict[str, list[float]]
    full_size: dict[str, list[float]]
    lossless_autoencoder: LosslessAutoencoder
    latent_space: LatentSpace
    report: Report
    training_kit: TrainingKit
    fine_tune: FineTune


def load_params(path: Path = Path("params.yaml")) -> Params:
    """The parameters of the study. SystemExit: a line for each key that is unknown, missing or of another type."""
    import yaml
    from pydantic import TypeAdapter, ValidationError

    params = yaml.safe_load(path.read_text())
    try:
        TypeAdapter(Params).validate_python(params)
    except ValidationError as error:
        raise SystemExit("\n".join(f"{path}: {_line(problem)}" for problem in error.errors())) from None
    return cast(Params, params)


def full_params(mirror: str | None = None) -> dict[str, Any]:
    """params.yaml with what params-full.yaml changes; ``mirror``: in place of the one that they name."""
    from omegaconf import OmegaConf

    params = OmegaConf.merge(OmegaConf.load("params.yaml"), OmegaConf.load("params-full.yaml"))
    params.data.mirror = mirror or params.data.mirror
    return cast(dict[str, Any], OmegaConf.to_container(params))


def _line(problem: Any) -> str:
    """Where the problem lies, as keys with dots between them, and what it is."""
    words = {"extra_forbidden": "unknown key", "missing": "missing"}
    wrong = words.get(problem["type"]) or f"{problem['msg'].lower()}, not {problem['input']!r}"
    return f"{'.'.join(map(str, problem['loc']))}: {wrong}"
