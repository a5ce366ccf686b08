"""Whom the analyzer believes: the local authority, its certificates, and those taken back."""

from analyzer.trust.authority import Authority
from analyzer.trust.keys import credentials, prepare_keys
from analyzer.trust.renewal import RENEW_SECONDS, Renewal
from analyzer.trust.revocation import Revocation, RevocationList

__all__ = [
    "RENEW_SECONDS",
    "Authority",
    "Renewal",
    "Revocation",
    "RevocationList",
    "credentials",
    "prepare_keys",
]
