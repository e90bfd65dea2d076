#!/usr/bin/env python3
"""Checks reviews' DSSE envelopes with tools that know nothing of Commons: securesystemslib and OpenSSL.

    envelopes.py DIR     reads DIR/envelopes.json: [{envelope, key (hex), signed (hex of the PAE)}]
"""
import base64
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

# SubjectPublicKeyInfo of an Ed25519 key is this and the 32 bytes (RFC 8410).
SPKI = bytes.fromhex("302a300506032b6570032100")


def library_key(sample):
    return SSlibKey(sample["key"], "ed25519", "ed25519", {"public": sample["key"]})


def check_library(samples):
    """Each envelope alone, and one payload that two people signed: threshold met, one removed, one repeated."""
    for sample in samples:
        envelope = Envelope.from_dict(json.loads(json.dumps(sample["envelope"])))
        assert envelope.pae() == bytes.fromhex(sample["signed"]), "another pre-authentication encoding"
        assert len(envelope.verify([library_key(sample)], 1)) == 1, "its own key"
        for other in samples:
            if other["key"] != sample["key"]:
                assert not accepts(sample["envelope"], [library_key(other)], 1), "another reviewer's key"
    print(f"securesystemslib {version('securesystemslib')}: {len(samples)} envelopes verify, each with its own key alone")


def accepts(envelope, keys, threshold):
    """Whether so many of the keys signed; reading refuses a key that signed twice."""
    try:
        Envelope.from_dict(json.loads(json.dumps(envelope))).verify(keys, threshold)
        return True
    except (VerificationError, ValueError):
        return False


def check_threshold(joint):
    """One payload under the signatures of two people."""
    envelope, keys = joint["envelope"], [library_key({"key": key}) for key in joint["keys"]]
    signatures = envelope["signatures"]
    assert len(signatures) == 2 and accepts(envelope, keys, 2), "both signed"
    removed = {**envelope, "signatures": signatures[:1]}
    assert not accepts(removed, keys, 2) and accepts(removed, keys, 1), "one was removed"
    repeated = {**envelope, "signatures": [signatures[0], signatures[0]]}
    assert not accepts(repeated, keys, 2), "one counted twice"
    renamed = {**envelope, "signatures": [signatures[0], {**signatures[0], "keyid": joint["keys"][1]}]}
    assert not accepts(renamed, keys, 2), "one counted twice under another name"
    changed = {**envelope, "payload": base64.b64encode(base64.b64decode(envelope["payload"]) + b" ").decode()}
    assert not accepts(changed, keys, 1), "another payload"
    print("securesystemslib: threshold of two met by two; refused with one removed, repeated, renamed, and changed")


def check_openssl(samples):
    tool = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for sample in samples:
            signature = base64.b64decode(sample["envelope"]["signatures"][0]["sig"])
            signed = bytes.fromhex(sample["signed"])
            assert openssl(folder, sample["key"], signed, signature), "openssl refuses a true signature"
            assert not openssl(folder, sample["key"], signed + b" ", signature), "openssl accepts another text"
            other = next(one["key"] for one in samples if one["key"] != sample["key"])
            assert not openssl(folder, other, signed, signature), "openssl accepts another key"
    print(f"{tool}: {len(samples)} signatures verify over the PAE bytes; refused with another text and another key")


def openssl(folder, key, signed, signature):
    pem = base64.b64encode(SPKI + bytes.fromhex(key)).decode()
    (folder / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n", encoding="ascii")
    (folder / "signed").write_bytes(signed)
    (folder / "signature").write_bytes(signature)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "signed", "-sigfile",
               "signature"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def main(folder):
    samples = json.loads((Path(folder) / "envelopes.json").read_text(encoding="utf-8"))
    assert len(samples["reviews"]) >= 2, "two reviews at least"
    check_library(samples["reviews"])
    check_threshold(samples["joint"])
    check_openssl(samples["reviews"])


if __name__ == "__main__":
    main(sys.argv[1])
