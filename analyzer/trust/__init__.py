"""Whom the analyzer believes: the local authority, its certificates, and those taken back."""

from analyzer.trust.authority import Authority
from analyzer.trust.keys import credentials, prepare_keys
from analyzer.trust.revocation import Revocation, RevocationList

__all__ = ["Authority", "Revocation", "RevocationList", "credentials", "prepare_keys"]
