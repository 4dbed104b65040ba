import { describe, expect, it } from "vitest";
import { PermissionError, ValidationError } from "../../core/errors.js";
import { confineJql, inProjects, quoteJql, textCondition } from "./jql.js";

const keys = ["PLAY", "DEV"];
const confined = 'project in ("PLAY", "DEV")';

function refusalOf(jql: string): unknown {
  try {
    return `let through as ${confineJql(jql, keys)}`;
  } catch (error) {
    return error;
  }
}

describe("a query confined to projects", () => {
  it.each([
    ["status = Done", `${confined} AND (status = Done)`],
    ["project = OPS OR project = PLAY", `${confined} AND (project = OPS OR project = PLAY)`],
    ["  status = Done  ", `${confined} AND (status = Done)`],
    ["status = Done ORDER BY created DESC, key", `${confined} AND (status = Done) ORDER BY created DESC, key`],
    ["status = Done\norder\tby created", `${confined} AND (status = Done) order\tby created`],
    ["ORDER BY created", `${confined} ORDER BY created`],
    ["", confined],
    [" \n ", confined],
    ["(a = 1 AND (b = 2)) OR c in (1, 2)", `${confined} AND ((a = 1 AND (b = 2)) OR c in (1, 2))`],
    ['summary ~ "a) ORDER BY (b"', `${confined} AND (summary ~ "a) ORDER BY (b")`],
    ["summary ~ 'it\\'s \"so\"'", `${confined} AND (summary ~ 'it\\'s "so"')`],
    ['summary ~ "\\\\"', `${confined} AND (summary ~ "\\\\")`],
    ['"order" = 1 and by = 2', `${confined} AND ("order" = 1 and by = 2)`],
    ['a="x"ORDER BY b', `${confined} AND (a="x") ORDER BY b`],
    ["cf[10001] = 5 AND created > -1d AND x >= 1.5", `${confined} AND (cf[10001] = 5 AND created > -1d AND x >= 1.5)`],
    ["assignee = currentUser() AND due < endOfWeek()", `${confined} AND (assignee = currentUser() AND due < endOfWeek())`],
    ["NOT (a = 1)&&(b=2)||!(c=3)", `${confined} AND (NOT (a = 1)&&(b=2)||!(c=3))`],
    ["status changed FROM (Open) TO (Done) BY (ada)", `${confined} AND (status changed FROM (Open) TO (Done) BY (ada))`],
    ["key = play-1 OR parent in (DEV-2)", `${confined} AND (key = play-1 OR parent in (DEV-2))`],
    ["fixVersion = RELEASE-1", `${confined} AND (fixVersion = RELEASE-1)`],
    ["key = PLAY-1 AND text ~ UTF-8", `${confined} AND (key = PLAY-1 AND text ~ UTF-8)`],
    ['key = PLAY-1 AND summary ~ "see OPS-1"', `${confined} AND (key = PLAY-1 AND summary ~ "see OPS-1")`],
    ['summary ~ filter AND labels in (filter, "filter")', `${confined} AND (summary ~ filter AND labels in (filter, "filter"))`],
    ["labels = filter OR status was request", `${confined} AND (labels = filter OR status was request)`],
    ["assignee is EMPTY -- comment", `${confined} AND (assignee is EMPTY -- comment)`],
  ])("%j becomes %j", (jql, expected) => {
    expect(confineJql(jql, keys)).toBe(expected);
  });

  it.each([
    ["a) OR (project = OPS", /`\)` that nothing opens/],
    ["(a = 1", /`\(` that nothing closes/],
    ["a = 1)", /`\)` that nothing opens \(character 6\)/],
    ["a = 1) ORDER BY (b", /`\)` that nothing opens/],
    ['"\\" OR project = OPS', /" that nothing closes/],
    ['summary ~ "x', /" that nothing closes/],
    ["summary ~ it's", /' that nothing closes/],
    ['summary ~ "x\\', /backslash/],
    ['summary ~ "\\x"', /backslash/],
    ['summary ~ "\\u00"', /backslash/],
    ['summary ~ x\\" OR project = OPS', /has a \\ outside quotes/],
    ["a = 1 \\u0029 OR \\u0028b = 2", /has a \\ outside quotes/],
    ["a = 1 /* ) OR (project = OPS */", /has a \/ outside quotes/],
    ["a = 1 // x", /has a \/ outside quotes/],
    ["a = 1 # x", /has a # outside quotes/],
    ["a = 1; b = 2", /has a ; outside quotes/],
    ['summary ~ "one\ntwo"', /control character within quotes/],
    ['summary ~ "\u0000"', /control character within quotes/],
    ["a = 1\u0000", /cannot be seen/],
    ["a = 1\u00a0) OR (project = OPS", /cannot be seen/],
    ["a = 1\u2028OR b = 2", /cannot be seen/],
    ["a\u200b = 1", /cannot be seen/],
    ["summary ~ “x”", /quote “/],
    ["summary ~ ‘x) OR (project = OPS’", /quote ‘/],
    ["(a = 1 ORDER BY b)", /ORDER BY within parentheses/],
    ["a in (order by b)", /ORDER BY within parentheses/],
    ["a = 1 ORDER BY b) OR (project = OPS", /`\)` that nothing opens/],
    ["a = 1 ORDER BY (b)", /parentheses after ORDER BY/],
    ["a = 1 ORDER BY b OR c in (1)", /parentheses after ORDER BY/],
  ])("%j is refused with a sentence", (jql, sentence) => {
    const refusal = refusalOf(jql);

    expect(refusal).toBeInstanceOf(ValidationError);
    expect(refusal).toMatchObject({ message: expect.stringMatching(sentence) });
  });

  it.each([
    "key = OPS-1",
    "key=ops-1",
    "issue in (PLAY-1, OPS-1)",
    'issuekey = "OPS-1"',
    'key = "\\u004fPS-1"',
    "parent = OPS-1",
    '"Epic Link" = OPS-1',
    "issue in linkedIssues(PLAY-1)",
    'issueFunction in linkedIssuesOf("project = OPS")',
    'issue in "linkedIssues" (x)',
    'issue in "in" (x)',
    "a=issuehistory()",
    "filter = 10100",
    "filter=10100",
    "filter=filter",
    '"filter" in ("Plans of OPS", 7)',
    "NOT savedFilter != 10100",
    "status = Done&&request in(1)",
    "'searchRequest'=1",
    '"f\\u0069lter" = 1',
    "assignee = currentUser() AND issue in watchedIssues ()",
  ])("%j is refused, because it asks about other projects", (jql) => {
    expect(refusalOf(jql)).toBeInstanceOf(PermissionError);
  });

  it("stays within its parentheses, whatever is put together", () => {
    const parts = ["a = 1", ")", "(", '"', "'", "\\", "OR project = OPS", "ORDER BY b", '"x"', "\n"];
    const queries = parts.flatMap((first) => parts.flatMap((second) => parts.map((third) => `${first} ${second} ${third}`)));

    const escaped = queries.filter((jql) => {
      const result = refusalOf(jql);
      return typeof result === "string" && !closesOnce(result.replace("let through as ", ""));
    });

    expect(escaped).toEqual([]);
  });
});

/** Reads with a lexer of its own: after the projects comes one pair of parentheses, and behind it nothing but ORDER BY. */
function closesOnce(jql: string): boolean {
  const rest = jql.slice(confined.length).replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "s");
  if (!rest.startsWith(" AND (")) return /^(?: order\s+by [^()'"]*)?$/i.test(rest);
  let depth = 0;
  for (let index = 0; index < rest.length; index += 1) {
    const character = rest.charAt(index);
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === ")" && depth === 0) return /^(?: order\s+by [^()'"]*)?$/i.test(rest.slice(index + 1));
  }
  return false;
}

describe("values of a query", () => {
  it("are quoted", () => {
    expect(quoteJql('a"b\\c')).toBe('"a\\"b\\\\c"');
    expect(inProjects(['P"LAY'])).toBe('project in ("P\\"LAY")');
  });

  it.each([
    ["swing oil", 'text ~ "swing oil"'],
    ["it's  broken\n", 'text ~ "it\'s broken"'],
    ['x" OR project = OPS', 'text ~ "x\\\\\\" or project = OPS"'],
    ["a AND NOT b*", 'text ~ "a and not b\\\\*"'],
    ["C:\\x (y) [z] {a} +b -c !d ^e ~f ?g /h &i |j", undefined],
  ])("are looked for as words: %j", (typed, expected) => {
    const condition = textCondition(typed);

    if (expected !== undefined) expect(condition).toBe(expected);
    // Whatever follows a single quote ends the string only at the very end.
    expect(condition).toMatch(/^text ~ "(?:[^"\\]|\\\\\\"|\\\\\\\\|\\\\[^"\\])*"$/);
  });

  it.each(["", " ", "***", "()"])("are not looked for without a word: %j", (typed) => {
    expect(() => textCondition(typed)).toThrow("Type a word to search for.");
  });
});

it("a long word in front of a parenthesis does not hold up others", () => {
  const began = performance.now();

  expect(() => confineJql(`${"a".repeat(60_000)}=b(`, ["PLAY"])).toThrow(ValidationError);
  expect(() => confineJql(`${"a".repeat(60_000)}=b()`, ["PLAY"])).toThrow("The function `b`");
  expect(performance.now() - began).toBeLessThan(500);
});
