"""The tables in the documents are the results'."""

from pathlib import Path

import pytest

from stages.report.tables import BLOCK, DOCUMENTS, TABLES, Results, filled

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_table_of_a_document_is_what_the_results_give(document: str) -> None:
    text = (ROOT / document).read_text()
    assert BLOCK.search(text), "the document has lost its tables"
    assert filled(text, Results(ROOT / "results/full")) == text, "run python -m stages.report.tables"


def test_a_figure_typed_by_hand_is_replaced() -> None:
    results = Results(ROOT / "results/full")
    forged = "before\n<!-- table: verdict -->\n| codec |\n|---|\n| `best` |\n<!-- end -->\nafter\n"
    text = filled(forged, results)
    assert "`best`" not in text
    assert text.startswith("before\n<!-- table: verdict -->\n| codec | SSIM at equal rate |")
    assert text.endswith("<!-- end -->\nafter\n")


def test_every_table_is_shown_somewhere() -> None:
    shown = {block[2] for document in DOCUMENTS for block in BLOCK.finditer((ROOT / document).read_text())}
    assert shown == set(TABLES)


def test_bd_rates_have_a_column_for_each_measure_that_some_result_has() -> None:
    row = {"codec": "photo", "quantiser": "gained", "bd_rate_percent": -3.21}
    results = Results(ROOT / "results/full")
    results.bd_rates = [
        {**row, "against": "jpegxl", "measure": "psnr"},
        {**row, "against": "avif", "measure": "psnr"},
        {**row, "against": "avif", "measure": "butteraugli", "bd_rate_percent": 4.0},
    ]
    assert TABLES["rate_distortion"](results).splitlines() == [
        "| codec | against | rate at equal butteraugli, % | at equal PSNR, % |",
        "| --- | --- | --- | --- |",
        "| `photo` | JPEG XL e7 | - | -3.2 |",
        "| `photo` | AVIF s6 | +4.0 | -3.2 |",
    ]
