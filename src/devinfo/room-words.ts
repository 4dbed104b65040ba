import type { Connection } from "../core/connection.js";
import type { DevinfoEntityType } from "../core/devinfo.js";
import type { RoomId } from "../core/ids.js";
import { projectKeyIn, type IssueKeys } from "../core/issue-keys.js";
import type { HeardStore } from "../core/ports/heard-store.js";
import type { LateRendering, ServiceContext } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import type { MarkdownRenderer } from "../shared/markdown.js";
import { devinfoCardMessage, type CardEntity, type DevinfoCard, type LinkedIssue } from "../vocabulary/devinfo-card.js";
import { hearing, isNews, readHeard, writeHeard, type Heard } from "./heard.js";

/** What a connection's kind says about its issues; undefined where they have no keys. */
export type FindIssueKeys = (
  connection: Connection,
) => { readonly issueKeys: IssueKeys<unknown>; readonly context: ServiceContext<unknown> } | undefined;

interface RoomWordsOptions {
  readonly connectionsIn: (roomId: RoomId) => Promise<readonly Connection[]>;
  readonly issueKeysOf: FindIssueKeys;
  readonly heard: HeardStore;
  readonly clock: Pick<Clock, "now">;
  readonly renderer: MarkdownRenderer;
}

/**
 * The words of a card for the room of a connection; asked in the room's turn. What is asked first speaks for all of the room's connections:
 * those that are asked after it find that the room has heard of it.
 */
export type DevinfoWords = (card: DevinfoCard, connection: Connection) => Promise<LateRendering>;

/** What one connection of the room asks for. */
interface Wish {
  readonly project: string;
  readonly types: ReadonlySet<DevinfoEntityType>;
  readonly urlOf: (issueKey: string) => string;
}

/** Of an entity, the part that is for the room. */
interface RoomEntity {
  readonly entity: CardEntity;
  readonly issues: readonly LinkedIssue[];
}

/** Besides as many as were noted, so that the memory becomes no longer than what is kept. */
const mostRemoved = 500;

export function createDevinfoWords(options: RoomWordsOptions): DevinfoWords {
  const { heard, clock, renderer } = options;

  return async (card, { roomId }) => {
    const wishes = await wishesOf(card, roomId, options);
    if (wishes.length === 0) return ignored(whyNobody(card));
    const wanted = card.entities.flatMap((entity) => toRoomEntity(entity, card, wishes));
    if (wanted.length === 0) return ignored("the room's connections do not ask for it");
    const now = clock.now();
    const { news, notes } = await sortOut(wanted, card, roomId, heard, now);
    if (news.length === 0) return ignored("the room has heard of it");
    const message = devinfoCardMessage({ repositories: card.repositories, ...toldOf(news) }, renderer);
    const changes = [...(await heard.removeOver(now, mostRemoved + notes.size)), ...heard.put(roomId, notes, now)];
    return { kind: "messages", messages: [message], changes };
  };
}

function ignored(reason: string): LateRendering {
  return { kind: "ignored", reason };
}

function whyNobody({ instance }: DevinfoCard): string {
  return instance === undefined
    ? "the room's connections ask for no development information any more"
    : `it is bound to ${instance}, and the room is connected to nothing there that asks for it`;
}

async function wishesOf(
  { instance }: DevinfoCard,
  roomId: RoomId,
  { connectionsIn, issueKeysOf }: Pick<RoomWordsOptions, "connectionsIn" | "issueKeysOf">,
): Promise<readonly Wish[]> {
  const wishes: Wish[] = [];
  for (const connection of await connectionsIn(roomId)) {
    const known = connection.status.kind === "active" ? issueKeysOf(connection) : undefined;
    if (known === undefined) continue;
    const { issueKeys, context } = known;
    const { state } = connection;
    const types = new Set(issueKeys.announced(state));
    if (types.size === 0 || (instance !== undefined && !(await issueKeys.isAt(state, instance, context)))) continue;
    wishes.push({ project: issueKeys.projectOf(state), types, urlOf: (key) => issueKeys.issueUrl(state, key, context) });
  }
  return wishes;
}

function toRoomEntity(entity: CardEntity, card: DevinfoCard, wishes: readonly Wish[]): readonly RoomEntity[] {
  const issues = entity.issues.flatMap((place): readonly LinkedIssue[] => {
    const key = card.issueKeys[place] ?? "";
    const wish = wishes.find(({ project, types }) => project === projectKeyIn(key) && types.has(entity.type));
    return wish === undefined ? [] : [{ key, url: wish.urlOf(key) }];
  });
  return issues.length === 0 ? [] : [{ entity, issues }];
}

/** What the room has not heard of, and what is noted of it. One card may bring one thing twice. */
async function sortOut(
  wanted: readonly RoomEntity[],
  { repositories }: DevinfoCard,
  roomId: RoomId,
  store: HeardStore,
  now: number,
): Promise<{ readonly news: readonly RoomEntity[]; readonly notes: ReadonlyMap<string, string> }> {
  const known = await store.find(roomId, [...new Set(wanted.map(({ entity }) => entity.sameness))], now);
  const heard = new Map<string, Heard>([...known].map(([name, note]) => [name, readHeard(note)]));
  const notes = new Map<string, string>();
  const news = wanted.filter(({ entity }) => {
    const teller = repositories[entity.repository]?.teller ?? "";
    const before = heard.get(entity.sameness);
    if (!isNews(entity, teller, before)) return false;
    const after = hearing(entity, teller, before);
    heard.set(entity.sameness, after);
    notes.set(entity.sameness, writeHeard(after));
    return true;
  });
  return { news, notes };
}

function toldOf(news: readonly RoomEntity[]): { readonly entities: readonly CardEntity[]; readonly issues: readonly LinkedIssue[] } {
  const issues = new Map(news.flatMap((one) => one.issues).map((issue) => [issue.key, issue]));
  return { entities: news.map(({ entity }) => entity), issues: [...issues.values()] };
}
