import { beforeEach, describe, expect, it } from "vitest";
import { searchIssues } from "./jira-jql-match.js";
import { parseJql } from "./jira-jql.js";
import type { StandInAccount } from "./jira-accounts.js";
import { JiraSite } from "./jira-site.js";

let site: JiraSite;
let everybody: StandInAccount;

beforeEach(() => {
  site = new JiraSite("server");
  everybody = site.accounts.add({ name: "eve", displayName: "Eve Every" });
  const bob = site.accounts.add({ name: "bob", displayName: "Bob Baker" });
  const [play, ops] = [site.addProject("PLAY", "The playground"), site.addProject("OPS", "Operations")];
  const first = site.create({ project: play, summary: "The lamp flickers", labels: ["red", "hall"] }, bob).issue!;
  const second = site.create({ project: play, summary: 'A "quoted" (bracket) or two' }, bob).issue!;
  site.create({ project: ops, summary: "The secret lamp", labels: ["red"] }, bob);
  site.edit(first, { assignee: bob }, bob);
  site.moveOn(second, { id: "11", name: "Start progress", to: "In Progress" }, bob);
  site.moveAway(site.create({ project: play, summary: "Went elsewhere" }, bob).issue!, ops, bob);
});

function keys(jql: string, account = everybody): readonly string[] {
  return searchIssues(site, account, parseJql(jql)).map(({ key }) => key);
}

describe("JQL finds", () => {
  it.each([
    ["project = PLAY", ["PLAY-2", "PLAY-1"]],
    ["project = play ORDER BY key ASC", ["PLAY-1", "PLAY-2"]],
    ['project = "The playground" order by summary', ["PLAY-2", "PLAY-1"]],
    ["PROJECT IN (PLAY, OPS) AND labels = red ORDER BY project, key", ["OPS-1", "PLAY-1"]],
    ["project != PLAY ORDER BY key", ["OPS-1", "OPS-2"]],
    ["project not in (OPS) AND status = 'In Progress'", ["PLAY-2"]],
    ["NOT project = OPS AND NOT status = Done AND assignee = bob", ["PLAY-1"]],
    ["!(project = OPS || status = 'To Do')", ["PLAY-2"]],
    ["project = PLAY AND status = Done OR project = OPS ORDER BY key", ["OPS-1", "OPS-2"]],
    ["project = PLAY AND (status = Done OR project = OPS)", []],
    ["assignee is EMPTY AND project = PLAY", ["PLAY-2"]],
    ["assignee is not null", ["PLAY-1"]],
    ["assignee in (EMPTY, bob) AND project = PLAY ORDER BY key", ["PLAY-1", "PLAY-2"]],
    ["assignee = currentUser()", []],
    ["labels not in (hall)", ["OPS-1"]],
    ["key = PLAY-1", ["PLAY-1"]],
    ["issuekey in (PLAY-1, OPS-1) order by created desc", ["OPS-1", "PLAY-1"]],
    ["key = PLAY-3", ["OPS-2"]],
    ["summary ~ lamp ORDER BY key", ["OPS-1", "PLAY-1"]],
    ["text ~ 'LAMP flick*'", ["PLAY-1"]],
    ['text ~ "\\"the lamp\\""', ["PLAY-1"]],
    ['text ~ "\\\\\\"quoted\\\\\\" \\\\(bracket\\\\)"', ["PLAY-2"]],
    ["summary !~ lamp AND project = PLAY", ["PLAY-2"]],
    ["project = \"PL\\u0041Y\" AND labels = 'r\\u0065d'", ["PLAY-1"]],
    ["pro\\u006aect = PLAY AND labels = red", ["PLAY-1"]],
    ["", ["OPS-2", "OPS-1", "PLAY-2", "PLAY-1"]],
  ])("%s", (jql, found) => {
    expect(keys(jql)).toEqual(found);
  });

  it("only what the account sees, and names nothing else to it", () => {
    const confined = site.accounts.add({ name: "carl", projects: ["PLAY"] });

    expect(keys("text ~ lamp OR assignee is EMPTY ORDER BY key", confined)).toEqual(["PLAY-1", "PLAY-2"]);
    expect(() => keys("project = OPS", confined)).toThrow("The value 'OPS' does not exist for the field 'project'.");
    expect(() => keys("key = OPS-1", confined)).toThrow("An issue with key 'OPS-1' does not exist");
    expect(() => keys("key = PLAY-3", confined)).toThrow("An issue with key 'PLAY-3' does not exist");
  });
});

describe("JQL is refused", () => {
  it.each([
    ["project = ", "but got the end of the query. (line 1, character 11)"],
    ["project = PLAY) OR (project = OPS", "Expecting 'AND', 'OR' or 'ORDER BY' but got ')'. (line 1, character 15)"],
    ["(project = PLAY", "Expecting ')' but got the end of the query."],
    ['project = "PLAY', "The quoted string 'PLAY' has not been completed."],
    ["project = PLAY OR", "Expecting a field name but got the end of the query."],
    ["project = PLAY project = OPS", "Expecting 'AND', 'OR' or 'ORDER BY' but got 'project'."],
    ["project = and", "Expecting a value, list or function but got 'and'."],
    ["project PLAY", "Expecting operator."],
    ["project in PLAY", "Expecting '(' but got 'PLAY'."],
    ["project = PLAY /* AND */", "The character '/' is a reserved JQL character."],
    ["project = PLAY -- OR", "Expecting 'AND', 'OR' or 'ORDER BY' but got '--'."],
    ["project = PLAY # x", "or use the escape '\\u0023' instead."],
    ["project = PLAY; x", "The character ';' is a reserved JQL character."],
    ['project = "PL\\xY"', "'\\x' is an illegal JQL escape sequence."],
    ["project = PLAY ORDER BY key ORDER BY key", "but got 'ORDER'."],
    ["project = PLAY ORDER BY colour", "Not able to sort using field 'colour'."],
    ["colour = red", "Field 'colour' does not exist or you do not have permission to view it."],
    ["status = Elsewhere", "The value 'Elsewhere' does not exist for the field 'status'."],
    ["assignee = nobody", "The value 'nobody' does not exist for the field 'assignee'."],
    ["project ~ PLAY", "The operator '~' is not supported by the 'project' field."],
    ["summary = lamp", "The operator '=' is not supported by the 'summary' field."],
    ["assignee is bob", "Expecting 'EMPTY' or 'NULL'"],
    ["assignee = membersOf()", "Unable to find JQL function 'membersOf()'."],
    ['text ~ "a \\"b"', "Unable to parse the text 'a \"b' for field 'text'."],
    ['text ~ "(a"', "Unable to parse the text '(a' for field 'text'."],
    ['text ~ "*a"', "is not allowed to start with character '*'"],
  ])("%s", (jql, message) => {
    expect(() => keys(jql)).toThrow(message);
  });
});
