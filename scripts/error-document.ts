import { errorCodes } from "../src/core/errors.js";

const head = `# Error codes

Generated from \`src/core/errors.ts\` by \`npm run docs\`; do not edit.

A code never changes its meaning; the message beside it may improve, so compare codes and never messages.
HTTP answers carry the code as \`errcode\` and the message as \`error\`. The status is the one used where an API has no table of its own.

| Code | Status | Meaning |
| --- | --- | --- |
`;

/** docs/errors.md: every error code with its status and meaning, in the order of the list. */
export function renderErrorDocument(): string {
  return (
    head +
    Object.entries(errorCodes)
      .map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning.replaceAll("|", "\\|")} |\n`)
      .join("")
  );
}
