"""The kinds of sources: for each its envelope, its signature, its field map."""

from __future__ import annotations

from router.intake.sources.found import Vendor
from router.intake.sources.signatures import hubspot as hubspot_signature
from router.intake.sources.signatures import standard_webhooks
from router.intake.sources.signatures.vendors import (
    verify_google_ads,
    verify_linkedin,
    verify_meta,
    verify_segment,
    verify_typeform,
)
from router.intake.sources.vendors import (
    google_ads,
    hubspot,
    jotform,
    linkedin,
    mapped,
    meta,
    salesforce,
    segment,
    typeform,
)
from router.source_settings import SourceKind

VENDORS: dict[SourceKind, Vendor] = {
    "canonical": Vendor(mapped.split_canonical, standard_webhooks.verify),
    "google_ads": Vendor(google_ads.split, verify_google_ads, "google_ads"),
    "hubspot": Vendor(hubspot.split, hubspot_signature.verify, "hubspot"),
    "jotform": Vendor(jotform.split, None, "jotform"),
    "linkedin": Vendor(linkedin.split, verify_linkedin, "linkedin"),
    "mapped": Vendor(mapped.split, standard_webhooks.verify),
    "marketo": Vendor(mapped.split, None, "marketo"),
    "meta": Vendor(meta.split, verify_meta, "meta"),
    "pipedrive": Vendor(mapped.split, None, "pipedrive"),
    "rudderstack": Vendor(segment.split_rudderstack, None, "segment"),
    "salesforce": Vendor(salesforce.split, None, "salesforce"),
    "segment": Vendor(segment.split, verify_segment, "segment"),
    "typeform": Vendor(typeform.split, verify_typeform, "typeform"),
    "zoho": Vendor(mapped.split, None, "zoho"),
}
