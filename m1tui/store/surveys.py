"""Where surveys are kept: one that is under way or has ended, and those before it."""

from __future__ import annotations

from pathlib import Path

from m1tui.advice import NOTHING_SENT, Advice, Trouble
from m1tui.files import RECORD, read_bounded, shown
from m1tui.store.atomic import DISK, make_folder, write_over
from m1tui.store.report.survey import survey_markdown
from m1tui.surveys import Survey, as_json, read_survey

JSON_FILE, REPORT, TRANSCRIPT = "survey.json", "survey.md", "transcript.txt"
EDIT_BUFFER = "edit-buffer.syx"
"""Is there only while a survey is under way."""
_MOST = 10_000
"""Names that are tried."""
FOLDER = "surveys"
"""In the data folder."""
REHEARSED = "virtual"
"""In that folder, for surveys of virtual M1s: a rehearsal is never in the way of a real survey."""


def survey_folder(data_dir: Path, *, virtual: bool) -> Path:
    """Return where surveys are kept unless another folder is named."""
    return data_dir / FOLDER / REHEARSED if virtual else data_dir / FOLDER


class SurveyFolder:
    """A folder with the files of one survey."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError when the folder cannot be made."""
        make_folder(folder, DISK)
        self.folder = folder

    @property
    def json_file(self) -> Path:
        """Where the survey is kept."""
        return self.folder / JSON_FILE

    @property
    def report(self) -> Path:
        """Where its report is."""
        return self.folder / REPORT

    def kept(self) -> Survey | None:
        """Return the survey that is there, None where none is; raises Trouble."""
        if not self.json_file.exists():
            return None
        try:
            return read_survey(self.json_file)
        except Trouble as trouble:
            raise Trouble(
                Advice(
                    code="survey-in-the-way",
                    happened=trouble.advice.happened,
                    safe=NOTHING_SENT,
                    next_step=f"Give {shown(self.json_file)} another name, then start the "
                    "survey again: that begins a new one.",
                )
            ) from trouble

    def keep(self, survey: Survey) -> None:
        """Write the survey and its report; raises StoreError."""
        write_over(self.json_file, as_json(survey))
        write_over(self.report, survey_markdown(survey).encode())

    def photograph(self, page: str, file: str) -> str:
        """Keep a photograph of a page under a name of its own; return the name. Raises Trouble."""
        path = Path(file).expanduser()
        data = read_bounded(path, RECORD)
        stem, suffix = page.replace(" ", "-"), path.suffix.lower()
        names = (f"{stem}{f'-{one}' if one else ''}{suffix}" for one in range(_MOST))
        name = next(one for one in names if not (self.folder / one).exists())
        write_over(self.folder / name, data)
        return name

    def lay_aside(self, data: bytes) -> None:
        """Keep the edit buffer as it was for as long as a survey uses it; empty for no longer.

        Raises StoreError.
        """
        path = self.folder / EDIT_BUFFER
        if data:
            write_over(path, data)
        else:
            path.unlink(missing_ok=True)

    def laid_aside(self) -> bytes:
        """Return the edit buffer that is kept, empty where none is; raises Trouble."""
        path = self.folder / EDIT_BUFFER
        return read_bounded(path, RECORD) if path.exists() else b""

    def set_aside(self, survey: Survey) -> str:
        """Give the files of an earlier survey a name of their own, and return it.

        Nothing is overwritten.
        """
        for number in range(1, _MOST):
            name = f"survey {survey.when} {number}"
            if not any((self.folder / f"{name}{one}").exists() for one in (".json", ".md")):
                break
        for path in (self.json_file, self.report, self.folder / TRANSCRIPT):
            if path.exists():
                path.rename(self.folder / f"{name}{path.suffix}")
        return name
