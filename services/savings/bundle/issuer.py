"""The issuer of statements: an Ed25519 key in a PEM file signs, its public half proves.

The private key stays in its file and in the memory of the program that signs.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


class IssuerKeyError(ValueError):
    """A key file cannot be used; the message names it and the reason, never its content."""


@dataclass(frozen=True, slots=True, repr=False)
class Issuer:
    """Who signs. Its text form shows the fingerprint alone."""

    _key: Ed25519PrivateKey

    @classmethod
    def load(cls, path: Path) -> Self:
        """The private key of a PEM file (PKCS #8, no passphrase). Raises `IssuerKeyError`."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise IssuerKeyError(f"{path}: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise IssuerKeyError(f"{path}: no private key in PEM without passphrase") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise IssuerKeyError(f"{path}: a private key, but not Ed25519")
        return cls(key)

    @classmethod
    def new(cls, path: Path) -> Self:
        """A fresh key, kept in `path` for its owner alone. Raises `IssuerKeyError` where a file is there."""
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
        except OSError as error:
            raise IssuerKeyError(f"{path}: {error.strerror}") from error
        return cls(key)

    @property
    def public(self) -> "PublicKey":
        """What others check signatures with."""
        return PublicKey(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message has the same."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"Issuer({self.public.fingerprint})"


@dataclass(frozen=True, slots=True, repr=False)
class PublicKey:
    """The public half of an issuer's key."""

    _key: Ed25519PublicKey

    @classmethod
    def load(cls, path: Path) -> Self:
        """The public key of a PEM file. Raises `IssuerKeyError`."""
        try:
            return cls.read(path.read_bytes(), path)
        except OSError as error:
            raise IssuerKeyError(f"{path}: {error.strerror}") from error

    @classmethod
    def read(cls, pem: bytes, where: object) -> Self:
        """A public key from its PEM. Raises `IssuerKeyError` that says `where`."""
        try:
            key = load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise IssuerKeyError(f"{where}: no public key in PEM") from None
        if not isinstance(key, Ed25519PublicKey):
            raise IssuerKeyError(f"{where}: a public key, but not Ed25519")
        return cls(key)

    @property
    def pem(self) -> str:
        """As PEM (SubjectPublicKeyInfo)."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """Hexadecimal SHA-256 of the key's DER form, to be compared by eye."""
        der = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether the key's owner signed exactly this message."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True
