import { describe, expect, it } from "vitest";
import { exampleOf } from "./openapi-example.js";

const name = { type: "string", examples: ["builds", "deploys"] };

describe("an example that follows from a schema", () => {
  it.each([
    { title: "its own", schema: { type: "object", examples: [{ a: 1 }], required: ["b"] }, is: { a: 1 } },
    { title: "the only value", schema: { const: true }, is: true },
    { title: "the default", schema: { type: "integer", default: 10 }, is: 10 },
    { title: "the first of several words", schema: { enum: ["PUT", "POST"] }, is: "PUT" },
    { title: "a list of one", schema: { type: "array", items: name }, is: ["builds"] },
    {
      title: "an object of what is required",
      schema: { type: "object", required: ["a"], properties: { a: { const: 1 }, name }, anyOf: [{ required: ["name"] }] },
      is: { a: 1 },
    },
    {
      title: "an object of what has an example, where nothing is required",
      schema: { type: "object", properties: { name, n: { default: 5 }, x: {} } },
      is: { name: "builds" },
    },
    { title: "an object that holds nothing", schema: { type: "object", maxProperties: 0 }, is: {} },
    { title: "that of the first choice", schema: { anyOf: [{ allOf: [name] }, { type: "null" }] }, is: "builds" },
  ])("is $title", ({ schema, is }) => {
    expect(exampleOf(schema)).toEqual(is);
  });

  it.each([
    { title: "a text of which nothing is said", schema: { type: "string" } },
    {
      title: "an object whose required key cannot be told",
      schema: { type: "object", required: ["a"], properties: { a: { type: "string" } } },
    },
    { title: "an object whose keys are not described", schema: { type: "object", additionalProperties: name } },
    { title: "a list of what cannot be told", schema: { type: "array", items: {} } },
    { title: "anything", schema: {} },
  ])("is none for $title", ({ schema }) => {
    expect(exampleOf(schema)).toBeUndefined();
  });
});
