import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { readBody } from "./read-body.js";

function tidyUp(): void {
  setFlagsFromString("--expose-gc");
  // The cast: with that flag every new context has it.
  (runInNewContext("gc") as () => void)();
}

/** @returns whether they are in memory still */
function sendPieces(message: IncomingMessage, count: number): () => boolean {
  const pieces = Array.from({ length: count }, () => {
    const piece = Buffer.alloc(65_536, "x");
    message.push(piece);
    return new WeakRef(piece);
  });
  message.push(null);
  return () => pieces.some((piece) => piece.deref() !== undefined);
}

async function readAndForget(message: IncomingMessage): Promise<WeakRef<Buffer>> {
  return new WeakRef(await readBody(message, 1_000_000));
}

describe("the body of a request", () => {
  it("is held once while it is worked on: the pieces that it came in go", async () => {
    const message = new IncomingMessage(new Socket());
    const reading = readBody(message, 1_000_000);
    const arePiecesHeld = sendPieces(message, 10);

    const body = await reading;

    // What lies in the queues of this turn is over only in the next.
    await new Promise((resolve) => setImmediate(resolve));
    tidyUp();
    expect([body.length, arePiecesHeld()]).toEqual([655_360, false]);
    // Asked last, so that the request was there until now.
    expect(message.readableEnded).toBe(true);
  });

  it("is not held by a request that is being answered still", async () => {
    const message = new IncomingMessage(new Socket());
    const reading = readAndForget(message);
    sendPieces(message, 10);

    const body = await reading;

    await new Promise((resolve) => setImmediate(resolve));
    tidyUp();
    expect([body.deref(), message.readableEnded]).toEqual([undefined, true]);
  });
});
