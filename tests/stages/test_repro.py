"""A run of the study says how far it is."""

from stages.repro import counted


def test_each_stage_has_its_number_and_other_lines_stay() -> None:
    lines = ["Stage 'prepare' didn't change, skipping\n", "Running stage 'train@ae1':\n", "> python\n"]
    lines += ["Running stage 'train@ae2':\n"]
    seen: list[str] = []
    shown = [counted(line, seen, 59) for line in lines]
    assert shown == [f"[1 of 59] {lines[0]}", f"[2 of 59] {lines[1]}", lines[2], f"[3 of 59] {lines[3]}"]
