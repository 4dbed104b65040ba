import type { RoomId, UserId } from "../core/ids.js";

/** The names of a path's parameters: `roomId` in `/v1/:roomId/connections`. */
export type ParameterName<Path extends string> = string extends Path
  ? string
  : Path extends `${string}/:${infer Name}/${infer Rest}`
    ? Name | ParameterName<`/${Rest}`>
    : Path extends `${string}/:${infer Name}`
      ? Name
      : never;

/** What a parameter is once its schema let it through; as much of JSON Schema as parameters need. */
export type ParameterValue<Schema> = Schema extends { readonly format: "matrix-user-id" }
  ? UserId
  : Schema extends { readonly format: "matrix-room-id" }
    ? RoomId
    : Schema extends { readonly enum: readonly (infer Value)[] }
      ? Value
      : Schema extends { readonly type: "integer" | "number" }
        ? number
        : Schema extends { readonly type: "boolean" }
          ? boolean
          : Schema extends { readonly type: "string" }
            ? string
            : unknown;

/** The values of schemas by name. */
export type ParameterValues<Schemas> = { readonly [Name in keyof Schemas]: ParameterValue<Schemas[Name]> };

/** What a query is once its schema, an object's, let it through: required parameters and those with a default are there. */
export type QueryValue<Schema> = Schema extends { readonly properties: infer Properties }
  ? {
      readonly [Name in keyof Properties as IsThere<Schema, Properties, Name> extends true ? Name : never]: ParameterValue<
        Properties[Name]
      >;
    } & {
      readonly [Name in keyof Properties as IsThere<Schema, Properties, Name> extends true ? never : Name]?: ParameterValue<
        Properties[Name]
      >;
    }
  : Readonly<Record<string, unknown>>;

type IsThere<Schema, Properties, Name extends keyof Properties> = Schema extends { readonly required: readonly (infer Required)[] }
  ? Name extends Required
    ? true
    : HasDefault<Properties[Name]>
  : HasDefault<Properties[Name]>;

type HasDefault<Schema> = Schema extends { readonly default: unknown } ? true : false;
