import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HmacKey } from "./hmac.js";
import { Secret } from "./secret.js";

function byNode(secret: string, message: Buffer): string {
  return createHmac("sha256", secret).update(message).digest("hex");
}

describe("an HMAC key", () => {
  it.each([
    {
      from: "RFC 4231, test case 2",
      secret: "Jefe",
      message: "what do ya want for nothing?",
      digest: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    },
    {
      from: "GitHub's documentation",
      secret: "It's a Secret to Everybody",
      message: "Hello, World!",
      digest: "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    },
  ])("makes the digest of $from", ({ secret, message, digest }) => {
    expect(new HmacKey(secret).digest(Buffer.from(message)).toString("hex")).toBe(digest);
  });

  it.each([0, 1, 31, 32, 55, 56, 63, 64, 65, 100, 1_000])("makes what node:crypto makes, with a key of %i bytes", (length) => {
    const secret = "k".repeat(length);
    const key = new HmacKey(secret);

    for (const size of [0, 1, 55, 56, 63, 64, 65, 1_000, 65_535, 65_536, 65_537, 200_000]) {
      const message = randomBytes(size);
      expect(key.digest(message).toString("hex")).toBe(byNode(secret, message));
    }
  });

  it("takes any text for a key, as node:crypto does", () => {
    for (const secret of ["schlüssel", "🔑".repeat(20), "\u0000\u0001", " spaced "]) {
      const message = randomBytes(300);
      expect(new HmacKey(secret).digest(message).toString("hex")).toBe(byNode(secret, message));
    }
  });

  it("gives digests that later ones do not change", () => {
    const key = new HmacKey("secret");
    const first = key.digest(Buffer.from("first"));
    key.digest(Buffer.from("second"));

    expect(first.toString("hex")).toBe(byNode("secret", Buffer.from("first")));
  });

  it("is one for each secret", () => {
    const [one, same, other] = [new Secret("a"), new Secret("a"), new Secret("b")];

    expect(HmacKey.of(one)).toBe(HmacKey.of(one));
    expect(HmacKey.of(same).digest(Buffer.from("x"))).toEqual(HmacKey.of(one).digest(Buffer.from("x")));
    expect(HmacKey.of(other).digest(Buffer.from("x"))).not.toEqual(HmacKey.of(one).digest(Buffer.from("x")));
  });
});
