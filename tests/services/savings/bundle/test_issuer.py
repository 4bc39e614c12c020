from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from services.savings.bundle.issuer import Issuer, IssuerKeyError, PublicKey
from services.savings.bundle.issuer_command import main
from tests.services.savings.bundles import ISSUER, OTHER


def test_a_signature_holds_for_its_message_and_key_alone() -> None:
    signature = ISSUER.sign(b"kWh")
    assert ISSUER.public.holds(signature, b"kWh")
    assert not ISSUER.public.holds(signature, b"kwh")
    assert not ISSUER.public.holds(b"", b"kWh")
    assert not OTHER.public.holds(signature, b"kWh")


def test_the_command_makes_a_key_for_its_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "issuer.pem"
    assert main(["new", str(path)]) == 0
    told = capsys.readouterr()
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "issuer.pub").write_text(told.out)
    public = PublicKey.load(tmp_path / "issuer.pub")
    assert public.fingerprint == Issuer.load(path).public.fingerprint == told.err.split()[1]
    assert "PRIVATE" not in told.out + told.err
    assert main(["show", str(path)]) == 0
    assert capsys.readouterr().out == told.out


def test_a_key_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "issuer.pem"
    main(["new", str(path)])
    before = path.read_bytes()
    assert main(["new", str(path)]) == 2
    assert "issuer.pem" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_private_key_never_shows(tmp_path: Path) -> None:
    issuer = Issuer.new(tmp_path / "issuer.pem")
    assert issuer.public.fingerprint in repr(issuer)
    assert "object" not in repr(issuer)
    assert "PRIVATE" not in issuer.public.pem


@pytest.mark.parametrize("content", [b"", b"secret", ISSUER.public.pem.encode()])
def test_a_file_without_a_private_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "issuer.pem"
    path.write_bytes(content)
    with pytest.raises(IssuerKeyError, match=r"issuer\.pem: no private key") as caught:
        Issuer.load(path)
    assert "secret" not in str(caught.value)


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048)
    private, public = tmp_path / "rsa.pem", tmp_path / "rsa.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(IssuerKeyError, match="not Ed25519"):
        Issuer.load(private)
    with pytest.raises(IssuerKeyError, match="not Ed25519"):
        PublicKey.load(public)
    with pytest.raises(IssuerKeyError, match="No such file"):
        PublicKey.load(tmp_path / "none")
