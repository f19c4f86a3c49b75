"""What intake knows beside the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.intake.normalise.digests import Digester
from router.settings import Settings


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """Fixed for the life of the process; ``digest_key`` is any secret bytes.

    ``mail_domains`` are kinds of addresses by domain, over what the lists say.
    """

    sales_orgs: frozenset[str]
    default_sales_org: str
    digest_key: bytes = field(repr=False)
    value_bytes_max: int = 262_144
    mail_domains: Mapping[str, str] = field(default_factory=dict, hash=False)
    digester: Digester = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digester", Digester(self.digest_key))

    @classmethod
    def of(cls, settings: Settings) -> IntakeContext:
        """The context that ``settings`` describe."""
        return cls(
            sales_orgs=frozenset(settings.sales_orgs),
            default_sales_org=settings.default_sales_org,
            digest_key=settings.digest_key.get_secret_value().encode(),
            value_bytes_max=settings.value_bytes_max,
            mail_domains=settings.mail_domains,
        )
