import { jsonBody, Refusal, textOf, type FakeRequest } from "./fake-homeserver-requests.js";
import type { Content, FakeEvent, FakeMemory, FakeRoom } from "./fake-homeserver-rooms.js";

/** What the API asks of its surroundings. */
export interface FakeApiSettings {
  readonly serverName: string;
  /** How users of the appservice get devices: `put` (MSC4190), `login`, or not at all. */
  readonly devices: "put" | "login" | "none";
  /** The capability `m.set_displayname`. */
  readonly mayRename: boolean;
  /** Paths of media: those since Matrix v1.11, for which one logs in, or only those before. */
  readonly media: "authenticated" | "legacy";
  /** Calls the appservice's ping endpoint and sends what waits for it. */
  ping(transactionId: string): Promise<unknown>;
}

type Handler = (request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings) => unknown;

interface Route {
  readonly method: string;
  /** Parts below `/_matrix/client/v3/`; `*` stands for any. */
  readonly parts: readonly string[];
  /** Name in the counters. */
  readonly kind: string;
  readonly handle: Handler;
}

function roomOf(request: FakeRequest, memory: FakeMemory): FakeRoom {
  const room = memory.rooms.get(request.parts[1] ?? "");
  if (room?.membership(request.requester.user) !== "join") {
    throw new Refusal(403, "M_FORBIDDEN", `User ${request.requester.user} not in room ${request.parts[1] ?? ""}`);
  }
  return room;
}

/** An event as the requester sees it: transaction ids are told to the device that used them. */
function visible({ transactionId, deviceId, ...event }: FakeEvent, { requester }: FakeRequest): unknown {
  const isOwn = transactionId !== undefined && deviceId !== undefined && requester.user === event.sender && requester.device === deviceId;
  return isOwn ? { ...event, unsigned: { transaction_id: transactionId } } : event;
}

function missing(what: string): Refusal {
  return new Refusal(404, "M_NOT_FOUND", `${what} not found.`);
}

function register(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  const userId = `@${textOf(jsonBody(request), "username")}:${settings.serverName}`;
  if (memory.users.has(userId)) throw new Refusal(400, "M_USER_IN_USE", "User ID already taken.");
  memory.users.add(userId);
  return { user_id: userId, home_server: settings.serverName };
}

function logIn(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  if (settings.devices !== "login") {
    throw new Refusal(400, "M_APPSERVICE_LOGIN_UNSUPPORTED", "This appservice has MSC4190 enabled, so appservice login cannot be used.");
  }
  const body = jsonBody(request);
  const identifier = body["identifier"];
  const user = typeof identifier === "object" && identifier !== null && "user" in identifier ? String(identifier.user) : "";
  const device = textOf(body, "device_id");
  memory.addDevice(user, device);
  return { user_id: user, device_id: device, access_token: `unused-${device}` };
}

function putDevice(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  if (!memory.users.has(request.requester.user)) throw new Refusal(403, "M_FORBIDDEN", "Application service has not registered this user");
  if (settings.devices !== "put") throw missing("Device");
  memory.addDevice(request.requester.user, request.parts[1] ?? "");
  return {};
}

function whoami(request: FakeRequest, _memory: FakeMemory, settings: FakeApiSettings): unknown {
  const { user, device } = request.requester;
  return device === undefined || settings.devices === "none" ? { user_id: user } : { user_id: user, device_id: device };
}

function setState(request: FakeRequest, memory: FakeMemory): unknown {
  const room = roomOf(request, memory);
  const [, , , type = "", stateKey = ""] = request.parts;
  return { event_id: room.add({ type, stateKey, sender: request.requester.user, content: jsonBody(request) }).event_id };
}

function readState(request: FakeRequest, memory: FakeMemory): unknown {
  const event = roomOf(request, memory).stateEvent(request.parts[3] ?? "", request.parts[4] ?? "");
  if (event === undefined) throw missing("Event");
  return event.content;
}

function readEvent(request: FakeRequest, memory: FakeMemory): unknown {
  const event = roomOf(request, memory).event(request.parts[3] ?? "");
  if (event === undefined) throw missing("Event");
  return visible(event, request);
}

function redact(request: FakeRequest, memory: FakeMemory): unknown {
  const room = roomOf(request, memory);
  const earlier = memory.memoryTransactions.get(request.path);
  if (earlier !== undefined) return { event_id: earlier };
  const target = request.parts[3] ?? "";
  const redacted = room.event(target);
  if (redacted !== undefined) redacted.content = {};
  const stored = room.add({ type: "m.room.redaction", sender: request.requester.user, content: jsonBody(request), redacts: target });
  memory.memoryTransactions.set(request.path, stored.event_id);
  return { event_id: stored.event_id };
}

/** Backwards only, from the newest; tokens are positions in the timeline. */
function readMessages(request: FakeRequest, memory: FakeMemory): unknown {
  const { timeline } = roomOf(request, memory);
  const from = Number(request.query.get("from") ?? timeline.length);
  const limit = Number(request.query.get("limit") ?? 10);
  const filter = JSON.parse(request.query.get("filter") ?? "{}") as { types?: string[]; senders?: string[] };
  const chunk: unknown[] = [];
  let position = from;
  while (position > 0 && chunk.length < limit) {
    position -= 1;
    const event = timeline[position];
    if (event === undefined || filter.types?.includes(event.type) === false || filter.senders?.includes(event.sender) === false) continue;
    chunk.push(visible(event, request));
  }
  return { chunk, start: String(from), ...(position > 0 ? { end: String(position) } : {}) };
}

function join(request: FakeRequest, memory: FakeMemory): unknown {
  const room = memory.rooms.get(request.parts[1] ?? "");
  if (room === undefined) throw missing("Room");
  const { user } = request.requester;
  const membership = room.membership(user);
  if (room.isInviteOnly && membership !== "join" && membership !== "invite") {
    throw new Refusal(403, "M_FORBIDDEN", "You are not invited to this room.");
  }
  if (membership !== "join") room.setMembership(user, "join");
  return { room_id: room.roomId };
}

function invite(request: FakeRequest, memory: FakeMemory): unknown {
  roomOf(request, memory).setMembership(textOf(jsonBody(request), "user_id"), "invite", request.requester.user);
  return {};
}

function resolveAlias(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  const roomId = memory.aliases.get(request.parts[2] ?? "");
  if (roomId === undefined) throw missing("Room alias");
  return { room_id: roomId, servers: [settings.serverName] };
}

function leave(request: FakeRequest, memory: FakeMemory): unknown {
  const room = memory.rooms.get(request.parts[1] ?? "");
  if (room === undefined) throw missing("Room");
  const reason = jsonBody(request)["reason"];
  room.setMembership(request.requester.user, "leave", request.requester.user, reason === undefined ? {} : { reason });
  return {};
}

function createRoom(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  const { invite: invited, room_alias_name, initial_state, preset, ...rest } = jsonBody(request);
  const alias = typeof room_alias_name === "string" ? `#${room_alias_name}:${settings.serverName}` : undefined;
  if (alias !== undefined && memory.aliases.has(alias)) throw new Refusal(400, "M_ROOM_IN_USE", "Room alias already taken");
  const roomId = `!made${memory.rooms.size}:${settings.serverName}`;
  const creator = request.requester.user;
  const room = memory.createRoom({
    ...{ roomId, creator, invited: Array.isArray(invited) ? invited.map(String) : [] },
    ...(preset === "private_chat" ? { isInviteOnly: true } : {}),
  });
  for (const [key, type] of Object.entries(summaryTypes)) {
    if (rest[key] !== undefined) room.add({ type, sender: creator, stateKey: "", content: { [key]: rest[key] } });
  }
  // Whoever sends something else to a fake finds out.
  const state = (initial_state ?? []) as readonly { readonly type: string; readonly state_key?: string; readonly content: Content }[];
  for (const { type, state_key = "", content } of state) room.add({ type, sender: creator, stateKey: state_key, content });
  if (alias !== undefined) memory.aliases.set(alias, roomId);
  return { room_id: roomId };
}

const summaryTypes = { name: "m.room.name", topic: "m.room.topic" } as const;

function globalAccountData(request: FakeRequest, memory: FakeMemory): unknown {
  const [, user = "", , type = ""] = request.parts;
  if (user !== request.requester.user) throw new Refusal(403, "M_FORBIDDEN", "Cannot touch account data of other users.");
  const content = memory.accountData.get(`${user}\n\n${type}`);
  if (content === undefined) throw missing("Account data");
  return content;
}

function setGlobalAccountData(request: FakeRequest, memory: FakeMemory): unknown {
  const [, user = "", , type = ""] = request.parts;
  memory.accountData.set(`${user}\n\n${type}`, jsonBody(request));
  return {};
}

function capabilities(_request: FakeRequest, _memory: FakeMemory, { mayRename }: FakeApiSettings): unknown {
  return { capabilities: { "m.set_displayname": { enabled: mayRename } } };
}

function accountDataKey(request: FakeRequest): string {
  const [, user = "", , room = "", , type = ""] = request.parts;
  if (user !== request.requester.user) throw new Refusal(403, "M_FORBIDDEN", "Cannot touch account data of other users.");
  return `${user}\n${room}\n${type}`;
}

function readAccountData(request: FakeRequest, memory: FakeMemory): unknown {
  const content = memory.accountData.get(accountDataKey(request));
  if (content === undefined) throw missing("Account data");
  return content;
}

function setAccountData(request: FakeRequest, memory: FakeMemory): unknown {
  memory.accountData.set(accountDataKey(request), jsonBody(request));
  return {};
}

function setProfile(key: "displayname" | "avatar_url"): Handler {
  return (request, memory) => {
    const user = request.parts[1] ?? "";
    memory.profiles.set(user, { ...memory.profiles.get(user), [key]: textOf(jsonBody(request), key) });
    return {};
  };
}

function joinedMembers(request: FakeRequest, memory: FakeMemory): unknown {
  const members = roomOf(request, memory).joinedMembers();
  return { joined: Object.fromEntries(members.map((user): [string, Content] => [user, {}])) };
}

function joinedRooms(request: FakeRequest, memory: FakeMemory): unknown {
  const rooms = [...memory.rooms.values()].filter((room) => room.membership(request.requester.user) === "join");
  return { joined_rooms: rooms.map((room) => room.roomId) };
}

/** As Synapse answers: a room that is not the asker's to know is not found. */
function roomSummary(request: FakeRequest, memory: FakeMemory): unknown {
  const room = memory.rooms.get(decodeURIComponent(request.path.split("/").at(-1) ?? ""));
  const membership = room?.membership(request.requester.user);
  const isAccessible = room !== undefined && (!room.isInviteOnly || membership === "join" || membership === "invite");
  if (!isAccessible) throw missing("Room");
  return { room_id: room.roomId, membership: membership ?? "leave" };
}

function versions(): unknown {
  return { versions: ["v1.11", "v1.12"] };
}

function upload(request: FakeRequest, memory: FakeMemory, settings: FakeApiSettings): unknown {
  const uri = `mxc://${settings.serverName}/media${memory.media.size}`;
  memory.media.set(uri, request.body);
  return { content_uri: uri };
}

/** Bytes and no JSON: `FakeHomeserver` sends a buffer as it is. */
function download(needed: FakeApiSettings["media"]): Handler {
  return (request, memory, { media, serverName }) => {
    if (needed === "authenticated" && media === "legacy") throw new Refusal(404, "M_UNRECOGNIZED", "Unrecognized request");
    const id = request.path.split("/").at(-1) ?? "";
    const bytes = needed === media ? memory.media.get(`mxc://${serverName}/${id}`) : undefined;
    if (bytes === undefined) throw missing("File");
    return bytes;
  };
}

function ping(request: FakeRequest, _memory: FakeMemory, settings: FakeApiSettings): unknown {
  const id = jsonBody(request)["transaction_id"];
  return settings.ping(typeof id === "string" ? id : "");
}

export const routes: readonly Route[] = [
  { method: "POST", parts: ["register"], kind: "register", handle: register },
  { method: "POST", parts: ["login"], kind: "login", handle: logIn },
  { method: "PUT", parts: ["devices", "*"], kind: "device", handle: putDevice },
  { method: "GET", parts: ["account", "whoami"], kind: "whoami", handle: whoami },
  { method: "GET", parts: ["capabilities"], kind: "capabilities", handle: capabilities },
  { method: "GET", parts: ["joined_rooms"], kind: "joined_rooms", handle: joinedRooms },
  { method: "GET", parts: ["rooms", "*", "state"], kind: "room_state", handle: (request, memory) => roomOf(request, memory).state() },
  { method: "GET", parts: ["rooms", "*", "state", "*", "*"], kind: "state", handle: readState },
  { method: "PUT", parts: ["rooms", "*", "state", "*", "*"], kind: "set_state", handle: setState },
  { method: "GET", parts: ["rooms", "*", "event", "*"], kind: "event", handle: readEvent },
  { method: "PUT", parts: ["rooms", "*", "redact", "*", "*"], kind: "redact", handle: redact },
  { method: "GET", parts: ["rooms", "*", "messages"], kind: "messages", handle: readMessages },
  { method: "GET", parts: ["rooms", "*", "joined_members"], kind: "joined_members", handle: joinedMembers },
  { method: "POST", parts: ["rooms", "*", "leave"], kind: "leave", handle: leave },
  { method: "POST", parts: ["rooms", "*", "receipt", "*", "*"], kind: "receipt", handle: () => ({}) },
  { method: "POST", parts: ["rooms", "*", "invite"], kind: "invite", handle: invite },
  { method: "POST", parts: ["join", "*"], kind: "join", handle: join },
  { method: "GET", parts: ["directory", "room", "*"], kind: "alias", handle: resolveAlias },
  { method: "POST", parts: ["createRoom"], kind: "create_room", handle: createRoom },
  { method: "GET", parts: ["user", "*", "rooms", "*", "account_data", "*"], kind: "account_data", handle: readAccountData },
  { method: "PUT", parts: ["user", "*", "rooms", "*", "account_data", "*"], kind: "set_account_data", handle: setAccountData },
  { method: "GET", parts: ["user", "*", "account_data", "*"], kind: "global_account_data", handle: globalAccountData },
  { method: "PUT", parts: ["user", "*", "account_data", "*"], kind: "set_global_account_data", handle: setGlobalAccountData },
  {
    method: "GET",
    parts: ["profile", "*"],
    kind: "profile",
    handle: (request, memory) => memory.profiles.get(request.parts[1] ?? "") ?? {},
  },
  { method: "PUT", parts: ["profile", "*", "displayname"], kind: "set_profile", handle: setProfile("displayname") },
  { method: "PUT", parts: ["profile", "*", "avatar_url"], kind: "set_profile", handle: setProfile("avatar_url") },
];

/** Routes whose path does not begin with `/_matrix/client/v3/`. */
export const otherRoutes: readonly {
  readonly method: string;
  readonly pattern: RegExp;
  readonly kind: string;
  readonly handle: Handler;
}[] = [
  { method: "GET", pattern: /^\/_matrix\/client\/versions$/, kind: "versions", handle: versions },
  { method: "GET", pattern: /^\/_matrix\/client\/v1\/room_summary\/[^/]+$/, kind: "room_summary", handle: roomSummary },
  { method: "GET", pattern: /^\/_matrix\/client\/v1\/media\/download\/[^/]+\/[^/]+$/, kind: "download", handle: download("authenticated") },
  { method: "GET", pattern: /^\/_matrix\/media\/v3\/download\/[^/]+\/[^/]+$/, kind: "download", handle: download("legacy") },
  { method: "POST", pattern: /^\/_matrix\/media\/v3\/upload$/, kind: "upload", handle: upload },
  { method: "POST", pattern: /^\/_matrix\/client\/v1\/appservice\/[^/]+\/ping$/, kind: "ping", handle: ping },
];

export function fits(route: Route, method: string, parts: readonly string[]): boolean {
  // A state key may be empty, and with it the last slash.
  const open = route.parts.at(-1) === "*" && route.parts.length === 5 && parts.length === 4;
  if (route.method !== method || (route.parts.length !== parts.length && !open)) return false;
  return parts.every((part, index) => route.parts[index] === "*" || route.parts[index] === part);
}
