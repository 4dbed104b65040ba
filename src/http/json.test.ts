import { describe, expect, it } from "vitest";
import { ValidationError } from "../core/errors.js";
import { parseJson } from "./json.js";

describe("parseJson", () => {
  it.each(['{"a":[1,"\\u00e9"]}', "[]", '"text"', "null"])("reads %s", (text) => {
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  it.each(["", "{", "{'a':1}", "undefined", "\u0000"])("refuses %j", (text) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(ValidationError);
  });

  it.each(['{"a":{"__proto__":{"isAdmin":true},"b":1}}', '{"a":{"\\u005f_pr\\u006fto__":{"isAdmin":true},"b":1}}'])(
    "drops the key that would change a prototype: %s",
    (text) => {
      const copy = Object.assign({}, (parseJson(Buffer.from(text)) as { readonly a: object }).a);

      expect(copy).toEqual({ b: 1 });
      expect("isAdmin" in copy).toBe(false);
    },
  );
});
