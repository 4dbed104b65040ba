import { describe, expect, it } from "vitest";
import { RunQueue, type WantedRun } from "./run-queue.js";

function wanted(repositoryId: number, others: Partial<WantedRun> = {}): WantedRun {
  return { repositoryId, integrationId: 1, name: `repository ${repositoryId}`, priority: 24, isFresh: false, ...others };
}

const nobody = (): boolean => false;

function takeAll(queue: RunQueue): readonly number[] {
  const taken: number[] = [];
  for (let run = queue.take(nobody, nobody); run !== undefined; run = queue.take(nobody, nobody)) taken.push(run.repositoryId);
  return taken;
}

describe("the queue of repositories that are to be read", () => {
  it("gives the more urgent ones first, and else those that came first, over all integrations", () => {
    const queue = new RunQueue();
    for (const run of [wanted(1), wanted(2, { integrationId: 2 }), wanted(3, { priority: 1 }), wanted(4)]) queue.add(run);

    expect(takeAll(queue)).toEqual([3, 1, 2, 4]);
    expect(queue.size).toBe(0);
  });

  it("has each repository once, as urgent and thorough as anybody wanted it", () => {
    const queue = new RunQueue();
    queue.add(wanted(1));
    const ticket = queue.add(wanted(2, { isFresh: true }));

    expect(queue.add(wanted(2, { priority: 3 }))).toBe(ticket);

    expect([queue.size, queue.take(nobody, nobody)]).toEqual([2, { ...wanted(2, { priority: 3, isFresh: true }), ticket }]);
  });

  it("keeps the place of one that is wanted again and again", () => {
    const queue = new RunQueue();
    for (const id of [1, 2, 3]) queue.add(wanted(id));

    for (const id of [3, 1, 2]) queue.add(wanted(id));

    expect(takeAll(queue)).toEqual([1, 2, 3]);
  });

  it("passes over integrations that are left alone, and repositories that are being read", () => {
    const queue = new RunQueue();
    for (const run of [wanted(1), wanted(2, { integrationId: 2 }), wanted(3, { integrationId: 2 })]) queue.add(run);

    const taken = queue.take(
      (integrationId) => integrationId === 1,
      (repositoryId) => repositoryId === 2,
    );

    expect([taken?.repositoryId, queue.has(1), queue.has(2), queue.has(3)]).toEqual([3, true, true, false]);
  });
});
