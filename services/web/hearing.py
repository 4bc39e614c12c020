"""Why a visitor's token was not taken for a side: the refusal in, a line in the page's language out."""

from services.savings.parties.speakers import NotHeard, Voice
from services.web.i18n import Texts


def not_heard(refusal: NotHeard, voice: Voice, side: str, t: Texts) -> str:
    """Whose token is taken for that `side`, or that the visitor's is not valid today."""
    who, names = t(f"settlement.role.{side}"), t("settlement.or").join(one.name for one in refusal.taken)
    if voice.speaker in refusal.taken:
        return t("settlement.token_ended", who=who, name=voice.name)
    return t("settlement.spoken_for", who=who, names=names) if names else t("settlement.not_yours", who=who)
