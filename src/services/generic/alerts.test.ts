import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, jsonRequest, onlyContent } from "../../../test/support/hook-rig.js";
import type { EventId } from "../../core/ids.js";

const day = 24 * 3_600_000;

function alert(instance: string, status: "firing" | "resolved"): object {
  return {
    status,
    labels: { alertname: "HighLatency", instance, severity: "page" },
    annotations: { summary: `${instance} is *slow* <b>` },
    generatorURL: `https://prometheus.example.org/graph?q=${instance}`,
  };
}

function notification(status: "firing" | "resolved", overrides: Readonly<Record<string, unknown>> = {}): object {
  return {
    version: "4",
    groupKey: '{}:{alertname="HighLatency"}',
    status,
    receiver: "matrix",
    groupLabels: { alertname: "HighLatency", job: "api" },
    commonLabels: { alertname: "HighLatency", job: "api" },
    externalURL: "https://alertmanager.example.org",
    alerts: [alert("one", status), alert("two", "resolved")],
    ...overrides,
  };
}

/** A room that hears an Alertmanager; each message that is sent gets an id. */
class AlertRoom {
  readonly rig = new HookRig({ includeHookBody: false }, hookConnection({ format: "alertmanager" }));
  #sent = 0;

  /** @returns the message's content; it is sent unless `isLost` */
  async post(payload: object, isLost = false): Promise<Readonly<Record<string, unknown>>> {
    const { rig } = this;
    const [event] = (await rig.receive(jsonRequest(payload))).events;
    const rendered = await rig.render(event!);
    if (isLost) return onlyContent(rendered);
    const eventId: EventId = `$sent${this.#sent++}`;
    await rig.context.commit((await rig.kind.sent?.(event!, rig.connection, [eventId], rig.context)) ?? []);
    return onlyContent(rendered);
  }
}

describe("a notification of Alertmanager", () => {
  it("tells of the group and of each alert, in text that nobody can format", async () => {
    expect(await new AlertRoom().post(notification("firing"))).toEqual({
      msgtype: "m.notice",
      body:
        "**🔥 [FIRING:1] [HighLatency](https://alertmanager.example.org/)** (job=api)\n\n" +
        "🔥 [one is *slow* <b>](https://prometheus.example.org/graph?q=one) (instance=one, severity=page)\n" +
        "✅ [two is *slow* <b>](https://prometheus.example.org/graph?q=two) (instance=two, severity=page)",
      format: "org.matrix.custom.html",
      formatted_body:
        '<p><strong>🔥 [FIRING:1] <a href="https://alertmanager.example.org/">HighLatency</a></strong> (job=api)</p>\n' +
        '<p>🔥 <a href="https://prometheus.example.org/graph?q=one">one is *slow* &lt;b&gt;</a> (instance=one, severity=page)<br>\n' +
        '✅ <a href="https://prometheus.example.org/graph?q=two">two is *slow* &lt;b&gt;</a> (instance=two, severity=page)</p>',
      "m.mentions": {},
    });
  });

  it("edits the group's message, until the group is resolved", async () => {
    const room = new AlertRoom();
    const first = await room.post(notification("firing"));
    const more = await room.post(notification("firing", { alerts: [alert("one", "firing"), alert("three", "firing")] }));
    const end = await room.post(notification("resolved"));
    const again = await room.post(notification("firing"));

    expect(first).not.toHaveProperty(["m.relates_to"]);
    expect(more).toMatchObject({
      body: expect.stringMatching(/^\* \*\*🔥 \[FIRING:2\]/u) as string,
      formatted_body: expect.stringMatching(/^\* <p><strong>🔥/u) as string,
      "m.relates_to": { rel_type: "m.replace", event_id: "$sent0" },
      "m.new_content": { msgtype: "m.notice", body: expect.stringMatching(/^\*\*🔥 \[FIRING:2\]/u) as string },
    });
    expect(end).toMatchObject({
      "m.relates_to": { event_id: "$sent0" },
      "m.new_content": { body: expect.stringMatching(/^\*\*✅ \[RESOLVED\]/u) as string },
    });
    expect(again).not.toHaveProperty(["m.relates_to"]);
  });

  it("leaves other groups, and groups of which nobody heard for long, alone", async () => {
    const room = new AlertRoom();
    await room.post(notification("firing"));

    expect(await room.post(notification("firing", { groupKey: "another" }))).not.toHaveProperty(["m.relates_to"]);
    room.rig.nowMs += 8 * day;
    expect(await room.post(notification("resolved"))).not.toHaveProperty(["m.relates_to"]);
  });

  it("has a message of its own where the first one never arrived", async () => {
    const room = new AlertRoom();
    await room.post(notification("firing"), true);

    expect(await room.post(notification("resolved"))).not.toHaveProperty(["m.relates_to"]);
  });

  it("is forgotten by the clock", async () => {
    const room = new AlertRoom();
    await room.post(notification("firing"));
    const { rig } = room;
    const [task] = rig.service.tasks ?? [];

    await task?.run(rig.context);
    expect(await rig.context.store.list("alerts/", 10)).toHaveLength(1);
    rig.nowMs += 8 * day;
    await task?.run(rig.context);

    expect(await rig.context.store.list("alerts/", 10)).toEqual([]);
  });

  it("counts what is too much to list", async () => {
    const alerts = Array.from({ length: 20 }, (_, index) => alert(`i${index}`, "firing"));

    const { body } = await new AlertRoom().post(notification("firing", { alerts, truncatedAlerts: 3 }));

    expect(String(body).split("\n").at(-1)).toBe("… and 8 more");
  });

  it.each([{ text: "hello" }, { status: "firing", groupKey: "x" }, { status: "odd", groupKey: "x", alerts: [{}] }])(
    "is shown as it is where it is none: %j",
    async (payload) => {
      const { body } = await new AlertRoom().post(payload);

      expect(body).toMatch(/^(hello|Received webhook data:)/);
    },
  );

  it("may be as odd as it likes", async () => {
    const odd = notification("firing", {
      alerts: [null, 1, {}, { labels: [], annotations: "x", generatorURL: "javascript:alert(1)" }],
      groupLabels: null,
    });

    expect(String((await new AlertRoom().post(odd))["formatted_body"])).not.toContain("javascript");
  });
});
