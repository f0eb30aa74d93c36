// Verifies a certificate of Pincer, as a bundle with a public-key hint, by @sigstore/verify.
// Usage: certificate.cjs BUNDLE PUBLIC_KEY
'use strict';
const { readFileSync } = require('node:fs');
const { createPublicKey } = require('node:crypto');
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const [bundle, key] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const publicKey = createPublicKey(key);
const root = toTrustMaterial(TrustedRoot.fromJSON({}), () => ({ publicKey, validFor: () => true }));
const verifier = new Verifier(root, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 });
const verify = (json) => verifier.verify(toSignedEntity(bundleFromJSON(json)));

verify(JSON.parse(bundle));
const changed = JSON.parse(bundle);
const payload = Buffer.from(changed.dsseEnvelope.payload, 'base64');
payload[payload.length >> 1] ^= 1;
changed.dsseEnvelope.payload = payload.toString('base64');
let refused;
try {
  verify(changed);
} catch (error) {
  refused = error.code;
}
if (refused !== 'SIGNATURE_ERROR') {
  console.error(`@sigstore/verify: a changed certificate gives ${refused}`);
  process.exit(1);
}
console.log('@sigstore/verify: accepts it, refuses a changed one');
