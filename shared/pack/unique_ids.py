"""An id names one thing."""

from collections.abc import Hashable, Iterable, Iterator

from shared.pack.source import Finding


def repeated(file: str, path: tuple[int | str, ...], ids: Iterable[Hashable], what: str = "id") -> Iterator[Finding]:
    """Find every item of the list at `path` whose id an earlier item has."""
    first: dict[Hashable, int] = {}
    for index, own in enumerate(ids):
        if own in first:
            shown = " / ".join(map(str, own)) if isinstance(own, tuple) else own
            reason = f"the {what} `{shown}` is taken by item {first[own]} of the same list"
            yield Finding(file, (*path, index, "id"), reason, "give it another id, or remove it")
        else:
            first[own] = index
