/** One way in which a secret can be written down. */
interface Form {
  readonly name: string;
  readonly text: string;
}

/** Finds secrets in text, as they are and encoded. */
export class SecretSearch {
  readonly #forms: readonly (Form & { readonly secret: string })[];

  /** @param secrets by what they are; so long that none stands anywhere by chance */
  constructor(secrets: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(secrets).flatMap(([secret, value]) => formsOf(value).map((form) => ({ ...form, secret })));
  }

  /** @returns what was found, and how it was written: `password of jira: base64` */
  in(text: string): readonly string[] {
    const lower = text.toLowerCase();
    return this.#forms
      .filter(({ name, text: form }) => (name === "hex" ? lower.includes(form) : text.includes(form)))
      .map(({ secret, name }) => `${secret}: ${name}`);
  }
}

function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret, "utf8");
  const plain: readonly Form[] = [
    { name: "plain", text: secret },
    // As the bytes of a file look that is read byte by byte.
    { name: "plain bytes", text: bytes.toString("latin1") },
    { name: "plain, in JSON", text: JSON.stringify(secret).slice(1, -1) },
    { name: "plain, in an address", text: encodeURIComponent(secret) },
    { name: "plain, in a form", text: new URLSearchParams({ a: secret }).toString().slice(2) },
    { name: "hex", text: bytes.toString("hex") },
    ...partsOf(secret),
  ];
  const encodings = ["base64", "base64url"] as const;
  return [
    ...plain,
    ...encodings.flatMap((encoding) => [0, 1, 2].map((before) => ({ name: encoding, text: encodedBehind(before, bytes, encoding) }))),
  ];
}

/** Those that no escape changes, however often something was escaped; short ones may stand anywhere. */
function partsOf(secret: string): readonly Form[] {
  return [...secret.matchAll(/[a-z0-9]{12,}/gi)].map(([text]) => ({ name: "a part", text }));
}

/** What the secret alone decides of the encoded text, when so many bytes more than a multiple of three stand before it. */
function encodedBehind(before: number, bytes: Buffer, encoding: "base64" | "base64url"): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(3)]).toString(encoding);
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
