import { describe, expect, it } from "vitest";
import { parseIssue } from "./issue-key.js";

describe("an issue as somebody typed it", () => {
  it.each([
    ["PLAY-1", "PLAY-1"],
    [" play-12 ", "PLAY-12"],
    ["A_B2-3", "A_B2-3"],
    ["https://jira.example.org/browse/PLAY-1", "PLAY-1"],
    ["https://jira.example.org/jira/browse/play-1?focusedCommentId=7#x", "PLAY-1"],
    ["https://jira.example.org/projects/PLAY/issues/PLAY-1", "PLAY-1"],
    ["https://acme.atlassian.net/jira/software/projects/PLAY/boards/1?selectedIssue=PLAY-9", "PLAY-9"],
    ["https://jira.example.org/browse/PLAY-1/../OPS-1", "OPS-1"],
  ])("%j is %s", (typed, key) => {
    expect(parseIssue(typed)).toMatchObject({ key, projectKey: key.replace(/-\d+$/, "") });
  });

  it.each([
    ...["", "PLAY", "PLAY-", "PLAY-0", "PLAY-01", "PLAY-1x", "10001", "-1", "PLAY-1/../OPS-1", "PLAY-1?x", "PLAY 1", "PLAY-1\nOPS-1"],
    ...["PLAY-1%2F..%2FOPS-1", "javascript:PLAY-1", "https://jira.example.org/PLAY-1", "https://jira.example.org/browse/%E0%A4%A"],
    ...["https://jira.example.org/browse/PLAY-1%2F..%2FOPS-1", "https://jira.example.org/browse/10001", `PLAY-${"1".repeat(19)}`],
  ])("%j is none", (typed) => {
    expect(parseIssue(typed)).toBeUndefined();
  });
});
