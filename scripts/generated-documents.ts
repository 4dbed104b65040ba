import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { apiDocuments } from "./api-documents.js";
import { renderErrorDocument } from "./error-document.js";
import { configDocuments } from "./generate-config-docs.js";

/** A file that is made from the code and kept in the repository. */
export interface GeneratedDocument {
  /** Below the repository's top level. */
  readonly path: string;
  readonly content: string;
}

/** Everything `npm run docs` writes and `npm run docs:check` compares. */
export function generatedDocuments(): readonly GeneratedDocument[] {
  return [{ path: "docs/errors.md", content: renderErrorDocument() }, ...configDocuments(), ...apiDocuments()];
}

/** Where a document of the given path lies, whatever the working folder is. */
export function locate(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** What the repository has under the path; undefined when there is nothing. */
export function readCommitted(path: string): string | undefined {
  try {
    return readFileSync(locate(path), "utf8");
  } catch {
    return undefined;
  }
}
