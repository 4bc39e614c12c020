"""The picture of a measured saving: Measured in, one SVG out.

Above, energy over outdoor temperature, where it is known: baseline rows, fit with its band, reporting rows.
Below, the same rows in order of time with the adjusted baseline and its band, and steps where some were seen.
"""

from matplotlib.figure import Figure

from services.mv.command.measure import Measured
from services.mv.command.naming import form_name
from services.mv.command.panels import WEATHER, over_time, over_weather
from services.mv.command.svg import DPI, INK, style, svg_of
from services.mv.command.words import words

_WIDTH, _PANEL, _HEAD, _FOOT = 880, 330, 76, 44


def picture(found: Measured, *, language: str = "en") -> str:
    """The picture as a whole SVG document, with words in `en` or `zh`."""
    t, model = words(language), found.model
    weather = model.baseline.days.outdoor_c is not None and found.days.outdoor_c is not None
    panels = 2 if weather else 1
    height = _PANEL * panels + _HEAD
    with style():
        figure = Figure(figsize=(_WIDTH / DPI, height / DPI), dpi=DPI)
        axes = list(figure.subplots(panels, 1, squeeze=False)[:, 0])
        figure.subplots_adjust(
            left=0.085, right=0.985, top=1 - _HEAD / height, bottom=_FOOT / height, hspace=0.3
        )
        if weather:
            over_weather(axes[0], found, t)
        over_time(axes[-1], found, t)
        figure.text(10 / _WIDTH, 1 - 22 / height, _headline(found, t), color=INK, fontsize=14)
        handles, labels = axes[-1].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="upper left", ncols=len(labels), markerscale=1.8,
            bbox_to_anchor=(0.0, 1 - 26 / height),
        )  # fmt: skip
        return svg_of(figure, title=t["plot.title"], description=_description(found, t))


def _headline(found: Measured, t: dict[str, str]) -> str:
    saved = t["plot.saved"].format(**_saved(found))
    return f"{saved} · {form_name(found.model.baseline.form, t)}"


def _saved(found: Measured) -> dict[str, str]:
    total = found.savings.total
    return {"saved": f"{total.savings_kwh:,.1f}", "band": f"{total.uncertainty_kwh:,.1f}"}


def _description(found: Measured, t: dict[str, str]) -> str:
    baseline = found.model.baseline
    weather = WEATHER & {term.by for term in baseline.terms}
    return t["plot.desc"].format(
        axis=t["plot.outdoor"] if weather else t["plot.days"],
        before=round(float(baseline.days.lengths.sum())),
        after=round(float(found.days.lengths.sum())),
        form=baseline.form,
        **_saved(found),
    )
