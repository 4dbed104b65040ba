import { describe, expect, it } from "vitest";
import { otherServices } from "../../src/app/services.js";
import { mentionsOf } from "./names-in-source.js";
import { foldersIn, hasFile, readText, sourceFiles } from "./source-tree.js";

const list = "src/app/services.ts";
const folders = foldersIn("src/services");

/** Services of this build, and those of Hookshot's that are still to come. */
const names = [...new Set([...folders, ...otherServices.map((service) => service.permissionName)])];

/** Services whose name is a word that any text may use: only the bare word as a literal is a mention of them. */
const everydayWords = new Set(["echo", "feeds", "generic", "genericOutbound"]);

/** Hookshot marks its direct chats with people by account data of this name, whatever services they are about. */
const marksOfDirectChats = new Set(["uk.half-shot.matrix-hookshot.github.room", "uk.half-shot.matrix-github.room"]);

/** Where a service may be named: its own folder, the list, and the words of a published contract. */
function mayNameServices(path: string): boolean {
  return path.startsWith("src/services/") || path === list || /^src\/apis\/[^/]+\/schema\.ts$/.test(path);
}

function importedServices(source: string): readonly string[] {
  const imports = source.matchAll(/from "\.\.\/services\/([^/"]+)\/index\.js"/g);
  return [...imports].map(([, name]) => String(name)).sort();
}

describe("the services of this build", () => {
  it("are the folders under src/services, each listed in app/services.ts", () => {
    const listed = hasFile(list) ? importedServices(readText(list)) : [];

    expect(listed).toEqual(folders);
  });

  it.each(names)("%s is named nowhere but in its folder and in the list", (name) => {
    const others = sourceFiles("src").filter((path) => !mayNameServices(path));

    const mentions = others.flatMap((path) =>
      mentionsOf(name, readText(path), everydayWords.has(name))
        .filter(({ text }) => !marksOfDirectChats.has(text))
        .map(({ line, text }) => `${path}:${line} ${text}`),
    );

    expect(mentions).toEqual([]);
  });
});

describe("finding a service's name in code", () => {
  it.each([
    { title: "a string", source: 'const id = "jira";', found: 1 },
    { title: "a word in a template", source: "const help = `say !connect jira ${key}`;", found: 1 },
    { title: "a property", source: "start(config.jira);", found: 1 },
    { title: "a part of a state type", source: 'const type = "uk.half-shot.matrix-hookshot.jira.project";', found: 1 },
    { title: "a regular expression", source: "const path = /^\\/jira/;", found: 1 },
    { title: "an upper-case name", source: 'const title = "Jira";', found: 1 },
  ])("sees $title", ({ source, found }) => {
    expect(mentionsOf("jira", source, false)).toHaveLength(found);
  });

  it("passes over comments and longer words", () => {
    const source = '// as in `!connect jira PLAY`\n/** jira */ const hijiras = "hijiras";';

    expect(mentionsOf("jira", source, false)).toEqual([]);
  });

  it("takes an everyday word only where it is the whole literal", () => {
    const source = 'const kinds = ["generic", "a generic answer"];';

    expect(mentionsOf("generic", source, true).map(({ text }) => text)).toEqual(["generic"]);
  });
});
