import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesIn, foldersIn, hasFile, readText } from "./source-tree.js";

const pages = ["README.md", "CHANGELOG.md", ...filesIn("docs", ".md")];

/** Targets of a page's links into the repository, as paths from the top level. */
function linkedFiles(page: string): readonly string[] {
  const targets = [...readText(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => String(target));
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => join(dirname(page), target));
}

describe("the documents", () => {
  it.each(pages)("%s links only to files that are there", (page) => {
    expect(linkedFiles(page).filter((path) => !hasFile(path))).toEqual([]);
  });

  it.each(foldersIn("src"))("the tree in docs/architecture.md shows src/%s", (folder) => {
    expect(readText("docs/architecture.md")).toMatch(new RegExp(`^  ${folder}/ `, "m"));
  });

  it("docs/decisions are numbered without gaps", () => {
    const numbers = filesIn("docs/decisions", ".md").map((path) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));

    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it("CHANGELOG.md says of each line what kind of change it is, and where", () => {
    const lines = readText("CHANGELOG.md").split("\n");

    const unmarked = lines.filter(
      (line) => line.startsWith("- ") && !/^- \[(CHANGE|FEATURE|ENHANCEMENT|BUGFIX|SECURITY)\] [a-z][a-z0-9-]*: /.test(line),
    );

    expect(unmarked).toEqual([]);
  });
});
