"""Verifies a certificate of Pincer by securesystemslib, and reads it by in-toto-attestation.

Usage: certificate.py CERTIFICATE PUBLIC_KEY. Writes the files that openssl and sigstore check: run.pae, run.sig,
run.tampered.pae and bundle.json.
"""

import base64
import copy
import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

certificate, public = sys.argv[1:]
with open(certificate, encoding="utf-8") as file:
    line = json.loads(file.readline())
with open(public, "rb") as file:
    key = SSlibKey.from_crypto(load_pem_public_key(file.read()))

envelope = Envelope.from_dict(copy.deepcopy(line))
accepted = envelope.verify([key], 1)
assert list(accepted) == [line["signatures"][0]["keyid"]], "the key's id is another one"


def tampered(payload):
    """The payload with one byte changed."""
    at = payload.index(b"PASSED" if b"PASSED" in payload else b"FAILED")
    return payload[:at] + b"X" + payload[at + 1 :]


payload = base64.b64decode(line["payload"])
changed = copy.deepcopy(line)
changed["payload"] = base64.b64encode(tampered(payload)).decode()
try:
    Envelope.from_dict(changed).verify([key], 1)
    sys.exit("securesystemslib: accepts a changed certificate")
except VerificationError:
    print("securesystemslib: accepts it, refuses a changed one")

# Strict parsers: a field that the formats do not have is an error.
statement = json_format.Parse(payload, statement_pb2.Statement(), ignore_unknown_fields=False)
assert statement.type == "https://in-toto.io/Statement/v1"
assert statement.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
predicate = json_format.MessageToJson(statement.predicate)
result = json_format.Parse(predicate, test_result_pb2.TestResult(), ignore_unknown_fields=False)
assert result.result in ("PASSED", "WARNED", "FAILED")
assert result.configuration[0].name == "gateway-base.2026.1", "the profile comes first"
assert result.configuration[7].annotations["seed"] == "1", "counters are texts"
try:
    json_format.Parse(payload.replace(b'"result"', b'"resuld"'), statement_pb2.Statement(), ignore_unknown_fields=False)
    changed_predicate = predicate.replace('"result"', '"resuld"')
    json_format.Parse(changed_predicate, test_result_pb2.TestResult(), ignore_unknown_fields=False)
    sys.exit("in-toto-attestation: reads a predicate that is none")
except json_format.ParseError:
    print("in-toto-attestation: reads it, refuses a changed one")

for name, body in (("run.pae", payload), ("run.tampered.pae", tampered(payload))):
    kind = line["payloadType"].encode()
    with open(name, "wb") as file:
        file.write(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body))
with open("run.sig", "wb") as file:
    file.write(base64.b64decode(line["signatures"][0]["sig"]))
bundle = {
    "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "verificationMaterial": {"publicKey": {"hint": line["signatures"][0]["keyid"]}, "tlogEntries": []},
    "dsseEnvelope": line,
}
with open("bundle.json", "w", encoding="utf-8") as file:
    json.dump(bundle, file)
