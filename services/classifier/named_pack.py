"""A city's pack by its name or folder, for commands. Imports wait until a command runs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from shared.pack import CityPack

__all__ = ["load_folder", "pack_folder"]


def pack_folder(named: str | None) -> Path:
    """Raises typer.BadParameter when there is none."""
    wanted = named or os.environ.get("HEJNAL_PACK_DIR") or "przemysl"
    beside_the_code = Path(__file__).parents[2] / "cities"
    for folder in (Path(wanted), Path("cities") / wanted, beside_the_code / wanted):
        if folder.is_dir():
            return folder
    raise typer.BadParameter(
        f"there is no pack {wanted!r}: neither a folder nor a city in cities/", param_hint="--pack"
    )


def load_folder(folder: Path, *, phrases: bool = True, sensors: Path | None = None) -> "CityPack":
    """The pack of the folder, with another file of sensors where one is given. Says what is wrong with it and ends with 1."""
    from shared.pack import PackError, load_pack  # noqa: PLC0415

    try:
        return load_pack(folder, phrases=phrases, sensors=sensors)
    except PackError as error:
        typer.echo(f"The pack {folder} cannot be used{f' with {sensors}' if sensors else ''}:\n{error}", err=True)
        raise typer.Exit(1) from error
