import { describe, expect, it } from "vitest";
import type { UserId } from "./ids.js";
import { mayRedactOthers, powerForProvisioning, powerForSettings, powerForState, powerOf, type RoomPower } from "./power-levels.js";

const ada: UserId = "@ada:example.org";
const bo: UserId = "@bo:example.org";

function room(levels: object | undefined, create: object = { room_version: "11" }): RoomPower {
  return { levels: levels && { ...levels }, create: { ...create }, creator: ada };
}

describe("a user's power", () => {
  it.each<[string, RoomPower, UserId, number]>([
    ["is the one that the room gives", room({ users: { [bo]: 50 } }), bo, 50],
    ["is the default for all others", room({ users: {}, users_default: 10 }), bo, 10],
    ["is 0 where the room says nothing", room({}), bo, 0],
    ["may be a number in quotes, as old rooms have it", room({ users: { [bo]: " 50 " } }), bo, 50],
    ["is not read from what is no number", room({ users: { [bo]: [100] }, users_default: 5 }), bo, 5],
    ["is not read from what every object inherits", room({ users: {} }), "toString" as UserId, 0],
    ["is 100 for the creator of a room without levels", room(undefined), ada, 100],
    ["is 0 for others there", room(undefined), bo, 0],
    ["is no privilege of the creator up to version 11", room({ users: {} }), ada, 0],
    ["is infinite for the creator from version 12 on", room({ users: {} }, { room_version: "12" }), ada, Infinity],
    [
      "is infinite for further creators from version 12 on",
      room({ users: {} }, { room_version: "12", additional_creators: [bo] }),
      bo,
      Infinity,
    ],
    ["is no privilege of further creators before", room({ users: {} }, { room_version: "11", additional_creators: [bo] }), bo, 0],
    ["does not come from a list of creators that is none", room({}, { room_version: "12", additional_creators: bo }), bo, 0],
    ["counts a room without a version as version 1", room({ users: {} }, {}), ada, 0],
  ])("%s", (_title, power, user, expected) => {
    expect(powerOf(power, user)).toBe(expected);
  });
});

describe("the power that is needed", () => {
  it.each<[string, object | undefined, { readonly state: number; readonly settings: number; readonly programs: number }]>([
    ["without levels", undefined, { state: 0, settings: 50, programs: 50 }],
    ["where the room says nothing", {}, { state: 50, settings: 50, programs: 50 }],
    ["with a default for state", { state_default: 75 }, { state: 75, settings: 75, programs: 75 }],
    ["with a level for the type", { events: { "a.type": 60 } }, { state: 60, settings: 50, programs: 60 }],
    ["with a lower level for the type", { events: { "a.type": 0 } }, { state: 0, settings: 50, programs: 0 }],
    ["with a default of 0, which counts as 50 for settings", { state_default: 0 }, { state: 0, settings: 50, programs: 50 }],
  ])("%s", (_title, levels, { state, settings, programs }) => {
    expect(powerForState(room(levels), "a.type")).toBe(state);
    expect(powerForSettings(room(levels))).toBe(settings);
    expect(powerForProvisioning(room(levels), "a.type")).toBe(programs);
  });
});

describe("the right to redact what others sent", () => {
  it.each<[string, object | undefined, number, boolean]>([
    ["needs 50 where the room says nothing", {}, 50, true],
    ["is not there below that", {}, 49, false],
    ["needs what the room says", { redact: 75 }, 74, false],
    ["may be everybody's", { redact: 0 }, 0, true],
    ["needs the right to send redactions", { redact: 0, events: { "m.room.redaction": 20 } }, 10, false],
    ["needs the right to send anything", { redact: 0, events_default: 20 }, 10, false],
  ])("%s", (_title, levels, level, may) => {
    expect(mayRedactOthers(room({ ...levels, users: { [bo]: level } }), bo)).toBe(may);
  });

  it("is the creator's in a room without levels", () => {
    expect([ada, bo].map((user) => mayRedactOthers(room(undefined), user))).toEqual([true, false]);
  });
});
