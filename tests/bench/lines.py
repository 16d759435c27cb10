"""The one line that a benchmark prints for each figure."""

import json

__all__ = ["print_bench"]


def print_bench(name: str, value: float, unit: str, baseline: str, baseline_value: float, **more: object) -> None:
    """`ratio` is value / baseline_value, whichever of the two is better: the name of the unit says."""
    ratio = round(value / baseline_value, 3) if baseline_value else None
    figures = {
        "name": name,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "baseline_value": baseline_value,
        "ratio": ratio,
    }
    print("BENCH " + json.dumps(figures | more, ensure_ascii=False), flush=True)
