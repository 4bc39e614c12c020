import ast
import re
import string
from pathlib import Path

import pytest

import services.mv.command as room
from services.mv.command.naming import coefficient_name, form_name, record_name, source_name
from services.mv.command.refusals import FileRefused
from services.mv.command.words import LANGUAGES, words
from services.mv.shapes import METHOD_OF, Form

EN, ZH = (words(language) for language in LANGUAGES)
CODE = "\n".join(file.read_text("utf-8") for file in sorted(Path(room.__path__[0]).glob("*.py")))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_and_asks_for_the_same() -> None:
    assert set(EN) == set(ZH)
    assert all(EN.values())
    assert all(ZH.values())
    for key, text in EN.items():
        assert fields(text) == fields(ZH[key]), key


def test_chinese_is_chinese() -> None:
    same = {key for key, text in EN.items() if ZH[key] == text}
    assert same == {"word.watts"}


def test_there_is_no_text_that_nothing_says() -> None:
    unused = {
        key
        for key in EN
        if key.split(".")[0] in {"refused", "word", "plot"}
        and f'"{key}"' not in CODE
        and f"'{key}'" not in CODE
        and f'"{key.split(".", 1)[1]}"' not in CODE
    }
    assert unused == set()


def reasons() -> set[str]:
    """The keys of all refusals in the code: the first argument of `FileRefused`, the second of `refused`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(CODE)):
        if not isinstance(node, ast.Call):
            continue
        at = 0 if getattr(node.func, "id", "") == "FileRefused" else 1
        if at == 0 or getattr(node.func, "attr", "") == "refused":
            inside = ast.walk(node.args[at])
            found |= {str(part.value) for part in inside if isinstance(part, ast.Constant)}
    return found


def test_every_reason_that_is_given_has_a_text() -> None:
    assert len(reasons()) > 40
    assert {key for key in reasons() if f"refused.{key}" not in EN} == set()


@pytest.mark.parametrize("language", ["fr", ""])
def test_another_language_is_none(language: str) -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        words(language)


def test_a_refusal_tells_its_place_in_the_readers_language() -> None:
    refused = FileRefused("number", file="b.csv", line=3, column="hours", text="x")
    assert str(refused) == refused.told("en")
    assert refused.told("en").startswith("b.csv, line 3, column hours: 'x' is not a finite number")
    assert refused.told("zh").startswith("b.csv，第 3 行，hours 列：'x' 不是有限的数")
    assert FileRefused("half_a_place").told("zh") == "--latitude 与 --longitude 须同时给出"


@pytest.mark.parametrize(
    ("form", "zh"),
    [
        ("3PC", "3PC"),
        ("3PC by day type", "3PC（分日类型截距）"),
        ("5P split by day type + head_count", "5P（各日类型分别拟合） + head_count"),
        ("day-type mean", "分日类型均值"),
        ("mean", "均值"),
        ("workday+daylight", "日类型与日照"),
        ("mean + daylight", "均值 + 日照"),
        ("TOWT", "TOWT"),
    ],
)
def test_forms_have_names(form: str, zh: str) -> None:
    assert form_name(form, ZH) == zh


def test_no_form_keeps_english_words_in_chinese() -> None:
    for shape, types in METHOD_OF:
        assert not re.search("[a-z]", form_name(Form(shape, types).label, ZH))


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("base", "all days", "全部日期"),
        ("non_working_day_cooling", "days off, cooling", "非工作日, 制冷"),
        ("heating_balance_point", "heating balance point", "采暖平衡点"),
        ("vacation", "vacation", "vacation"),
        ("vacation_heating", "vacation, heating", "vacation, 采暖"),
    ],
)
def test_coefficients_have_names(name: str, en: str, zh: str) -> None:
    assert (coefficient_name(name, EN), coefficient_name(name, ZH)) == (en, zh)


@pytest.mark.parametrize(
    ("what", "zh"),
    [
        ("baseline_days", "基期可用天数"),
        ("baseline_rows_twice", "基期：重复的行"),
        ("reporting_temperature_hottest_c", "统计报告期：最高温度 [°C]"),
        ("reporting_days_beyond_baseline_head_count", "超出基期范围的天数 (head_count)"),
        ("reporting_days_beyond_baseline_daylight", "超出基期范围的天数 (日照)"),
        ("sample_size:corridors:watts_before", "样本数 (corridors:watts_before)"),
        ("something_new", "something new"),
    ],
)
def test_records_have_names_and_new_ones_stay_readable(what: str, zh: str) -> None:
    assert record_name(what, ZH) == zh


def test_sources_keep_their_line_and_what_has_no_word_stays() -> None:
    assert source_name("counted once (line 14)", ZH) == "只计一次 (line 14)"
    assert source_name("temp, remark", ZH) == "temp, remark"
    both = "CalTRACK 2.0, least days of a bill; CalTRACK 2.0, most days of a monthly bill"
    assert source_name(both, ZH) == "CalTRACK 2.0，账单最少天数; CalTRACK 2.0，月账单最多天数"
