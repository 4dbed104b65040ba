import type { DevinfoEntityType, StoredEntry } from "../core/devinfo.js";
import { showEntry } from "../core/devinfo-entry.js";
import type { Devinfo, IssuePage } from "../core/ports/devinfo.js";
import type { NotTaken, NotTakenDevinfo } from "../core/ports/devinfo-reports.js";
import { joinMarkdown, markdown, markdownLink, type Markdown } from "../shared/markdown.js";
import { sentence } from "../shared/sentence.js";
import { cardText } from "../vocabulary/card-text.js";
import { countsOf, entityLine, listed, mostListed, nounOf, type EntityWords } from "../vocabulary/devinfo-card.js";
import { longestName, wordsOf } from "./entity-words.js";
import { samenessOf } from "./sameness.js";

/** What somebody wants to know of an issue. */
export interface IssueQuestion {
  /** In upper case. */
  readonly key: string;
  /** Its page, where that is known. */
  readonly url?: string;
  /** What to type to ask, for example `!tracker dev PLAY-1`. */
  readonly asked: string;
  /**
   * Whether what the provider has may be shown where it was asked.
   * @param instance that it was bound to when it sent something, where that is known: whatever holds now, it goes nowhere else
   */
  readonly isShown: (provider: string, instance?: string) => Promise<boolean>;
}

export interface IssueSources {
  readonly devinfo: Pick<Devinfo, "byIssueKey">;
  readonly reports: NotTakenDevinfo;
}

type FoundEntry = IssuePage["entries"][number];

/** One thing, of which several providers may tell. */
interface Thing {
  readonly entry: FoundEntry;
  readonly repository: string;
  readonly words: EntityWords;
  readonly status: Parameters<typeof entityLine>[0]["status"];
  readonly providers: string[];
}

const pageSize = 100;
/** Of what may not be shown there may be much in front of what may. */
const mostPages = 10;
const longestReason = 300;

/** Commits, branches and pull requests of the issue, the newest of each first. */
export async function describeIssue(question: IssueQuestion, { devinfo }: Pick<IssueSources, "devinfo">): Promise<Markdown> {
  const { entries, isAll } = await readShown(question, devinfo);
  const { key, asked } = question;
  if (entries.length === 0) {
    return sentence(
      `No commit, branch or pull request is known that names \`${key}\`. \`${asked} why\` says what was seen and what could be missing.`,
    );
  }
  const things = thingsOf(entries);
  const groups = inOrder.map((type) => things.filter(({ entry }) => entry.type === type));
  const shown = shareOut(groups, mostListed);
  const isOneProvider = new Set(entries.map(({ provider }) => provider)).size === 1;
  const lines = shown.flat().map((thing) => thingLine(thing, isOneProvider));
  const lead = markdown`${nameOf(question)}: ${countsOf(things.map(({ entry }) => entry))}${isAll ? "" : " and more"}`;
  return listed(lead, lines, moreThan(things.length - lines.length, isAll));
}

/** What was seen for the issue and what was not taken. @param facts sentences about where it was asked */
export async function explainIssue(
  question: IssueQuestion,
  facts: readonly string[],
  { devinfo, reports }: IssueSources,
): Promise<Markdown> {
  const { entries, isAll } = await readShown(question, devinfo);
  const notTaken = await readNotTaken(question, reports);
  const seen = entries.slice(0, mostListed).map(seenLine);
  const missed = notTaken.slice(0, mostListed).map(notTakenLine);
  const parts = [
    entries.length === 0
      ? markdown`Nothing was seen that names ${nameOf(question)}.`
      : listed(markdown`Seen for ${nameOf(question)}:`, seen, moreThan(entries.length - seen.length, isAll)),
    ...(missed.length === 0 ? [] : [listed(markdown`Not taken:`, missed, moreThan(notTaken.length - missed.length, true))]),
    ...facts.map(sentence),
  ];
  return joinMarkdown(parts, "\n\n");
}

const inOrder: readonly DevinfoEntityType[] = ["pull_request", "branch", "commit"];

/** What is left out; undefined when nothing is. @param isAll whether there is nothing that was not counted */
function moreThan(count: number, isAll: boolean): string | undefined {
  if (isAll) return count === 0 ? undefined : String(count);
  return count === 0 ? "even" : `more than ${count}`;
}

function nameOf({ key, url }: Pick<IssueQuestion, "key" | "url">): Markdown {
  return url === undefined ? markdown`${key}` : markdownLink(key, url);
}

async function readShown(
  { key, isShown }: Pick<IssueQuestion, "key" | "isShown">,
  devinfo: IssueSources["devinfo"],
): Promise<{ readonly entries: readonly FoundEntry[]; readonly isAll: boolean }> {
  const entries: FoundEntry[] = [];
  let after: string | undefined;
  for (let page = 0; page < mostPages && entries.length < pageSize; page += 1) {
    const found = await devinfo.byIssueKey(key, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    // Asked once an entity is there, so that none of a provider that came meanwhile slips through.
    for (const entry of found.entries) if (await isShown(entry.provider)) entries.push(entry);
    if (found.next === undefined) return { entries, isAll: true };
    after = found.next;
  }
  return { entries, isAll: false };
}

async function readNotTaken({ key, isShown }: IssueQuestion, reports: NotTakenDevinfo): Promise<readonly NotTaken[]> {
  const shown: NotTaken[] = [];
  for (const one of await reports.notTaken(key, pageSize)) if (await isShown(one.provider, one.instance)) shown.push(one);
  return shown;
}

function thingsOf(entries: readonly FoundEntry[]): readonly Thing[] {
  const things = new Map<string, Thing>();
  for (const entry of entries) {
    const shown = showEntry(entry);
    const { name, url } = readRepository(entry);
    const sameness = samenessOf(shown, { provider: entry.provider, id: entry.repositoryId, url });
    const known = things.get(sameness);
    const status = shown.type === "pull_request" ? shown.entity.status : undefined;
    if (known === undefined) things.set(sameness, { entry, repository: name, words: wordsOf(shown), status, providers: [entry.provider] });
    else if (!known.providers.includes(entry.provider)) known.providers.push(entry.provider);
  }
  return [...things.values()];
}

function readRepository({ repository }: FoundEntry): { readonly name: string; readonly url: string } {
  // Whoever stored it judged the record by its schema.
  const { name, url } = JSON.parse(repository.json) as { readonly name: string; readonly url: string };
  return { name: cardText(name, longestName), url };
}

/** So many of all groups, as many of each as can be. */
function shareOut<Item>(groups: readonly (readonly Item[])[], most: number): readonly (readonly Item[])[] {
  const counts = groups.map(() => 0);
  for (let left = most; left > 0;) {
    const open = groups.flatMap((group, index) => ((counts[index] ?? 0) < group.length ? [index] : []));
    if (open.length === 0) break;
    for (const index of open.slice(0, left)) {
      counts[index] = (counts[index] ?? 0) + 1;
      left -= 1;
    }
  }
  return groups.map((group, index) => group.slice(0, counts[index]));
}

function thingLine({ entry: { type, happenedAt }, repository, words, status, providers }: Thing, isOneProvider: boolean): Markdown {
  const line = entityLine({ type, words, ...(status === undefined ? {} : { status }) });
  const day = happenedAt > 0 ? `, ${new Date(happenedAt).toISOString().slice(0, 10)}` : "";
  const from = isOneProvider ? "" : `, from ${providers.join(" and ")}`;
  return markdown`${line} in ${repository}${day}${from}`;
}

function seenLine(entry: FoundEntry): Markdown {
  const { type, provider, repositoryId, acceptedAt, updateSequenceId } = entry;
  const { label } = wordsOf(showEntry(entry));
  const repository = `${readRepository(entry).name} (${cardText(repositoryId, longestName)})`;
  return markdown`${nounOf(type)} ${label} from ${provider}, repository ${repository}: accepted ${timeOf(acceptedAt)}, sequence ${String(updateSequenceId)}`;
}

function notTakenLine({ at, provider, repositoryId, type, id, reason }: NotTaken): Markdown {
  const what = type === undefined ? "the record" : `${nounOf(type)} ${cardText(id ?? "", longestName)}`.trim();
  const where = `repository ${cardText(repositoryId, longestName)}`;
  return markdown`${timeOf(at)} from ${provider}: ${what} of ${where}: ${cardText(reason, longestReason)}`;
}

function timeOf(ms: StoredEntry["acceptedAt"]): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
