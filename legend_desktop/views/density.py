"""Row heights and field heights of the two densities, already scaled by the zoom."""

from dataclasses import dataclass
from enum import StrEnum


class DensityName(StrEnum):
    """How much air the desk gives each row."""

    COMPACT = "compact"
    COMFORTABLE = "comfortable"


@dataclass(frozen=True, slots=True)
class Density:
    """Heights in device-independent pixels; ``font`` is the body type size before zoom."""

    row: int
    header_row: int
    field: int
    button: int
    kv: int
    title_bar: int
    font: int

    @classmethod
    def scaled(cls, sizes: dict[str, int], factor: float) -> "Density":
        """The density ``sizes`` of the token file times ``factor`` (1.0 is 100 %)."""
        return cls(
            row=round(sizes["row"] * factor),
            header_row=round(sizes["header_row"] * factor),
            field=round(sizes["field"] * factor),
            button=round(sizes["button"] * factor),
            kv=round(sizes["kv"] * factor),
            title_bar=round(sizes["title_bar"] * factor),
            font=sizes["font"],
        )
