// The linter, with types. Its import bans repeat what .dependency-cruiser.mjs checks, so that an editor shows them while typing;
// bans on globals stand only here. `npm run lint` allows no warnings.
import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Packages that one place of the tree wraps for all others. The same table, as rules over files, is in .dependency-cruiser.mjs. */
const packageOwners = [
  { packages: ["matrix-bot-sdk"], folders: ["matrix"], advice: "Take a port of core/ports/; matrix/ implements it." },
  { packages: ["express"], folders: ["http"], advice: "Write a plain function and a row in routes.ts." },
  {
    packages: ["level", "abstract-level", "classic-level", "memory-level"],
    folders: ["storage"],
    advice: "Take a store's interface from core/ports/; storage/ implements it.",
  },
  { packages: ["js-yaml"], folders: ["config"], advice: "Files are read once, by config/." },
  { packages: ["ajv", "ajv-formats"], folders: ["shared"], advice: "Use compileSchema of shared/validate.ts." },
  { packages: ["pino", "pino-pretty"], folders: ["shared"], advice: "Use the logger of shared/." },
  { packages: ["prom-client"], folders: ["shared"], advice: "Use the metrics of shared/." },
  { packages: ["undici"], folders: ["shared", "outbound", "matrix"], advice: "Take the HttpClient port of core/ports/." },
  { packages: ["ipaddr.js"], folders: ["outbound"], advice: "Which addresses may be asked is judged by outbound/ alone." },
  { packages: ["jose"], folders: ["callers"], advice: "Signatures of callers are judged by callers/ alone." },
  { packages: ["commander"], folders: ["cli"], advice: "The command line is read by cli/." },
];

/** Ways to time, chance, network and process that go round the ports. */
const builtinBans = [
  { name: "timers", message: "Take a Clock (shared/clock.ts)." },
  { name: "node:timers", message: "Take a Clock (shared/clock.ts)." },
  { name: "node:timers/promises", message: "Take a Clock and use sleep (shared/clock.ts)." },
  { name: "node:process", message: "The process belongs to cli/; take what is needed as an option." },
  {
    name: "node:crypto",
    importNames: ["randomBytes", "randomInt", "randomUUID", "randomFillSync", "randomFill", "getRandomValues", "webcrypto"],
    message: "Take a Random (shared/random.ts).",
  },
];

const globalBans = [
  ...["setTimeout", "setInterval", "clearTimeout", "clearInterval"].map((name) => ({ name, message: "Take a Clock (shared/clock.ts)." })),
  { name: "fetch", message: "Take the HttpClient port of core/ports/." },
  { name: "WebSocket", message: "Take the HttpClient port of core/ports/." },
  { name: "performance", message: "Take a Clock (shared/clock.ts)." },
  { name: "crypto", message: "Take a Random (shared/random.ts), or import what is pure from node:crypto." },
];

const clockAndChance = [
  { object: "Date", property: "now", message: "Take a Clock (shared/clock.ts)." },
  { object: "Math", property: "random", message: "Take a Random (shared/random.ts)." },
  { object: "AbortSignal", property: "timeout", message: "Take a Clock (shared/clock.ts)." },
];

const processState = ["env", "argv", "exit", "exitCode", "hrtime", "uptime"].map((property) => ({
  object: "process",
  property,
  message: "The process belongs to cli/; take what is needed as an option.",
}));

const unwantedSyntax = [
  { selector: "TSEnumDeclaration", message: "Use a union of literals, or a frozen object." },
  { selector: "TSParameterProperty", message: "Declare the field and assign it." },
  { selector: "ExportDefaultDeclaration", message: "Export by name." },
  { selector: "ExportAllDeclaration", message: "Name what is exported, so that a reader and knip see it." },
];

const unwantedDates = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "Take a Clock (shared/clock.ts)." },
  { selector: "CallExpression[callee.name='Date']", message: "Take a Clock (shared/clock.ts)." },
];

function importBans(folder) {
  const paths = packageOwners
    .filter((owner) => !owner.folders.includes(folder))
    .flatMap(({ packages, folders, advice }) =>
      packages.map((name) => ({ name, message: `Only in ${folders.map((owner) => `src/${owner}`).join(" and ")}. ${advice}` })),
    );
  const builtins = builtinBans.filter((ban) => folder !== "shared" && !(folder === "cli" && ban.name === "node:process"));
  return ["error", { paths: [...paths, ...builtins] }];
}

const ownerFolders = [...new Set([...packageOwners.flatMap((owner) => owner.folders), "shared", "cli"])];

const tests = ["**/*.test.ts", "test/**/*.ts"];

export default defineConfig(
  { ignores: ["dist/", "coverage/", "data/", ".scratch/", "stubs/**/*.d.ts"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { requireDefaultForNonUnion: true, considerDefaultExhaustiveForUnions: false },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/ban-ts-comment": [
        "error",
        { "ts-expect-error": "allow-with-description", "ts-ignore": true, "ts-nocheck": true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // A decoder such as `read<T>(bytes)` names its T where it is called; a type argument written out may be clearer than a default.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
      // `async` without `await` turns a throw into a rejection, which is what a port that gives a promise has to do.
      "@typescript-eslint/require-await": "off",
      eqeqeq: "error",
      "no-restricted-syntax": ["error", ...unwantedSyntax],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-globals": ["error", ...globalBans],
      "no-restricted-properties": ["error", ...clockAndChance, ...processState],
      "no-restricted-imports": importBans(""),
      "no-restricted-syntax": ["error", ...unwantedSyntax, ...unwantedDates],
    },
  },
  ...ownerFolders.map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: { "no-restricted-imports": importBans(folder) },
  })),
  {
    // The ports of time, chance and network are implemented here.
    files: ["src/shared/**/*.ts", "src/outbound/**/*.ts"],
    rules: {
      "no-restricted-globals": "off",
      "no-restricted-properties": ["error", ...processState],
      "no-restricted-syntax": ["error", ...unwantedSyntax],
    },
  },
  {
    // Arguments, environment, exit codes and printing belong to the command line.
    files: ["src/main.ts", "src/cli/**/*.ts"],
    rules: { "no-console": "off", "no-restricted-properties": ["error", ...clockAndChance] },
  },
  {
    files: tests,
    rules: {
      "no-console": "off",
      "no-restricted-globals": "off",
      "no-restricted-properties": "off",
      "no-restricted-imports": "off",
      "no-restricted-syntax": ["error", ...unwantedSyntax],
      // Nobody outside calls what a test exports.
      "@typescript-eslint/explicit-module-boundary-types": "off",
      // `expect(fake.method)` names a method without calling it.
      "@typescript-eslint/unbound-method": "off",
      // A missing element fails the test at that line, which is what is wanted.
      "@typescript-eslint/no-non-null-assertion": "off",
      // `expect.any(...)` and the like are typed `any` by vitest.
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  {
    // Tools that ask for a default export.
    files: ["*.config.{js,ts}", ".dependency-cruiser.mjs"],
    rules: { "no-restricted-syntax": ["error", ...unwantedSyntax.filter((rule) => rule.selector !== "ExportDefaultDeclaration")] },
  },
  { files: ["**/*.{js,cjs,mjs}"], extends: [tseslint.configs.disableTypeChecked] },
  {
    // Plain CommonJS, because the packages they stand in for are required by CommonJS.
    files: ["stubs/**/*.js"],
    languageOptions: { sourceType: "commonjs", globals: { module: "writable" } },
  },
);
