import { eventLine } from "./event-line.js";
import type { Output } from "./output.js";
import type { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

interface RoomStyle {
  /** Stands in front of the room's lines. */
  readonly indent?: string;
  /** Without the state that every new room is made with. */
  readonly isBrief?: boolean;
}

const briefTypes = ["m.room.member", "m.room.message", "m.room.redaction"];

/** The rooms that the demo shows, event by event as Ada's client gets them, without her token. */
export class ShownRooms {
  /** Rejects when one of them cannot be read. */
  readonly broken: Promise<never>;
  readonly #stage: Pick<Stage, "ada" | "adaToken">;
  readonly #output: Pick<Output, "line">;
  readonly #timeoutMs: number;
  #break: (reason: unknown) => void = () => undefined;

  constructor(stage: Pick<Stage, "ada" | "adaToken">, output: Pick<Output, "line">, timeoutMs: number) {
    this.#stage = stage;
    this.#output = output;
    this.#timeoutMs = timeoutMs;
    this.broken = new Promise((_, reject) => {
      this.#break = reject;
    });
  }

  open(roomId: string, { indent = "", isBrief = false }: RoomStyle = {}): Timeline {
    const { ada, adaToken } = this.#stage;
    const show = (event: Parameters<typeof eventLine>[0]): void => {
      if (isBrief && !briefTypes.includes(event.type)) return;
      const lines = eventLine(event).replaceAll(adaToken, "<token>").split("\n");
      this.#output.line(lines.map((line) => (line === "" ? "" : indent + line)).join("\n"));
    };
    const timeline = new Timeline({ reader: ada, roomId, show, timeoutMs: this.#timeoutMs });
    timeline.follow().catch(this.#break);
    return timeline;
  }
}
