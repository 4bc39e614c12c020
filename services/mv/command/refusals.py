"""Why `kilowitness mv` gives no answer: a key and its place in, one line in the reader's language out."""

from pathlib import Path

from services.mv.command.words import words


class FileRefused(ValueError):
    """A file or an option cannot be used. `key` names the reason in words.toml, `inputs` fill it in.

    As text it is English; `told` says it in another language.
    """

    def __init__(
        self,
        key: str,
        *,
        file: Path | str = "",
        line: int | None = None,
        column: str | None = None,
        **inputs: object,
    ) -> None:
        self.key, self.inputs = key, inputs
        self.file, self.line, self.column = str(file), line, column
        super().__init__(self.told("en"))

    def told(self, language: str) -> str:
        """The place and the reason in one line."""
        t = words(language)
        places = [self.file] if self.file else []
        if self.line is not None:
            places.append(t["place.line"].format(line=self.line))
        if self.column is not None:
            places.append(t["place.column"].format(column=self.column))
        reason = t[f"refused.{self.key}"].format(**self.inputs)
        whole = t["place.colon"].join([t["place.comma"].join(places), reason] if places else [reason])
        return " ".join(whole.splitlines())
