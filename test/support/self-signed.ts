import { createSign, generateKeyPairSync } from "node:crypto";

/** What a TLS server needs, as PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/**
 * A certificate that nobody vouches for, made anew each time: for 127.0.0.1 and localhost, from 2020 to 2049. Node can make keys but no
 * certificates, so the few bytes of X.509 (RFC 5280, section 4.1) are put together here.
 */
export function createSelfSigned(): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = toBeSigned(publicKey.export({ type: "spki", format: "der" }));
  const signature = createSign("SHA256").update(signed).sign(privateKey);
  const certificate = sequence(signed, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
  };
}

function toBeSigned(publicKey: Buffer): Buffer {
  const version = tagged(0xa0, integer(2));
  const name = sequence(tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from("stand-in")))));
  const validity = sequence(utcTime("200101000000Z"), utcTime("491231235959Z"));
  const names = sequence(tagged(0x82, Buffer.from("localhost")), tagged(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = tagged(0xa3, sequence(sequence(objectId("551d11"), tagged(0x04, names))));
  return sequence(version, integer(1), ecdsaWithSha256, name, validity, name, publicKey, extensions);
}

const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.from([value]));
}

function utcTime(text: string): Buffer {
  return tagged(0x17, Buffer.from(text));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** Type, length and value (DER). Nothing here is longer than 65,535 bytes. */
function tagged(type: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([type, ...size]), value]);
}
