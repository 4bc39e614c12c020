"""How a contract document spells what is agreed about demand or capacity: JSON in, plain terms out."""

from pydantic import Field

from services.savings.contract.demand import Basis, DemandTerms, Lowered
from services.savings.contract.fields import Amount, Day, Document, Text


class LoweredDocument(Document):
    """What both sides agreed from a day on [kW or kVA]; none from that day on is 0."""

    effective_from: Day
    by: Amount
    signed_on: Day
    signed_by_client: Text
    signed_by_esco: Text
    evidence: Text

    def lowered(self) -> Lowered:
        """As it is computed with."""
        return Lowered(**{name: getattr(self, name) for name in LoweredDocument.model_fields})


class DemandDocument(Document):
    """A saving of the basic charge of a two-part tariff, as agreed."""

    basis: Basis
    tariff: Text
    lowered: tuple[LoweredDocument, ...] = Field(min_length=1, max_length=200)

    def terms(self) -> DemandTerms:
        """As they are computed with."""
        return DemandTerms(self.basis, self.tariff, tuple(one.lowered() for one in self.lowered))
