"""What every posted form goes through: its fields as text, and a refusal of forms from elsewhere."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from services.web.access import same_origin
from services.web.frame import PageProblem, Visit


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a posted form as text; a field sent twice counts once, files not at all."""
    form = await request.form(max_files=0, max_fields=30)
    return {name: value for name, value in form.items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(_fields)]


def refuse_foreign(visit: Visit) -> None:
    """Raise `PageProblem` for a form that another site posted."""
    if not same_origin(visit.request):
        raise PageProblem(HTTPStatus.FORBIDDEN, "cross_site")
