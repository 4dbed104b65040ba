// The import borders, checked by `npm run borders`. One rule per row of the tables in docs/architecture.md; the name is the rule,
// the comment what to do instead. eslint.config.js repeats the package bans for editors.

const product = "connections|devinfo|ticketing|repositories|remotes|callers|logins";
const anyTest = "\\.test\\.ts$";

/** A row of the table of folders: what `from` may import of src, besides itself. A group in `from` is `$1` in `allowed`. */
function border(name, from, allowed, comment) {
  return { name, comment, severity: "error", from: { path: from }, to: { path: "^src/", pathNot: allowed } };
}

/** A row of the table of packages: `packages` only in the given folders. Tests may use any. */
function packageOnlyIn(folders, packages, comment) {
  const where = folders.map((folder) => `${folder}/`).join(" and ");
  return {
    name: `${packages.join(", ")}: only in ${where}`,
    comment,
    severity: "error",
    from: { path: "^src/", pathNot: [`^src/(${folders.join("|")})/`, anyTest] },
    to: { path: `(^|/)node_modules/(@types/)?(${packages.join("|")})/` },
  };
}

const folderRules = [
  border(
    "shared imports nothing else of ours",
    "^src/shared/",
    ["^src/shared/"],
    "A tool that knows a word of the product belongs in core/ or in the folder that uses it.",
  ),
  border(
    "core imports shared only",
    "^src/core/",
    ["^src/(core|shared)/"],
    "The domain's words know no edge. Say what is needed as a port in core/ports/ and implement it at the edge.",
  ),
  border(
    "config, storage, matrix, outbound and http import core and shared only",
    "^src/(config|storage|matrix|outbound|http)/",
    ["^src/$1/", "^src/(core|shared)/"],
    "An edge implements ports. What joins two edges stands in app/.",
  ),
  border(
    "delivery and vocabulary import core and shared only",
    "^src/(delivery|vocabulary)/",
    ["^src/$1/", "^src/(core|shared)/"],
    "delivery/ is handed its stores, its sender and its routing function by app/.",
  ),
  border(
    "Product folders import core, vocabulary, delivery and shared, and never each other",
    `^src/(${product})/`,
    ["^src/$1/", "^src/(core|vocabulary|delivery|shared)/"],
    "Two product folders meet in a port of core/ports/; app/ hands one to the other.",
  ),
  border(
    "pipeline imports core, connections and shared only",
    "^src/pipeline/",
    ["^src/(pipeline|core|connections|shared)/"],
    "A stage sees an event, a connection and messages. Let app/ hand in anything further as a function.",
  ),
  border(
    "A service imports core, vocabulary and shared, and never another service",
    "^src/services/([^/]+)/",
    ["^src/services/$1/", "^src/(core|vocabulary|shared)/"],
    "What two services share is a shape or a sentence in vocabulary/. What a service needs from outside comes in its context.",
  ),
  border(
    "bot imports core, delivery, the product folders and shared, and never a service",
    "^src/bot/",
    [`^src/(bot|core|delivery|${product}|shared)/`],
    "Ask the service contract for a capability instead of a service for itself.",
  ),
  border(
    "An API imports core, delivery, the product folders, http and shared, and never a service or another API",
    "^src/apis/([^/]+)/",
    ["^src/apis/$1/", `^src/(core|delivery|${product}|http|shared)/`],
    "An API only translates. Behaviour that two APIs need is an operation in a product folder.",
  ),
  border(
    "cli imports app, config, shared and the control API's schema",
    "^src/cli/",
    ["^src/(cli|app|config|shared)/", "^src/apis/control/schema\\.ts$"],
    "A subcommand reads the configuration, starts the app, or asks the running server over its socket.",
  ),
  border(
    "main hands over to cli and does nothing else",
    "^src/main\\.ts$",
    ["^src/cli/"],
    "Everything that can be tested stands in cli/ or app/.",
  ),
];

const packageRules = [
  packageOnlyIn(["matrix"], ["matrix-bot-sdk"], "Take a port of core/ports/; matrix/ implements it."),
  packageOnlyIn(["http"], ["express"], "Write a plain function and a row in routes.ts."),
  packageOnlyIn(["storage"], ["level", "abstract-level", "classic-level", "memory-level"], "Take a store's interface from core/ports/."),
  packageOnlyIn(["config"], ["js-yaml"], "Files are read once, by config/."),
  packageOnlyIn(["shared"], ["ajv", "ajv-formats"], "Use compileSchema of shared/validate.ts."),
  packageOnlyIn(["shared"], ["pino", "pino-pretty"], "Use the logger of shared/."),
  packageOnlyIn(["shared"], ["prom-client"], "Use the metrics of shared/."),
  packageOnlyIn(["shared", "outbound", "matrix"], ["undici"], "Take the HttpClient port of core/ports/."),
  packageOnlyIn(["outbound"], ["ipaddr\\.js"], "Which addresses may be asked is judged by outbound/ alone."),
  packageOnlyIn(["callers"], ["jose"], "Signatures of callers are judged by callers/ alone."),
  packageOnlyIn(["cli"], ["commander"], "The command line is read by cli/."),
];

const treeRules = [
  {
    name: "A service is entered by its index.ts only",
    comment: "Other files of a service are its own business. Put what is needed outside on the service object.",
    severity: "error",
    from: { path: "^src/", pathNot: "^src/services/" },
    to: { path: "^src/services/[^/]+/", pathNot: "^src/services/[^/]+/index\\.ts$" },
  },
  {
    name: "There are no import cycles, not even of types",
    comment: "Move what both sides need to a third file, most often one in core/.",
    severity: "error",
    from: { path: "^(src|test|bench|scripts)/" },
    to: { circular: true },
  },
  {
    name: "There are no orphans",
    comment: "Nothing imports this file and it imports nothing: delete it, or use it.",
    severity: "error",
    from: { orphan: true, path: "^(src|test|bench|scripts)/", pathNot: anyTest },
    to: {},
  },
  {
    name: "A file in shared has at least two users",
    comment: "With one user it is that user's file: move it there.",
    severity: "error",
    module: { path: "^src/shared/[^/]+\\.ts$", pathNot: anyTest, numberOfDependentsLessThan: 2 },
    from: { path: "^src/", pathNot: anyTest },
  },
  {
    name: "The program does not import tests, benchmarks or scripts",
    comment: "What both need belongs in src/.",
    severity: "error",
    from: { path: "^src/", pathNot: anyTest },
    to: { path: ["^(test|bench|scripts)/", anyTest] },
  },
  {
    name: "A test beside the code takes from test only what is in test/support",
    comment: "Suites and faults drive the code from outside; builders and fakes are in test/support/.",
    severity: "error",
    from: { path: `^src/.*${anyTest}` },
    to: { path: "^(test|bench|scripts)/", pathNot: "^test/support/" },
  },
  {
    name: "The demo plays from outside: it imports test/support, never src",
    comment: "It runs the built program as a stranger would.",
    severity: "error",
    from: { path: "^scripts/demo(/|\\.ts$)" },
    to: { path: "^src/" },
  },
  {
    name: "The program does not depend on development packages",
    comment: "Types may come from one; code that runs may not. Move the package to dependencies.",
    severity: "error",
    from: { path: "^src/", pathNot: anyTest },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
  },
  {
    name: "Every package is named in package.json",
    comment: "A package that only came along with another may leave with it.",
    severity: "error",
    from: { path: "^(src|test|bench|scripts)/" },
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "Every import resolves",
    comment: "The file or package is missing; imports of ours end in .js.",
    severity: "error",
    from: { path: "^(src|test|bench|scripts)/" },
    to: { couldNotResolve: true },
  },
];

export default {
  forbidden: [...folderRules, ...packageRules, ...treeRules],
  options: {
    // Type imports count: a border that types may cross is no border.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage|data|\\.scratch)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
