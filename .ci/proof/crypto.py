"""Hashes, signatures and verdicts of docs/proof-format.md."""
from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
SMALL = {bytes.fromhex(text) for text in (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)}
VND = "application/vnd.commons."


class Refused(Exception):
    """The verdict: the code of what is wrong."""


def demand(holds, code):
    if not holds:
        raise Refused(code)


def domain_hash(domain, *parts):
    hasher = blake3(derive_key_context=domain)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()


def plain_hash(data):
    return blake3(data).digest()


def is_weak(encoding):
    masked = encoding[:31] + bytes([encoding[31] & 0x7F])
    return masked in SMALL or int.from_bytes(masked, "little") >= FIELD


def verifies(key, kind, body, signature):
    """Without the cofactor: OpenSSL computes R and compares bytes. What it does not look at is looked at here."""
    if is_weak(key) or is_weak(signature[:32]) or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    name = kind.encode()
    message = b"DSSEv1 %d %s %d %s" % (len(name), name, len(body), body)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_sorted(items):
    return all(one < other for one, other in zip(items, items[1:]))
