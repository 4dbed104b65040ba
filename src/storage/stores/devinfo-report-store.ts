import { devinfoReportsFrom } from "../../core/devinfo-report-id.js";
import type { DevinfoReport, DevinfoReportStore, ExplainedIssue, NotTaken, OverdueReports } from "../../core/ports/devinfo-reports.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";

/*
 * Layout, relative to the sublevel; parts are parted by a zero character, which stands in none of them:
 *
 *   report <provider> <id>              -> the report, and the issues of which it explains something
 *   issue <issue key> <id> <position>   -> what was not taken, and why
 *
 * Ids sort by time: reports of a provider, and what is known of an issue, lie in their order. A submission of which all was taken costs one
 * record.
 */
const countPage = 5_000;
const separator = "\u0000";
const afterSeparator = "\u0001";

interface StoredReport {
  readonly report: DevinfoReport;
  /** Keys of issues, in the order of their positions. */
  readonly issues?: readonly string[];
}

/** What was submitted and deleted, for a while. */
export function createDevinfoReportStore(database: Database): DevinfoReportStore {
  const level = database.sublevel("devinfo-reports");
  const put = (key: string, value: object): StoreChange => ({
    type: "put",
    key: level.prefixKey(key, "utf8", false),
    value: JSON.stringify(value),
  });
  const del = (key: string): StoreChange => ({ type: "del", key: level.prefixKey(key, "utf8", false) });

  /** From one to the next, past all that the former has. */
  async function providers(): Promise<readonly string[]> {
    const found: string[] = [];
    let { gt } = rangeOf("report");
    for (;;) {
      const [key] = await level.keys({ gt, lt: rangeOf("report").lt, limit: 1 }).all();
      const [, provider] = key?.split(separator) ?? [];
      if (provider === undefined) return found;
      found.push(provider);
      gt = rangeOf("report", provider).lt;
    }
  }

  async function newestKeys(provider: string, limit: number): Promise<readonly string[]> {
    return level.keys({ ...rangeOf("report", provider), reverse: true, limit }).all();
  }

  /** The oldest of so many, where there are as many. */
  async function idAt(provider: string, count: number): Promise<string | undefined> {
    let { lt } = rangeOf("report", provider);
    for (let left = count; ; left -= countPage) {
      const page = await level.keys({ ...rangeOf("report", provider), lt, reverse: true, limit: Math.min(left, countPage) }).all();
      const last = page.at(-1);
      if (last === undefined || (page.length < countPage && page.length < left)) return undefined;
      if (left <= countPage) return idIn(last);
      lt = last;
    }
  }

  function remove([key, text]: readonly [string, string]): readonly StoreChange[] {
    const { report, issues = [] } = parse(text);
    return [key, ...issues.map((issueKey, position) => explanationKey(issueKey, report.id, position))].map(del);
  }

  return {
    add(report, explained) {
      const issues = explained.length === 0 ? {} : { issues: explained.map(({ issueKey }) => issueKey) };
      return [
        put(keyOf("report", report.provider, report.id), { report, ...issues } satisfies StoredReport),
        ...explained.map((each, position) => put(explanationKey(each.issueKey, report.id, position), explain(each, report))),
      ];
    },
    async list({ provider, limit }) {
      const ofEach = await Promise.all((provider === undefined ? await providers() : [provider]).map((name) => newestKeys(name, limit)));
      const newest = ofEach.flat().sort((left, right) => (idIn(left) < idIn(right) ? 1 : -1));
      const stored = await level.getMany(newest.slice(0, limit));
      return stored.flatMap((text) => (text === undefined ? [] : [parse(text).report]));
    },
    async get(id) {
      const stored = await level.getMany((await providers()).map((provider) => keyOf("report", provider, id)));
      const text = stored.find((found) => found !== undefined);
      return text === undefined ? undefined : parse(text).report;
    },
    async notTaken(key, limit) {
      const stored = await level.values({ ...rangeOf("issue", key), reverse: true, limit }).all();
      // Written by `add`.
      return stored.map((text) => JSON.parse(text) as NotTaken);
    },
    async overdue({ before, keepCount }) {
      const overdue: OverdueReports[] = [];
      for (const provider of await providers()) {
        const oldestKept = await idAt(provider, keepCount);
        const below = [devinfoReportsFrom(before), oldestKept ?? ""].sort().at(-1) ?? "";
        const [oldest] = await level.keys({ ...olderThan({ provider, below }), limit: 1 }).all();
        if (oldest !== undefined) overdue.push({ provider, below });
      }
      return overdue;
    },
    async removeSlice(overdue, limit) {
      const old = await level.iterator({ ...olderThan(overdue), limit }).all();
      return old.flatMap(remove);
    },
  };
}

function olderThan({ provider, below }: OverdueReports): { readonly gt: string; readonly lt: string } {
  return { gt: rangeOf("report", provider).gt, lt: keyOf("report", provider, below) };
}

function explain({ issueKey: _, ...part }: ExplainedIssue, { at, provider }: DevinfoReport): NotTaken {
  return { at, provider, ...part };
}

function explanationKey(issueKey: string, id: string, position: number): string {
  return keyOf("issue", issueKey, id, String(position).padStart(4, "0"));
}

function idIn(key: string): string {
  return key.slice(key.lastIndexOf(separator) + 1);
}

function parse(text: string): StoredReport {
  // Written by `add`.
  return JSON.parse(text) as StoredReport;
}

function keyOf(...parts: readonly string[]): string {
  return parts.join(separator);
}

function rangeOf(...parts: readonly string[]): { readonly gt: string; readonly lt: string } {
  const start = keyOf(...parts);
  return { gt: `${start}${separator}`, lt: `${start}${afterSeparator}` };
}
