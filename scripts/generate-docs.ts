// Writes the generated documents; with --check it writes nothing and exits 1 when one differs from the code.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generatedDocuments, locate, readCommitted, type GeneratedDocument } from "./generated-documents.js";

function write({ path, content }: GeneratedDocument): void {
  mkdirSync(dirname(locate(path)), { recursive: true });
  writeFileSync(locate(path), content);
}

function firstDifference(document: GeneratedDocument): string {
  const committed = readCommitted(document.path);
  if (committed === undefined) return `${document.path} is missing`;
  const there = committed.split("\n");
  const line = document.content.split("\n").findIndex((text, index) => text !== there[index]);
  return `${document.path} differs from line ${line === -1 ? there.length : line + 1} on`;
}

const documents = generatedDocuments();
const changed = documents.filter(({ path, content }) => readCommitted(path) !== content);

if (process.argv.includes("--check")) {
  for (const document of changed) console.error(firstDifference(document));
  if (changed.length > 0) console.error("Run `npm run docs` and commit what it writes.");
  else console.log(`${documents.length} generated documents are up to date`);
  process.exitCode = changed.length > 0 ? 1 : 0;
} else {
  for (const document of changed) write(document);
  console.log(changed.length === 0 ? "Nothing to write" : `Wrote ${changed.map(({ path }) => path).join(", ")}`);
}
