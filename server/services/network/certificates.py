"""The installation's own authority, and the certificate that pages and broker show.

A school's network has no public name, so no public authority will vouch for its server. This one vouches for
nothing else: devices are told it when they enrol, and trust it alone. Certificates follow RFC 5280 with keys
on P-256, which a small terminal verifies in a fraction of the time that RSA takes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.domain.problems import Problem
from server.services.network.endpoints import AUTHORITY, CERTIFICATE, FOLDER, KEY
from survey_defs.whole_file import write_whole

AUTHORITY_KEY = "ca.key"
SINCE = datetime(2021, 1, 1, tzinfo=UTC)
"""Terminals without a clock believe that it is the first day of their system's making; this is before it."""
AUTHORITY_YEARS, YEARS = 30, 10
_ORGANISATION = "Hài Lòng"
_MODE = 0o600


class Made(NamedTuple):
    """What was written. `new_authority`: devices that trust the old one must enrol again."""

    folder: Path
    names: tuple[str, ...]
    until: datetime
    new_authority: bool


def make(data: Path, names: Sequence[str], now: datetime, *, new_authority: bool = False) -> Made:
    """Write a certificate for these host names and addresses, and the authority where there is none yet.

    Devices notice nothing of another certificate by the same authority. Raises `Problem`: `bad-host`,
    `cannot-write`, `bad-certificate`.
    """
    alternatives = [_alternative(name) for name in names]
    folder = data / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = new_authority or not (folder / AUTHORITY).is_file()
        authority, signer = _new_authority(folder, now) if fresh else _kept_authority(folder)
        until = min(now + timedelta(days=365 * YEARS), authority.not_valid_after_utc)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _begun(names[0], authority.subject, key, until)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_authority_id(authority), critical=False)
            .sign(signer, hashes.SHA256())
        )
        write_whole(folder / KEY, _key_pem(key), _MODE)
        write_whole(folder / CERTIFICATE, _pem(certificate) + _pem(authority), _MODE)
    except OSError as error:
        raise Problem("cannot-write", path=str(folder), reason=error.strerror or str(error)) from error
    return Made(folder, tuple(names), until, fresh)


def _new_authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"{_ORGANISATION} {now:%Y-%m-%d}"
    certificate = (
        _begun(name, None, key, now + timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(folder / AUTHORITY_KEY, _key_pem(key), _MODE)
    write_whole(folder / AUTHORITY, _pem(certificate), _MODE)
    return certificate, key


def _kept_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        key = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    except ValueError as error:
        raise Problem("bad-certificate", path=folder / AUTHORITY) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Problem("bad-certificate", path=folder / AUTHORITY_KEY)
    return certificate, key


def _begun(
    name: str, issuer: x509.Name | None, key: ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(until)
    )


def _authority_id(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known.value)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise Problem("bad-host", host=name) from error


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
