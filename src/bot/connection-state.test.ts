import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  mainBot,
  messageEvent,
  room,
  stateEvent,
  trackerType,
  work,
  type BotRig,
  createSpeaker,
} from "../../test/support/bot-fakes.js";
import { RemoteError } from "../core/errors.js";
import type { MatrixEvent } from "../core/matrix-event.js";

async function handle(rig: BotRig, event: MatrixEvent): Promise<void> {
  await createSpeaker(rig.deps)(work(event));
}

describe("a connection's state event", () => {
  const written = stateEvent(trackerType, { url: "https://tracker.example/PLAY" }, { state_key: "PLAY" });

  it("is applied, and acknowledged to the person who wrote it", async () => {
    const rig = botRig();

    await handle(rig, written);

    expect(rig.operations.calls).toEqual(["applyStateEvent $state"]);
    expect(rig.ports.requests).toEqual([`receipt ${room} $state`]);
  });

  it("is not acknowledged when it was not accepted", async () => {
    const rig = botRig();
    rig.operations.isAccepted = false;

    await handle(rig, written);

    expect(rig.ports.requests).toEqual([]);
  });

  it("is not acknowledged to ourselves", async () => {
    const rig = botRig();

    await handle(rig, { ...written, sender: mainBot });

    expect(rig.operations.calls).toEqual(["applyStateEvent $state"]);
    expect(rig.ports.requests).toEqual([]);
  });

  it("is taken even if the receipt cannot be sent", async () => {
    const rig = botRig();
    rig.ports.fail("receipt", new RemoteError("No answer"));

    await handle(rig, written);

    expect(rig.log).toMatchObject([{ level: "info" }]);
  });
});

describe("a redaction", () => {
  const redaction = { ...messageEvent(""), type: "m.room.redaction", content: {} };

  it.each<[string, Partial<MatrixEvent>]>([
    ["at the top, up to room version 10", { redacts: "$PLAY" }],
    ["in the content, from 11 on", { content: { redacts: "$PLAY" } }],
    ["in both places", { redacts: "$PLAY", content: { redacts: "$PLAY" } }],
    ["in one place, with another event in the other", { redacts: "$other", content: { redacts: "$PLAY" } }],
  ])("with the id %s ends the connection", async (_where, extra) => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY"), connection("WORK")];

    await handle(rig, { ...redaction, ...extra });

    expect(rig.operations.calls).toEqual([`applyRedaction ${room} $PLAY`]);
  });

  it("that the homeserver did not carry out ends nothing, although a client wrote the id", async () => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];
    rig.ports.setState(room, trackerType, { url: "https://tracker.example/PLAY" }, "https://tracker.example/PLAY");

    await handle(rig, { ...redaction, redacts: "$PLAY" });

    expect(rig.operations.calls).toEqual([]);
  });

  it.each([undefined, null, 5, "no event", "$other", ["$PLAY"]])("of %j ends nothing and asks nothing", async (redacts) => {
    const rig = botRig();
    rig.operations.connections = [connection("PLAY")];

    await handle(rig, { ...redaction, sender: alice, redacts });

    expect(rig.operations.calls).toEqual([]);
    expect(rig.ports.requests).toEqual([]);
  });
});
