from pathlib import Path

import pytest

from m1tui.advice import Trouble
from m1tui.resources import assets_folder, screens_folder


def test_a_checkout_has_its_screens_and_assets_beside_the_package() -> None:
    assert list(screens_folder().glob("*.toml"))
    assert (assets_folder() / "m1tui.tcss").is_file()


def test_an_installation_has_them_inside_the_package_whatever_lies_beside_it(
    tmp_path: Path,
) -> None:
    package = tmp_path / "m1tui"
    for folder in (package / "screens", package / "assets", tmp_path / "screens"):
        folder.mkdir(parents=True)
    assert screens_folder(package) == package / "screens"
    assert assets_folder(package) == package / "assets"


def test_a_missing_folder_is_told_with_the_places_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        screens_folder(tmp_path / "m1tui")
    assert str(tmp_path / "m1tui" / "screens") in caught.value.advice.happened
    assert caught.value.advice.next_step
