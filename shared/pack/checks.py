"""What no single value can know: checks across the files of a pack."""

from collections.abc import Mapping

from shared.pack.pack import CityPack
from shared.pack.source import Problem, Source


def check_pack(pack: CityPack, sources: Mapping[str, Source]) -> list[Problem]:
    """Return every problem, in the order of the files."""
    return []
