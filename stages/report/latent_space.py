"""Draw the test digits' latents in two dimensions, for every latent_dim: ``python -m stages.report.latent_space``.

t-SNE (perplexity 30, started from the principal components; van der Maaten and Hinton 2008) and PCA; each as a scatter
by digit and as a manifold: the reconstruction of every 10th digit, drawn at its own place on the map.
Writes results/latent_space/ld<latent_dim>_{tsne,pca}_{scatter,manifold}.webp, and build/latent_space/maps.npz, in which
the page of the report has them: ``labels`` (N,), and ``ld<latent_dim>_{tsne,pca}`` (N, 2) float32, of the first N test
digits.
"""

from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

import latentcodec
from stages.figures import latent_map
from stages.params import Params, load_params

EVERY = 10


def maps(latents: np.ndarray, perplexity: float, seed: int) -> dict[str, np.ndarray]:
    """Two maps (N, 2) of latents (N, latent_dim); on one thread, so that sums have one order and the maps repeat."""
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    with threadpool_limits(1):
        return {"tsne": tsne.fit_transform(latents), "pca": PCA(2, random_state=seed).fit_transform(latents)}


def main(params: Params, root: Path = Path()) -> None:
    settings, data = params["latent_space"], root / "build/data/digits"
    digits = np.load(data / "test.npy")[: settings["digits"], 0]
    labels = np.load(data / "test_labels.npy")[: settings["digits"]]
    out = root / "results/latent_space"
    out.mkdir(parents=True, exist_ok=True)
    drawn = {"labels": labels}
    codecs = [name for name, block in params["train"].items() if block["data"] == "digits"]
    for name in tqdm(codecs, "latent space", unit="codec"):
        codec = latentcodec.open(root / "exports/study" / name)
        latents = codec.analyse(digits)
        dim = latents.shape[1]
        decoded = codec.synthesise(latents[::EVERY], *digits.shape[1:])
        for kind, places in maps(latents.reshape(len(latents), -1), settings["perplexity"], settings["seed"]).items():
            drawn[f"ld{dim}_{kind}"] = places.astype(np.float32)
            latent_map.scatter(places, labels, dim, kind, out / f"ld{dim}_{kind}_scatter.webp")
            latent_map.manifold(places[::EVERY], decoded, dim, kind, out / f"ld{dim}_{kind}_manifold.webp")
    (root / "build/latent_space").mkdir(parents=True, exist_ok=True)
    np.savez_compressed(root / "build/latent_space/maps.npz", **drawn)


if __name__ == "__main__":
    main(load_params())
