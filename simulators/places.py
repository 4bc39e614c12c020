"""The catalogue of the city's institutions: invented counties, plausible areas and head counts.

Each row carries the meters of the institution as letters: E electricity main, L lighting circuit, H air
conditioning, S sockets, W water main, G gas main. The bureau's row carries the weather station (X) as well.
"""

from dataclasses import dataclass

BUREAU = "gov"
"""The bureau's own building: parent of every other institution, home of the weather station."""

MUNICIPAL = "市直"


@dataclass(frozen=True, slots=True)
class Place:
    """An institution; `profile` names its daily rhythm, `contract` the kind of its contract if any."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    county: str
    floor_area_m2: float
    head_count: int
    profile: str
    meters: str
    contract: str = ""

    @property
    def parent(self) -> str | None:
        """The bureau, but for the bureau itself."""
        return None if self.code == BUREAU else BUREAU


def _county(
    code: str, zh: str, en: str, area: float, heads: int, *, contract: str = "", meters: str = "ELHW"
) -> Place:
    return Place(
        code, f"{zh}机关办公中心", f"{en} Government Offices", "state_organ", zh, area, heads, "office",
        meters, contract,
    )  # fmt: skip


PLACES: tuple[Place, ...] = (
    Place("gov", "市机关事务管理局（行政中心）", "City Government Centre", "state_organ", MUNICIPAL,
          38_600, 1460, "office", "ELLHSWGX", "shared"),
    _county("yunshan", "云山县", "Yunshan County", 16_200, 520, contract="shared", meters="ELHSW"),
    Place("finance", "市财政局", "City Finance Bureau", "state_organ", MUNICIPAL,
          12_800, 310, "office", "ELHSW", "guaranteed"),
    Place("hospital", "市第二康复医院", "Second Rehabilitation Hospital", "health", MUNICIPAL,
          36_400, 980, "hospital", "ELLHSWG", "custody"),
    Place("library", "市图书馆", "City Library", "culture", MUNICIPAL,
          18_500, 240, "library", "ELHSW", "shared"),
    _county("bichuan", "碧川县", "Bichuan County", 13_400, 430, contract="guaranteed"),
    Place("archives", "市档案馆", "City Archives", "culture", MUNICIPAL,
          9_600, 120, "office", "ELHSW", "custody"),
    Place("school-1", "市第一实验中学", "First Experimental Secondary School", "education", MUNICIPAL,
          27_300, 1180, "school", "ELSWG"),
    Place("college", "市职业技术学院", "City Vocational College", "education", MUNICIPAL,
          39_800, 1720, "school", "ELHSWG"),
    Place("primary-2", "滨江第二小学", "Riverside Second Primary School", "education", MUNICIPAL,
          8_900, 640, "school", "ELW", "shared"),
    Place("sports", "市体育中心", "City Sports Centre", "sport", MUNICIPAL,
          24_200, 210, "library", "ELHWG", "guaranteed"),
    Place("museum", "市博物馆", "City Museum", "culture", MUNICIPAL,
          15_700, 160, "library", "ELHW", "shared"),
    Place("resources", "市自然资源局", "City Natural Resources Bureau", "state_organ", MUNICIPAL,
          11_900, 290, "office", "ELHSW"),
    Place("services", "市政务服务中心", "City Public Service Hall", "state_organ", MUNICIPAL,
          10_400, 350, "office", "ELHSW"),
    Place("culture", "市群众文化馆", "City Cultural Centre", "culture", MUNICIPAL,
          7_800, 90, "library", "ELHW"),
    _county("songling", "松岭县", "Songling County", 12_100, 390),
    _county("bailu", "白鹭县", "Bailu County", 14_800, 470),
    _county("qinglan", "青岚县", "Qinglan County", 10_900, 340),
    _county("yueting", "月汀区", "Yueting District", 19_600, 650),
    _county("zhuying", "竹影县", "Zhuying County", 8_700, 280),
    _county("xiazhu", "霞渚县", "Xiazhu County", 9_900, 320),
    _county("danfeng", "丹枫县", "Danfeng County", 11_300, 360),
    _county("xingzhu", "星渚区", "Xingzhu District", 21_400, 720),
    _county("juyuan", "橘源市", "Juyuan City", 17_500, 560),
    _county("yinxing", "银杏县", "Yinxing County", 9_200, 300),
    _county("luming", "鹿鸣县", "Luming County", 12_600, 410),
)  # fmt: skip
