// Writes src/api/schema.d.ts from the API's own OpenAPI document, or with --check says whether it is stale.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const target = fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url));
const venv = resolve(root, process.env.VENV ?? ".venv", "bin/python");
const python = process.env.PYTHON ?? (existsSync(venv) ? venv : "python3");

const text = execFileSync(python, ["-m", "api.describe.openapi"], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
const document = JSON.parse(text);
// Every refusal is one and the same problem document (src/api/problem.ts); listed at each operation it is most of the file.
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) {
    for (const status of Object.keys(operation.responses ?? {})) {
      if (!status.startsWith("2")) delete operation.responses[status];
    }
  }
}
const types = `// Written by \`npm run types\` from the API's OpenAPI document. Do not edit.\n${astToString(await openapiTS(document))}`;

if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== types) {
    console.error("src/api/schema.d.ts is stale; run `npm run types` in api/ui and commit it.");
    process.exit(1);
  }
} else {
  writeFileSync(target, types);
}
