"""Bundles measured on pictures, beside JPEG, WebP, AVIF and JPEG XL, as ``latentcodec evaluate`` does.

    codec = latentcodec.open("photo-v3")
    found = latentcodec.evaluation.evaluate(codec, [("a", "a.png"), ("b", array)], qualities=[20, 50, 80])
    found.rows()                                      # means over the pictures: bpp, PSNR, MS-SSIM, SSIMULACRA2 ...
    found.bd_rates()                                  # how much smaller its files are at equal PSNR ...
    found.figure().savefig("curves.svg")

Needs the extra ``latentcodec[study]``; nothing else of the package imports it.
"""

from latentcodec.evaluation.evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
