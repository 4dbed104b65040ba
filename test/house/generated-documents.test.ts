import { describe, expect, it } from "vitest";
import { generatedDocuments, readCommitted } from "../../scripts/generated-documents.js";
import { errorCodes } from "../../src/core/errors.js";

describe("generated documents", () => {
  it.each(generatedDocuments())("$path is what the code says", ({ path, content }) => {
    expect(readCommitted(path)).toBe(content);
  });

  it("docs/errors.md lists every error code once, with its status", () => {
    const rows = (readCommitted("docs/errors.md") ?? "").matchAll(/^\| `(\w+)` \| (\d+) \|/gm);

    const listed = [...rows].map(([, code, status]) => `${String(code)} ${String(status)}`);

    expect(listed).toEqual(Object.entries(errorCodes).map(([code, { status }]) => `${code} ${status}`));
  });
});
