import { describe, expect, it } from "vitest";
import { readText } from "./source-tree.js";

// The file is ours and has this member.
const { scripts } = JSON.parse(readText("package.json")) as { scripts: Readonly<Record<string, string>> };

const checks = ["test", "format:check", "lint", "typecheck", "borders", "unused", "docs:check", "build", "test:durability"];

function scriptsNamedIn(text: string): readonly string[] {
  const runs = [...text.matchAll(/npm run (?:-s |--silent )?([a-z][a-z0-9:]*)/g)].map(([, name]) => String(name));
  return text.includes("npm test") ? ["test", ...runs] : runs;
}

describe("the scripts of package.json", () => {
  it.each(["README.md", ".ci/run", "docs/architecture.md"])("%s names only scripts that exist", (path) => {
    const missing = scriptsNamedIn(readText(path)).filter((name) => scripts[name] === undefined);

    expect(missing).toEqual([]);
  });

  it.each(checks)("%s is run by .ci/run", (check) => {
    expect(scriptsNamedIn(readText(".ci/run"))).toContain(check);
  });

  it("start with what is on every machine that has Node: no script needs a global tool", () => {
    const tools = new Set(Object.values(scripts).map((command) => command.split(" ")[0]));

    expect([...tools].sort()).toEqual(["depcruise", "eslint", "knip", "node", "npm", "prettier", "tsc", "tsx", "vitest"]);
  });
});
