import type { ServerResponse } from "node:http";
import type { Faults } from "./fake-homeserver-faults.js";
import { answer, answerRefusal, jsonBody, Refusal } from "./fake-homeserver-requests.js";
import type { Content, FakeEvent, FakeMemory, RoomPreset } from "./fake-homeserver-rooms.js";

/** What of the fake homeserver can be controlled from outside. */
export interface ControlledHomeserver {
  readonly memory: FakeMemory;
  readonly counters: Readonly<Record<string, number>>;
  /** How often it began to listen. */
  readonly starts: number;
  resetCounters(): void;
  setFaults(faults: Partial<Faults>): void;
  messages(roomId: string): readonly FakeEvent[];
  sendAs(user: string, roomId: string, event: { readonly type: string; readonly content: Content; readonly stateKey?: string }): FakeEvent;
  restart(downMs: number): Promise<void>;
}

interface ControlRequest {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
}

/**
 * Control of a fake homeserver in another process:
 *
 *     GET  /_fake/events?room=!id        messages of one room, in order; without `room` of all rooms, by room id
 *     GET  /_fake/counters               requests by kind; POST sets them to zero
 *     POST /_fake/faults                 replaces the faults (see Faults)
 *     POST /_fake/rooms                  {"rooms": [RoomPreset, ...]}
 *     POST /_fake/say                    {"user", "room", "type", "content", "stateKey"?}: a person does something
 *     POST /_fake/restart                {"downMs"}: answers first; forgets what it held in memory only
 *     GET  /_fake/starts                 {"starts"}: one more when the restart is over
 */
export function handleControl(homeserver: ControlledHomeserver, request: ControlRequest, response: ServerResponse): void {
  try {
    answer(response, 200, control(homeserver, request));
  } catch (error) {
    answerRefusal(response, error instanceof Refusal ? error : new Refusal(400, "M_UNKNOWN", String(error)));
  }
}

function control(homeserver: ControlledHomeserver, request: ControlRequest): unknown {
  const url = new URL(request.url, "http://fake");
  const room = url.searchParams.get("room");
  // Each body below is written by a test or a bench of this repository, which has the type at hand.
  switch (`${request.method} ${url.pathname}`) {
    case "GET /_fake/events":
      return room === null ? allMessages(homeserver) : homeserver.messages(room);
    case "GET /_fake/counters":
      return homeserver.counters;
    case "POST /_fake/counters":
      homeserver.resetCounters();
      return {};
    case "POST /_fake/faults":
      homeserver.setFaults(jsonBody(request));
      return {};
    case "POST /_fake/rooms":
      for (const preset of (jsonBody(request) as { rooms: RoomPreset[] }).rooms) homeserver.memory.createRoom(preset);
      return {};
    case "POST /_fake/say": {
      const event = jsonBody(request) as { user: string; room: string; type: string; content: Content; stateKey?: string };
      return homeserver.sendAs(event.user, event.room, event);
    }
    case "POST /_fake/restart":
      restart(homeserver, Number(jsonBody(request)["downMs"] ?? 0));
      return {};
    case "GET /_fake/starts":
      return { starts: homeserver.starts };
    default:
      throw new Refusal(404, "M_UNRECOGNIZED", `There is no control ${request.method} ${url.pathname}.`);
  }
}

function allMessages(homeserver: ControlledHomeserver): Readonly<Record<string, readonly FakeEvent[]>> {
  return Object.fromEntries([...homeserver.memory.rooms.keys()].map((roomId) => [roomId, homeserver.messages(roomId)]));
}

/** After the answer is on its way, for the connection it travels on is cut too. */
function restart(homeserver: ControlledHomeserver, downMs: number): void {
  setTimeout(() => void homeserver.restart(downMs), 20);
}
