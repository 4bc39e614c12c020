"""Words of the summary and the picture of `kilowitness mv`, in English and Chinese."""

_WORDS = {
    "saving": ("Saving", "节能量"),
    "adjusted": ("Adjusted baseline", "校准能耗基准"),
    "actual": ("Actual use", "统计报告期能耗"),
    "saved": ("Saved", "节能量"),
    "band": ("Band at 90 %", "90 % 置信区间"),
    "model": ("Model", "基准模型"),
    "coefficient": ("coefficient", "系数"),
    "value": ("value", "数值"),
    "unit": ("unit", "单位"),
    "candidates": ("Forms that were tried", "备选模型"),
    "form": ("form", "模型"),
    "why_chosen": ("chosen", "选定"),
    "why_bic": ("larger BIC", "BIC 较大"),
    "why_slope": ("a slope is not positive", "斜率非正"),
    "why_days": ("too few days on a side", "一侧天数不足"),
    "gates": ("Gates, side by side", "各项判据"),
    "records": ("What needs a look", "需核实的事项"),
    "figure": ("figure", "实测"),
    "limit": ("limit", "限值"),
    "source": ("source", "依据"),
    "inputs": ("inputs", "输入指纹"),
    "baseline_days": ("Baseline period", "基期"),
    "reporting_days": ("Reporting period", "统计报告期"),
    "fit": ("Fit", "拟合"),
    "one_day_band": ("90 % band of one day", "单日 90 % 区间"),
    "outdoor": ("Mean outdoor temperature [°C]", "日均室外温度 [°C]"),
    "days": ("Days in order", "按日期"),
    "title": ("Baseline and reporting period", "基期与统计报告期"),
    "desc": (
        "{before} baseline days, {form} over {axis}, {after} reporting days; saved {saved} ± {band} kWh.",
        "基期 {before} 天，模型 {form}（{axis}），统计报告期 {after} 天；节能量 {saved} ± {band} kWh。",
    ),
    "working_day": ("working days", "工作日"),
    "non_working_day": ("days off", "非工作日"),
    "base": ("all days", "全部日期"),
}


def words(language: str) -> dict[str, str]:
    """All words of `en` or `zh`."""
    which = 1 if language == "zh" else 0
    return {name: pair[which] for name, pair in _WORDS.items()}
